"""Clips broken on purpose: what every measure must notice, or it measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from engine.foal.clip import FRAME_RATE, SOUND_RATE_HZ, Clip
from engine.foal.plan import Rehearsal, rehearse
from engine.foal.requests import sample_request
from engine.foal.teacher import taught
from engine.interface import EngineError

LATE_S = 0.16

Breaking = Callable[[Rehearsal, Clip], Clip]


def blurred(_: Rehearsal, clip: Clip) -> Clip:
    """As a poor picture code would leave it, and the sound dulled."""
    frames = np.stack([
        np.array(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(5)))
        for frame in clip.frames
    ])  # fmt: skip
    spectrum = np.fft.rfft(clip.sound)
    spectrum[len(spectrum) // 12 :] = 0
    return Clip(frames=frames, sound=np.fft.irfft(spectrum, len(clip.sound)).astype(np.float32))


def late(_: Rehearsal, clip: Clip) -> Clip:
    """Picture and sound two frames behind the plan."""
    frames, samples = round(LATE_S * FRAME_RATE), round(LATE_S * SOUND_RATE_HZ)
    return Clip(
        frames=np.concatenate([np.repeat(clip.frames[:1], frames, axis=0), clip.frames[:-frames]]),
        sound=np.concatenate([np.zeros(samples, np.float32), clip.sound[:-samples]]),
    )


def frozen(_: Rehearsal, clip: Clip) -> Clip:
    """One frame all through, and nobody speaks."""
    return Clip(
        frames=np.repeat(clip.frames[:1], len(clip.frames), axis=0),
        sound=np.zeros_like(clip.sound),
    )


def recoloured(_: Rehearsal, clip: Clip) -> Clip:
    """Red is blue and blue is red, and the sound is played backwards."""
    return Clip(
        frames=np.ascontiguousarray(clip.frames[..., ::-1]),
        sound=np.ascontiguousarray(clip.sound[::-1]),
    )


def another(rehearsal: Rehearsal, clip: Clip) -> Clip:
    """The teacher's shot of another request of the same shape: all is well made, nothing asked."""
    chance = Random(rehearsal.request.seed)  # noqa: S311 (pictures, not secrets)
    while True:
        request = sample_request(chance.randrange(1 << 30))
        if request.aspect != rehearsal.request.aspect or not request.figures:
            continue
        try:
            other = taught(rehearse(request))
        except EngineError:
            continue
        return _as_long(other, clip)


def _as_long(other: Clip, clip: Clip) -> Clip:
    return Clip(
        frames=_cut(other.frames, len(clip.frames)), sound=_cut(other.sound, len(clip.sound))
    )


def _cut(values: NDArray, count: int) -> NDArray:
    return np.concatenate([values, np.repeat(values[-1:], max(0, count - len(values)), axis=0)])[
        :count
    ]


WAYS: Mapping[str, Breaking] = {
    "blurred": blurred,
    "late": late,
    "frozen": frozen,
    "recoloured": recoloured,
    "another request": another,
}
