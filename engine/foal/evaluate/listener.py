"""Tells phonemes from sound, as learnt from the teacher's voices in all languages at once.

It hears mel bands only, so it judges whether the sounds of speech are there, not whether they are
pleasant.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.foal.clip import Clip
from engine.foal.dataset import Shot, read_shard
from engine.foal.mel import BANDS, log_mel
from engine.foal.plan import TICKS_PER_S, USUAL_S, VOCABULARY, Rehearsal
from engine.foal.weights import whole

STEPS_PER_S = 100
"""Columns of mel bands."""

SHORTEST_S = 0.02
"""Shorter sounds are not asked about: there is hardly a column that is theirs alone."""

REST = "rest"
"""What is heard where nobody speaks, and in pauses."""

_MARKS = ("\u0303", "ː")
"""Of nasal and of long sounds; what else espeak-ng marks is hardly heard."""

_RAREST = 12
"""A sound heard less often in the lessons is called by no name."""
_WIDTH, _KERNEL, _DILATIONS = 128, 5, (1, 2, 2, 4)
_WINDOW = 128
_NOISE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One planned sound on the clock of the shot."""

    start_s: float
    end_s: float
    name: str
    """As `sound_name` has it; "" is a pause."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    bands: NDArray[np.float16]
    """[steps, BANDS]"""
    sounds: tuple[Sound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How many planned sounds of a clip were asked about, and how many were recognised."""

    asked: int
    right: int


def sound_name(phoneme: str) -> str:
    """A phoneme without stress and tone: "ˈoʊ" is "oʊ"; long and nasal ones stay what they are."""
    plain = unicodedata.normalize("NFD", phoneme)
    letters = "".join(c for c in plain if unicodedata.category(c) in ("Ll", "Lo", "Lu"))
    return letters[:3] + "".join(mark for mark in _MARKS if mark in plain and letters)


def sounds_of(rehearsal: Rehearsal) -> tuple[Sound, ...]:
    said = zip(rehearsal.request.speeches, rehearsal.performance.said, strict=True)
    return tuple(
        Sound(
            start_s=float(speech.start) + phoneme.start_s,
            end_s=float(speech.start) + phoneme.end_s,
            name=sound_name(phoneme.name),
        )
        for speech, utterance in said
        for phoneme in utterance.phonemes
    )


class Listener(nn.Module):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.enter = nn.Conv1d(BANDS, _WIDTH, _KERNEL, padding=_KERNEL // 2)
        self.layers = nn.ModuleList(
            nn.Conv1d(_WIDTH, _WIDTH, _KERNEL, padding=_KERNEL // 2 * d, dilation=d)
            for d in _DILATIONS
        )
        self.norms = nn.ModuleList(nn.GroupNorm(1, _WIDTH) for _ in _DILATIONS)
        self.leave = nn.Conv1d(_WIDTH, len(self.names), 1)

    def forward(self, bands: Tensor) -> Tensor:
        """Logits `[batch, names, steps]` of `[batch, BANDS, steps]`, as `log_mel` gives them."""
        x = functional.silu(self.enter(bands * 0.35 + 1.5))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + functional.silu(layer(norm(x)))
        return self.leave(x)

    @torch.no_grad()
    def hear(self, rehearsal: Rehearsal, clip: Clip) -> Hearing:
        """Whether each planned sound is the likeliest over the time that it is planned for."""
        bands = log_mel(torch.from_numpy(clip.sound[: len(clip.sound) // 240 * 240]))
        likely = self(bands.T[None])[0].log_softmax(0).T
        asked = right = 0
        for sound in sounds_of(rehearsal):
            if not sound.name or sound.end_s - sound.start_s < SHORTEST_S:
                continue
            span = _span(sound, len(likely))
            if span.stop > span.start:
                asked += 1
                right += self.names[int(likely[span].sum(0).argmax())] == sound.name
        return Hearing(asked=asked, right=right)


def _span(sound: Sound, steps: int) -> slice:
    """The columns whose middle lies in the sound."""
    first = int(np.ceil(sound.start_s * STEPS_PER_S - 0.5))
    last = int(np.ceil(sound.end_s * STEPS_PER_S - 0.5))
    return slice(max(0, first), min(steps, last))


def lessons_from(shards: Iterable[Path], count: int) -> list[Lesson]:
    """Up to `count` shots that speak."""
    lessons: list[Lesson] = []
    for shard in shards:
        for shot in read_shard(shard):
            if shot.mel is not None and (sounds := tuple(_sounds_in(shot))):
                lessons.append(Lesson(bands=shot.mel, sounds=sounds))
        if len(lessons) >= count:
            break
    return lessons[:count]


def _sounds_in(shot: Shot) -> Iterator[Sound]:
    """As the shot's plan says them."""
    index = {name: place for place, name in enumerate(VOCABULARY)}
    letters = [
        {place: name.split(":", 1)[1] for name, place in index.items()
         if name.startswith(f"letter {order}:")}
        for order in range(3)
    ]  # fmt: skip
    spoken = shot.features[:, index["is:phoneme"]] == 1
    for features, place in zip(shot.features[spoken], shot.places[spoken], strict=True):
        length = USUAL_S * exp(float(features[index["length"]]))
        middle = float(place[0]) / TICKS_PER_S
        name = "".join(of for each in letters for place, of in each.items() if features[place] == 1)
        marks = [mark for mark in _MARKS if name and features[index[f"mark:{mark}"]] == 1]
        yield Sound(
            start_s=middle - length / 2, end_s=middle + length / 2, name=name + "".join(marks)
        )


def learn(
    lessons: Sequence[Lesson],
    *,
    steps: int,
    seed: int = 1,
    batch: int = 16,
    tell: Callable[[str], None] | None = None,
) -> Listener:
    """A listener after that many steps; equal lessons and seed give an equal one."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 (sounds, not secrets)
    heard = Counter(sound.name or REST for lesson in lessons for sound in lesson.sounds)
    names = [REST, *sorted(n for n, count in heard.items() if count >= _RAREST and n != REST)]
    listener = Listener(names)
    wanted = [torch.from_numpy(_labels(lesson, names)) for lesson in lessons]
    bands = [torch.from_numpy(lesson.bands).float().T for lesson in lessons]
    optimizer = torch.optim.AdamW(listener.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    for step in range(steps):
        windows = [
            _window(len(wanted[i]), i, chance) for i in chance.choices(range(len(lessons)), k=batch)
        ]
        x = torch.stack([bands[i][:, part] for i, part in windows])
        y = torch.stack([wanted[i][part] for i, part in windows])
        loudness = 0.7 * torch.randn(batch, 1, 1)
        with torch.autocast("cpu", torch.bfloat16):
            logits = listener(x + loudness + _NOISE * torch.randn_like(x))
        loss = functional.cross_entropy(logits.float(), y, ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if tell and (step + 1) % 100 == 0:
            tell(f"listener step {step + 1} of {steps}, loss {float(loss.detach()):.3f}")
    return listener.eval()


def _window(length: int, lesson: int, chance: random.Random) -> tuple[int, slice]:
    first = chance.randrange(length - _WINDOW + 1)
    return lesson, slice(first, first + _WINDOW)


def _labels(lesson: Lesson, names: Sequence[str]) -> NDArray[np.int64]:
    """The place in `names` of what is heard in each column; -1 for a sound without a name there."""
    place = {name: i for i, name in enumerate(names)}
    labels = np.full(len(lesson.bands), place[REST], np.int64)
    for sound in lesson.sounds:
        labels[_span(sound, len(labels))] = place.get(sound.name or REST, -1)
    return labels


def save(listener: Listener, path: Path) -> None:
    with whole(path) as half:
        torch.save({"names": listener.names, "weights": listener.state_dict()}, half)


def load(path: Path) -> Listener:
    stored = torch.load(path, weights_only=True)
    listener = Listener(stored["names"])
    listener.load_state_dict(stored["weights"])
    return listener.eval()
