"""Training of the picture autoencoder, on crops of the teacher's pictures."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from engine.foal.clip import PATCH_PX
from engine.foal.dataset import Shot, decoded, read_shard
from engine.foal.lessons import middles_of
from engine.foal.muon import Muon
from engine.foal.plan import UNITS_PER_PATCH, heads_at
from engine.foal.video_code import FOLD, FRAMES, VideoCode, VideoCodeConfig, folded
from engine.foal.weights import save

_log = logging.getLogger(__name__)

CROP = 128
NOISE = 0.1
"""Of a latent's unit deviation: what a denoised latent is off by, or more."""
MOUTH_WEIGHT, HEAD_WEIGHT = 6.0, 1.5
MOUTH_DOWN, MOUTH_RADIUS, HEAD_RADIUS = 76.0, 60.0, 125.0
"""Figure units."""
COARSE, COARSE_WEIGHT = 4, 2.0
"""Folds along a side, sixteen pixels: what is off alike over so many is a wrong colour."""


Head = tuple[float, float, float]
"""Middle of a head in a picture, x and y in pixels, and pixels for a figure unit."""


def crops(shot: Shot, chance: random.Random, count: int) -> list[tuple[Tensor, Tensor]]:
    """Pictures `[3, 4, CROP, CROP]` in [-1, 1] of one latent, and how much each pixel matters."""
    latent = chance.randrange(len(shot.latents))
    frames = frames_of(shot, latent)
    size = frames.shape[1:3]
    heads = heads_of(shot, latent, size)
    weight = weights(heads, size)
    places = [window(heads, size, chance, 4) for _ in range(count)]
    return [cropped(frames, weight, place) for place in places]


def frames_of(shot: Shot, latent: int) -> np.ndarray:
    """[4, height, width, 3]"""
    return np.stack([decoded(jpeg) for jpeg in shot.jpegs[latent * FRAMES : (latent + 1) * FRAMES]])


def heads_of(shot: Shot, latent: int, size: Sequence[int]) -> list[Head]:
    """Of all figures in the pictures of a latent, which are so many pixels high and wide."""
    features, places = torch.from_numpy(shot.features).float(), torch.from_numpy(shot.places)
    middles = middles_of(torch.tensor([float(shot.latents[latent])]))
    stands = [head[0].tolist() for head in heads_at(features, places, middles)]
    return [
        (
            column * PATCH_PX + size[1] / 2,
            row * PATCH_PX + size[0] / 2,
            scale * PATCH_PX / UNITS_PER_PATCH,
        )
        for row, column, scale in stands
    ]


def window(
    heads: Sequence[Head], size: Sequence[int], chance: random.Random, grid: int
) -> tuple[int, int]:
    """Row and column of a crop, multiples of `grid`; often of one that shows a head."""
    height, width = size
    y, x = chance.randrange(height - CROP + 1), chance.randrange(width - CROP + 1)
    if heads and chance.random() < 0.6:
        hx, hy, scale = chance.choice(heads)
        y = int(hy + MOUTH_DOWN * scale * chance.random()) - chance.randrange(24, CROP - 24)
        x = int(hx) - chance.randrange(24, CROP - 24)
    y, x = min(max(0, y), height - CROP), min(max(0, x), width - CROP)
    return y // grid * grid, x // grid * grid


def cropped(frames: np.ndarray, weight: Tensor, place: tuple[int, int]) -> tuple[Tensor, Tensor]:
    rows, columns = (slice(start, start + CROP) for start in place)
    picture = torch.from_numpy(frames[:, rows, columns].astype(np.float32)) / 127.5 - 1
    return picture.permute(3, 0, 1, 2), weight[rows, columns]


def weights(heads: Sequence[Head], size: Sequence[int]) -> Tensor:
    """Of each pixel of a picture of that height and width: heads matter more, mouths most."""
    height, width = size
    weight = torch.ones(height, width)
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    for x, y, scale in heads:
        from_head = ((rows - y) ** 2 + (columns - x) ** 2).sqrt() / scale
        down = y + MOUTH_DOWN * scale
        from_mouth = ((rows - down) ** 2 + (columns - x) ** 2).sqrt() / scale
        weight += HEAD_WEIGHT * (from_head < HEAD_RADIUS)
        weight += MOUTH_WEIGHT * (from_mouth < MOUTH_RADIUS)
    return weight


def loss_of(made: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """Mean difference of pixels, of their slopes inside each fold, of their motion and of the
    colours of whole areas.

    `made` and `true` are folded pictures `[batch, 192, h, w]`, `weight` is `[batch, h, w]`.
    """
    error = (made.permute(0, 2, 3, 1).float() - true.permute(0, 2, 3, 1)) * weight[..., None]
    pixels = error.unflatten(-1, (FRAMES, 3, FOLD, FOLD))
    slopes = torch.diff(pixels, dim=-1).abs().mean() + torch.diff(pixels, dim=-2).abs().mean()
    # What moves is a small part of all pixels; motion that is not followed is what is seen first.
    motion = torch.diff(pixels, dim=-4).abs().mean()
    shades = pixels.mean(dim=(-1, -2, -4)).permute(0, 3, 1, 2)
    colours = functional.avg_pool2d(shades, COARSE).abs().mean()
    return error.abs().mean() + 0.5 * slopes + 2 * motion + COARSE_WEIGHT * colours


def learn(data: Path, out: Path, *, minutes: float, batch: int = 16, rate: float = 3e-3) -> None:
    """One run of both halves, from `out` where there is one."""
    torch.manual_seed(0)
    chance = random.Random(time.time())  # noqa: S311
    model = begun(out)
    # Fused, a step takes two thirds of the time; the first waits a minute for the compiler.
    coded, decoded = torch.compile(model.coded), torch.compile(model.decoder)
    lost = torch.compile(loss_of)
    shots: list[Shot] = []
    seen: set[Path] = set()

    def lose(step: int) -> tuple[Tensor, Tensor]:
        if step % 400 == 0:
            for path in sorted(set(data.glob("*.pt")) - seen):
                seen.add(path)
                shots.extend(read_shard(path))
        pairs = [c for _ in range(batch // 2) for c in crops(chance.choice(shots), chance, 2)]
        true, weight = compared(pairs)
        with torch.autocast("cpu", torch.bfloat16):
            raw = coded(true).float()
            deviation = _followed(model, raw, 0.99 if step > 50 else 0.5)
            # Noise of a tenth of the deviation; gradients reach the deviation, so that it cannot
            # be escaped by making latents larger.
            noisy = raw + NOISE * deviation[:, None, None] * torch.randn_like(raw)
            made = decoded(noisy.contiguous(memory_format=torch.channels_last))
        return lost(made, true, weight), distance(made, true)

    run(model, lose, out, minutes=minutes, rate=rate)


def begun(out: Path) -> VideoCode:
    model = VideoCode(VideoCodeConfig())
    if out.exists():
        model.load_state_dict(load_file(out), strict=True)
    return model


def compared(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Folded pictures and weights of crops, as `loss_of` wants them."""
    true = folded(torch.stack([picture for picture, _ in pairs]))
    weight = functional.avg_pool2d(torch.stack([w for _, w in pairs]), FOLD)
    return true.contiguous(memory_format=torch.channels_last), weight


def distance(made: Tensor, true: Tensor) -> Tensor:
    return functional.mse_loss(made.detach().float().clamp(-1, 1), true)


def run(
    model: VideoCode,
    lose: Callable[[int], tuple[Tensor, Tensor]],
    out: Path,
    *,
    minutes: float,
    rate: float,
) -> None:
    """Steps of what of `model` learns; `lose` gives the loss of a step, and the square distance of
    what it made. An average over steps is kept in `out`."""
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices, vectors = ([p for p in learning if (p.ndim > 1) is many] for many in (True, False))
    optimisers = [Muon(matrices, rate), torch.optim.AdamW(vectors, rate, betas=(0.9, 0.95))]
    average = {n: p.detach().clone() for n, p in model.state_dict().items()}
    started, step = time.time(), 0
    while (share := (time.time() - started) / 60 / minutes) < 1:
        now = rate * min(1.0, step / 100) * (1 if share < 0.5 else max(0.02, 2 * (1 - share)))
        for group in (g for optimiser in optimisers for g in optimiser.param_groups):
            group["lr"] = now
        loss, error = lose(step)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        step += 1
        if step % 4 == 0:
            keep = min(0.998, step / (step + 20)) ** 4
            for name, value in model.state_dict().items():
                average[name].lerp_(value.detach(), 1 - keep)
        if step % 100 == 0:
            _log.info(
                f"{step} {share * minutes:.1f} min loss {float(loss.detach()):.4f} "
                f"psnr {10 * np.log10(4 / float(error)):.2f} rate {now:.5f}",
            )
        if step % 500 == 0:
            save(average, out)
    save(average, out)


def _followed(model: VideoCode, raw: Tensor, keep: float) -> Tensor:
    """The deviation of each channel, which the code's own follows."""
    mean, deviation = raw.mean((0, 2, 3)), raw.std((0, 2, 3)) + 1e-3
    with torch.no_grad():
        model.mean.lerp_(mean.detach(), 1 - keep)
        model.deviation.lerp_(deviation.detach(), 1 - keep)
    return deviation
