"""Where the words name no place we know: a quiet room, or open country, coloured by the name."""

from __future__ import annotations

from engine.animatic.colour import Light, darker, lighter
from engine.animatic.ink import Colour, Linear, Sheet, ellipse, fade, rect
from engine.animatic.places.view import View, fill_all, glow, hills, sky

_WALLS: tuple[Colour, ...] = (
    (232, 196, 168), (164, 202, 196), (196, 186, 220),
    (236, 210, 158), (170, 196, 222),
)  # fmt: skip


def room(sheet: Sheet, view: View) -> None:
    light: Light = view.light
    wall = light.on(view.chance("wall").choice(_WALLS))
    fill_all(sheet, view, (lighter(wall, 0.1), wall, darker(wall, 0.14)), view.top, 0)
    for x, y, r in ((-240, -520, 300), (280, -360, 220), (120, -760, 180)):
        sheet.fill(ellipse(x, y, r), fade(lighter(wall, 0.5), 0.24))
    floor = darker(wall, 0.42)
    fill_all(sheet, view, (floor, darker(floor, 0.3)), 0, view.bottom)
    sheet.fill(rect(view.left, -16, view.width, 16), lighter(wall, 0.35))
    glow(sheet, light.side * 300, -620, 480, (255, 236, 190), 0.4)


def country(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -60)
    chance = view.chance("land")
    land = view.light.on(
        chance.choice(((110, 168, 108), (150, 168, 96), (120, 158, 132), (196, 168, 112)))
    )
    far = view.light.on((128, 158, 186))
    hills(sheet, view, -60, 170, lighter(far, 0.25), "far")
    hills(sheet, view, -20, 110, far, "middle")
    hills(sheet, view, 30, 80, land, "near")
    sheet.fill(
        rect(view.left, 0, view.width, view.bottom),
        Linear((0, 0), (0, view.bottom), (fade(land, 0.0), darker(land, 0.4))),
    )
