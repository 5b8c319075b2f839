"""Training of the transformer: flow matching on picture and sound latents at once."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, distributed
from torch.nn.functional import avg_pool2d, avg_pool3d

from engine.foal.lessons import Group, Library, group_of, text_room
from engine.foal.muon import Muon
from engine.foal.weights import save
from engine.joint.config import TransformerConfig
from engine.joint.transformer import Latents, Transformer

_log = logging.getLogger(__name__)

GIVEN_SHARE = 0.15
"""Of the lessons: the first picture latent is given, as a reference picture is."""
LOOK_EVERY = 500
COARSE, COARSE_WEIGHT = (2, 4), 4.0
"""Latents along a side, as a head of hair and as a shirt measure; what is off alike over so many
is a wrong colour, however little it is."""
LEAST_SIGMA = 0.5
"""Errors below this noise count as if at it: they are seen as what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run of training goes."""

    minutes: float
    batch: int = 12
    groups: int = 2
    """So many batches, each of shots of one size, make a step."""
    latents: tuple[int, ...] = (2,)
    """Latents seen of one shot; of several numbers, each batch takes one."""
    matrix_rate: float = 0.008
    audio_weight: float = 2.0
    """Beside pictures, whose error counts three times, at three sizes."""
    average: float = 0.998
    warm: int = 100
    decay_from: float = 0.5
    """Share of the time after which the rates fall."""

    @property
    def vector_rate(self) -> float:
        """Of Adam, for all that is no matrix of a layer."""
        return self.matrix_rate / 2


def fresh(config: TransformerConfig) -> Transformer:
    """An untrained model; its heads say nothing yet, its clock tells 40 ms from 4 s."""
    model = Transformer(config, torch.float32)
    model.adapter.rope.bands.copy_(torch.logspace(0.2, -2, config.bands))
    for head in (model.final_linear_video, model.final_linear_audio, model.told.hears):
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


def losses(model: Transformer, group: Group, sigmas: Tensor) -> tuple[Tensor, Tensor]:
    """Mean error of clean pictures and of clean sound, each weighed by its noise."""
    video, audio, weight = group.video, group.audio, group.weight
    scale = sigmas.clamp(min=LEAST_SIGMA) ** -2
    given = torch.rand(len(video), device=video.device) < GIVEN_SHARE
    noisy_video = torch.lerp(video, torch.randn_like(video), sigmas[:, None, None, None, None])
    noisy_video[given, :, 0] = video[given, :, 0]
    noisy_audio = torch.lerp(audio, torch.randn_like(audio), sigmas[:, None, None])
    context = model.prepare(group.extents, group.texts, clocks=group.clocks)
    noisy = [Latents(*each) for each in zip(noisy_video, noisy_audio, strict=True)]
    made = model.predicted(noisy, context, sigmas=sigmas)
    seen = weight.clone()
    seen[given, 0] = 0
    seen = seen / seen.mean(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6)
    apart = torch.stack([each.video for each in made]) - video
    patch = model.config.patch[1]
    seen = seen.repeat_interleave(patch, dim=2).repeat_interleave(patch, dim=3)
    video_loss = (scale * picture_error(apart, seen)).mean()
    if not audio.shape[1]:
        return video_loss, video_loss.new_zeros(())
    error = (torch.stack([each.audio for each in made]) - audio).square().mean(dim=(1, 2))
    return video_loss, (scale * error).mean()


def picture_error(apart: Tensor, seen: Tensor) -> Tensor:
    """Of each sample, from what its latents are off by, `[samples, channels, frames, h, w]`, and
    how much each matters, `[samples, frames, h, w]`."""
    fine = (apart.square().mean(dim=1) * seen).mean(dim=(1, 2, 3))
    coarse = fine.new_zeros(fine.shape)
    for side in COARSE:
        pooled = avg_pool3d(apart, (1, side, side)).square().mean(dim=1)
        coarse = coarse + (pooled * avg_pool2d(seen, side)).mean(dim=(1, 2, 3))
    return fine + COARSE_WEIGHT * coarse


def quickened(model: Transformer) -> None:
    """Fuse the arithmetic between products, which takes most of a small model's time.

    For a process that trains: the first step of each shape waits a minute for the compiler.
    """
    torch._dynamo.config.recompile_limit = 64
    model.through = torch.compile(model.through, dynamic=False)  # type: ignore[method-assign]


class Pupil:
    """A model in training, its moving average and its optimisers."""

    def __init__(self, model: Transformer, course: Course) -> None:
        self.model = model.multiply_in(torch.bfloat16)
        self.course = course
        self.optimisers = optimisers(model, course)
        self.average = {n: v.detach().clone() for n, v in model.state_dict().items()}
        self.steps = 0
        self.share = 0.0
        """Of the course that is done."""

    def step(self, groups: Sequence[Group], share: float) -> tuple[float, float]:
        course = self.course
        self.model.zero_grad(set_to_none=True)
        told = [self._learnt(group, 1 / len(groups)) for group in groups]
        self.share = _shared(self.model, share)
        rise = min(1.0, (self.steps + 1) / course.warm)
        left = (1 - self.share) / max(1e-3, 1 - course.decay_from)
        for optimiser, rate in zip(
            self.optimisers, (course.matrix_rate, course.vector_rate), strict=True
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * rise * max(0.02, min(1.0, left))
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.steps += 1
        if self.steps % 4 == 0:
            keep = min(course.average, self.steps / (self.steps + 40)) ** 4
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value.detach(), 1 - keep)
        heard = [audio for _, audio in told if audio]
        return sum(video for video, _ in told) / len(told), sum(heard) / max(1, len(heard))

    def _learnt(self, group: Group, share: float) -> tuple[float, float]:
        """Adds to the gradients; what was lost in pictures and in sound."""
        sigmas = draw_sigmas(len(group.video)).to(group.video.device)
        video, audio = losses(self.model, group, sigmas)
        (share * (video + self.course.audio_weight * audio)).backward()
        return float(video.detach()), float(audio.detach())

    def averaged(self) -> Transformer:
        """A model of the moving average, for looking at what it makes."""
        model = Transformer(self.model.config, torch.float32)
        model.load_state_dict(self.average)
        return model.requires_grad_(False).multiply_in(torch.bfloat16)

    def save(self, path: Path) -> None:
        save(self.average, path)


def learn(
    config: TransformerConfig,
    course: Course,
    data: Path,
    out: Path,
    *,
    device: torch.device | str = "cpu",
    moving_share: float = 0.6,
    look: Callable[[Transformer, int], None] | None = None,
) -> None:
    """One run; resumes from `out` with fresh optimisers. Reads lessons as they appear.

    `look` is given the averaged model and the number of steps, every `LOOK_EVERY` steps.
    Under torchrun each process learns from lessons of its own and all step together.
    """
    if "RANK" in os.environ:
        distributed.init_process_group("nccl" if torch.device(device).type == "cuda" else "gloo")
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    model = fresh(config).to(device)
    if out.exists():
        model.load_state_dict(load_file(out), strict=True)
    for tensor in model.state_dict().values() if distributed.is_initialized() else ():
        distributed.broadcast(tensor, src=0)
    quickened(model)
    pupil, library = Pupil(model, course), Library()
    chance = random.Random()  # noqa: S311
    torch.manual_seed(chance.randrange(2**31))
    started = now = time.time()
    told = [0.0, 0.0]
    while pupil.share < 1:
        if pupil.steps % 100 == 0:
            library.read_more(data / "lessons")
        groups = [
            _drawn(library, chance, course, moving_share, device) for _ in range(course.groups)
        ]
        spent = (time.time() - started) / 60
        lost = pupil.step(groups, spent / course.minutes)
        told = [0.98 * t + 0.02 * v if t else v for t, v in zip(told, lost, strict=True)]
        if first and pupil.steps % 50 == 0:
            each = (time.time() - now) / 50
            now = time.time()
            _log.info(
                f"{pupil.steps} {spent:.1f} min video {told[0]:.4f} audio {told[1]:.4f} "
                f"{each:.2f} s a step; {len(library)} lessons",
            )
        if first and (pupil.steps % 100 == 0 or pupil.share >= 1):
            pupil.save(out)
        if first and look and pupil.steps % LOOK_EVERY == 0:
            look(pupil.averaged(), pupil.steps)
    if distributed.is_initialized():
        distributed.destroy_process_group()


def _drawn(
    library: Library, chance: random.Random, course: Course, moving_share: float, device: Any
) -> Group:
    """A batch; of longer runs fewer, so that all batches take about as long."""
    latents, least = chance.choice(course.latents), min(course.latents)
    count = max(1, course.batch * least // latents)
    parts = library.draw(chance, count, latents, moving_share if latents == least else 1.0)
    return group_of(parts, text_room(latents), device)


def _shared(model: Transformer, share: float) -> float:
    """Brings gradients to their mean over the processes that learn together, if there are several;
    the mean of what they think is done, so that their rates agree."""
    if not distributed.is_initialized():
        return share
    for parameter in model.parameters():
        if parameter.grad is None:  # of sound, where this process saw none
            parameter.grad = torch.zeros_like(parameter)
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([*(g.flatten() for g in gradients), gradients[0].new_tensor([share])])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    parts = flat[:-1].split([gradient.numel() for gradient in gradients])
    for gradient, mean in zip(gradients, parts, strict=True):
        gradient.copy_(mean.view_as(gradient))
    return float(flat[-1])
