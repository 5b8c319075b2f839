"""Colours and the light they are seen in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.animatic.ink import Colour

Hour = Literal["dawn", "day", "dusk", "night"]

_HOURS: tuple[tuple[Hour, tuple[str, ...]], ...] = (
    (
        "dawn",
        ("dawn", "sunrise", "early morning", "黎明", "清晨", "夜明け", "aube", "morgengrauen"),
    ),
    (
        "dusk",
        (
            "dusk",
            "sunset",
            "evening",
            "twilight",
            "magic hour",
            "黄昏",
            "傍晚",
            "夕",
            "abend",
            "soir",
        ),
    ),
    ("night", ("night", "midnight", "夜", "晚", "밤", "nacht", "nuit")),
)


def hour_of(words: str) -> Hour:
    """The hour a scene's words name; day when they name none."""
    lowered = words.lower()
    for hour, names in _HOURS:
        if any(name in lowered for name in names):
            return hour
    return "day"


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour stirred into the one; opacity stays that of the one."""
    keep = 1 - share
    r, g, b = (
        one[0] * keep + other[0] * share,
        one[1] * keep + other[1] * share,
        one[2] * keep + other[2] * share,
    )
    return (r, g, b, one[3]) if len(one) == 4 else (r, g, b)


def darker(colour: Colour, share: float) -> Colour:
    """Towards a deep plum rather than black, so that shadows stay alive."""
    return mix(colour, (38, 18, 52), share)


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, (255, 248, 232), share)


def luminance(colour: Colour) -> float:
    """0 to 1, perceived."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How a place colours what stands in it."""

    hour: Hour
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Multiplies a colour's channels."""
    side: float = 1.0
    """Where the light comes from: 1 right, -1 left."""

    def on(self, colour: Colour) -> Colour:
        """The colour as this light shows it."""
        r, g, b = (c * gain for c, gain in zip(colour[:3], self.tint, strict=True))
        return (r, g, b, colour[3]) if len(colour) == 4 else (r, g, b)
