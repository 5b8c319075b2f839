"""What the small engine learns from: a request as the animatic engine draws and speaks it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from engine.animatic.draw import plates
from engine.animatic.engine import mixed
from engine.animatic.tone import SOUND_RATE_HZ as MIX_RATE_HZ
from engine.foal.clip import FRAME_RATE, SOUND_RATE_HZ, Clip
from engine.foal.plan import FRAMES_PER_LATENT, Rehearsal, latents_for
from engine.joint.audio_vae import resample


def taught(rehearsal: Rehearsal) -> Clip:
    """The whole shot: as many frames as its latents stand for, and the sound of its seconds."""
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
    return at_rate(mix, MIX_RATE_HZ, SOUND_RATE_HZ)


def at_rate(wave: NDArray[np.float32], hertz: int, wanted_hz: int) -> NDArray[np.float32]:
    """`[samples]` at one rate as samples at another."""
    made: NDArray[np.float32] = resample(
        torch.from_numpy(wave), len(wave) * wanted_hz // hertz
    ).numpy()
    return made
