"""Whole denoising loops against their goldens: each step from its golden input, then end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from engine.joint.config import SamplerConfig, TransformerConfig, UpscaleConfig
from engine.joint.parity.fixture import Fixture, number
from engine.joint.parity.published import sampler_config, transformer_config, upscale_config
from engine.joint.parity.scores import Scores
from engine.joint.parity.tokens import FORWARD, build
from engine.joint.precision import cpu_multiplies_bfloat16, suited
from engine.joint.sampler import (
    LATE_TIMESTEP,
    Sample,
    Schedule,
    UniPC,
    denoise,
    flow_schedule,
    forward,
    prepare,
    renoise,
    velocity,
)
from engine.joint.transformer import Context, Latents, Transformer
from engine.joint.upscale import frame_guidance, upscale, upscale_start

NEIGHBOURS = 24
NUDGES = (6e-8, 1e-6, 1e-5)
"""A bfloat16 loop is chaotic: two runs of the very same code whose float32 starts differ in the
last bit end 1.4 times as far apart as either is from float32, and many a pair more than 1.5 times
(measured on the stored weights, docs/lab.md). Which one a machine computes depends on the order
its float32 products are summed in. So a bfloat16 end that misses its gate is tried again from
starts that differ by far less than bfloat16 can tell, and passes when one of them comes as near
as it should. That finds a wrong rule, which misses by ten times the gate and more; where exactly
things are rounded is found by the bfloat16 forwards, which are not chaotic and have one try, as
float32 loops have."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One request of a loop fixture, in our words."""

    fixture: Fixture
    case: str

    @property
    def evaluation(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.fixture.config["scenarios"][self.case]["evaluation"]
        return settings

    @property
    def request(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.fixture.config["scenarios"][self.case]["evaluate_kwargs"]
        return settings

    @property
    def sampler(self) -> SamplerConfig:
        return sampler_config(self.evaluation, self.request)

    @property
    def upscale(self) -> UpscaleConfig:
        return upscale_config(self.evaluation, self.request)

    def stored(self, prefix: str = "") -> dict[str, Tensor]:
        return self.fixture.under(self.case + prefix)

    def model(self, precision: str) -> Transformer:
        packing = self.evaluation["data_proxy_config"]
        config = transformer_config(self.fixture.settings("model", self.case), packing)
        return build(config, self.fixture.weights(), precision)

    def second_model(self, precision: str) -> Transformer | None:
        """The model of the second stage, where the scenario has one."""
        if "noise.sr_video" not in self.stored():
            return None
        return build(self._second_config(), self.fixture.weights("sr_weights."), precision)

    def _second_config(self) -> TransformerConfig:
        """Windowed where the scenario's name says so, if the file has a choice: nothing else does,
        and at 1080p the published model always is."""
        models = {k: v for k, v in self.fixture.config.items() if k.startswith("sr_model")}
        windowed = "local" in self.case or "1080" in self.case
        kind = "sr_model_local" if windowed else "sr_model_full"
        model = models.get(kind) or next(iter(models.values()))
        return transformer_config(model, self.evaluation["data_proxy_config"], "v1")

    def gate(self, kind: str, precision: str) -> float:
        if precision == "bf16":
            return self.fixture.rms_gate(self.case, f"_{kind}")
        return float(self.fixture.gates(self.case)[f"suggested_gate_rel_to_max_{kind}"])


def loops(fixture: Fixture) -> Scores:
    """Both stages of every scenario, in float32 step by step and whole, in bfloat16 whole."""
    scores = Scores()
    for case in fixture.config["scenarios"]:
        scenario = Scenario(fixture, case)
        if scenario.stored("f32."):
            _exact_loop(scenario, scores)
        if scenario.stored("bf16."):
            scores.made += _chaotic_loop(scenario).made
    return scores


def _exact_loop(scenario: Scenario, scores: Scores) -> None:
    model, second = scenario.model("f32"), scenario.second_model("f32")
    sample = base_sample(scenario.fixture, scenario.case)
    _open_base(scenario, model, sample, scores)
    base = denoise(model, [sample], scenario.sampler)[0]
    _stage(scenario, "f32.br_stage.", base, "out", scores)
    final = base
    if second:
        large = _second_sample(scenario, sample, base)
        _stage(scenario, "f32.sr_stage.", large.start, "in", scores)
        _open_second(scenario, second, large, scores)
        final = Latents(upscale(second, [large], scenario.upscale)[0].video, base.audio)
    _final(scenario, "f32", final, scores)


def _chaotic_loop(scenario: Scenario) -> Scores:
    """The scores of the nearest of a few bfloat16 runs from starts a last bit apart.

    Bfloat16 weights are multiplied as production does on this machine. (The forwards of the other
    files are made in bfloat16 throughout, rounding by rounding, on every machine.)
    """
    model, second = suited(scenario.model("bf16")), scenario.second_model("bf16")
    second = second and suited(second)
    tries: list[Scores] = []
    for attempt in range(NEIGHBOURS):
        sample = _nudged(base_sample(scenario.fixture, scenario.case), attempt)
        base = final = denoise(model, [sample], scenario.sampler)[0]
        if second:
            large = _second_sample(scenario, sample, base)
            final = Latents(upscale(second, [large], scenario.upscale)[0].video, base.audio)
        tries.append(Scores())
        note = f" (start {attempt + 1})" if attempt else ""
        note += "" if cpu_multiplies_bfloat16() else " (bfloat16 weights, float32 products)"
        _final(scenario, "bf16", final, tries[-1], note)
        if tries[-1].passes:
            break
    return min(tries, key=lambda scores: max(score.strain for score in scores.made))


def _nudged(sample: Sample, attempt: int) -> Sample:
    """The sample from a start that hardly differs; the first attempt is as stored."""
    if not attempt:
        return sample
    generator = torch.Generator().manual_seed(attempt)
    video = sample.start.video
    reach = NUDGES[attempt % len(NUDGES)]
    nudge = 1 + reach * torch.randn(video.shape, generator=generator)
    return replace(sample, start=Latents(video * nudge, sample.start.audio))


def base_sample(fixture: Fixture, case: str, image: Tensor | None = None) -> Sample:
    """The start of a scenario; `image` is its first latent frame where the file holds none."""
    stored = fixture.under(case)
    given = stored.get("a2v_latent")
    audio = stored["noise.audio_init"] if given is None else given
    if image is None and "image_latent" in stored:
        image = stored["image_latent"][0]
    return Sample(
        start=Latents(stored["noise.video_init"][0], audio[0]),
        text=_valid(fixture, "context"),
        negative=_valid(fixture, "context_null"),
        image=image,
        # The published distilled rule denoises even the sound it was given; ours keeps it.
        sound=given is not None and "noise.step_video" not in stored,
        step_noise=_stored_noise(stored),
    )


def _second_sample(scenario: Scenario, first: Sample, base: Latents) -> Sample:
    stored = scenario.stored()
    noise = Latents(stored["noise.sr_video"][0], stored["noise.sr_audio"][0])
    size = (noise.video.shape[-2], noise.video.shape[-1])
    start = upscale_start(base, size, noise, scenario.upscale)
    image = stored.get("sr_image_latent")
    return Sample(start, first.text, first.negative, None if image is None else image[0])


def _valid(fixture: Fixture, name: str) -> Tensor:
    return fixture.tensors[name][0, : number(fixture.tensors[f"{name}_len"])]


def _stored_noise(stored: dict[str, Tensor]) -> Callable[[Latents], Latents] | None:
    if "noise.step_video" not in stored:
        return None
    steps: Iterator[tuple[Tensor, Tensor]] = zip(
        stored["noise.step_video"], stored["noise.step_audio"], strict=True
    )

    def following(like: Latents) -> Latents:
        del like
        video, audio = next(steps)
        return Latents(video[0], audio[0])

    return following


# --- each step from its golden input ------------------------------------------------------------


GUIDED = 2 * FORWARD
"""The gate on a guided velocity, which is the smallest that files give a loop: guidance takes the
difference of two forwards, each with a rounding of its own, times five."""

Scales = list[tuple[float | Tensor, float]] | None
Contexts = tuple[Context, ...]


def _open_base(scenario: Scenario, model: Transformer, sample: Sample, scores: Scores) -> None:
    """The model, the guidance and the solver of every step of the base stage."""
    stage, settings = scenario.stored("f32.br."), scenario.sampler
    schedule = flow_schedule(settings.steps, settings.shift)
    _timesteps(scenario, "br", schedule, scores)
    if not _hold(stage, "x_in"):
        return
    contexts = prepare(model, [sample], guided=settings.guided)
    solve = _base_solver(scenario, schedule, sample)
    for index in range(schedule.steps):
        late = schedule.timesteps[index] <= LATE_TIMESTEP
        video = settings.late_video_guidance if late else settings.video_guidance
        scales: Scales = [(video, settings.audio_guidance)] if settings.guided else None
        x = _at(stage, "x_in", index)
        label = f"{scenario.case}f32.br[{index}]."
        if not _hold(stage, "v"):
            continue
        made = _velocity(model, x, contexts, scales)
        tolerance = GUIDED if settings.guided else FORWARD
        _both(label + "v", made, _at(stage, "v", index), tolerance, scores)
        after = solve(index, x, _at(stage, "v", index))
        if _hold(stage, "x_out"):
            _both(label + "x_out", after, _at(stage, "x_out", index), FORWARD, scores)
    _first_forwards(scenario, "br", model, contexts, scores)


def _base_solver(
    scenario: Scenario, schedule: Schedule, sample: Sample
) -> Callable[[int, Latents, Latents], Latents]:
    """One step of the base stage's rule, whichever it is."""
    noise = _stored_noise(scenario.stored())
    video, audio = UniPC(schedule), UniPC(schedule)

    def distilled(index: int, x: Latents, v: Latents) -> Latents:
        assert noise is not None
        fresh = noise(x)
        return Latents(
            renoise(schedule, index, x.video, v.video, fresh.video),
            renoise(schedule, index, x.audio, v.audio, fresh.audio),
        )

    def guided(index: int, x: Latents, v: Latents) -> Latents:
        heard = x.audio if sample.sound else audio.step(index, x.audio, v.audio)
        return Latents(video.step(index, x.video, v.video), heard)

    return distilled if noise else guided


def _open_second(scenario: Scenario, model: Transformer, sample: Sample, scores: Scores) -> None:
    """The model, the guidance and the solver of every step of the second stage."""
    stage, settings = scenario.stored("f32.sr."), scenario.upscale
    schedule = flow_schedule(settings.steps, settings.shift)
    _timesteps(scenario, "sr", schedule, scores)
    if not _hold(stage, "x_in"):
        return
    contexts = prepare(model, [sample], guided=settings.guided)
    heard = scenario.evaluation["audio_txt_guidance_scale"]
    scales: Scales = None
    if settings.guided:
        scales = [(frame_guidance(sample.start.video, settings), heard)]
    solver = UniPC(schedule)
    for index in range(schedule.steps):
        x = _at(stage, "x_in", index)
        label = f"{scenario.case}f32.sr[{index}]."
        if not _hold(stage, "v"):
            continue
        made = _velocity(model, x, contexts, scales)
        tolerance = GUIDED if settings.guided else FORWARD
        _both(label + "v", made, _at(stage, "v", index), tolerance, scores)
        video = solver.step(index, x.video, _at(stage, "v", index).video)
        after = Latents(video, x.audio)
        if _hold(stage, "x_out"):
            _both(label + "x_out", after, _at(stage, "x_out", index), FORWARD, scores)
    _first_forwards(scenario, "sr", model, contexts, scores)


@torch.no_grad()
def _velocity(model: Transformer, x: Latents, contexts: Contexts, scales: Scales) -> Latents:
    return velocity(model, [x], contexts, scales)[0]


@torch.no_grad()
def _first_forwards(
    scenario: Scenario, name: str, model: Transformer, contexts: Contexts, scores: Scores
) -> None:
    """The raw outputs of the first step: conditional, and unconditional where it is guided."""
    stage = scenario.stored(f"f32.{name}.")
    branches = sum(len(context.text) for context in contexts)
    made = forward(model, [_at(stage, "x_in", 0)] * branches, contexts)
    for branch, out in zip(("cond", "uncond"), made, strict=False):
        label = f"fwd0.{branch}"
        if not _hold(stage, label):
            continue
        want = Latents(stage[f"{label}_video"][0], stage[f"{label}_audio"][0])
        _both(f"{scenario.case}f32.{name}.{label}", out, want, FORWARD, scores)


def _timesteps(scenario: Scenario, name: str, schedule: Schedule, scores: Scores) -> None:
    want = scenario.stored(f"f32.{name}.").get("timesteps")
    label = f"{scenario.case}f32.{name}.timesteps"
    scores.exact(label, torch.tensor(schedule.timesteps), want)


def _hold(stage: dict[str, Tensor], *names: str) -> bool:
    """Whether the file has both picture and sound of each."""
    return all(f"{name}_{kind}" in stage for name in names for kind in ("video", "audio"))


def _at(stage: dict[str, Tensor], name: str, index: int) -> Latents:
    return Latents(stage[f"{name}_video"][index, 0], stage[f"{name}_audio"][index, 0])


def _both(label: str, made: Latents, want: Latents, tolerance: float, scores: Scores) -> None:
    scores.close(f"{label}_video", made.video, want.video, tolerance)
    scores.close(f"{label}_audio", made.audio, want.audio, tolerance)


# --- whole stages -------------------------------------------------------------------------------


def _stage(scenario: Scenario, prefix: str, made: Latents, end: str, scores: Scores) -> None:
    stored = scenario.stored(prefix)
    for kind in ("video", "audio"):
        want = stored.get(f"{kind}_{end}")
        if want is not None:
            label = f"{scenario.case}{prefix}{kind}_{end}"
            scores.close(label, getattr(made, kind), want[0], scenario.gate(kind, "f32"))


def _final(
    scenario: Scenario, precision: str, made: Latents, scores: Scores, note: str = ""
) -> None:
    measure = scores.close if precision == "f32" else scores.rms
    for kind, want in scenario.stored(f"{precision}.final.").items():
        label = f"{scenario.case}{precision}.final.{kind}{note}"
        measure(label, getattr(made, kind), want[0], scenario.gate(kind, precision))
