"""Schedules, solvers and the second stage's start against their goldens, on a toy model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engine.joint.config import SamplerConfig, UpscaleConfig
from engine.joint.parity.fixture import Fixture
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
