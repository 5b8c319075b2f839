"""What the small engine learns from: a request as the animatic engine draws and speaks it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.animatic.draw import plates
from engine.animatic.engine import mixed
from engine.animatic.tone import SOUND_RATE_HZ as MIX_RATE_HZ
from engine.foal.clip import FRAME_RATE, SOUND_RATE_HZ, Clip
from engine.foal.plan import FRAMES_PER_LATENT, Rehearsal, latents_for


def taught(rehearsal: Rehearsal) -> Clip:
    """The whole shot: as many frames and samples as its latents stand for."""
    latents = latents_for(float(rehearsal.request.seconds))
    return Clip(frames=pictures(rehearsal, range(latents)), sound=sound(rehearsal))


def pictures(rehearsal: Rehearsal, latents: Sequence[int]) -> NDArray[np.uint8]:
    """The frames of those latents, `[latents * FRAMES_PER_LATENT, height, width, 3]`."""
    rate, last = float(FRAME_RATE), float(rehearsal.request.seconds)
    times = [
        min((latent * FRAMES_PER_LATENT + i) / rate, last)
        for latent in latents
        for i in range(FRAMES_PER_LATENT)
    ]
    return np.stack(list(plates(rehearsal.stage, rehearsal.request.preview_size, times)))


def sound(rehearsal: Rehearsal) -> NDArray[np.float32]:
    """Words and ambience, mono at `SOUND_RATE_HZ`."""
    mix = mixed(rehearsal.request, rehearsal.performance).mean(axis=0)
    return halved(mix) if MIX_RATE_HZ == 2 * SOUND_RATE_HZ else mix


def halved(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """At half the rate, by the lower half of its spectrum."""
    spectrum = np.fft.rfft(wave)
    count = len(wave) // 2
    kept = spectrum[: count // 2 + 1].copy()
    return np.asarray(np.fft.irfft(kept, count) / 2, np.float32)
