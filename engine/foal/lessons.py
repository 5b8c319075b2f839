"""Shots as latents: what the transformer learns from, made once from a data set and its codes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from engine.foal.audio_code import STEPS, AudioCode, AudioCodeConfig, steps_of
from engine.foal.dataset import Shot, read_shard
from engine.foal.mel import FLOOR
from engine.foal.plan import (
    AUDIO_PER_LATENT,
    FRAMES_PER_LATENT,
    VOCABULARY,
    heads_at,
    latents_for,
    sounds_of,
    things_of,
)
from engine.foal.video_code import VideoCode
from engine.foal.weights import whole
from engine.interface import EngineUnavailable
from engine.joint.sampler import Sample, start_noise, step_noise
from engine.joint.tokens import Clock, Extent
from engine.joint.transformer import Latents

_log = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Parts of one shape, learnt from at once."""

    video: Tensor
    """[parts, channels, latents, h, w]"""
    audio: Tensor
    """[parts, ticks, channels]"""
    texts: tuple[Tensor, ...]
    """All padded to one length."""
    clocks: tuple[Clock, ...]
    weight: Tensor
    """[parts, latents, rows, columns]"""

    @property
    def extents(self) -> list[Extent]:
        frames, rows, columns = self.weight.shape[1:]
        own = Extent(frames, rows, columns, self.audio.shape[1], len(self.texts[0]))
        return [own] * len(self.video)


def text_room(latents: int) -> int:
    """How long a text is made that tells of so many latents; hardly one in a hundred is longer.

    Every length there is costs a minute of compiling.
    """
    return -(-14 * latents // 56) * 56


def group_of(parts: Sequence[Part], length: int, device: torch.device | str = "cpu") -> Group:
    """Parts of pictures and sounds of one size; their texts are padded to that length."""
    rooms = [length - len(part.text) for part in parts]
    return Group(
        video=torch.stack([part.latents.video for part in parts]).to(device),
        audio=torch.stack([part.latents.audio for part in parts]).to(device),
        texts=tuple(
            pad(part.text, (0, 0, 0, room)).to(device)
            for part, room in zip(parts, rooms, strict=True)
        ),
        clocks=tuple(
            replace(
                part.clock,
                text=pad(part.clock.text, (0, 0, 0, room)),
                real_text=len(part.text),
            )
            for part, room in zip(parts, rooms, strict=True)
        ),
        weight=torch.stack([part.weight for part in parts]).to(device),
    )


Shelf = tuple[bool, tuple[int, ...]]


class Library:
    """Lessons by whether they have sound and by the size of their pictures."""

    def __init__(self) -> None:
        self._shelves: dict[Shelf, list[Lesson]] = {}
        self._read: set[Path] = set()

    def __len__(self) -> int:
        return sum(map(len, self._shelves.values()))

    def add(self, lesson: Lesson) -> None:
        shelf = (lesson.audio is not None, tuple(lesson.video.shape[2:]))
        self._shelves.setdefault(shelf, []).append(lesson)

    def read_more(self, folder: Path) -> None:
        """Lessons that were not read before, as they are coded."""
        for path in sorted(folder.glob("*.pt")):
            if path not in self._read:
                self._read.add(path)
                for fields in torch.load(path, weights_only=True):
                    self.add(Lesson(**fields))

    def draw(self, chance: Random, count: int, most: int, moving_share: float) -> list[Part]:
        """Some parts of one shelf; a shelf is as likely as it is full among those of its kind."""
        kinds = {moving for moving, _ in self._shelves}
        moving = chance.random() < moving_share if len(kinds) == 2 else kinds.pop()
        shelves = [shelf for shelf in self._shelves if shelf[0] == moving]
        shelf = chance.choices(shelves, [len(self._shelves[s]) for s in shelves])[0]
        parts: list[Part] = []
        while len(parts) < count:
            part = part_of(chance.choice(self._shelves[shelf]), chance, most)
            if len(part.text) <= text_room(most):
                parts.append(part)
        return parts


def middles_of(latents: Tensor) -> Tensor:
    """In ticks, of the four frames of latents of those numbers."""
    middle = (FRAMES_PER_LATENT - 1) / 2 * AUDIO_PER_LATENT / FRAMES_PER_LATENT
    return latents * float(AUDIO_PER_LATENT) + middle


def clock_of(moments: Tensor, ticks: Tensor, text: Tensor, places: Tensor) -> Clock:
    """Each latent stands at the middle of its frames, each sound latent at its own."""
    middles = middles_of(moments)
    things, sounds = things_of(text, places, middles), sounds_of(text, places)
    return Clock(middles, ticks + 0.5, places, things, sounds)


def sample_of(part: Part, seed: int) -> Sample:
    """What the sampler starts from to make a part anew: noise of a seed, and what is told of it."""
    generator = torch.Generator().manual_seed(seed)
    start = start_noise(part.latents.video.shape, part.latents.audio.shape, generator)
    return Sample(start=start, text=part.text, clock=part.clock, step_noise=step_noise(generator))


def of_shards(
    processes: int, work: Callable[..., None], jobs: Sequence[tuple[Any, ...]], done_is: str
) -> None:
    """`work` with the arguments of each job, in processes of one thread each."""
    spawned = get_context("spawn")
    with ProcessPoolExecutor(processes, spawned, torch.set_num_threads, (1,)) as pool:
        begun = [pool.submit(work, *job) for job in jobs]
        for done, job in enumerate(begun, 1):
            job.result()
            if done % 10 == 0:
                _log.info(f"{done}/{len(begun)} shards {done_is}")


def code_lessons(data: Path, codes: tuple[VideoCode, AudioCode], processes: int = 1) -> None:
    """Bring every shard into latents that was not yet; moving and still ones in turn.

    EngineUnavailable where those that are there speak the latents of other codes.
    """
    kept = data / "lessons"
    spoken, now = kept / CODES, _spoken_by(*codes)
    if spoken.exists() and spoken.read_text() != now:
        raise EngineUnavailable(
            f"the lessons in {kept} are in latents of other codes than today's: take the folder "
            "away, and the transformer's weights with it, and they are made anew"
        )
    with whole(spoken) as half:
        half.write_text(now)
    shards = sorted(data.glob("*-*.pt"), key=lambda path: (path.name[-8:], path.name))
    left = [path for path in shards if not (kept / path.name).exists()]
    jobs = [(path, kept / path.name, codes) for path in left]
    of_shards(processes, _code_shard, jobs, "in latents")


CODES = "codes.txt"
"""Whose latents the lessons are in; decoders may change without them."""


def _spoken_by(video: VideoCode, audio: AudioCode) -> str:
    digest = hashlib.sha256()
    for name, value in [*video.state_dict().items(), *audio.state_dict().items()]:
        if not name.startswith(("decoder.", "voice.")):
            digest.update(value.half().numpy().tobytes())
    return digest.hexdigest()


def _code_shard(path: Path, out: Path, codes: tuple[VideoCode, AudioCode]) -> None:
    lessons = [lesson_of(shot, *codes) for shot in read_shard(path)]
    with whole(out) as half:
        torch.save([{n: getattr(x, n) for n in Lesson.__dataclass_fields__} for x in lessons], half)


@torch.no_grad()
def lesson_of(shot: Shot, video: VideoCode, audio: AudioCode | None) -> Lesson:
    """A shot in latents; without a sound code, a still one."""
    pictures = torch.from_numpy(shot.frames().astype(np.float32)) / 127.5 - 1
    with torch.autocast("cpu", torch.bfloat16):
        coded = video.encode(pictures.permute(3, 0, 1, 2)[None])[0]
    return Lesson(
        moments=shot.latents,
        video=coded.half(),
        audio=_heard(shot, audio) if audio else None,
        features=widened(torch.from_numpy(shot.features)),
        places=torch.from_numpy(shot.places),
        lasting=shot.lasting,
    )


def widened(features: Tensor) -> Tensor:
    """Features of a plan with room for names that the vocabulary may still gain."""
    return pad(features, (0, TEXT_FEATURES - features.shape[1]))


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
    audio = torch.zeros(0, AudioCodeConfig().latent_channels)
    if lesson.audio is not None:
        heard = torch.tensor(lesson.moments, dtype=torch.float32)
        ticks = (heard[:, None] * AUDIO_PER_LATENT + torch.arange(AUDIO_PER_LATENT)).flatten()
        audio = lesson.audio[ticks.long()].float()
    kept = _told(lesson, moments, ticks)
    text, places = lesson.features[kept].float(), lesson.places[kept]
    clock = clock_of(moments, ticks, text, places)
    return Part(
        latents=Latents(lesson.video[:, chosen].float(), audio),
        text=text,
        clock=clock,
        weight=_weights(lesson, text, places, clock.video),
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
HEAD_PATCHES = 1.3
HEAD_WEIGHT = 5.0


def _weights(lesson: Lesson, text: Tensor, places: Tensor, middles: Tensor) -> Tensor:
    rows, columns = lesson.video.shape[2] // 2, lesson.video.shape[3] // 2
    weight = torch.ones(len(middles), rows, columns)
    down = torch.arange(rows)[:, None] - (rows - 1) / 2
    across = torch.arange(columns) - (columns - 1) / 2
    for head in heads_at(text, places, middles):
        row, column, scale = (each[:, None, None] for each in head.unbind(dim=1))
        # The middle of what matters of a head lies at the nose, a little below its middle.
        gone = (down - row - 0.5 * scale) ** 2 + (across - column) ** 2
        weight += HEAD_WEIGHT * (gone < (HEAD_PATCHES * scale + 0.4) ** 2)
    return weight
