"""Voices told apart by a network trained to verify speakers (Wan et al., Generalized End-to-End
Loss for Speaker Verification, 2018), here in NumPy: three LSTM layers over mel bands.

Its weights come in the package Resemblyzer; `flows` reads them and hands them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from review.senses import RATE_HZ, Mono, Print

BANDS = 40
WINDOW, HOP = 400, 160
"""Samples: 25 ms every 10 ms."""
PIECE, STRIDE = 160, 80
"""Frames: the network hears 1.6 s at a time; pieces overlap by half."""
LAYERS, UNITS = 3, 256
LEVEL_DBFS = -30.0
"""Quieter speech is raised to this, as in training."""

Array = npt.NDArray[np.float32]


class GeneralizedVoices:
    """Voice prints of 256 numbers."""

    def __init__(self, weights: Mapping[str, Array], name: str) -> None:
        self.name = name
        self._weights = weights

    def print(self, sound: Mono) -> Print:
        """The mean over its pieces; of less than 1.6 s, of that with silence after it."""
        bands = mel_bands(_raised(sound))
        short = PIECE - len(bands)
        if short > 0:
            bands = np.pad(bands, ((0, short), (0, 0)))
        starts = range(0, len(bands) - PIECE + 1, STRIDE)
        pieces = np.stack([bands[start : start + PIECE] for start in starts])
        prints = self._embedded(pieces).mean(axis=0)
        return np.asarray(prints / max(float(np.linalg.norm(prints)), 1e-6), np.float32)

    def _embedded(self, pieces: Array) -> Array:
        heard = pieces
        for layer in range(LAYERS):
            heard = self._lstm(heard, layer)
        weights = self._weights
        found = np.maximum(heard[:, -1] @ weights["linear.weight"].T + weights["linear.bias"], 0)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(lengths, 1e-6), np.float32)

    def _lstm(self, heard: Array, layer: int) -> Array:
        """[pieces, frames, bands or units] to [pieces, frames, units]; gates in PyTorch's order."""
        weights = self._weights
        into, across = (weights[f"lstm.weight_{kind}_l{layer}"].T for kind in ("ih", "hh"))
        bias = weights[f"lstm.bias_ih_l{layer}"] + weights[f"lstm.bias_hh_l{layer}"]
        given = heard @ into + bias
        state = cell = np.zeros((len(heard), UNITS), np.float32)
        told = np.empty((*heard.shape[:2], UNITS), np.float32)
        for frame in range(heard.shape[1]):
            gates = given[:, frame] + state @ across
            enter, forget, new, out = np.split(gates, 4, axis=1)
            cell = _sigmoid(forget) * cell + _sigmoid(enter) * np.tanh(new)
            state = _sigmoid(out) * np.tanh(cell)
            told[:, frame] = state
        return told


def _sigmoid(values: Array) -> Array:
    return np.asarray(0.5 * (np.tanh(0.5 * values) + 1))


def _raised(sound: Mono) -> Mono:
    level = 10 * np.log10(max(float((sound**2).mean()), 1e-12)) if len(sound) else LEVEL_DBFS
    return np.asarray(sound * 10 ** (max(0.0, LEVEL_DBFS - level) / 20), np.float32)


def mel_bands(sound: Mono) -> Array:
    """Power in 40 mel bands, one row for each 10 ms."""
    padded = np.pad(sound, WINDOW // 2)
    if len(padded) < WINDOW:
        padded = np.pad(padded, (0, WINDOW - len(padded)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    hann = np.hanning(WINDOW + 1)[:-1]
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    return np.asarray(power @ _mel_filters().T, np.float32)


@cache
def _mel_filters() -> npt.NDArray[np.float64]:
    """Triangles of equal area between 0 and 8 kHz on Slaney's scale: [bands, bins]."""
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)
    corners = _hertz(np.linspace(0, _mel(RATE_HZ / 2), BANDS + 2))
    below, peak, above = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising, falling = (bins - below) / (peak - below), (above - bins) / (above - peak)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * 2 / (above - below))


# Slaney's scale: even steps of 200/3 Hz up to 1 kHz, then even ratios, 27 steps to 6.4 kHz.
_STEP_HZ, _KNEE_HZ, _RATIO = 200 / 3, 1000.0, np.log(6.4) / 27


def _mel(hertz: float) -> float:
    if hertz < _KNEE_HZ:
        return hertz / _STEP_HZ
    return _KNEE_HZ / _STEP_HZ + float(np.log(hertz / _KNEE_HZ)) / _RATIO


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _KNEE_HZ / _STEP_HZ
    high = _KNEE_HZ * np.exp(_RATIO * (mels - knee))
    return np.where(mels < knee, mels * _STEP_HZ, high)
