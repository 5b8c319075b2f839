"""Moving, sounding pictures in memory, as the small engine makes and learns them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

FRAME_RATE = Fraction(25, 2)
"""Frames a second inside the engine; a take shows each twice."""

SOUND_RATE_HZ = 24_000

PATCH_PX = 32
"""Side of what one token shows of a preview."""
FACTOR = 4
"""A render has so many pixels along a side for one of a preview, about."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """A shot, or a part of one from its start."""

    frames: NDArray[np.uint8]
    """[frames, height, width, 3] at `FRAME_RATE`, red, green, blue."""
    sound: NDArray[np.float32]
    """[samples] at `SOUND_RATE_HZ`, mono, in [-1, 1]."""
