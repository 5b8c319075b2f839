"""`make bench-gate`: how often each figure of the gate stops what it is there to stop, and how
often what is fine.

    python scripts/bench_gate.py --clips 30 --folder clips

Clean talking shots are made by the animatic engine at preview size; copies are each broken in one
way. A row says how many of the broken ones the figure keeps from passing under the default gate
(doubtful ones apart), and how many of the clean ones. Prints Markdown for docs/lab.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from bench_shots import LINES, german, requests
from numpy.typing import NDArray

from engine import open_engine
from flows.senses import open_senses
from flows.settings import Settings
from media.read import read_frames, read_sound
from media.takes import encode_take
from review import Anchor, Anchors, Measurement, Measurements, Senses, judge, load_policy, voice_of
from review.evidence import Unable, gather
from review.figures import FIGURES
from review.measure import READERS
from storyboard.request import Request

Frames = NDArray[np.uint8]
Sound = NDArray[np.float32]
RATE_HZ = 48_000
LATE_S = 0.2


@dataclass(frozen=True, slots=True)
class Clip:
    """A take, what was asked for, and what its speaker is known by."""

    path: Path
    request: Request
    anchors: Anchors = field(default_factory=Anchors)

    def frames(self) -> Frames:
        return np.stack(list(read_frames(self.path)))

    def sound(self) -> Sound:
        return read_sound(self.path).copy()


@dataclass(frozen=True, slots=True)
class Class:
    """One way to break a clip, and the figure that should see it."""

    name: str
    figure: str
    broken: Callable[[int, list[Clip], Path], Clip]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=30)
    parser.add_argument("--folder", type=Path, default=Path("out/bench-gate"))
    parser.add_argument("--only", default="", help="comma list of classes")
    arguments = parser.parse_args()
    senses = open_senses(Settings())
    clips = _known_voices(list(_clean(arguments.folder, arguments.clips)), senses)
    print("| Broken by | Figure | Stopped | Doubtful | Passed | Clean ones stopped | doubtful |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    wanted = set(arguments.only.split(",")) if arguments.only else None
    seen: dict[str, list[str]] = {}
    for each in CLASSES:
        if wanted is not None and each.name not in wanted:
            continue
        if each.figure not in seen:
            seen[each.figure] = [_standing(clip, each.figure, senses) for clip in clips]
        folder = arguments.folder / each.name.replace(" ", "-")
        found = [
            _standing(each.broken(index, clips, folder), each.figure, senses)
            for index in range(len(clips))
        ]
        print(_row(each, found, seen[each.figure]), flush=True)


def _row(each: Class, broken: list[str], clean: list[str]) -> str:
    if set(broken) == {"unable"}:
        return f"| {each.name} | `{each.figure}` | not measured: no model is here | | | | |"
    stopped, doubtful, passed = _counts(broken)
    clean_stopped, clean_doubtful, _ = _counts(clean)
    of = len(broken)
    return (
        f"| {each.name} | `{each.figure}` | {stopped}/{of} | {doubtful} | {passed} "
        f"| {clean_stopped}/{len(clean)} | {clean_doubtful} |"
    )


def _counts(standings: list[str]) -> tuple[int, int, int]:
    stopped = sum(each in ("retry", "reject") for each in standings)
    return stopped, standings.count("doubtful"), standings.count("pass")


def _standing(clip: Clip, figure: str, senses: Senses) -> str:
    """Where the default gate puts that figure of a clip: pass, doubtful, retry, reject."""
    evidence = gather(clip.path, clip.request, senses, clip.anchors, None)
    try:
        value, detail = READERS[figure](evidence)
    except Unable:
        return "unable"
    about = next(each for each in FIGURES if each.name == figure)
    measured = Measurement(
        name=figure, value=value, unit=about.unit, version=about.version, detail=detail
    )
    verdict = judge(
        Measurements((measured,)),
        load_policy("default"),
        clip.request,
        take="",
        at=datetime.now(UTC),
        engine="animatic",
    )
    shown = "absent" if value is None else f"{value:.3f}"
    print(f"{clip.path.parent.name} {figure} {shown} {detail}", file=sys.stderr, flush=True)
    return next(mark.standing for mark in verdict.marks if mark.name == figure)


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
    names = [clip.request.figures[0].name for clip in clips]
    known = []
    for index, clip in enumerate(clips):
        others = [i for i, name in enumerate(names) if name == names[index] and i != index]
        other = next((i for i in others if prints[i] is not None), None)
        print_ = None if other is None else prints[other]
        voices = {} if print_ is None else {0: Anchor(of=str(other), print=print_)}
        known.append(replace(clip, anchors=Anchors(voices=voices)))
    return known


# The ways to break


def _written(clip: Clip, path: Path, frames: Frames | None, sound: Sound | None) -> Clip:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures = clip.frames() if frames is None else frames
        encode_take(
            path,
            iter(pictures),
            clip.sound() if sound is None else sound,
            rate_hz=RATE_HZ,
            frame_rate=clip.request.frame_rate,
            size=(pictures.shape[2], pictures.shape[1]),
            quality="preview",
            tags={},
        )
    return replace(clip, path=path)


def _picture(
    change: Callable[[Frames, np.random.Generator], Frames],
    index: int,
    clips: list[Clip],
    folder: Path,
) -> Clip:
    clip, path = clips[index], folder / f"{index:02}" / "preview.mp4"
    chance = np.random.default_rng(index)
    frames = None if path.is_file() else change(clip.frames(), chance)
    return _written(clip, path, frames, None)


def _sound(
    change: Callable[[Sound, np.random.Generator], Sound],
    index: int,
    clips: list[Clip],
    folder: Path,
) -> Clip:
    clip, path = clips[index], folder / f"{index:02}" / "preview.mp4"
    chance = np.random.default_rng(index)
    sound = None if path.is_file() else change(clip.sound(), chance)
    return _written(clip, path, None, sound)


def _frozen(frames: Frames, chance: np.random.Generator) -> Frames:
    """Held from somewhere in the first half second to the end."""
    frames = frames.copy()
    first = int(chance.integers(0, 13))
    frames[first:] = frames[first]
    return frames


def _black(frames: Frames, chance: np.random.Generator) -> Frames:
    """Two seconds of black."""
    frames = frames.copy()
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
    """As after enlarging a picture of a fifth to an eighth of the size."""
    from PIL import Image

    share = int(chance.integers(5, 9))
    size = (frames.shape[2], frames.shape[1])
    small = (size[0] // share, size[1] // share)
    return np.stack(
        [
            np.asarray(Image.fromarray(f).resize(small, Image.Resampling.BOX).resize(size))
            for f in frames
        ]
    )


def _cut(index: int, clips: list[Clip], folder: Path) -> Clip:
    """The picture of another shot from somewhere in the middle on."""
    clip, path = clips[index], folder / f"{index:02}" / "preview.mp4"
    if path.is_file():
        return replace(clip, path=path)
    frames, other = clip.frames(), clips[(index + 1) % len(clips)].frames()
    at = int(np.random.default_rng(index).integers(20, len(frames) - 20))
    frames[at:] = other[np.minimum(np.arange(at, len(frames)), len(other) - 1)]
    return _written(clip, path, frames, None)


def _late(sound: Sound, _chance: np.random.Generator) -> Sound:
    late = round(LATE_S * RATE_HZ)
    return np.pad(sound, ((0, 0), (late, 0)))[:, : sound.shape[1]]


def _clipping(sound: Sound, chance: np.random.Generator) -> Sound:
    return np.clip(sound * float(chance.uniform(6, 12)), -1, 1).astype(np.float32)


def _other_words(index: int, clips: list[Clip], _folder: Path) -> Clip:
    """The same take, asked for with another line."""
    clip = clips[index]
    line = clip.request.speeches[0].model_copy(update={"text": LINES[(index + 7) % len(LINES)]})
    return replace(clip, request=clip.request.model_copy(update={"speeches": (line,)}))


def _other_language(index: int, clips: list[Clip], folder: Path) -> Clip:
    """The line spoken in German, by the same voice in the same window."""
    clip, path = clips[index], folder / f"{index:02}" / "preview.mp4"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        open_engine("animatic").preview(german(clip.request, index), path.parent, lambda _: None)
    return replace(clip, path=path)


def _other_voice(index: int, clips: list[Clip], _folder: Path) -> Clip:
    """The same take, held against the voice of somebody else, of the same sex where there is
    one."""
    clip = clips[index]
    name = clip.request.figures[0].name
    voices = [c for c in clips if c.request.figures[0].name != name and c.anchors.voices]
    if not voices:
        return clip
    return replace(clip, anchors=voices[index % len(voices)].anchors)


CLASSES = (
    Class("frozen", "frozen_speaker", partial(_picture, _frozen)),
    Class("black", "black", partial(_picture, _black)),
    Class("flickering", "flicker", partial(_picture, _flickering)),
    Class("blurred", "blur", partial(_picture, _blurred)),
    Class("cut inside", "cuts", _cut),
    Class("silent", "speech_level", partial(_sound, lambda sound, _: sound * 0)),
    Class("silent", "speech_heard", partial(_sound, lambda sound, _: sound * 0)),
    Class("clipped", "clipped", partial(_sound, _clipping)),
    Class("sound 200 ms late", "lip_offset", partial(_sound, _late)),
    Class("wrong words", "words_wrong", _other_words),
    Class("wrong language", "words_wrong", _other_language),
    Class("wrong language", "other_language", _other_language),
    Class("other voice", "other_voice", _other_voice),
    Class("other face", "other_face", lambda index, clips, _: clips[index]),
)


if __name__ == "__main__":
    main()
