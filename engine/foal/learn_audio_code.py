"""Training of the sound autoencoder: its linear code by statistics, its voice by spectra."""

from __future__ import annotations

import logging
import random
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.foal.audio_code import AudioCode, AudioCodeConfig, steps_of
from engine.foal.mel import STEP, log_mel, magnitudes
from engine.foal.plan import rehearse, voiced_track
from engine.foal.requests import sample_request
from engine.foal.teacher import sound
from engine.foal.weights import save, whole
from engine.interface import EngineError

_log = logging.getLogger(__name__)

SEEDS = range(20_000_000, 20_000_400)
SECONDS = 1.2
RESOLUTIONS = ((256, 60), (512, 120), (1024, 240), (2048, 480))
LEAST = 1e-3


def heard(seed: int) -> tuple[Tensor, Tensor] | None:
    """Steps `[n, FEATURES]` and the wave `[n * STEP]` of a shot; None where it cannot be spoken."""
    try:
        rehearsal = rehearse(sample_request(seed))
    except EngineError:
        return None
    wave = torch.from_numpy(sound(rehearsal))
    return steps_of(log_mel(wave), torch.from_numpy(voiced_track(rehearsal))), wave


def spectral_loss(made: Tensor, true: Tensor) -> Tensor:
    """Mean difference of magnitudes, as they are and as logarithms, at four resolutions."""
    loss = torch.zeros(())
    for window, step in RESOLUTIONS:
        a, b = magnitudes(made, window, step), magnitudes(true, window, step)
        loss = loss + (a - b).abs().mean() / b.mean()
        loss = (
            loss
            + (torch.log(a + LEAST * window**0.5) - torch.log(b + LEAST * window**0.5)).abs().mean()
        )
    return loss / len(RESOLUTIONS)


def learn(out: Path, cache: Path, *, minutes: float, batch: int = 8) -> None:
    """One run of the voice, from `out` where there is one; else the linear code is fitted first."""
    torch.manual_seed(0)
    pairs = _pairs(cache)
    code = AudioCode(AudioCodeConfig())
    if out.exists():
        # Its linear code stays what it is: lessons and models speak it.
        code.load_state_dict(load_file(out), strict=True)
    else:
        kept = code.fit(torch.cat([steps for steps, _ in pairs]))
        _log.info(f"{len(pairs)} shots; the linear code keeps {kept:.4f} of the variance")
    chance = random.Random(0)  # noqa: S311
    optimiser = torch.optim.AdamW(code.voice.parameters(), 1e-3, betas=(0.8, 0.98))
    started, step, told = time.time(), 0, 0.0
    count = round(SECONDS * 100)
    while (spent := (time.time() - started) / 60) < minutes:
        for group in optimiser.param_groups:
            group["lr"] = (
                1e-3 * min(1.0, (step + 1) / 50) * max(0.02, min(1.0, 2 - 2 * spent / minutes))
            )
        steps, waves = [], []
        for _ in range(batch):
            all_steps, wave = chance.choice(pairs)
            first = chance.randrange(len(all_steps) - count)
            part = all_steps[first : first + count]
            # Half the time what the code gives back, so that the voice mends what it loses.
            if chance.random() < 0.5:
                latents = code.encode(part)
                part = code.steps(latents + 0.05 * torch.randn_like(latents))
            steps.append(part)
            waves.append(wave[first * STEP : (first + count) * STEP])
        made = code.voice(torch.stack(steps))
        loss = spectral_loss(made, torch.stack(waves))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(code.voice.parameters(), 1.0)
        optimiser.step()
        step += 1
        told = 0.98 * told + 0.02 * float(loss.detach()) if told else float(loss.detach())
        if step % 50 == 0:
            _log.info(f"{step} {spent:.1f} min loss {told:.4f}")
            save(code.state_dict(), out)
    save(code.state_dict(), out)


def _pairs(cache: Path) -> list[tuple[Tensor, Tensor]]:
    if cache.exists():
        return list(torch.load(cache))
    pairs = [pair for seed in SEEDS if (pair := heard(seed)) is not None]
    with whole(cache) as half:
        torch.save(pairs, half)
    return pairs
