"""Rotary positions from three axes of Fourier angles."""

from __future__ import annotations

import torch
from torch import Tensor


def bands(count: int) -> Tensor:
    """The nominal frequencies of one axis. A checkpoint's own always win over these."""
    return 10000.0 ** (-torch.arange(count, dtype=torch.float32) / count)


def angles(coordinates: Tensor, frequencies: Tensor) -> Tensor:
    """`[tokens, 3 bands]` angles: all bands of time, then of rows, then of columns.

    Rows and columns count from the middle of their grid, time from its start; each axis is
    scaled from its own size to its reference size. A single text token in style v1 would divide
    by zero; it is put at the start instead.
    """
    position, size, reference = coordinates.split(3, dim=1)
    still = (reference == 1) & (size == 1)
    scale = torch.where(still, 1.0, (reference - 1) / (size - 1).clamp(min=1))
    centre = (size - 1) / 2
    centre[:, 0] = 0
    moved = (position - centre) * scale
    return (moved[:, :, None] * frequencies.to(moved.dtype)).flatten(1)
