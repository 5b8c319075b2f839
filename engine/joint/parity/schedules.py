"""Schedules, solvers and the second stage's start against their goldens, on a toy model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import torch
from torch import Tensor

from engine.joint.config import SamplerConfig, UpscaleConfig
from engine.joint.parity.fixture import Fixture, FixtureError
from engine.joint.parity.formula import formula
from engine.joint.parity.scores import Scores
from engine.joint.sampler import (
    LATE_TIMESTEP,
    Schedule,
    UniPC,
    add_noise,
    flow_schedule,
    renoise,
    training_sigmas,
    unipc_weights,
)
from engine.joint.transformer import Latents
from engine.joint.upscale import enlarge, noise_table, upscale_start

SIGMA, OPEN_LOOP, CLOSED_LOOP = 1e-7, 1e-5, 1e-4
LIKELY_SHIFTS = (1.0, 3.0, 5.0, 7.0)
LIKELY_STEPS = range(1, 101)
_FUNCTIONS = {name: getattr(torch, name) for name in ("tanh", "sin", "cos", "exp", "sigmoid")}


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
    for case in fixture.cases("timesteps"):
        shape = re.fullmatch(r"sched\.n(\d+)_shift([\d.]+)\.", case)
        if not shape:
            continue
        schedule = flow_schedule(int(shape[1]), float(shape[2]))
        stored = fixture.under(case)
        scores.near(f"{case}sigmas", _row(schedule.sigmas), stored.get("sigmas"), SIGMA)
        scores.exact(f"{case}timesteps", torch.tensor(schedule.timesteps), stored["timesteps"])
    if "train.sigmas" in fixture.tensors:
        want = fixture.tensors["train.sigmas"]
        scores.near("train.sigmas", training_sigmas(len(want)), want, SIGMA)
    if "add_noise.out" in fixture.tensors:
        _noised(fixture, scores)


def _noised(fixture: Fixture, scores: Scores) -> None:
    """Noise at whole-numbered timesteps. The file does not say of which schedule they are, so of
    all likely ones that have them, the nearest is taken."""
    stored = fixture.under("add_noise.")
    wanted = stored["timesteps"].tolist()
    tried: list[Scores] = []
    for steps, shift in product(LIKELY_STEPS, LIKELY_SHIFTS):
        schedule = flow_schedule(steps, shift)
        if not set(wanted) <= set(schedule.timesteps):
            continue
        sigmas = [schedule.sigmas[schedule.timesteps.index(t)] for t in wanted]
        pairs = zip(stored["x"], stored["noise"], sigmas, strict=True)
        made = torch.stack([add_noise(x, noise, sigma) for x, noise, sigma in pairs])
        tried.append(Scores())
        tried[-1].close("add_noise.out", made, stored["out"], OPEN_LOOP)
    if not tried:
        raise FixtureError(f"add_noise: no schedule has the timesteps {wanted}")
    scores.made += min(tried, key=lambda each: each.made[0].strain).made


def _row(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _toy(fixture: Fixture) -> Callable[[Tensor, float, Tensor], Tensor]:
    """The velocity that the file states, as `v(x, sigma, c) = 0.7*tanh(x) + c, float32; ...`"""
    stated = fixture.extra["toy_model"]
    right = re.search(r"=\s*([^,;]+)", stated)
    if not right:
        raise FixtureError(f"a toy model stated as {stated!r} is not understood")
    velocity = formula(right[1], _FUNCTIONS)
    return lambda x, sigma, c: velocity(x=x, sigma=sigma, c=c)


def _unipc(fixture: Fixture, case: str, about: dict[str, Any], scores: Scores) -> None:
    stored = fixture.under(case)
    schedule = flow_schedule(about["steps"], about["shift"])
    weights = unipc_weights(schedule)
    orders = torch.tensor([w.order for w in weights])
    scores.exact(f"{case}order", orders, stored.get("order"))
    corrected = torch.tensor([w.corrector is not None for w in weights])
    scores.exact(f"{case}corrector", corrected.long(), stored.get("corrector"))
    if "v" in stored:
        given = stored["v"]
        _trajectory(fixture, case, schedule, lambda index, *_: given[index], OPEN_LOOP, scores)
    if about.get("cfg"):
        scales = torch.tensor([_guidance(t) for t in schedule.timesteps])
        scores.exact(f"{case}guidance", scales, stored.get("guidance"))
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
        for name, made in (("v", v), ("x", x), ("x_corrected", corrected)):
            want = stored[name][index] if name in stored else None
            _close(f"{label} {name}[{index}]", made, want, tolerance, scores)


def _distilled(fixture: Fixture, case: str, about: dict[str, Any], scores: Scores) -> None:
    stored = fixture.under(case)
    schedule = flow_schedule(about["steps"], about["shift"])
    x = free = stored["x0"]
    toy, c1 = _toy(fixture), fixture.tensors["toy.c1"]
    for index in range(schedule.steps):
        noise = stored["noise"][index]
        given, after = (stored[name][index] if name in stored else None for name in ("v", "x"))
        if given is not None:
            x = renoise(schedule, index, x, given, noise)
            _close(f"{case}open x[{index}]", x, after, OPEN_LOOP, scores)
        v = toy(free, schedule.sigmas[index], c1)
        free = renoise(schedule, index, free, v, noise)
        _close(f"{case}closed v[{index}]", v, given, CLOSED_LOOP, scores)
        _close(f"{case}closed x[{index}]", free, after, CLOSED_LOOP, scores)


def _close(label: str, made: Tensor, want: Tensor | None, tolerance: float, scores: Scores) -> None:
    """To that part of the largest value and of the element itself, as the file states it."""
    scores.close(label, made, want, tolerance, relative=tolerance)


def _second_stage(fixture: Fixture, scores: Scores) -> None:
    stored, published = fixture.tensors, UpscaleConfig()
    settings = replace(
        published,
        noise_level=fixture.config.get("noise_value", published.noise_level),
        audio_noise=fixture.config.get("sr_audio_noise_scale", published.audio_noise),
    )
    if "zerosnr.sigmas" in stored:
        table = noise_table(len(stored["zerosnr.sigmas"]))
        scores.near("zerosnr.sigmas", _row(table), stored["zerosnr.sigmas"], 1e-6)
        level = torch.tensor(table[settings.noise_level])
        want = stored.get("zerosnr.sigma_at_noise_value")
        scores.near("zerosnr.sigma_at_noise_value", level, want, 1e-6)
    if "sr.latent_in" in stored:
        base = Latents(stored["sr.latent_in"][0], stored["sr.audio_in"][0])
        noise = Latents(stored["sr.noise"][0], stored["sr.audio_noise"][0])
        size = (noise.video.shape[-2], noise.video.shape[-1])
        grown = enlarge(base.video, *size)
        start = upscale_start(base, size, noise, settings)
        made = {"upsampled": grown, "latent_out": start.video, "audio_out": start.audio}
        for name, value in made.items():
            scores.close(f"sr.{name}", value[None], stored.get(f"sr.{name}"), OPEN_LOOP)
