"""Where a shot plays: places found by the words of its heading, each a painter in layers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from engine.animatic.ink import Sheet
from engine.animatic.places import abstract, sea
from engine.animatic.places.view import View

Still = Callable[[Sheet, View], None]
Moving = Callable[[Sheet, View, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A painter's layers, back to front."""

    name: str
    back: Still
    """Painted once for a shot."""
    moving: Moving | None = None
    """Painted for every frame over the back, behind the figures; seconds of the shot."""
    near: Moving | None = None
    """Painted for every frame in front of the figures."""


_INTERIORS: tuple[tuple[str, Place], ...] = (
    (
        r"lighthouse|lamp room|lantern room|灯台|灯塔|燈塔|leuchtturm|phare",
        Place(name="lamp room", back=sea.lamp_room, moving=sea.lamp_room_moving),
    ),
)
_EXTERIORS: tuple[tuple[str, Place], ...] = (
    (
        r"harbou?r|quay|\bport\b|pier|dock|marina|港|碼頭|码头|hafen",
        Place(name="harbour", back=sea.harbour, moving=sea.harbour_moving),
    ),
    (
        r"lighthouse|cliff|灯台|灯塔|燈塔|崖|klippe|falaise|leuchtturm",
        Place(name="cliff", back=sea.cliff, moving=sea.cliff_moving),
    ),
    (
        r"beach|seaside|\bsea\b|ocean|coast|shore|海|浜|strand|plage|küste",
        Place(name="beach", back=sea.beach, moving=sea.beach_moving),
    ),
)
ROOM = Place(name="room", back=abstract.room)
COUNTRY = Place(name="country", back=abstract.country)


def place_of(words: str, interior: bool) -> Place:
    """The place the words name; a room or open country, coloured by them, when they name none."""
    lowered = words.lower()
    own, other = (_INTERIORS, _EXTERIORS) if interior else (_EXTERIORS, _INTERIORS)
    for pattern, place in own + other:
        if re.search(pattern, lowered):
            return place
    return ROOM if interior else COUNTRY
