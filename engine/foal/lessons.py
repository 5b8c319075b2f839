"""Shots as latents: what the transformer learns from, made once from a data set and its codes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from engine.foal.audio_code import STEPS, AudioCode, steps_of
from engine.foal.dataset import Shot, read_shard
from engine.foal.mel import FLOOR
from engine.foal.plan import (
    AUDIO_PER_LATENT,
    FRAMES_PER_LATENT,
    VOCABULARY,
    latents_for,
)
from engine.foal.video_code import VideoCode
from engine.joint.tokens import Clock
from engine.joint.transformer import Latents

TEXT_FEATURES = 704
MARGIN_TICKS = 6.0
"""How far outside the latents seen a token of the plan may stand and still be heard or begun."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """One shot of the data set in latents."""

    moments: tuple[int, ...]
    """Which latents of the shot `video` has."""
    video: Tensor
    """[channels, len(moments), h, w], half precision."""
    audio: Tensor | None
    """[ticks of the whole shot, channels]; None for a still one."""
    features: Tensor
    places: Tensor
    lasting: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What one step of training sees of a lesson."""

    latents: Latents
    text: Tensor
    clock: Clock
    weight: Tensor
    """Of each patch, [frames, rows, columns]: heads matter more."""


def clock_of(moments: Tensor, ticks: Tensor, places: Tensor) -> Clock:
    """Each latent stands at the middle of its four frames, each sound latent at its own."""
    middle = (FRAMES_PER_LATENT - 1) / 2 * AUDIO_PER_LATENT / FRAMES_PER_LATENT
    return Clock(moments * float(AUDIO_PER_LATENT) + middle, ticks + 0.5, places)


@torch.no_grad()
def lessons_of(path: Path, video: VideoCode, audio: AudioCode) -> list[Lesson]:
    return [_lesson(shot, video, audio) for shot in read_shard(path)]


def _lesson(shot: Shot, video: VideoCode, audio: AudioCode) -> Lesson:
    pictures = torch.from_numpy(shot.frames().astype(np.float32)) / 127.5 - 1
    with torch.autocast("cpu", torch.bfloat16):
        coded = video.encode(pictures.permute(3, 0, 1, 2)[None])[0]
    return Lesson(
        moments=shot.latents,
        video=coded.half(),
        audio=_heard(shot, audio),
        features=widened(torch.from_numpy(shot.features)),
        places=torch.from_numpy(shot.places),
        lasting=shot.lasting,
    )


def widened(features: Tensor) -> Tensor:
    """Features of a plan with room for names that the vocabulary may still gain."""
    return torch.nn.functional.pad(features, (0, TEXT_FEATURES - features.shape[1]))


def _heard(shot: Shot, audio: AudioCode) -> Tensor | None:
    if shot.mel is None or shot.pitch is None:
        return None
    wanted = latents_for(shot.seconds) * AUDIO_PER_LATENT * STEPS
    mel, pitch = torch.from_numpy(shot.mel.astype(np.float32)), torch.from_numpy(shot.pitch)
    more = wanted - len(mel)
    mel = torch.cat([mel, torch.full((more, mel.shape[1]), float(np.log(FLOOR)))])
    pitch = torch.cat([pitch, torch.zeros(more)])
    return audio.encode(steps_of(mel, pitch)).half()


def part_of(lesson: Lesson, chance: Random, most: int) -> Part:
    """Some latents of a lesson, at most `most`, and all the sound there is of its run."""
    count = min(most, len(lesson.moments))
    if lesson.audio is None or chance.random() < 0.25:
        chosen = sorted(chance.sample(range(len(lesson.moments)), count))
    else:
        first = chance.randrange(len(lesson.moments) - count + 1)
        chosen = list(range(first, first + count))
    moments = torch.tensor([lesson.moments[i] for i in chosen], dtype=torch.float32)
    ticks = torch.zeros(0)
    audio = torch.zeros(0, 1)
    if lesson.audio is not None:
        heard = torch.tensor(lesson.moments, dtype=torch.float32)
        ticks = (heard[:, None] * AUDIO_PER_LATENT + torch.arange(AUDIO_PER_LATENT)).flatten()
        audio = lesson.audio[ticks.long()].float()
    kept = _told(lesson, moments, ticks)
    text, places = lesson.features[kept].float(), lesson.places[kept]
    return Part(
        latents=Latents(lesson.video[:, chosen].float(), audio),
        text=text,
        clock=clock_of(moments, ticks, places),
        weight=_weights(lesson, text, places, moments, chosen),
    )


def _told(lesson: Lesson, moments: Tensor, ticks: Tensor) -> Tensor:
    """Which tokens of the plan concern these latents: all lasting ones, and those near them."""
    times = lesson.places[:, 0]
    first = moments * AUDIO_PER_LATENT
    seen = (times[:, None] > first - MARGIN_TICKS) & (
        times[:, None] < first + AUDIO_PER_LATENT + MARGIN_TICKS
    )
    kept = seen.any(dim=1)
    if len(ticks):
        spoken = lesson.features[:, _PHONEME] > 0
        near = (times > ticks[0] - MARGIN_TICKS) & (times < ticks[-1] + MARGIN_TICKS)
        kept |= spoken & near
    kept[: lesson.lasting] = True
    return kept


_PHONEME = VOCABULARY.index("is:phoneme")
_ACTING = VOCABULARY.index("is:acting")
_SCALE = VOCABULARY.index("scale")
HEAD_PATCHES = 1.3
HEAD_WEIGHT = 3.0


def _weights(
    lesson: Lesson, text: Tensor, places: Tensor, moments: Tensor, chosen: list[int]
) -> Tensor:
    rows, columns = lesson.video.shape[2] // 2, lesson.video.shape[3] // 2
    weight = torch.ones(len(chosen), rows, columns)
    down = torch.arange(rows)[:, None] - (rows - 1) / 2
    across = torch.arange(columns)[None] - (columns - 1) / 2
    acting = text[:, _ACTING] > 0
    for place, scale in zip(places[acting], text[acting, _SCALE] + 1.5, strict=True):
        at = (moments * AUDIO_PER_LATENT - place[0]).abs() < AUDIO_PER_LATENT / 2
        # The middle of what matters of a head lies at the nose, a little below its middle.
        gone = (down - place[1] - 0.5 * scale) ** 2 + (across - place[2]) ** 2
        near = gone < (HEAD_PATCHES * float(scale) + 0.4) ** 2
        weight[at] += HEAD_WEIGHT * near
    return weight
