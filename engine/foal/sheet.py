"""A sheet of held-out shots to look at while a model learns: truth, what the code keeps, what is
made. Two moments of each shot are denoised by themselves, which takes a second a shot."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.foal.dataset import Shot, make_shot
from engine.foal.lessons import lesson_of, part_of, sample_of
from engine.foal.plan import FRAMES_PER_LATENT
from engine.foal.video_code import VideoCode
from engine.interface import EngineError
from engine.joint.config import SamplerConfig
from engine.joint.sampler import denoise
from engine.joint.transformer import Transformer
from engine.joint.turbo_decoder import to_bytes

CELL = 224
COLUMNS = 4


def held_out(count: int, first: int = 500) -> list[Shot]:
    """Shots that training never sees, two moments of each."""
    shots: list[Shot] = []
    seed = first
    while len(shots) < count:
        with suppress(EngineError):  # a sentence may be too long for its window
            shots.append(make_shot(seed, moving=False, held_out=True))
        seed += 1
    return shots


@torch.no_grad()
def draw_sheet(
    model: Transformer, code: VideoCode, sampler: SamplerConfig, shots: Sequence[Shot], path: Path
) -> None:
    """One picture: shots in rows of `COLUMNS`, three cells each."""
    cells = []
    for shot in shots:
        every = len(shot.latents)
        part = part_of(lesson_of(shot, code, None), Random(0), every)  # noqa: S311 (all are chosen)
        truth = part.latents
        made = denoise(model, [sample_of(part, shot.seed)], sampler)[0]
        seen = [shot.frames()[0]]
        seen += [_first(code, latents.video) for latents in (truth, made)]
        cells.append(np.concatenate([_cell(frame) for frame in seen], axis=1))
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    blank = partial(np.zeros_like, cells[0])
    whole = [np.concatenate(row + [blank()] * (COLUMNS - len(row)), axis=1) for row in rows]
    Image.fromarray(np.concatenate(whole)).save(path)


def _first(code: VideoCode, latents: Tensor) -> np.ndarray:
    with torch.autocast(latents.device.type, torch.bfloat16):
        picture = code.decode(latents[None, :, :1])[0, :, : FRAMES_PER_LATENT - 1]
    return np.asarray(to_bytes(picture.float())[0])


def _cell(frame: np.ndarray) -> np.ndarray:
    """Scaled and cropped to a square about its middle, so that all cells are alike."""
    image = Image.fromarray(frame)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 3
    return np.array(image.crop((left, top, left + side, top + side)).resize((CELL, CELL)))
