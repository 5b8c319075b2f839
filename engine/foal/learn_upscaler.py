"""Training of the enlarger: from what the picture code gives back to the teacher's render."""

from __future__ import annotations

import logging
import random
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.animatic.draw import plates
from engine.foal.clip import FACTOR, FRAME_RATE
from engine.foal.plan import FRAMES_PER_LATENT, rehearse
from engine.foal.requests import sample_request
from engine.foal.upscaler import Upscaler, UpscalerConfig, quartered
from engine.foal.video_code import VideoCode
from engine.foal.weights import save
from engine.interface import EngineError

_log = logging.getLogger(__name__)

SEEDS = range(30_000_000, 30_000_160)
CROP = 48
"""Pixels of the small picture."""
NOISE = 0.15
"""Of latents: what denoising leaves, or more, so that the enlarger does not sharpen it."""


@torch.no_grad()
def pairs(code: VideoCode) -> list[tuple[Tensor, Tensor]]:
    """Bytes of small and large pictures, `[1, 3, H, W]` and `[1, 3, 4 H, 4 W]`."""
    made = []
    for seed in SEEDS:
        try:
            rehearsal = rehearse(sample_request(seed))
        except EngineError:
            continue
        request, rate = rehearsal.request, float(FRAME_RATE)
        first = random.Random(seed).randrange(12) * FRAMES_PER_LATENT  # noqa: S311
        times = [(first + i) / rate for i in range(FRAMES_PER_LATENT)]
        small = _bytes(list(plates(rehearsal.stage, request.preview_size, times)))
        large = _bytes(list(plates(rehearsal.stage, request.render_size, times[:1])))
        latents = code.encode((small / 127.5 - 1).permute(1, 0, 2, 3)[None])
        latents = latents + NOISE * torch.rand(1) * torch.randn_like(latents)
        back = code.decode(latents)[0, :, :1].permute(1, 0, 2, 3)
        fitted = quartered(back, request.render_size)
        made.append((_kept(fitted), large.to(torch.uint8)))
    return made


def _bytes(frames: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()


def _kept(pictures: Tensor) -> Tensor:
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)


def learn(out: Path, code: VideoCode, *, minutes: float, batch: int = 8) -> None:
    torch.manual_seed(0)
    known = pairs(code)
    chance = random.Random(0)  # noqa: S311
    model = Upscaler(UpscalerConfig())
    if out.exists():
        model.load_state_dict(load_file(out), strict=True)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, betas=(0.9, 0.98))
    started, step, told = time.time(), 0, 0.0
    while (spent := (time.time() - started) / 60) < minutes:
        rate = 2e-3 * min(1.0, (step + 1) / 50) * max(0.02, min(1.0, 2 - 2 * spent / minutes))
        for group in optimiser.param_groups:
            group["lr"] = rate
        crops = [_crop(*chance.choice(known), chance) for _ in range(batch)]
        small, large = zip(*crops, strict=True)
        with torch.autocast("cpu", torch.bfloat16):
            made = model(torch.stack(small))
        error = made.float() - torch.stack(large)
        slopes = torch.diff(error, dim=-1).abs().mean() + torch.diff(error, dim=-2).abs().mean()
        loss = error.abs().mean() + slopes
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        told = 0.98 * told + 0.02 * float(loss.detach()) if told else float(loss.detach())
        if step % 200 == 0:
            _log.info(f"{step} {spent:.1f} min loss {told:.4f}")
    save(model.state_dict(), out)


def _crop(small: Tensor, large: Tensor, chance: random.Random) -> tuple[Tensor, Tensor]:
    y = chance.randrange(small.shape[-2] - CROP + 1)
    x = chance.randrange(small.shape[-1] - CROP + 1)
    big = (slice(y * FACTOR, (y + CROP) * FACTOR), slice(x * FACTOR, (x + CROP) * FACTOR))
    return (
        small[0, :, y : y + CROP, x : x + CROP] / 127.5 - 1,
        large[0, :, big[0], big[1]] / 127.5 - 1,
    )
