"""Training of the transformer: flow matching on picture and sound latents at once."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.foal.audio_code import AudioCode
from engine.foal.lessons import Lesson, Part, lessons_of, part_of
from engine.foal.muon import Muon
from engine.foal.video_code import VideoCode
from engine.joint import pointwise, transformer
from engine.joint.config import TransformerConfig
from engine.joint.tokens import extent_of, pack_video
from engine.joint.transformer import Latents, Transformer

_log = logging.getLogger(__name__)

GIVEN_SHARE = 0.15
"""Of the lessons: the first picture latent is given, as a reference picture is."""
LEAST_SIGMA = 0.5
"""Errors below this noise count as if at it: they are seen as what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run of training goes."""

    minutes: float
    batch: int = 16
    most: int = 2
    """Latents seen of one shot."""
    matrix_rate: float = 0.008
    vector_rate: float = 0.004
    audio_weight: float = 0.5
    average: float = 0.998
    warm: int = 100
    decay_from: float = 0.5
    """Share of the time after which the rates fall."""


def fresh(config: TransformerConfig) -> Transformer:
    """An untrained model; its heads say nothing yet, its clock tells 40 ms from 4 s."""
    model = Transformer(config, torch.float32)
    model.adapter.rope.bands.copy_(torch.logspace(0.2, -2, config.bands))
    for head in (model.final_linear_video, model.final_linear_audio):
        torch.nn.init.zeros_(head.weight)
    for name, parameter in model.named_parameters():
        if name.endswith(("linear_proj.weight", "down_proj.weight")):
            parameter.data.mul_(0.3)
    return model


def optimisers(model: Transformer, course: Course) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, each weight set by itself; Adam for all else."""
    inside = [p for n, p in model.named_parameters() if n.startswith("block.") and p.ndim == 2]
    modal = {
        parameter: 3
        for layer in model.block.layers
        if layer.modal
        for parameter in layer.parameters()
        if parameter.ndim == 2
    }
    known = {id(p) for p in inside}
    others = [p for p in model.parameters() if id(p) not in known]
    return [
        Muon(inside, course.matrix_rate, sets=modal),
        torch.optim.AdamW(others, course.vector_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


PURE_SHARE = 0.4


def draw_sigmas(count: int) -> Tensor:
    """Noise levels: much of the work is done from noise alone, since a plan says nearly all."""
    logit = torch.sigmoid(0.8 + 1.2 * torch.randn(count)).clamp(0.02, 0.999)
    pure = torch.rand(count) < PURE_SHARE
    return torch.where(pure, 0.9 + 0.099 * torch.rand(count), logit)


def losses(model: Transformer, parts: Sequence[Part], sigmas: Tensor) -> tuple[Tensor, Tensor]:
    """Mean error of clean pictures and of clean sound, each weighed by its noise."""
    given = torch.rand(len(parts)) < GIVEN_SHARE
    noisy = [
        _noisy(part, sigma, model.config.audio_features, first_given=bool(first))
        for part, sigma, first in zip(parts, sigmas, given, strict=True)
    ]
    extents = [
        extent_of(x.video, x.audio, p.text, model.config.patch)
        for x, p in zip(noisy, parts, strict=True)
    ]
    context = model.prepare(extents, [p.text for p in parts], clocks=[p.clock for p in parts])
    made = model.predicted(noisy, context, sigmas=sigmas)
    video_loss, audio_loss, heard = torch.zeros(()), torch.zeros(()), 0
    for part, clean, sigma, first in zip(parts, made, sigmas, given, strict=True):
        scale = 1 / max(float(sigma), LEAST_SIGMA) ** 2
        error = pack_video(clean.video - part.latents.video, model.config.patch)
        weight = part.weight.clone()
        if first:
            weight[0] = 0
        weight = weight.flatten()[:, None]
        video_loss = video_loss + scale * (error.square() * weight).mean() / weight.mean().clamp(
            min=1e-6
        )
        if len(part.latents.audio):
            audio_loss = audio_loss + scale * (clean.audio - part.latents.audio).square().mean()
            heard += 1
    return video_loss / len(parts), audio_loss / max(1, heard)


def quickened() -> None:
    """Fuse the arithmetic between products, which takes most of a small model's time.

    For a process that trains: the first steps wait a minute or two for the compiler.
    """
    for name in ("normed", "unit_rms", "gelu7", "rotate"):
        setattr(transformer, name, torch.compile(getattr(pointwise, name), dynamic=True))


def _noisy(part: Part, sigma: Tensor, audio_channels: int, *, first_given: bool) -> Latents:
    """Latents at a noise level; the first of the picture stays clean where it is given."""
    video, audio = part.latents.video, part.latents.audio
    audio = audio if len(audio) else audio.new_zeros(0, audio_channels)
    seen = (1 - sigma) * video + sigma * torch.randn_like(video)
    if first_given:
        seen[:, 0] = video[:, 0]
    return Latents(seen, (1 - sigma) * audio + sigma * torch.randn_like(audio))


class Pupil:
    """A model in training, its moving average and its optimisers."""

    def __init__(self, model: Transformer, course: Course) -> None:
        self.model = model.multiply_in(torch.bfloat16)
        self.course = course
        self.optimisers = optimisers(model, course)
        self.average = {n: v.detach().clone() for n, v in model.state_dict().items()}
        self.steps = 0

    def step(self, parts: Sequence[Part], share: float) -> tuple[float, float]:
        course = self.course
        rise = min(1.0, (self.steps + 1) / course.warm)
        left = (1 - share) / (1 - course.decay_from)
        for optimiser, rate in zip(
            self.optimisers, (course.matrix_rate, course.vector_rate), strict=True
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * rise * max(0.02, min(1.0, left))
        video, audio = losses(self.model, parts, draw_sigmas(len(parts)))
        self.model.zero_grad(set_to_none=True)
        (video + course.audio_weight * audio).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.steps += 1
        if self.steps % 4 == 0:
            keep = min(course.average, self.steps / (self.steps + 40)) ** 4
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value.detach(), 1 - keep)
        return float(video.detach()), float(audio.detach())

    def save(self, path: Path) -> None:
        half = path.with_suffix(".half")
        save_file({name: value.contiguous() for name, value in self.average.items()}, half)
        half.rename(path)


def learn(
    config: TransformerConfig,
    course: Course,
    data: Path,
    out: Path,
    *,
    resume: bool,
    moving_share: float = 0.6,
) -> None:
    """One run; resumes from `out` with fresh optimisers. Reads shards as they appear."""
    model = fresh(config)
    if resume and out.exists():
        model.load_state_dict(load_file(out), strict=True)
    pupil, chance = Pupil(model, course), random.Random(time.time())  # noqa: S311
    pools: dict[bool, list[Lesson]] = {True: [], False: []}
    seen: set[Path] = set()
    started = now = time.time()
    told = [0.0, 0.0]
    while (spent := (time.time() - started) / 60) < course.minutes:
        if pupil.steps % 100 == 0:
            _read_more(data, seen, pools)
        parts = [
            part_of(chance.choice(pools[chance.random() < moving_share]), chance, course.most)
            for _ in range(course.batch)
        ]
        video, audio = pupil.step(parts, spent / course.minutes)
        told = [0.98 * t + 0.02 * v if t else v for t, v in zip(told, (video, audio), strict=True)]
        if pupil.steps % 50 == 0:
            each = (time.time() - now) / 50
            now = time.time()
            _log.info(
                f"{pupil.steps} {spent:.1f} min video {told[0]:.4f} audio {told[1]:.4f} "
                f"{each:.2f} s a step; {len(pools[True])} moving {len(pools[False])} still",
            )
        if pupil.steps % 100 == 0:
            pupil.save(out)
    pupil.save(out)


def code_lessons(data: Path, codes: tuple[VideoCode, AudioCode]) -> None:
    """Code every shard that has not been; moving and still ones in turn."""
    kept = data / "lessons"
    kept.mkdir(exist_ok=True)
    for path in sorted(data.glob("*-*.pt"), key=lambda p: (p.name[-8:], p.name)):
        if not (kept / path.name).exists():
            half = kept / f"{path.name}.half"
            lessons = lessons_of(path, *codes)
            torch.save(
                [{n: getattr(x, n) for n in Lesson.__dataclass_fields__} for x in lessons], half
            )
            half.rename(kept / path.name)


def _read_more(data: Path, seen: set[Path], pools: dict[bool, list[Lesson]]) -> None:
    """Lessons that were not read before, as they are coded."""
    for path in sorted((data / "lessons").glob("*.pt")):
        if path not in seen:
            seen.add(path)
            # Our own file, made a moment ago; nothing from outside is ever read this way.
            pools[path.name.startswith("moving")] += torch.load(path, weights_only=False)
