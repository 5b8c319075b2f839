"""What a painter of places is given, and what all of them share: sky, weather, soft light.

Coordinates: 0, 0 is the middle of the line where the ground begins; up is negative. The short side
of the frame is about 1000 units in a wide shot. A painter fills `left` to `right` and `top` to
`bottom`, which reach a little beyond every frame.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from random import Random

from engine.animatic.colour import Hour, Light, darker, lighter, mix
from engine.animatic.ink import Colour, Linear, Path, Radial, Sheet, ellipse, fade, rect


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    left: float
    right: float
    top: float
    bottom: float
    hour: Hour
    light: Light
    rain: bool
    storm: bool
    snow: bool
    words: str
    """Place, action and sound, lowered: painters look for props in them."""
    seed: str

    def chance(self, what: str) -> Random:
        """The place's own dice: the same place is the same in every take."""
        return Random(hashlib.sha256(f"{self.seed}:{what}".encode()).digest())  # noqa: S311 (drawing, not secrets)

    @property
    def width(self) -> float:
        return self.right - self.left

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.words) is not None


SKIES: dict[Hour, tuple[Colour, Colour, Colour]] = {
    "day": ((86, 168, 230), (152, 210, 243), (228, 241, 240)),
    "dawn": ((88, 112, 190), (242, 166, 164), (255, 222, 160)),
    "dusk": ((60, 54, 124), (208, 96, 134), (255, 180, 112)),
    "night": ((12, 18, 50), (26, 40, 90), (66, 88, 140)),
}
_STORM: dict[Hour, tuple[Colour, Colour, Colour]] = {
    "day": ((86, 104, 128), (134, 152, 172), (186, 196, 202)),
    "dawn": ((74, 84, 120), (150, 130, 150), (210, 180, 160)),
    "dusk": ((48, 48, 84), (112, 84, 116), (178, 130, 122)),
    "night": ((10, 16, 36), (24, 36, 66), (52, 72, 104)),
}


def sky_colours(view: View) -> tuple[Colour, Colour, Colour]:
    """Zenith, middle, horizon."""
    return (_STORM if view.storm or view.rain else SKIES)[view.hour]


def fill_all(
    sheet: Sheet, view: View, colours: tuple[Colour, ...], top: float, bottom: float
) -> None:
    """A band across the whole view, shaded downwards."""
    sheet.fill(
        rect(view.left, top, view.width, bottom - top), Linear((0, top), (0, bottom), colours)
    )


def sky(sheet: Sheet, view: View, horizon: float) -> None:
    """Everything above the horizon: air, sun or moon, stars, clouds."""
    top, middle, low = sky_colours(view)
    height = horizon - view.top
    fill_all(sheet, view, (top, middle, low), view.top, horizon + 2)
    chance = view.chance("sky")
    if view.hour == "night" and not view.storm:
        for _ in range(70):
            x, y = (
                chance.uniform(view.left, view.right),
                view.top + height * chance.random() ** 1.4 * 0.85,
            )
            sheet.fill(
                ellipse(x, y, chance.choice((1.4, 1.8, 2.6))),
                (255, 250, 230, chance.uniform(0.3, 0.95)),
            )
    if not view.storm and not view.rain:
        _sun_or_moon(sheet, view, horizon)
    clouds(sheet, view, horizon - height * 0.36, horizon - height * 0.72)


def sun_place(view: View, horizon: float) -> tuple[float, float]:
    height = horizon - view.top
    x = view.light.side * view.width * 0.24
    return x, horizon - height * {"day": 0.74, "night": 0.66, "dawn": 0.1, "dusk": 0.1}[view.hour]


def _sun_or_moon(sheet: Sheet, view: View, horizon: float) -> None:
    x, y = sun_place(view, horizon)
    colour, radius, glow = {
        "day": ((255, 248, 214), 58.0, 330.0),
        "dawn": ((255, 238, 196), 74.0, 620.0),
        "dusk": ((255, 206, 140), 92.0, 640.0),
        "night": ((250, 246, 224), 52.0, 300.0),
    }[view.hour]
    sheet.fill(
        ellipse(x, y, glow),
        Radial(
            (x, y), glow, (fade(colour, 0.55), fade(colour, 0.16), fade(colour, 0)), (0, 0.4, 1)
        ),
    )
    sheet.fill(ellipse(x, y, radius), colour)
    if view.hour == "night":
        for dx, dy, r in ((-16, -10, 11), (14, 14, 8), (12, -20, 5)):
            sheet.fill(ellipse(x + dx, y + dy, r), (226, 220, 200, 0.7))


def cloud(sheet: Sheet, x: float, y: float, size: float, fill: Linear | Colour) -> None:
    """A flat-bottomed cumulus, `size` about half its width."""
    s = size / 100
    path = (
        Path()
        .move(x - 100 * s, y)
        .curve(x - 132 * s, y - 34 * s, x - 82 * s, y - 62 * s, x - 56 * s, y - 46 * s)
    )
    path.curve(x - 46 * s, y - 92 * s, x + 22 * s, y - 96 * s, x + 34 * s, y - 56 * s)
    path.curve(x + 70 * s, y - 78 * s, x + 112 * s, y - 46 * s, x + 92 * s, y - 24 * s)
    sheet.fill(path.curve(x + 124 * s, y - 22 * s, x + 116 * s, y, x + 98 * s, y).close(), fill)


def clouds(sheet: Sheet, view: View, low: float, high: float) -> None:
    _, middle, horizon = sky_colours(view)
    base = {
        "day": (255, 255, 255),
        "dawn": (255, 214, 190),
        "dusk": (250, 158, 150),
        "night": (84, 104, 156),
    }[view.hour]
    dark = view.storm or view.rain
    colour: Colour = darker(middle, 0.22) if dark else mix(base, horizon, 0.2)
    chance = view.chance("clouds")
    for i in range(9 if dark else 5):
        x = view.left + view.width * ((i + chance.uniform(0.1, 0.9)) / (9 if dark else 5))
        y = chance.uniform(high, low)
        size = chance.uniform(130, 260) if dark else chance.uniform(70, 150)
        strength = 0.75 if dark else 0.85
        cloud(
            sheet,
            x,
            y,
            size,
            Linear(
                (x, y - size),
                (x, y),
                (fade(lighter(colour, 0.1), strength), fade(colour, strength * 0.35)),
            ),
        )


def hills(sheet: Sheet, view: View, y: float, height: float, colour: Colour, what: str) -> None:
    """A rolling line of land from edge to edge, its crest about `height` above `y`."""
    chance = view.chance(what)
    count = 7
    xs = [view.left - 40 + (view.width + 80) * i / (count - 1) for i in range(count)]
    points = [(x, y - height * chance.uniform(0.35, 1.0)) for x in xs]
    path = Path().smooth(points, closed=False)
    path.line(view.right + 40, view.bottom).line(view.left - 40, view.bottom).close()
    sheet.fill(path, Linear((0, y - height), (0, y + height), (lighter(colour, 0.1), colour)))


def glow(
    sheet: Sheet, x: float, y: float, radius: float, colour: Colour, strength: float = 0.5
) -> None:
    """Light in the air around a lamp."""
    sheet.fill(
        ellipse(x, y, radius),
        Radial(
            (x, y),
            radius,
            (fade(colour, strength), fade(colour, strength * 0.35), fade(colour, 0)),
            (0, 0.4, 1),
        ),
    )


def shadow(sheet: Sheet, x: float, y: float, rx: float, ry: float, strength: float = 0.3) -> None:
    """A soft shadow on the ground."""
    dark: Colour = (24, 16, 44)
    with sheet.group(at=(x, y), scale=(rx, ry)):
        sheet.fill(
            ellipse(0, 0, 1),
            Radial(
                (0, 0),
                1,
                (fade(dark, strength), fade(dark, strength * 0.7), fade(dark, 0)),
                (0, 0.5, 1),
            ),
        )


def falling(sheet: Sheet, view: View, t: float) -> None:
    """Rain or snow in the air, over the whole view."""
    chance = view.chance("weather")
    height = view.bottom - view.top
    if view.rain:
        path = Path()
        slant = 0.34 if view.storm else 0.14
        for _ in range(90 if view.storm else 60):
            x0, y0, speed = chance.uniform(-0.3, 1.2), chance.random(), chance.uniform(1.2, 1.7)
            y = (y0 + t * speed) % 1.0
            length = chance.uniform(34, 72)
            x = view.left + x0 * view.width - y * height * slant * 0.5
            path.move(x, view.top + y * height).line(
                x - length * slant, view.top + y * height + length
            )
        sheet.stroke(path, (214, 230, 250, 0.36), 2.6)
    elif view.snow:
        path = Path()
        for _ in range(80):
            x0, y0, speed, size = (
                chance.random(),
                chance.random(),
                chance.uniform(0.06, 0.12),
                chance.uniform(2.5, 7),
            )
            y = (y0 + t * speed) % 1.0
            x = view.left + x0 * view.width + math.sin(t * 1.1 + x0 * 40) * 24
            path.ellipse(x, view.top + y * height, size, size)
        sheet.fill(path, (255, 255, 255, 0.85))


def vignette(sheet: Sheet, view: View, strength: float = 0.3) -> None:
    """Darker corners, so that the eye stays on the figures."""
    cx, cy = (view.left + view.right) / 2, (view.top + view.bottom) / 2 - 60
    radius = math.hypot(view.width, view.bottom - view.top) * 0.56
    dark = darker(mix(sky_colours(view)[0], (40, 20, 60), 0.6), 0.5)
    sheet.fill(
        rect(view.left, view.top, view.width, view.bottom - view.top),
        Radial(
            (cx, cy), radius, (fade(dark, 0), fade(dark, 0), fade(dark, strength)), (0, 0.55, 1)
        ),
    )
