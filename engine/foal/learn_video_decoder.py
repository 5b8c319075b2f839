"""Training of the picture decoder alone, last of all: on what the transformer makes of lessons.

A denoised latent is not what the encoder would give: softer, and off by more than noise. The
decoder meets such latents beside the pictures they should be, as vocoders are taught on what their
text model makes (ground-truth-aligned fine-tuning, Shen et al., 2018). Latents stay what they are,
so no model that speaks them has to learn again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.foal.dataset import Shot, read_shard
from engine.foal.learn_video_code import (
    CROP,
    NOISE,
    begun,
    compared,
    cropped,
    distance,
    frames_of,
    heads_of,
    loss_of,
    run,
    weights,
    window,
)
from engine.foal.lessons import Lesson, of_shards, part_of, sample_of
from engine.foal.video_code import SIDE
from engine.foal.weights import whole
from engine.joint.config import SamplerConfig
from engine.joint.sampler import denoise
from engine.joint.transformer import Transformer

TRUE_SHARE = 0.35
"""Of crops, from latents as the encoder gives them: what a reference picture becomes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """A moving shot of the data set, and its latents as they are and as they were denoised."""

    shot: Shot
    true: Tensor
    """[channels, latents, h, w], half precision."""
    made: Tensor


def make(
    data: Path, model: Transformer, sampler: SamplerConfig, *, each: int, processes: int
) -> None:
    """Denoise the first `each` moving shots of every shard that was not yet; what another model
    made must be cleared away first."""
    kept = data / "made"
    kept.mkdir(exist_ok=True)
    lessons = sorted((data / "lessons").glob("moving-*.pt"))
    left = [path for path in lessons if not (kept / path.name).exists()]
    jobs = [(path, kept / path.name, model, sampler, each) for path in left]
    of_shards(processes, _make_shard, jobs, "denoised")


def _make_shard(
    path: Path, out: Path, model: Transformer, sampler: SamplerConfig, each: int
) -> None:
    model.multiply_in(torch.bfloat16)
    lessons = [Lesson(**fields) for fields in torch.load(path, weights_only=True)[:each]]
    with whole(out) as half:
        torch.save([(lesson.video, _denoised(model, sampler, lesson)) for lesson in lessons], half)


def _denoised(model: Transformer, sampler: SamplerConfig, lesson: Lesson) -> Tensor:
    """All the pictures there are of a lesson, made from noise as a take is."""
    part = part_of(lesson, random.Random(0), len(lesson.moments))  # noqa: S311 (all are chosen)
    seed = int(lesson.features.float().abs().sum() * 1000)
    return denoise(model, [sample_of(part, seed)], sampler)[0].video.half()


def read(data: Path) -> Iterator[Made]:
    for path in sorted((data / "made").glob("*.pt")):
        denoised = torch.load(path, weights_only=True)
        for shot, (true, made) in zip(read_shard(data / path.name), denoised, strict=False):
            yield Made(shot=shot, true=true, made=made)


def learn(data: Path, out: Path, *, minutes: float, batch: int = 16, rate: float = 1e-3) -> None:
    """One run of the decoder in `out`; `make` must have been called."""
    torch.manual_seed(0)
    chance = random.Random(time.time())  # noqa: S311
    model = begun(out)
    model.encoder.requires_grad_(False)
    known = list(read(data))
    decoded, lost = torch.compile(model.decoder), torch.compile(loss_of)

    def lose(step: int) -> tuple[Tensor, Tensor]:
        del step
        drawn = [_drawn(chance.choice(known), chance) for _ in range(batch)]
        latents = torch.stack([latent for latent, _ in drawn])
        true, weight = compared([pair for _, pair in drawn])
        with torch.autocast("cpu", torch.bfloat16):
            made = decoded(model.unscaled(latents))
        return lost(made, true, weight), distance(made, true)

    run(model, lose, out, minutes=minutes, rate=rate)


def _drawn(known: Made, chance: random.Random) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """A crop of a latent `[channels, h, w]`, and the picture it should be with its weights."""
    latent = chance.randrange(known.made.shape[1])
    frames = frames_of(known.shot, latent)
    size = frames.shape[1:3]
    heads = heads_of(known.shot, latent, size)
    place = window(heads, size, chance, SIDE)
    rows, columns = (slice(start // SIDE, (start + CROP) // SIDE) for start in place)
    if chance.random() < TRUE_SHARE:
        seen = known.true[:, latent, rows, columns].float()
        seen = seen + NOISE * torch.randn_like(seen)
    else:
        seen = known.made[:, latent, rows, columns].float()
    return seen, cropped(frames, weights(heads, size), place)
