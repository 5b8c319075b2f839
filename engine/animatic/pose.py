"""One moment of one figure: everything about a body that changes while a shot runs."""

from __future__ import annotations

from dataclasses import dataclass

from engine.animatic.ink import Point
from engine.animatic.mouth import REST, Mouth


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Directions are those of the screen: positive x is right, positive y is down."""

    mouth: Mouth = REST
    shut: float = 0.0
    """Eyelids: 0 open, 1 closed."""
    squint: float = 0.0
    wide_eyes: float = 0.0
    gaze: Point = (0.0, 0.0)
    """-1 to 1 each way."""
    brow_lift: float = 0.0
    """-1 lowered to 1 raised."""
    brow_tilt: float = 0.0
    """-1 angry (inner ends down) to 1 sad (inner ends up)."""
    smile: float = 0.15
    """-1 to 1, of the corners of the mouth."""
    turn: float = 0.0
    """Of the head, -1 left to 1 right; 1 is three-quarter view."""
    nod: float = 0.0
    """-1 up to 1 down."""
    tilt: float = 0.0
    """Of the head towards a shoulder, radians."""
    breath: float = 0.0
    """0 out to 1 in."""
    lean: float = 0.0
    """Of the whole body, radians."""
    hands: tuple[Point | None, Point | None] = (None, None)
    """Where the left-of-screen and right-of-screen hands are, in figure units; None at rest."""
    stride: float | None = None
    """Phase of a walk in turns; None stands."""
    holding: str = ""
    """What the right-of-screen hand holds: "phone" or nothing."""
