"""The pitch of a dry voice, ten milliseconds at a time.

The difference function and its cumulative mean are those of YIN (de Cheveigné and Kawahara, 2002,
steps 1 to 4), worked out for all windows at once by transforms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEP_S = 0.01
LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
_WINDOW_S = 0.035
_THRESHOLD = 0.22
_QUIET = 1e-3


def pitch_track(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Hertz at the middle of every `STEP_S`; 0 where no tone is heard."""
    step, width = round(STEP_S * rate_hz), round(_WINDOW_S * rate_hz)
    longest, shortest = int(rate_hz / LOWEST_HZ), int(rate_hz / HIGHEST_HZ)
    count = len(samples) // step
    if count == 0:
        return np.zeros(0, np.float32)
    span = width + longest
    padded = np.pad(samples.astype(np.float64), (span // 2, span))
    starts = np.arange(count) * step + step // 2
    windows = padded[starts[:, None] + np.arange(span)]
    difference = _difference(windows, width, longest)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, longest + 1)
    normal = difference[:, 1:] / np.maximum(mean, 1e-12)
    lags = _lags(normal, shortest)
    depth = normal[np.arange(count), np.maximum(lags - 1, 0)]
    loud = np.sqrt(np.mean(windows[:, :width] ** 2, axis=1)) > _QUIET
    heard = (lags > 0) & (depth < 2 * _THRESHOLD) & loud
    exact = _refined(normal, np.maximum(lags, 2))
    return np.where(heard, rate_hz / exact, 0.0).astype(np.float32)


def _difference(windows: NDArray[np.float64], width: int, longest: int) -> NDArray[np.float64]:
    """Squared difference of every window with itself `lag` samples later, lags 0 to `longest`."""
    size = 1 << (windows.shape[1] + width - 1).bit_length()
    head = np.fft.rfft(windows[:, :width][:, ::-1], size)
    product = np.fft.irfft(head * np.fft.rfft(windows, size), size)[:, width - 1 :]
    energy = np.cumsum(np.pad(windows**2, ((0, 0), (1, 0))), axis=1)
    power = energy[:, width : width + longest + 1] - energy[:, : longest + 1]
    return power[:, :1] + power - 2 * product[:, : longest + 1]


def _lags(normal: NDArray[np.float64], shortest: int) -> NDArray[np.int64]:
    """The first dip under the threshold, followed to its bottom; 0 where there is none."""
    seen = normal.copy()
    seen[:, : shortest - 1] = 9.0
    falling = seen[:, :-1] <= seen[:, 1:]
    dips = (seen[:, :-1] < _THRESHOLD) & falling
    first = np.where(dips.any(axis=1), dips.argmax(axis=1), -1)
    fallback = seen.argmin(axis=1)
    return np.where(first >= 0, first, fallback) + 1


def _refined(normal: NDArray[np.float64], lags: NDArray[np.int64]) -> NDArray[np.float64]:
    """Lags to a part of a sample, by the parabola through a dip and its neighbours."""
    rows = np.arange(len(normal))
    middle = np.clip(lags - 1, 1, normal.shape[1] - 2)
    a, b, c = normal[rows, middle - 1], normal[rows, middle], normal[rows, middle + 1]
    bend = a - 2 * b + c
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (a - c) / np.where(bend == 0, 1, bend), 0.0)
    return middle + 1 + np.clip(shift, -0.5, 0.5)
