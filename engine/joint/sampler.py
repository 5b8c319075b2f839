"""From noise to latents: the flow schedule, two solvers, guidance, and the loop that drives them.

x(sigma) = (1 - sigma) x0 + sigma noise; the model gives v = noise - x0. All of it in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.joint.config import SamplerConfig
from engine.joint.tokens import Clock, Extent, extent_of
from engine.joint.transformer import Context, Latents, Transformer

FIRST_SIGMA = float(np.float32(0.999))
"""Training never saw pure noise: 1000 levels, the last of them short of 1 by one level."""

LATE_TIMESTEP = 500


class Schedule(NamedTuple):
    """Noise levels, the last of them 0, and the whole-numbered timestep of each step."""

    sigmas: tuple[float, ...]
    timesteps: tuple[int, ...]

    @property
    def steps(self) -> int:
        return len(self.timesteps)


def flow_schedule(steps: int, shift: float) -> Schedule:
    """`steps` levels from 0.999, shifted towards noise; each exactly a float32."""
    even = np.linspace(FIRST_SIGMA, 0.0, steps + 1)[:-1]
    shifted = shift * even / (1 + (shift - 1) * even)
    return Schedule(
        sigmas=(*(float(s) for s in shifted.astype(np.float32)), 0.0),
        timesteps=tuple(int(s * 1000) for s in shifted),
    )


def training_sigmas(count: int = 1000) -> Tensor:
    """The levels the model was trained at, from noise to none."""
    return torch.from_numpy((1 - np.linspace(1, 1 / count, count)[::-1]).astype(np.float32))


def add_noise(clean: Tensor, noise: Tensor, sigma: float) -> Tensor:
    return (1 - sigma) * clean + sigma * noise


class Move(NamedTuple):
    """One UniPC update from level a to level b, as numbers:
    keep * x - gain * m - gain * (old * (m_before - m) / ratio + new * (m_at_b - m)),
    where m are estimates of the clean latent: at a, at the level before it, and at b."""

    keep: float
    gain: float
    ratio: float
    old: float
    new: float


class Weights(NamedTuple):
    """One step: the `corrector` that mends the input, the `predictor` of the next, its order."""

    corrector: Move | None
    predictor: Move
    order: int


def unipc_weights(schedule: Schedule) -> list[Weights]:
    """UniPC of order 2 (variant bh2, estimates of the clean latent), first order at both ends.

    In float32 throughout, as published: the weights are small differences of large logarithms,
    and guidance carries their rounding into bfloat16.
    """
    sigmas = torch.tensor(schedule.sigmas)
    snr = torch.log(1 - sigmas) - torch.log(sigmas)
    table: list[Weights] = []
    for step in range(schedule.steps):
        order = min(2, step + 1, schedule.steps - step)
        corrector = None
        if table:
            corrector = _move(sigmas, snr, step - 1, table[-1].order, _corrections)
        table.append(Weights(corrector, _move(sigmas, snr, step, order, _predictions), order))
    return table


def _move(
    sigmas: Tensor,
    snr: Tensor,
    start: int,
    order: int,
    slopes: Callable[[Tensor, Tensor | None], tuple[float, float]],
) -> Move:
    """The update from level `start` to the next; `snr` holds half the log of signal to noise."""
    here, there = sigmas[start], sigmas[start + 1]
    h = snr[start + 1] - snr[start]
    ratio = (snr[start - 1] - snr[start]) / h if order == 2 else None
    gain = (1 - there) * torch.expm1(-h)
    old, new = slopes(h, ratio)
    return Move(float(there / here), float(gain), 1.0 if ratio is None else float(ratio), old, new)


def _predictions(h: Tensor, ratio: Tensor | None) -> tuple[float, float]:
    del h
    return (0.0 if ratio is None else 0.5), 0.0


def _corrections(h: Tensor, ratio: Tensor | None) -> tuple[float, float]:
    if ratio is None:
        return 0.0, 0.5
    phi = torch.expm1(-h)
    tail = phi / -h - 1
    first, second = tail / phi, 2 * (tail / -h - 0.5) / phi
    old = (first - second) / (1 - ratio)
    return float(old), float(first - old)


class UniPC:
    """The solver's memory of one tensor; `step` once per model call, in order."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.table = unipc_weights(schedule)
        self.corrected: Tensor | None = None
        self._clean: list[Tensor] = []

    def step(self, index: int, x: Tensor, velocity: Tensor) -> Tensor:
        """The next input, from the input the model saw and the velocity it gave."""
        clean = x - self.schedule.sigmas[index] * velocity
        weights = self.table[index]
        if weights.corrector and self.corrected is not None:
            x = _moved(weights.corrector, self.corrected, [*self._clean, clean], at=-2)
        self.corrected, self._clean = x, [*self._clean[-1:], clean]
        return _moved(weights.predictor, x, self._clean, at=-1)


def _moved(move: Move, x: Tensor, clean: list[Tensor], at: int) -> Tensor:
    """`x` by `move`; `clean` are the estimates in time, `clean[at]` that of the level left."""
    m = clean[at]
    following = move.keep * x - move.gain * m
    slope = torch.zeros_like(m)
    if move.old:
        slope = slope + move.old * ((clean[at - 1] - m) / move.ratio)
    if move.new:
        slope = slope + move.new * (clean[at + 1] - m)
    return following - move.gain * slope


def renoise(schedule: Schedule, index: int, x: Tensor, velocity: Tensor, noise: Tensor) -> Tensor:
    """The distilled models' step: to the clean estimate, then back up with fresh noise."""
    clean = x - schedule.sigmas[index] * velocity
    there = schedule.sigmas[index + 1]
    return there * noise + (1 - there) * clean


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip to denoise. `text` and `negative` are features `[tokens, channels]`.

    `image` is the clean latent `[channels, 1, height, width]` that the first frame is; `sound`
    says that the audio of `start` is given and stays. `clock` is for models that need one.
    `step_noise` is called once per step of the distilled rule with the latents' shape, and gives
    the fresh noise of video and audio.
    """

    start: Latents
    text: Tensor
    negative: Tensor | None = None
    image: Tensor | None = None
    clock: Clock | None = None
    sound: bool = False
    step_noise: Callable[[Latents], Latents] | None = None


def draw(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Standard normal float32, the same on every device: drawn where the generator lives."""
    return torch.randn(tuple(shape), generator=generator, device=generator.device)


def start_noise(video: Sequence[int], audio: Sequence[int], generator: torch.Generator) -> Latents:
    """The latents a clip starts from; sound is drawn first, as the published code does."""
    heard = draw(audio, generator)
    return Latents(draw(video, generator), heard)


def step_noise(generator: torch.Generator) -> Callable[[Latents], Latents]:
    """Fresh noise per step from one sample's own generator, picture before sound."""

    def fresh(like: Latents) -> Latents:
        video = draw(like.video.shape, generator).to(like.video.device)
        return Latents(video, draw(like.audio.shape, generator).to(like.audio.device))

    return fresh


Report = Callable[[int, list[Latents], list[Latents], list[Latents]], None]
"""Told the step, what the model saw, the guided velocity, and what the solver made of it."""


def silent(*_: object) -> None:
    pass


@torch.no_grad()
def denoise(
    model: Transformer, samples: Sequence[Sample], config: SamplerConfig, report: Report = silent
) -> list[Latents]:
    """The base stage: every sample's clean latents. Samples share forwards, never tokens.

    Guided sampling runs each sample with its text and with its negative text, where that is quicker
    in one forward, and solves with UniPC; unguided sampling is the distilled rule.
    """
    schedule = flow_schedule(config.steps, config.shift)
    contexts = prepare(model, samples, guided=config.guided)
    video_scale = [
        config.video_guidance if t > LATE_TIMESTEP else config.late_video_guidance
        for t in schedule.timesteps
    ]
    solvers = [(UniPC(schedule), UniPC(schedule)) for _ in samples]
    now = [with_image(s, s.start) for s in samples]
    for index in range(schedule.steps):
        scales = [(video_scale[index], config.audio_guidance)] * len(samples)
        velocities = velocity(
            model, now, contexts, scales if config.guided else None, schedule.sigmas[index]
        )
        after = []
        for sample, x, v, solver in zip(samples, now, velocities, solvers, strict=True):
            if config.guided:
                made = _solved(index, x, v, solver, sample.sound)
            else:
                made = _renoised(schedule, index, x, v, sample)
            after.append(made)
        report(index, now, velocities, after)
        now = [with_image(s, x) for s, x in zip(samples, after, strict=True)]
    return now


def tokens_at_once(device: torch.device) -> int:
    """How many tokens of several samples to put through the model together.

    Together they read the weights once and start fewer kernels; beyond some size products are
    bound by arithmetic and only memory grows. Measured on a CPU (docs/lab.md), where caches are
    small; for a GPU it is the arithmetic of one 5 s preview with its negative, doubled.
    """
    return 512 if device.type == "cpu" else 16_384


def prepare(
    model: Transformer, samples: Sequence[Sample], *, guided: bool, at_once: int | None = None
) -> tuple[Context, ...]:
    """The loop's constants, one for each forward a step takes; guided, every sample is followed by
    its unconditional twin."""
    limit = tokens_at_once(model.adapter.rope.bands.device) if at_once is None else at_once
    groups: list[list[tuple[Extent, Tensor, Clock | None]]] = []
    filled = limit + 1
    for sample in samples:
        for text in (sample.text, sample.negative) if guided else (sample.text,):
            if text is None:
                raise ValueError("guided sampling needs the features of a negative prompt")
            latents = sample.start
            extent = extent_of(latents.video, latents.audio, text, model.config.patch)
            if filled + extent.tokens > limit:
                groups, filled = [*groups, []], 0
            groups[-1].append((extent, text, sample.clock))
            filled += extent.tokens
    return tuple(_prepared(model, group) for group in groups)


def _prepared(model: Transformer, group: Sequence[tuple[Extent, Tensor, Clock | None]]) -> Context:
    extents, texts, clocks = zip(*group, strict=True)
    return model.prepare(extents, texts, clocks=clocks if any(clocks) else None)


def forward(
    model: Transformer,
    samples: Sequence[Latents],
    contexts: Sequence[Context],
    sigma: float | None = None,
) -> list[Latents]:
    """Plain velocities of as many samples as the contexts were made for, in order."""
    made: list[Latents] = []
    for context in contexts:
        now = samples[len(made) : len(made) + len(context.text)]
        if sigma is None:
            made += model(now, context)
        else:
            levels = torch.full((len(now),), sigma, device=now[0].video.device)
            made += model(now, context, sigmas=levels)
    return made


def velocity(
    model: Transformer,
    now: Sequence[Latents],
    contexts: Sequence[Context],
    scales: Sequence[tuple[float | Tensor, float]] | None,
    sigma: float | None = None,
) -> list[Latents]:
    """Guided velocities, from twice as many samples, or plain ones without `scales`.

    `scales` are, for every sample, those of video (one, or one per latent frame) and of audio;
    `sigma` is the noise level of all, for models that need it.
    """
    if scales is None:
        return forward(model, now, contexts, sigma)
    both = forward(model, [x for x in now for _ in range(2)], contexts, sigma)
    return [
        Latents(u.video + video * (c.video - u.video), u.audio + audio * (c.audio - u.audio))
        for c, u, (video, audio) in zip(both[::2], both[1::2], scales, strict=True)
    ]


def _solved(
    index: int, x: Latents, v: Latents, solvers: tuple[UniPC, UniPC], sound_given: bool
) -> Latents:
    video, audio = solvers
    heard = x.audio if sound_given else audio.step(index, x.audio, v.audio)
    return Latents(video.step(index, x.video, v.video), heard)


def _renoised(schedule: Schedule, index: int, x: Latents, v: Latents, sample: Sample) -> Latents:
    if sample.step_noise is None:
        raise ValueError("the distilled rule needs a source of noise per step")
    noise = sample.step_noise(x)
    video = renoise(schedule, index, x.video, v.video, noise.video)
    if sample.sound:
        return Latents(video, x.audio)
    return Latents(video, renoise(schedule, index, x.audio, v.audio, noise.audio))


def with_image(sample: Sample, x: Latents) -> Latents:
    """The first frame is the reference picture, before every forward and after the last."""
    if sample.image is None:
        return x
    return Latents(torch.cat([sample.image.to(x.video), x.video[:, 1:]], dim=1), x.audio)
