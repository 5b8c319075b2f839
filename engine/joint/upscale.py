"""The second stage: base latents, enlarged and half drowned in noise, denoised at the new size.

Sound is only listened to here; the clip keeps the sound of the base stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.joint.config import UpscaleConfig
from engine.joint.sampler import (
    Report,
    Sample,
    UniPC,
    flow_schedule,
    prepare,
    silent,
    velocity,
    with_image,
)
from engine.joint.transformer import Latents, Transformer

UNUSED = 1.0
"""Guidance of the sound, whose velocity this stage throws away."""


@cache
def noise_table(levels: int = 1000) -> tuple[float, ...]:
    """The share of picture at each noise level, from nearly 1 to exactly 0.

    A scaled-linear diffusion schedule (0.00085 to 0.012), rescaled so that the last level holds
    no signal. It is not the flow schedule that the stage is then solved with: the published
    weights are used with exactly this start.
    """
    betas = np.linspace(0.00085**0.5, 0.012**0.5, levels) ** 2
    signal = np.sqrt(np.cumprod(1 - betas))
    rescaled = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    return tuple(float(s) for s in rescaled.astype(np.float32))


def enlarge(video: Tensor, height: int, width: int) -> Tensor:
    """A latent `[channels, frames, h, w]` at another size, linear between corner-aligned points."""
    size = (video.shape[1], height, width)
    grown = functional.interpolate(video[None], size=size, mode="trilinear", align_corners=True)
    return grown[0]


def upscale_start(
    base: Latents, size: tuple[int, int], noise: Latents, config: UpscaleConfig
) -> Latents:
    """What the second stage starts from; `noise.video` has the new size, `noise.audio` the old."""
    video = enlarge(base.video, *size)
    if config.noise_level:
        kept = noise_table()[config.noise_level]
        video = kept * video + (1 - kept * kept) ** 0.5 * noise.video
    share = config.audio_noise
    return Latents(video, share * noise.audio + (1 - share) * base.audio)


def frame_guidance(video: Tensor, config: UpscaleConfig) -> Tensor:
    """The guidance of every latent frame, `[frames, 1, 1]`."""
    scale = torch.full((video.shape[1], 1, 1), config.video_guidance, device=video.device)
    scale[: config.early_frames] = min(config.early_guidance, config.video_guidance)
    return scale


@torch.no_grad()
def upscale(
    model: Transformer, samples: Sequence[Sample], config: UpscaleConfig, report: Report = silent
) -> list[Latents]:
    """Clean large latents from starts made by `upscale_start`; the sound comes back as it was."""
    schedule = flow_schedule(config.steps, config.shift)
    contexts = prepare(model, samples, guided=config.guided)
    solvers = [UniPC(schedule) for _ in samples]
    now = [with_image(s, s.start) for s in samples]
    scales = [(frame_guidance(x.video, config), UNUSED) for x in now]
    for index in range(schedule.steps):
        velocities = velocity(model, now, contexts, scales if config.guided else None)
        after = [
            Latents(solver.step(index, x.video, v.video), x.audio)
            for x, v, solver in zip(now, velocities, solvers, strict=True)
        ]
        report(index, now, velocities, after)
        now = [with_image(s, x) for s, x in zip(samples, after, strict=True)]
    return now
