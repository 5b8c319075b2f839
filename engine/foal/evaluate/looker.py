"""Tells place, framing and number of people from one picture, as learnt from the teacher's own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.animatic.stage import Stage
from engine.foal.clip import Clip
from engine.foal.dataset import Shot, decoded, read_shard
from engine.foal.plan import VOCABULARY, Rehearsal
from engine.foal.weights import whole

SHRINK = 4
"""Pictures are looked at in a quarter of their size: what a glance takes in."""

QUESTIONS = ("place", "framing", "people")

_WIDTHS = (24, 48, 96, 128)
_FRAMES = 5
"""Of a clip, evenly over it; they vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The three answers about a shot, by the names that the teacher's stage has for them."""

    place: str
    framing: str
    people: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """One picture, shrunk, and what it shows."""

    picture: NDArray[np.uint8]
    sight: Sight


def sight_of(stage: Stage) -> Sight:
    """What the stage shows. Two people are framed alike in a "medium" and in a "two-shot"."""
    count = len(stage.marks)
    return Sight(
        place=stage.place.name, framing=_seen_framing(stage.framing, count), people=str(count)
    )


def _seen_framing(framing: str, people: int) -> str:
    return "two-shot" if people > 1 and framing != "wide" else framing


class Looker(nn.Module):
    """Four strided convolutions and, over their mean and maximum, a choice for each question."""

    def __init__(self, answers: dict[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.answers = answers
        layers: list[nn.Module] = []
        inner = 3
        for width in _WIDTHS:
            layers += [
                nn.Conv2d(inner, width, 3, stride=2, padding=1),
                nn.GroupNorm(8, width),
                nn.SiLU(),
                nn.Conv2d(width, width, 3, padding=1),
                nn.GroupNorm(8, width),
                nn.SiLU(),
            ]
            inner = width
        self.layers = nn.Sequential(*layers)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(2 * inner, len(of)) for name, of in answers.items()}
        )

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Logits for each question of `[batch, 3, height, width]` in [-1, 1]."""
        x = self.layers(pictures)
        pooled = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        return {name: head(pooled) for name, head in self.heads.items()}

    @torch.no_grad()
    def look(self, clip: Clip) -> Sight:
        moments = np.linspace(0, len(clip.frames) - 1, _FRAMES).round().astype(int)
        pictures = np.stack([shrunk(clip.frames[moment]) for moment in moments])
        logits = self(_tensor(pictures))
        chosen = {
            name: self.answers[name][int(logits[name].softmax(1).mean(0).argmax())]
            for name in QUESTIONS
        }
        return Sight(**chosen)


def right_answers(looker: Looker, rehearsal: Rehearsal, clip: Clip) -> dict[str, bool]:
    seen, asked = looker.look(clip), sight_of(rehearsal.stage)
    return {name: getattr(seen, name) == getattr(asked, name) for name in QUESTIONS}


def shrunk(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = frame.shape
    blocks = frame.reshape(height // SHRINK, SHRINK, width // SHRINK, SHRINK, 3)
    return np.asarray(blocks.mean(axis=(1, 3)).round(), np.uint8)


def lessons_from(shards: Iterable[Path], count: int) -> list[Lesson]:
    """Up to `count` pictures of shots to learn from, one or two of each."""
    lessons: list[Lesson] = []
    for shard in shards:
        for shot in read_shard(shard):
            lessons += _lessons(shot)
        if len(lessons) >= count:
            break
    return lessons[:count]


def _lessons(shot: Shot) -> list[Lesson]:
    """The first picture and the last."""
    sight = _sight_in(shot)
    return [
        Lesson(picture=shrunk(decoded(jpeg)), sight=sight)
        for jpeg in (shot.jpegs[0], shot.jpegs[-1])
    ]


def _sight_in(shot: Shot) -> Sight:
    """As the shot's plan says it: the shard may be older than the requests of today."""
    scene = shot.features[0]
    said = {name.split(":")[0]: name.split(":")[1]
            for name, value in zip(VOCABULARY, scene, strict=True)
            if value == 1 and name.startswith(("place:", "framing:", "figures:"))}  # fmt: skip
    people = said["figures"]
    return Sight(
        place=said["place"], framing=_seen_framing(said["framing"], int(people)), people=people
    )


def learn(
    lessons: Sequence[Lesson],
    *,
    steps: int,
    seed: int = 1,
    batch: int = 32,
    tell: Callable[[str], None] | None = None,
) -> Looker:
    """A looker after that many steps; equal lessons and seed give an equal one."""
    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311 (pictures, not secrets)
    answers = {
        name: tuple(sorted({getattr(lesson.sight, name) for lesson in lessons}))
        for name in QUESTIONS
    }
    looker = Looker(answers)
    optimizer = torch.optim.AdamW(looker.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    shapes: dict[tuple[int, ...], list[Lesson]] = {}
    for lesson in lessons:
        shapes.setdefault(lesson.picture.shape, []).append(lesson)
    groups = list(shapes.values())
    for step in range(steps):
        group = chance.choices(groups, [len(group) for group in groups])[0]
        chosen = [chance.choice(group) for _ in range(batch)]
        pictures = _worsened(_tensor(np.stack([each.picture for each in chosen])))
        with torch.autocast("cpu", torch.bfloat16):
            logits = looker(pictures.contiguous(memory_format=torch.channels_last))
        loss = torch.zeros(())
        for name in QUESTIONS:
            wanted = torch.tensor([answers[name].index(getattr(x.sight, name)) for x in chosen])
            loss = loss + functional.cross_entropy(logits[name].float(), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if tell and (step + 1) % 100 == 0:
            tell(f"looker step {step + 1} of {steps}, loss {float(loss.detach()):.3f}")
    return looker.eval()


def _tensor(pictures: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def _worsened(pictures: Tensor) -> Tensor:
    """Half of the time softened, always a little noisy: what is shown counts, not how sharply."""
    if torch.rand(()) < 0.5:
        small = functional.avg_pool2d(pictures, 2)
        pictures = functional.interpolate(small, pictures.shape[2:], mode="bilinear")
    return pictures + 0.06 * torch.rand(()) * torch.randn_like(pictures)


def save(looker: Looker, path: Path) -> None:
    with whole(path) as half:
        torch.save({"answers": looker.answers, "weights": looker.state_dict()}, half)


def load(path: Path) -> Looker:
    stored = torch.load(path, weights_only=True)
    looker = Looker({name: tuple(of) for name, of in stored["answers"].items()})
    looker.load_state_dict(stored["weights"])
    return looker.eval()
