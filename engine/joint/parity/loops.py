"""Schedules, solvers and whole denoising loops against their goldens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from engine.joint.config import SamplerConfig, TransformerConfig, UpscaleConfig
from engine.joint.parity.fixture import Fixture, number
from engine.joint.parity.published import sampler_config, transformer_config, upscale_config
from engine.joint.parity.scores import Scores
from engine.joint.parity.tokens import BF16_SLACK, FORWARD, build
from engine.joint.sampler import (
    LATE_TIMESTEP,
    Sample,
    Schedule,
    UniPC,
    add_noise,
    denoise,
    flow_schedule,
    prepare,
    renoise,
    training_sigmas,
    unipc_weights,
    velocity,
)
from engine.joint.transformer import Latents, Transformer
from engine.joint.upscale import enlarge, frame_guidance, noise_table, upscale, upscale_start

SIGMA, OPEN_LOOP, CLOSED_LOOP = 1e-7, 1e-5, 1e-4


# --- schedules and solvers on a toy model -------------------------------------------------------


def schedules(fixture: Fixture) -> Scores:
    scores = Scores()
    _tables(fixture, scores)
    for case, about in fixture.extra.get("trajectories", {}).items():
        if case.startswith("sde."):
            scores.skipped.append(f"{case}* (dead code in the published sampler)")
        elif case.startswith("ddim."):
            _distilled(fixture, case, about, scores)
        else:
            _unipc(fixture, case, about, scores)
    _second_stage(fixture, scores)
    return scores


def _tables(fixture: Fixture, scores: Scores) -> None:
    tables: list[tuple[list[int], list[float]]] = []
    for case in fixture.cases("timesteps"):
        shape = re.fullmatch(r"sched\.n(\d+)_shift([\d.]+)\.", case)
        if not shape:
            continue
        schedule = flow_schedule(int(shape[1]), float(shape[2]))
        stored = fixture.under(case)
        scores.near(f"{case}sigmas", _row(schedule.sigmas), stored["sigmas"], SIGMA)
        scores.exact(f"{case}timesteps", torch.tensor(schedule.timesteps), stored["timesteps"])
        tables.append((list(schedule.timesteps), list(schedule.sigmas)))
    if "train.sigmas" in fixture.tensors:
        want = fixture.tensors["train.sigmas"]
        scores.near("train.sigmas", training_sigmas(len(want)), want, SIGMA)
    _noised(fixture, tables, scores)


def _noised(fixture: Fixture, tables: list[tuple[list[int], list[float]]], scores: Scores) -> None:
    stored = fixture.under("add_noise.")
    if not stored:
        return
    wanted = stored["timesteps"].tolist()
    for timesteps, sigmas in tables:
        if set(wanted) <= set(timesteps):
            made = [
                add_noise(x, n, sigmas[timesteps.index(t)])
                for x, n, t in zip(stored["x"], stored["noise"], wanted, strict=True)
            ]
            scores.close("add_noise.out", torch.stack(made), stored["out"], OPEN_LOOP)
            return
    scores.skipped.append("add_noise.* (its schedule is not in the file)")


def _row(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _toy(fixture: Fixture) -> Callable[[Tensor, float, Tensor], Tensor]:
    stated = fixture.extra["toy_model"]
    numbers = [float(n) for n in re.findall(r"(?<![\w.])\d+\.\d+", stated)]
    slope, ripple = numbers[:2]

    def toy(x: Tensor, sigma: float, c: Tensor) -> Tensor:
        return slope * torch.tanh(x) + c + ripple * sigma * torch.cos(x)

    return toy


def _unipc(fixture: Fixture, case: str, about: dict[str, Any], scores: Scores) -> None:
    stored = fixture.under(case)
    schedule = flow_schedule(about["steps"], about["shift"])
    weights = unipc_weights(schedule)
    orders = torch.tensor([w.order for w in weights])
    scores.exact(f"{case}order", orders, stored["order"])
    corrected = torch.tensor([w.corrector is not None for w in weights])
    scores.exact(f"{case}corrector", corrected.long(), stored["corrector"])
    _trajectory(fixture, case, schedule, lambda index, *_: stored["v"][index], OPEN_LOOP, scores)
    if about.get("cfg"):
        scales = torch.tensor([_guidance(t) for t in schedule.timesteps])
        scores.exact(f"{case}guidance", scales, stored["guidance"])
    toy, (c1, c2) = _toy(fixture), (fixture.tensors["toy.c1"], fixture.tensors["toy.c2"])

    def model(index: int, x: Tensor, sigma: float) -> Tensor:
        plain = toy(x, sigma, c1)
        if not about.get("cfg"):
            return plain
        other = toy(x, sigma, c2)
        return other + _guidance(schedule.timesteps[index]) * (plain - other)

    _trajectory(fixture, case, schedule, model, CLOSED_LOOP, scores)


def _guidance(timestep: int) -> float:
    default = SamplerConfig()
    late = timestep <= LATE_TIMESTEP
    return default.late_video_guidance if late else default.video_guidance


def _trajectory(
    fixture: Fixture,
    case: str,
    schedule: Schedule,
    model: Callable[[int, Tensor, float], Tensor],
    tolerance: float,
    scores: Scores,
) -> None:
    stored = fixture.under(case)
    solver, x = UniPC(schedule), stored["x0"]
    kind = "open" if tolerance == OPEN_LOOP else "closed"
    for index in range(schedule.steps):
        v = model(index, x, schedule.sigmas[index])
        x = solver.step(index, x, v)
        corrected = solver.corrected
        assert corrected is not None
        label = f"{case}{kind}"
        scores.close(f"{label} v[{index}]", v, stored["v"][index], tolerance)
        scores.close(f"{label} x[{index}]", x, stored["x"][index], tolerance)
        scores.close(f"{label} x_corrected", corrected, stored["x_corrected"][index], tolerance)


def _distilled(fixture: Fixture, case: str, about: dict[str, Any], scores: Scores) -> None:
    stored = fixture.under(case)
    schedule = flow_schedule(about["steps"], about["shift"])
    x = free = stored["x0"]
    toy, c1 = _toy(fixture), fixture.tensors["toy.c1"]
    for index in range(schedule.steps):
        noise = stored["noise"][index]
        x = renoise(schedule, index, x, stored["v"][index], noise)
        scores.close(f"{case}open x[{index}]", x, stored["x"][index], OPEN_LOOP)
        v = toy(free, schedule.sigmas[index], c1)
        free = renoise(schedule, index, free, v, noise)
        scores.close(f"{case}closed v[{index}]", v, stored["v"][index], CLOSED_LOOP)
        scores.close(f"{case}closed x[{index}]", free, stored["x"][index], CLOSED_LOOP)


def _second_stage(fixture: Fixture, scores: Scores) -> None:
    stored = fixture.tensors
    if "zerosnr.sigmas" in stored:
        table = noise_table(len(stored["zerosnr.sigmas"]))
        scores.near("zerosnr.sigmas", _row(table), stored["zerosnr.sigmas"], 1e-6)
        level = UpscaleConfig().noise_level
        want = stored["zerosnr.sigma_at_noise_value"]
        scores.near("zerosnr.sigma_at_noise_value", torch.tensor(table[level]), want, 1e-6)
    if "sr.latent_in" in stored:
        base = Latents(stored["sr.latent_in"][0], stored["sr.audio_in"][0])
        noise = Latents(stored["sr.noise"][0], stored["sr.audio_noise"][0])
        size = (noise.video.shape[-2], noise.video.shape[-1])
        grown = enlarge(base.video, *size)
        scores.close("sr.upsampled", grown, stored["sr.upsampled"][0], OPEN_LOOP)
        start = upscale_start(base, size, noise, UpscaleConfig())
        scores.close("sr.latent_out", start.video, stored["sr.latent_out"][0], OPEN_LOOP)
        scores.close("sr.audio_out", start.audio, stored["sr.audio_out"][0], OPEN_LOOP)


# --- whole loops --------------------------------------------------------------------------------


def loops(fixture: Fixture) -> Scores:
    """Both stages of every scenario: each step from its golden input, then the whole loop."""
    scores = Scores()
    for case in fixture.config["scenarios"]:
        for precision in ("f32", "bf16"):
            if fixture.under(f"{case}{precision}."):
                _scenario(fixture, case, precision, scores)
    return scores


def _scenario(fixture: Fixture, case: str, precision: str, scores: Scores) -> None:
    about = fixture.config["scenarios"][case]
    evaluation, request = about["evaluation"], about["evaluate_kwargs"]
    config = transformer_config(fixture.config["model"], evaluation["data_proxy_config"])
    model = build(config, fixture.weights(), precision)
    settings = sampler_config(evaluation, request)
    sample = base_sample(fixture, case)
    if precision == "f32":
        _open_base(fixture, case, model, sample, settings, scores)
    final = denoise(model, [sample], settings)[0]
    _stage_result(
        fixture, f"{case}{precision}.br_stage.", final, ("video_out", "audio_out"), scores
    )
    if f"{case}noise.sr_video" in fixture.tensors:
        upscaler = build(
            _upscale_config(fixture, case, evaluation), fixture.weights("sr_weights."), precision
        )
        enlarged = _second(
            fixture,
            case,
            upscaler,
            sample,
            final,
            upscale_config(evaluation, request),
            precision,
            scores,
        )
        final = Latents(enlarged.video, final.audio)
    _final(fixture, case, precision, final, scores)


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


def _open_base(
    fixture: Fixture,
    case: str,
    model: Transformer,
    sample: Sample,
    settings: SamplerConfig,
    scores: Scores,
) -> None:
    """Every step on its own, from the golden input: the model, guidance, and the solver."""
    stage = fixture.under(f"{case}f32.br.")
    schedule = flow_schedule(settings.steps, settings.shift)
    scores.exact(f"{case}br.timesteps", torch.tensor(schedule.timesteps), stage["timesteps"])
    context = prepare(model, [sample], guided=settings.guided)
    solvers = UniPC(schedule), UniPC(schedule)
    noise = _stored_noise(fixture.under(case))
    for index in range(schedule.steps):
        late = schedule.timesteps[index] <= LATE_TIMESTEP
        video = settings.late_video_guidance if late else settings.video_guidance
        scales = [(video, settings.audio_guidance)] if settings.guided else None
        x = Latents(stage["x_in_video"][index, 0], stage["x_in_audio"][index, 0])
        v = _velocity(model, x, context, scales)
        label = f"{case}br[{index}]"
        scores.close(f"{label}.v_video", v.video, stage["v_video"][index, 0], FORWARD)
        scores.close(f"{label}.v_audio", v.audio, stage["v_audio"][index, 0], FORWARD)
        given = Latents(stage["v_video"][index, 0], stage["v_audio"][index, 0])
        if noise:
            fresh = noise(x)
            after = Latents(
                renoise(schedule, index, x.video, given.video, fresh.video),
                renoise(schedule, index, x.audio, given.audio, fresh.audio),
            )
        else:
            heard = x.audio if sample.sound else solvers[1].step(index, x.audio, given.audio)
            after = Latents(solvers[0].step(index, x.video, given.video), heard)
        scores.close(f"{label}.x_out_video", after.video, stage["x_out_video"][index, 0], FORWARD)
        scores.close(f"{label}.x_out_audio", after.audio, stage["x_out_audio"][index, 0], FORWARD)
    _first_forwards(stage, case, "br", model, context, scores)


@torch.no_grad()
def _velocity(model, x, context, scales):  # type: ignore[no-untyped-def]
    return velocity(model, [x], context, scales)[0]


@torch.no_grad()
def _first_forwards(stage, case, name, model, context, scores) -> None:  # type: ignore[no-untyped-def]
    """The raw outputs of the first step: conditional, and unconditional where it is guided."""
    x = Latents(stage["x_in_video"][0, 0], stage["x_in_audio"][0, 0])
    made = model([x] * len(context.text), context)
    for branch, out in zip(("cond", "uncond"), made, strict=False):
        for kind in ("video", "audio"):
            want = stage[f"fwd0.{branch}_{kind}"][0]
            scores.close(f"{case}{name}.fwd0.{branch}_{kind}", getattr(out, kind), want, FORWARD)


def _upscale_config(fixture: Fixture, case: str, evaluation: dict[str, Any]) -> TransformerConfig:
    """The second model of a scenario: local where the scenario's name says so."""
    kind = "sr_model_local" if "local" in case else "sr_model_full"
    return transformer_config(fixture.config[kind], evaluation["data_proxy_config"], "v1")


def _second(
    fixture: Fixture,
    case: str,
    model: Transformer,
    first: Sample,
    base: Latents,
    settings: UpscaleConfig,
    precision: str,
    scores: Scores,
) -> Latents:
    stored = fixture.under(case)
    noise = Latents(stored["noise.sr_video"][0], stored["noise.sr_audio"][0])
    size = (noise.video.shape[-2], noise.video.shape[-1])
    start = upscale_start(base, size, noise, settings)
    _stage_result(fixture, f"{case}{precision}.sr_stage.", start, ("video_in", "audio_in"), scores)
    image = stored.get("sr_image_latent")
    sample = Sample(start, first.text, first.negative, None if image is None else image[0])
    if precision == "f32":
        _open_second(fixture, case, model, sample, settings, scores)
    return upscale(model, [sample], settings)[0]


def _open_second(
    fixture: Fixture,
    case: str,
    model: Transformer,
    sample: Sample,
    settings: UpscaleConfig,
    scores: Scores,
) -> None:
    evaluation = fixture.config["scenarios"][case]["evaluation"]
    audio_guidance = evaluation["audio_txt_guidance_scale"]
    stage = fixture.under(f"{case}f32.sr.")
    schedule = flow_schedule(settings.steps, settings.shift)
    scores.exact(f"{case}sr.timesteps", torch.tensor(schedule.timesteps), stage["timesteps"])
    context = prepare(model, [sample], guided=settings.guided)
    solver = UniPC(schedule)
    scales = None
    if settings.guided:
        scales = [(frame_guidance(sample.start.video, settings), audio_guidance)]
    for index in range(schedule.steps):
        x = Latents(stage["x_in_video"][index, 0], stage["x_in_audio"][index, 0])
        v = _velocity(model, x, context, scales)
        label = f"{case}sr[{index}]"
        scores.close(f"{label}.v_video", v.video, stage["v_video"][index, 0], FORWARD)
        scores.close(f"{label}.v_audio", v.audio, stage["v_audio"][index, 0], FORWARD)
        after = solver.step(index, x.video, stage["v_video"][index, 0])
        scores.close(f"{label}.x_out_video", after, stage["x_out_video"][index, 0], FORWARD)
        scores.exact(f"{label}.x_out_audio", x.audio, stage["x_out_audio"][index, 0])
    _first_forwards(stage, case, "sr", model, context, scores)


def _gate(fixture: Fixture, case: str, kind: str, precision: str) -> float:
    gates = fixture.gates(case)
    if precision == "bf16":
        return float(BF16_SLACK * gates[f"bf16_vs_f32_{kind}"]["rms_rel"])
    return float(gates[f"suggested_gate_rel_to_max_{kind}"])


def _stage_result(
    fixture: Fixture, prefix: str, made: Latents, names: tuple[str, str], scores: Scores
) -> None:
    case, _, _ = prefix.partition(".")
    for kind, name in zip(("video", "audio"), names, strict=True):
        if prefix + name in fixture.tensors:
            want = fixture.tensors[prefix + name][0]
            gate = _gate(fixture, f"{case}.", kind, "f32")
            scores.close(prefix + name, getattr(made, kind), want, gate)


def _final(fixture: Fixture, case: str, precision: str, made: Latents, scores: Scores) -> None:
    measure = scores.close if precision == "f32" else scores.rms
    for kind in ("video", "audio"):
        name = f"{case}{precision}.final.{kind}"
        gate = _gate(fixture, case, kind, precision)
        measure(name, getattr(made, kind), fixture.tensors[name][0], gate)
