"""Puts the sound of the clips one after another, to the sample, a clip at a time.

Positions come from the film's frames and not from adding up lengths, so nothing drifts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.door import disk
from media.encoder import SOUND_RATE_HZ
from media.pieces import Piece

Samples = NDArray[np.float32]

DECLICK = SOUND_RATE_HZ * 6 // 1000
"""Samples of ramp on both sides of a hard cut: 6 ms, enough to make no click, too short to hear."""


def write_soundtrack(
    path: Path, pieces: Iterable[tuple[Piece, Samples]], *, frame_rate: int
) -> None:
    """Write 32-bit float stereo at 48 kHz, without a header.

    With each piece comes the sound of its whole take, [2, samples]; what a take lacks is silence.
    """
    frame = 0
    held = np.zeros((2, 0), np.float32)
    with disk(path), path.open("wb") as file:
        for piece, take in pieces:
            start = _sample(frame, frame_rate)
            length, overlap, fade, kept = (
                _sample(frame + frames, frame_rate) - start
                for frames in (piece.frames, piece.overlap, piece.fade, piece.adds)
            )
            samples = _span(take, _sample(piece.first, frame_rate), length)
            _shape(samples, overlap, length - kept, fade)
            samples[:, : held.shape[1]] += held
            file.write(samples[:, :kept].T.astype("<f4").tobytes())
            held = samples[:, kept:]
            frame += piece.adds


def _sample(frame: int, frame_rate: int) -> int:
    return frame * SOUND_RATE_HZ // frame_rate


def _span(take: Samples, first: int, length: int) -> Samples:
    """A copy of `length` samples from `first`, with silence where the take has ended."""
    samples = np.zeros((2, length), np.float32)
    found = take[:, first : first + length]
    samples[:, : found.shape[1]] = found
    return samples


def _shape(samples: Samples, overlap: int, overlapped: int, fade: int) -> None:
    """Ramp both ends, in place: dissolves keep the power, fades come up, cuts do not click."""
    head = fade or overlap or min(DECLICK, samples.shape[1] // 2)
    tail = overlapped or min(DECLICK, samples.shape[1] // 2)
    rise = _ramp(head)
    samples[:, :head] *= np.sin(rise) if overlap else rise / (np.pi / 2)
    fall = _ramp(tail)[::-1]
    samples[:, samples.shape[1] - tail :] *= np.sin(fall) if overlapped else fall / (np.pi / 2)


def _ramp(length: int) -> NDArray[np.float32]:
    """From 0 up to a right angle, without its ends."""
    return (np.arange(length, dtype=np.float32) + 0.5) * np.float32(np.pi / 2 / max(length, 1))
