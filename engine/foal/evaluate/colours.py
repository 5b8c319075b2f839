"""Whether shirts, hair and skin have the colours that were asked for, measured on pixels.

The teacher draws a figure twice, in black and in white cloth (or hair, or skin): wherever the two
drawings differ, a pixel shows that colour, by a factor and an offset of its own. Each such pixel of
a clip therefore tells a colour, whatever the light, the folds and whoever stands in front; the
median of them is what is seen. Edges are left out, so that a head a pixel aside is no other colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from engine.animatic.acting import pose_at
from engine.animatic.figure import draw_figure
from engine.animatic.ink import Colour, Sheet, blank, put
from engine.animatic.looks import Looks, cast_of
from engine.animatic.stage import Mark, Stage
from engine.foal.clip import FRAME_RATE, Clip
from engine.foal.plan import Rehearsal, head_px
from engine.foal.requests import sample_request

Part = Literal["shirt", "hair", "skin"]
PARTS: tuple[Part, ...] = ("shirt", "hair", "skin")

_FIELDS: dict[Part, str] = {"shirt": "cloth", "hair": "hair_colour", "skin": "skin"}
_DARK, _BRIGHT = 20.0, 235.0
_SHOWS = 0.5
"""A pixel counts where at least half of it is of that colour."""
_FEWEST_PIXELS = 40
_FAR = 45.0
"""Levels: a colour so far from the asked one is another, whatever is nearest to it."""
_EDGE = 5
"""Pixels across: two are left out on every side."""
_FRAMES = 4
"""Of a clip, evenly over it."""
_REQUESTS = 600
"""As many requests of training name every colour that a request can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A part of one figure: what it should be, and what it is seen to be."""

    part: Part
    asked: Colour
    seen: Colour
    right: bool
    """Whether the asked colour is near, and the nearest of all that a request could have had."""


def read_colours(rehearsal: Rehearsal, clip: Clip) -> tuple[Shown, ...]:
    """Of every person in the picture, each part of which enough is seen; of the bald no hair."""
    return tuple(_shown(rehearsal, clip))


def _shown(rehearsal: Rehearsal, clip: Clip) -> Iterator[Shown]:
    stage = rehearsal.stage
    evenly = np.linspace(0, len(clip.frames) - 1, _FRAMES + 2)[1:-1]
    moments = [round(float(moment)) for moment in evenly]
    for place, mark in enumerate(stage.marks):
        if mark.actor.looks.kind != "person":
            continue
        for part in PARTS:
            if part == "hair" and mark.actor.looks.hair == "bald":
                continue  # brows alone: nobody asked for their colour
            seen = _fitted(stage, place, part, clip, moments)
            if seen is None:
                continue
            asked = getattr(mark.actor.looks, _FIELDS[part])[:3]
            yield Shown(part=part, asked=asked, seen=seen, right=_right(seen, part, asked))


def _fitted(
    stage: Stage, place: int, part: Part, clip: Clip, moments: Sequence[int]
) -> Colour | None:
    """The colour that explains the clip best; None where too little of it is in the picture."""
    size = (clip.frames.shape[2], clip.frames.shape[1])
    found = []
    for moment in moments:
        t = min(moment / float(FRAME_RATE), stage.seconds)
        dark, bright = (
            _drawn(stage, place, part, (level, level, level), t, size) for level in (_DARK, _BRIGHT)
        )
        factor = (bright - dark) / (_BRIGHT - _DARK)
        shows = _inner(factor.min(axis=2) >= _SHOWS)
        offset = dark[shows] - factor[shows] * _DARK
        found.append((clip.frames[moment][shows] - offset) / factor[shows])
    pixels = np.concatenate(found)
    if len(pixels) < _FEWEST_PIXELS * len(moments):
        return None
    r, g, b = np.median(pixels, axis=0)
    return (float(r), float(g), float(b))


def _inner(shows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without its edge, unless hardly anything would be left."""
    inner = np.asarray(Image.fromarray(shows).convert("L").filter(ImageFilter.MinFilter(_EDGE))) > 0
    return inner if inner.sum() >= _FEWEST_PIXELS else shows


def _drawn(
    stage: Stage, place: int, part: Part, colour: Colour, t: float, size: tuple[int, int]
) -> NDArray[np.float64]:
    """All figures at `t` before nothing, one of them with a part in another colour."""
    pixels = blank(*size)
    sheet = Sheet()
    for order, mark in enumerate(stage.marks):
        looks = mark.actor.looks
        if order == place:
            changed: dict[str, Any] = {_FIELDS[part]: colour}
            looks = replace(looks, **changed)
        _draw(sheet, stage, mark, looks, t, size)
    put(sheet, pixels)
    channels = pixels.view(np.uint8).reshape(size[1], size[0], 4)
    return channels[..., :3].astype(np.float64)


def _draw(
    sheet: Sheet, stage: Stage, mark: Mark, looks: Looks, t: float, size: tuple[int, int]
) -> None:
    x, y, unit = head_px(stage, mark, t, size)
    legs = stage.framing == "wide" or mark.y + 300 * mark.scale < stage.size[1]
    with sheet.group(at=(x, y + 143 * unit), scale=unit):
        draw_figure(sheet, looks, stage.view.light, pose_at(mark.actor, t), t, legs=legs)


def _right(seen: Colour, part: Part, asked: Colour) -> bool:
    palette = {*palettes()[part], asked}
    nearest = min(palette, key=lambda colour: levels_apart(seen, colour))
    return nearest == asked and levels_apart(seen, asked) < _FAR


def levels_apart(one: Colour, other: Colour) -> float:
    """Seen difference, about, in levels of a channel: green weighs most, blue least."""
    squares = (w * (a - b) ** 2 for w, a, b in zip((3, 4, 2), one, other, strict=False))
    return sqrt(sum(squares) / 9)


@cache
def palettes() -> dict[Part, tuple[Colour, ...]]:
    """The colours of each part that the people of the requests have."""
    found: dict[Part, set[Colour]] = {part: set() for part in PARTS}
    for seed in range(_REQUESTS):
        for looks in cast_of(sample_request(seed).figures):
            if looks.kind == "person":
                for part in PARTS:
                    found[part].add(getattr(looks, _FIELDS[part])[:3])
    return {part: tuple(sorted(colours)) for part, colours in found.items()}
