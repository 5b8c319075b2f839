"""Whether what moves in the picture moves with the words, and how much too late the words come.

No model: a mouth opens when its voice is loud, so somewhere in the picture blocks rise and fall
with the sound. The sound is shifted against the picture frame by frame; where the likeness is
greatest is the offset, and how far it stands out above that of other shifts is the confidence.
docs/lab.md has how often this is right on drawn faces; on filmed ones it has not been tried.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from review.evidence import SAMPLE_RATE_HZ, Evidence, Reading
from storyboard.request import Speech

FURTHEST_S = 0.5
"""Shifts looked at, either way."""
SYLLABLES_S = 0.44
"""What changes more slowly than this is gesture and phrase, not lips; taken off both sides."""
STEADY_LUMA = 2.0
"""Of 255; a block that moves by less is no mouth, however well its noise fits."""
MOUTH_BLOCKS = 3
"""A mouth fills a few blocks at the size of a preview; the best few are averaged."""
OTHER_SHIFTS = 5
"""The peak is held against the sixth best shift: its neighbours are alike by nature."""
CERTAIN = 0.14
"""Below this the peak may be chance: of 80 drawn takes, in time or late, none above was wrong."""
VOICE_HZ = (250.0, 3500.0)
MARGIN_S = 0.24
"""Looked at before and after the line's window."""

Curve = npt.NDArray[np.float64]


def lip_offset(evidence: Evidence) -> Reading:
    """How much later the sound is than the lips, in seconds; below zero where it is earlier."""
    curve, why = _curve(evidence)
    if curve is None:
        return None, why
    confidence = _confidence(curve)
    if confidence < CERTAIN:
        return None, f"no motion follows the words closely enough (confidence {confidence:.2f})"
    return _peak(curve) / evidence.request.frame_rate, ""


def lip_confidence(evidence: Evidence) -> Reading:
    """How far the likeness of motion and sound at its best shift stands above that of others."""
    curve, why = _curve(evidence)
    return (None, why) if curve is None else (_confidence(curve), "")


def _curve(evidence: Evidence) -> tuple[Curve | None, str]:
    """Likeness by shift, from sound early to sound late, on the longest line that is seen."""
    speeches = evidence.seen_speeches()
    if not speeches:
        return None, "nobody is seen speaking"
    if evidence.track is None:
        return None, "no sound track"
    line = max(speeches, key=lambda speech: speech.end - speech.start)
    rate = evidence.request.frame_rate
    heard = _envelope(evidence.sound, rate, len(evidence.blocks))
    seen = evidence.blocks.reshape(len(evidence.blocks), -1).astype(np.float64)
    window = round(SYLLABLES_S * rate)
    if len(seen) < 2 * window:
        return None, "too short"
    curve = _likeness(_quick(seen, window), _quick(heard[:, None], window)[:, 0], line, rate)
    return curve, "too short"


def _envelope(sound: npt.NDArray[np.float32], rate: int, frames: int) -> npt.NDArray[np.float64]:
    """Log power of the voice's band, one value for each frame."""
    hop = SAMPLE_RATE_HZ // rate
    mono = np.zeros(frames * hop)
    cut = sound.mean(axis=0)[: len(mono)]
    mono[: len(cut)] = cut
    spectrum = np.fft.rfft(mono)
    hertz = np.fft.rfftfreq(len(mono), 1 / SAMPLE_RATE_HZ)
    spectrum[(hertz < VOICE_HZ[0]) | (hertz > VOICE_HZ[1])] = 0
    voice = np.fft.irfft(spectrum, len(mono))
    return np.asarray(np.log10((voice.reshape(frames, hop) ** 2).mean(axis=1) + 1e-5))


def _quick(values: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    """Less their running mean."""
    before = window // 2
    padded = np.pad(values, ((before, window - 1 - before), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
    return values - (sums[window:] - sums[:-window]) / window


def _likeness(
    seen: npt.NDArray[np.float64], heard: npt.NDArray[np.float64], line: Speech, rate: int
) -> Curve | None:
    furthest = round(FURTHEST_S * rate)
    margin = round(MARGIN_S * rate)
    first = max(furthest, round(line.start * rate) - margin)
    last = min(len(seen) - furthest, round(line.end * rate) + margin)
    if last - first < rate // 2:
        return None
    moving = seen[first:last] - seen[first:last].mean(axis=0)
    moving /= np.maximum(moving.std(axis=0), STEADY_LUMA)
    shifts = range(-furthest, furthest + 1)
    loud = np.stack([heard[first + shift : last + shift] for shift in shifts])
    loud = loud - loud.mean(axis=1, keepdims=True)
    loud /= loud.std(axis=1, keepdims=True) + 1e-6
    alike = np.abs(loud @ moving) / len(moving)
    return np.asarray(np.sort(alike, axis=1)[:, -MOUTH_BLOCKS:].mean(axis=1))


def _confidence(curve: Curve) -> float:
    return float(curve.max() - np.sort(curve)[-1 - OTHER_SHIFTS])


def _peak(curve: Curve) -> float:
    """The shift in frames at the top of a parabola through the best and its neighbours."""
    best = int(curve.argmax())
    middle = len(curve) // 2
    if not 0 < best < len(curve) - 1:
        return float(best - middle)
    left, top, right = curve[best - 1 : best + 2]
    bend = left - 2 * top + right
    return best - middle + (0.0 if bend == 0 else float((left - right) / (2 * bend)))
