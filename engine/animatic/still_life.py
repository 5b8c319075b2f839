"""What an insert shows: one thing, large, on a surface, in the light of its place."""

from __future__ import annotations

from engine.animatic.ink import Linear, Sheet, rect
from engine.animatic.stage import Stage


def draw_prop(sheet: Sheet, stage: Stage, t: float) -> None:
    width, height = stage.size
    sheet.fill(
        rect(0, height * 0.62, width, height),
        Linear((0, height * 0.62), (0, height), ((120, 84, 70), (60, 40, 50))),
    )
