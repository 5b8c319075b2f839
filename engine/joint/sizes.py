"""How long and how large a latent is for the clip that was asked for."""

from __future__ import annotations

SIDE = 16
"""Pixels per latent, each way."""

SNAP = 32
"""Sides that are made are multiples of this: a latent's sides must be even."""


def made_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height in pixels that are made for a picture of `size`, which is cut out of it."""
    width, height = (-(-side // SNAP) * SNAP for side in size)
    return width, height


def latent_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the latent of a picture of `size`."""
    width, height = (side // SIDE for side in made_size(size))
    return width, height


def nominal_frames(frames: int) -> int:
    """Sound latents for a clip of `frames`: one more than a whole second has, and so many that the
    picture, of which four frames share a latent behind the first, is long enough."""
    return max(frames, 4 * -(-(frames - 1) // 4)) + 1


def latent_frames(frames: int) -> int:
    """Picture latents for a clip of `frames`."""
    return (nominal_frames(frames) - 1) // 4 + 1
