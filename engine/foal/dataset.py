"""Shots to learn from, made once from seeds and kept outside the repository.

A shard is a file of many shots: JPEG pictures of some of their latents, the whole sound as mel
bands and pitch, and the plan. `moving` shots have sound and a run of latents; `still` ones have a
few latents only and teach what people and places look like, for a third of the cost.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from engine.foal.mel import log_mel
from engine.foal.plan import (
    latents_for,
    plan_of,
    rehearse,
    voiced_track,
)
from engine.foal.requests import sample_request
from engine.foal.teacher import pictures, sound
from engine.foal.weights import whole
from engine.interface import EngineError

_log = logging.getLogger(__name__)

QUALITY = 96
SHARD = 50
MOVING_LATENTS, STILL_LATENTS = 8, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One shot of a shard."""

    seed: int
    latents: tuple[int, ...]
    """Which latents of the shot there are pictures of."""
    jpegs: tuple[bytes, ...]
    """Four for each latent."""
    mel: NDArray[np.float16] | None
    """[steps of 10 ms, bands]; None for a still one."""
    pitch: NDArray[np.float32] | None
    """Hertz for each step; 0 where unvoiced."""
    features: NDArray[np.float16]
    places: NDArray[np.float32]
    lasting: int
    aspect: str
    seconds: float

    def frames(self) -> NDArray[np.uint8]:
        """[frames, height, width, 3]"""
        return np.stack([decoded(jpeg) for jpeg in self.jpegs])


def make_shot(seed: int, *, moving: bool, held_out: bool = False) -> Shot:
    rehearsal = rehearse(sample_request(seed, held_out=held_out))
    request = rehearsal.request
    latents = _chosen(seed, latents_for(float(request.seconds)), moving)
    plan = plan_of(rehearsal)
    frames = pictures(rehearsal, latents)
    return Shot(
        seed=seed,
        latents=latents,
        jpegs=tuple(map(_jpeg, frames)),
        mel=_heard(sound(rehearsal)) if moving else None,
        pitch=voiced_track(rehearsal) if moving else None,
        features=plan.features.astype(np.float16),
        places=plan.places,
        lasting=plan.lasting,
        aspect=request.aspect,
        seconds=float(request.seconds),
    )


def _chosen(seed: int, count: int, moving: bool) -> tuple[int, ...]:
    chance = Random(f"latents:{seed}")  # noqa: S311 (pictures, not secrets)
    if not moving:
        return tuple(sorted(chance.sample(range(count), STILL_LATENTS)))
    first = chance.randrange(count - MOVING_LATENTS + 1)
    return tuple(range(first, first + MOVING_LATENTS))


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    """[height, width, 3]"""
    return np.array(Image.open(io.BytesIO(jpeg)))


def _heard(wave: NDArray[np.float32]) -> NDArray[np.float16]:
    return log_mel(torch.from_numpy(wave)).numpy().astype(np.float16)


def write_shard(folder: Path, number: int, *, moving: bool) -> Path:
    """The shard of that number, made unless it is there; written whole or not at all."""
    path = folder / f"{'moving' if moving else 'still'}-{number:05d}.pt"
    if path.exists():
        return path
    shots = []
    for seed in range(number * SHARD, (number + 1) * SHARD):
        try:
            shots.append(make_shot(seed if moving else 10_000_000 + seed, moving=moving))
        except EngineError:
            continue  # a sentence too long for its window; the next seed is as good
    with whole(path) as half:
        torch.save([_packed(shot) for shot in shots], half)
    return path


_ARRAYS = ("mel", "pitch", "features", "places")


def _packed(shot: Shot) -> dict[str, Any]:
    """As plain values and tensors, which are read back without running anything in the file."""
    fields = {name: getattr(shot, name) for name in Shot.__dataclass_fields__}
    for name in _ARRAYS:
        if fields[name] is not None:
            fields[name] = torch.from_numpy(fields[name])
    return fields


def read_shard(path: Path) -> Iterator[Shot]:
    """Its shots; what else an earlier shard says of them is passed over."""
    for stored in torch.load(path, weights_only=True):
        fields = {name: stored[name] for name in Shot.__dataclass_fields__}
        for name in _ARRAYS:
            if fields[name] is not None:
                fields[name] = fields[name].numpy()
        yield Shot(**fields)


def make(folder: Path, *, moving: int, still: int, processes: int = 2) -> None:
    """Shards enough for that many shots of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(n, True) for n in range(-(-moving // SHARD))]
    wanted += [(n, False) for n in range(-(-still // SHARD))]
    started = time.time()
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(write_shard, folder, n, moving=m) for n, m in wanted]
        for done, job in enumerate(jobs, 1):
            path = job.result()
            _log.info(f"{done}/{len(jobs)} {path.name} {time.time() - started:.0f} s")
