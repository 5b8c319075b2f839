"""`make bench-gate`: how often each figure of the gate stops what it is there to stop, and how
often what is fine.

    python scripts/bench_gate.py --clips 30 --folder out/bench-gate

Clean talking shots are made by the animatic engine at preview size; copies of each are broken in
one way and kept. A row says where a figure put the broken ones and the clean ones under the
default gate. Prints Markdown for docs/lab.md. What was measured is kept in the folder, so a run
that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
from bench_shots import LINES, german, requests
from numpy.typing import NDArray
from PIL import Image

from engine import open_engine
from engine.animatic.engine import mixed
from engine.animatic.voice import perform
from flows.senses import open_senses
from flows.settings import Settings
from media.read import read_frames, read_sound
from media.takes import encode_take
from review import Anchor, Anchors, Measurement, Measurements, Senses, judge, load_policy, voice_of
from review.evidence import Evidence, Unable, gather
from review.figures import FIGURES
from review.measure import READERS
from storyboard.request import Request

Frames = NDArray[np.uint8]
Sound = NDArray[np.float32]
RATE_HZ = 48_000
SIZE = (144, 256)
"""Broken copies are as large as the gate looks at; a preview is larger."""
LATE_S = 0.2


@dataclass(frozen=True)
class Clip:
    """A take, what was asked for, and what its speaker is known by."""

    path: Path
    request: Request
    anchors: Anchors = field(default_factory=Anchors)

    @cached_property
    def frames(self) -> Frames:
        return np.stack(list(read_frames(self.path, size=SIZE)))

    @cached_property
    def sound(self) -> Sound:
        return read_sound(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to break a clip, and the figures that may see it."""

    name: str
    figures: tuple[str, ...]
    broken: Callable[[int, list[Clip], Path], Clip]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=30)
    parser.add_argument("--folder", type=Path, default=Path("out/bench-gate"))
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    senses = open_senses(Settings())
    clips = _known_voices(list(_clean(folder, arguments.clips)), senses)
    results = folder / "results.jsonl"
    found = _kept(results)
    figures = tuple(dict.fromkeys(name for way in WAYS for name in way.figures))
    for index in range(len(clips)):
        for way in (Way(name="clean", figures=figures, broken=lambda i, c, _: c[i]), *WAYS):
            owed = [name for name in way.figures if (way.name, name, index) not in found]
            if not owed:
                continue
            clip = way.broken(index, clips, folder / way.name.replace(" ", "-") / f"{index:02}")
            evidence = gather(clip.path, clip.request, senses, clip.anchors, None)
            for name in owed:
                found[way.name, name, index] = _read(evidence, name)
                with results.open("a") as file:
                    line = [way.name, name, index, *found[way.name, name, index]]
                    file.write(json.dumps(line) + "\n")
        vars(clips[index]).pop("frames", None)
    _print(found, len(clips))


def _kept(path: Path) -> dict[tuple[str, str, int], tuple[str, float | None, str]]:
    """Way, figure and clip to where the figure stood, its value and its detail."""
    lines = path.read_text().splitlines() if path.is_file() else []
    rows = [json.loads(line) for line in lines]
    return {
        (way, name, index): (stood, value, said) for way, name, index, stood, value, said in rows
    }


def _print(found: dict[tuple[str, str, int], tuple[str, float | None, str]], clips: int) -> None:
    print("| Broken by | Figure | Stopped | Doubtful | Passed | Clean ones stopped | doubtful |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for way in WAYS:
        for name in way.figures:
            broken = Counter(found[way.name, name, index][0] for index in range(clips))
            clean = Counter(found["clean", name, index][0] for index in range(clips))
            if broken["unable"] == clips:
                cells = ["not measured: no model here", "", "", "", ""]
            else:
                stopped, kept = (each["retry"] + each["reject"] for each in (broken, clean))
                counts = (broken["doubtful"], broken["pass"])
                cells = [f"{stopped}/{clips}", *map(str, counts)]
                cells += [f"{kept}/{clips}", str(clean["doubtful"])]
            print(f"| {way.name} | `{name}` | {' | '.join(cells)} |")
    for name in dict.fromkeys(name for way in WAYS for name in way.figures):
        values = [found["clean", name, index][1] for index in range(clips)]
        real = [value for value in values if value is not None]
        if real:
            low, middle, high = np.quantile(real, [0, 0.5, 1])
            print(f"\nclean {name}: {low:.3f} to {high:.3f}, median {middle:.3f}, mean "
                  f"{np.mean(real):.3f}, absent {clips - len(real)}")  # fmt: skip


def _read(evidence: Evidence, name: str) -> tuple[str, float | None, str]:
    """Where the default gate puts that figure of a clip, its value and its detail."""
    try:
        value, detail = READERS[name](evidence)
    except Unable as lack:
        return "unable", None, str(lack)
    about = next(each for each in FIGURES if each.name == name)
    measured = Measurement(
        name=name, value=value, unit=about.unit, version=about.version, detail=detail
    )
    now, policy = datetime.now(UTC), load_policy("default")
    # By the general bands: what the animatic speaks and draws is let through by its own.
    verdict = judge(Measurements((measured,)), policy, evidence.request, take="", at=now)
    return next(m.standing for m in verdict.marks if m.name == name), value, detail


def _clean(folder: Path, count: int) -> Iterator[Clip]:
    """The shots as the engine makes them, made once."""
    engine = open_engine("animatic")
    for name, request in list(requests(engine.capabilities))[:count]:
        place = folder / "clean" / name
        if not (place / "preview.mp4").is_file():
            place.mkdir(parents=True, exist_ok=True)
            engine.preview(request, place, lambda _: None)
        yield Clip(place / "preview.mp4", request)


def _known_voices(clips: list[Clip], senses: Senses) -> list[Clip]:
    """Each clip beside the voice of another clip in which its speaker speaks."""
    if senses.voices is None:
        return clips
    prints = [voice_of(clip.path, clip.request, senses, 0) for clip in clips]
    names = [_speaker(clip) for clip in clips]
    known = []
    for index, clip in enumerate(clips):
        others = [i for i, name in enumerate(names) if name == names[index] and i != index]
        of = next((i for i in others if prints[i] is not None), None)
        print_ = None if of is None else prints[of]
        voices = {} if print_ is None else {0: Anchor(of=str(of), print=print_)}
        known.append(replace(clip, anchors=Anchors(voices=voices)))
    return known


def _speaker(clip: Clip) -> str:
    return clip.request.figures[clip.request.speeches[0].speaker].name


# The ways to break


def _written(clip: Clip, folder: Path, frames: Frames, sound: Sound) -> Clip:
    path = folder / "preview.mp4"
    folder.mkdir(parents=True, exist_ok=True)
    rate = clip.request.frame_rate
    whole = np.zeros((2, len(frames) * RATE_HZ // rate), np.float32)
    whole[:, : sound.shape[1]] = sound[:, : whole.shape[1]]
    encode_take(
        path,
        iter(frames),
        whole,
        rate_hz=RATE_HZ,
        frame_rate=rate,
        size=SIZE,
        quality="preview",
        tags={},
    )
    return replace(clip, path=path)


def _picture(change: Callable[[Frames, np.random.Generator], Frames]) -> Callable[..., Clip]:
    def broken(index: int, clips: list[Clip], folder: Path) -> Clip:
        clip = clips[index]
        frames = change(clip.frames.copy(), np.random.default_rng(index))
        return _written(clip, folder, frames, clip.sound)

    return broken


def _sound(change: Callable[[Sound, np.random.Generator], Sound]) -> Callable[..., Clip]:
    def broken(index: int, clips: list[Clip], folder: Path) -> Clip:
        clip = clips[index]
        sound = change(clip.sound.copy(), np.random.default_rng(index))
        return _written(clip, folder, clip.frames, sound)

    return broken


def _frozen(frames: Frames, chance: np.random.Generator) -> Frames:
    """Held from somewhere in the first half second to the end."""
    first = int(chance.integers(0, 13))
    frames[first:] = frames[first]
    return frames


def _black(frames: Frames, chance: np.random.Generator) -> Frames:
    """Two seconds of black."""
    first = int(chance.integers(0, len(frames) - 50))
    frames[first : first + 50] = 8
    return frames


def _flickering(frames: Frames, chance: np.random.Generator) -> Frames:
    """Brightness up and down by 5 to 12 % from frame to frame, for two seconds or more."""
    gain = np.ones(len(frames))
    first = int(chance.integers(0, len(frames) - 60))
    last = int(chance.integers(first + 50, len(frames)))
    gain[first:last] += float(chance.uniform(0.05, 0.12)) * (-1.0) ** np.arange(last - first)
    return np.clip(frames * gain[:, None, None, None], 0, 255).astype(np.uint8)


def _blurred(frames: Frames, chance: np.random.Generator) -> Frames:
    """As after enlarging a picture of a fourth to a seventh of the size."""
    share = int(chance.integers(4, 8))
    small = (SIZE[0] // share, SIZE[1] // share)
    pictures = (Image.fromarray(frame).resize(small, Image.Resampling.BOX) for frame in frames)
    return np.stack([np.asarray(picture.resize(SIZE)) for picture in pictures])


def _cut(index: int, clips: list[Clip], folder: Path) -> Clip:
    """The picture of another shot from somewhere in the middle on."""
    clip, other = clips[index], clips[(index + 1) % len(clips)].frames
    frames = clip.frames.copy()
    at = int(np.random.default_rng(index).integers(20, len(frames) - 20))
    frames[at:] = other[np.minimum(np.arange(at, len(frames)), len(other) - 1)]
    return _written(clip, folder, frames, clip.sound)


def _silent(sound: Sound, _chance: np.random.Generator) -> Sound:
    return sound * 0


def _clipping(sound: Sound, chance: np.random.Generator) -> Sound:
    return np.clip(sound * float(chance.uniform(6, 12)), -1, 1).astype(np.float32)


def _late(sound: Sound, _chance: np.random.Generator) -> Sound:
    return np.pad(sound, ((0, 0), (round(LATE_S * RATE_HZ), 0)))[:, : sound.shape[1]]


def _other_words(index: int, clips: list[Clip], _folder: Path) -> Clip:
    """The same take, asked for with another line."""
    clip = clips[index]
    line = clip.request.speeches[0].model_copy(update={"text": LINES[(index + 7) % len(LINES)]})
    return replace(clip, request=clip.request.model_copy(update={"speeches": (line,)}))


def _other_language(index: int, clips: list[Clip], folder: Path) -> Clip:
    """A German line by the same voice in the same window."""
    clip = clips[index]
    request = german(clip.request, index)
    return _written(clip, folder, clip.frames, mixed(request, perform(request)))


def _other_voice(index: int, clips: list[Clip], _folder: Path) -> Clip:
    """The same take, held against the voice of somebody else."""
    clip = clips[index]
    voices = [c for c in clips if _speaker(c) != _speaker(clip) and c.anchors.voices]
    return replace(clip, anchors=voices[index % len(voices)].anchors) if voices else clip


def _other_face(index: int, clips: list[Clip], _folder: Path) -> Clip:
    return clips[index]


WAYS = (
    Way(name="frozen", figures=("frozen", "frozen_speaker"), broken=_picture(_frozen)),
    Way(name="black", figures=("black",), broken=_picture(_black)),
    Way(name="flickering", figures=("flicker",), broken=_picture(_flickering)),
    Way(name="blurred", figures=("blur",), broken=_picture(_blurred)),
    Way(name="cut inside", figures=("cuts",), broken=_cut),
    Way(name="silent", figures=("speech_level", "speech_heard"), broken=_sound(_silent)),
    Way(name="clipped", figures=("clipped",), broken=_sound(_clipping)),
    Way(name="sound 200 ms late", figures=("lip_offset",), broken=_sound(_late)),
    Way(name="wrong words", figures=("words_wrong",), broken=_other_words),
    Way(name="wrong language", figures=("words_wrong", "other_language"), broken=_other_language),
    Way(name="other voice", figures=("other_voice",), broken=_other_voice),
    Way(name="other face", figures=("other_face",), broken=_other_face),
)


if __name__ == "__main__":
    main()
