"""Sound as the small engine hears it: loudness in mel bands every ten milliseconds, and pitch."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from engine.foal.clip import SOUND_RATE_HZ

BANDS = 80
STEP = SOUND_RATE_HZ // 100
WINDOW = 1024
LOWEST_HZ, HIGHEST_HZ = 40.0, 11_500.0
FLOOR = 1e-4
"""Of a band's magnitude; quieter is not heard beside the ambience of any shot."""


def to_mel(hz: np.ndarray | float) -> np.ndarray:
    """The mel scale of HTK: linear below, logarithmic above about 700 Hz."""
    return 2595 * np.log10(1 + np.asarray(hz) / 700)


def to_hz(mel: np.ndarray) -> np.ndarray:
    return 700 * (10 ** (mel / 2595) - 1)


@cache
def filters() -> Tensor:
    """Triangles of unit sum, `[BANDS, WINDOW // 2 + 1]`."""
    edges = to_hz(np.linspace(to_mel(LOWEST_HZ), to_mel(HIGHEST_HZ), BANDS + 2))
    heights = np.fft.rfftfreq(WINDOW, 1 / SOUND_RATE_HZ)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (heights - low) / (middle - low), (high - heights) / (high - middle)
    triangles = np.maximum(0, np.minimum(rising, falling))
    # The lowest bands are narrower than a bin; each hears at least the bin it lies in.
    nearest = np.abs(heights - middle).argmin(axis=1)
    empty = triangles.sum(axis=1) == 0
    triangles[empty, nearest[empty]] = 1
    return torch.from_numpy(triangles / triangles.sum(axis=1, keepdims=True)).float()


def magnitudes(wave: Tensor, window: int = WINDOW, step: int = STEP) -> Tensor:
    """`[..., window // 2 + 1, n]` of `[..., n * step]` samples; each column about its middle."""
    margin = (window - step) // 2
    padded = torch.nn.functional.pad(wave, (margin, window - step - margin))
    spectrum = torch.stft(
        padded, window, step, window=hann(window), center=False, return_complex=True
    )
    return spectrum.abs()


@cache
def hann(window: int) -> Tensor:
    return torch.hann_window(window)


def log_mel(wave: Tensor) -> Tensor:
    """`[n, BANDS]` of `[n * STEP]` samples at `SOUND_RATE_HZ`: natural logarithms."""
    return torch.log((filters() @ magnitudes(wave)).clamp(min=FLOOR)).T
