"""Figures of the sound, whatever is said in it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from review.evidence import SAMPLE_RATE_HZ, Evidence, Reading
from storyboard.request import Speech

FLOOR_DBFS = -120.0
"""Digital silence, as a number."""
SILENT_DBFS = -50.0
"""Below this a listener at speaking volume hears nothing."""
NO_LUFS = -70.0
"""The absolute gate of BS.1770: quieter sound has no loudness."""
FULL_SCALE = 0.98
WINDOW_S = 0.02
"""Levels are taken over windows as short as a phoneme."""


def speech_level(evidence: Evidence) -> Reading:
    """The level of the quietest line, taken over the loudest third of its windows."""
    return _over_speeches(evidence, _level_dbfs, min)


def silence(evidence: Evidence) -> Reading:
    """Share of a line's windows in which nothing is heard, of the line with most of them."""
    return _over_speeches(evidence, lambda powers: float((_dbfs(powers) < SILENT_DBFS).mean()), max)


def _over_speeches(
    evidence: Evidence,
    figure: Callable[[npt.NDArray[np.float64]], float],
    worst: Callable[..., tuple[float, int]],
) -> Reading:
    speeches = evidence.request.speeches
    if not speeches:
        return None, "nobody speaks"
    value, index = worst(
        (figure(_powers(evidence.sound, speech)), index) for index, speech in enumerate(speeches)
    )
    return value, f"line {index + 1}" if len(speeches) > 1 else ""


def _powers(sound: npt.NDArray[np.float32], speech: Speech) -> npt.NDArray[np.float64]:
    """Mean power of each window of a speech, of the louder channel; one zero if there is none."""
    window = round(WINDOW_S * SAMPLE_RATE_HZ)
    start, end = round(speech.start * SAMPLE_RATE_HZ), round(speech.end * SAMPLE_RATE_HZ)
    heard = np.zeros((2, max(window, end - start)), np.float64)
    cut = sound[:, start:end]
    heard[:, : cut.shape[1]] = cut  # a sound track that ends early is silent, not excused
    whole = heard[:, : heard.shape[1] // window * window].reshape(2, -1, window)
    return (whole**2).mean(axis=2).max(axis=0)


def _level_dbfs(powers: npt.NDArray[np.float64]) -> float:
    loudest = np.sort(powers)[-max(1, len(powers) // 3) :]
    return float(_dbfs(loudest.mean()))


def _dbfs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Decibels below a full-scale square wave."""
    return 10 * np.log10(np.maximum(np.asarray(power, np.float64), 10 ** (FLOOR_DBFS / 10)))


def clipped(evidence: Evidence) -> Reading:
    """Share of samples at 98 % of full scale; AAC wears flat tops down, so 100 % misses most."""
    if not evidence.sound.size:
        return None, "no sound track"
    return float((np.abs(evidence.sound) >= FULL_SCALE).mean()), ""


def dc(evidence: Evidence) -> Reading:
    """The larger channel's mean, of full scale."""
    if not evidence.sound.size:
        return None, "no sound track"
    return float(np.abs(evidence.sound.mean(axis=1, dtype=np.float64)).max()), ""


def loudness(evidence: Evidence) -> Reading:
    """Integrated, after EBU R 128."""
    if evidence.loudness is None or evidence.loudness.integrated_lufs <= NO_LUFS:
        return None, "nothing to be heard"
    return evidence.loudness.integrated_lufs, ""


def true_peak(evidence: Evidence) -> Reading:
    """After EBU R 128, between the samples too."""
    if evidence.loudness is None or not np.isfinite(evidence.loudness.true_peak_dbtp):
        return None, "nothing to be heard"
    return evidence.loudness.true_peak_dbtp, ""
