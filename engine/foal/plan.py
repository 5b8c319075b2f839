"""The plan of a shot, which the small engine reads where the large one reads a prompt.

A plan is a set of tokens: what the request says, as the teacher's own planning understands it
(place, light, looks, where each figure stands and how it moves), and every sound of the speeches
with the moment it is planned for. Times and places of the tokens are rotary coordinates, so that
no alignment has to be learnt. Only espeak-ng's timing and pitch are used here, none of its samples
reach a take.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, log, log2, sin, tau
from typing import get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.animatic.acting import pose_at
from engine.animatic.body import HEAD
from engine.animatic.casting import Voice, voice_of
from engine.animatic.colour import Hour
from engine.animatic.draw import travel
from engine.animatic.espeak import Phoneme, Utterance
from engine.animatic.ink import Colour
from engine.animatic.lips import shape, sounds
from engine.animatic.looks import Age, Beard, Garment, Hair, Hat, Kind, Looks
from engine.animatic.places import COUNTRY, EXTERIORS, INTERIORS, ROOM
from engine.animatic.pronunciation import ESPEAK_VOICES
from engine.animatic.sound import things_heard
from engine.animatic.sources import SOURCES
from engine.animatic.stage import SIZES, Mark, Stage, stage_for
from engine.animatic.voice import Performance, perform
from engine.foal.clip import FRAME_RATE, PATCH_PX
from engine.foal.pitch import STEP_S, pitch_track
from engine.joint.tokens import Sounds, Things
from storyboard.board import Framing
from storyboard.request import Aspect, Request

FRAMES_PER_LATENT = 4
AUDIO_PER_LATENT = 8
"""Sound latents of 40 ms in one picture latent of 0.32 s."""
TICKS_PER_S = 25.0
"""Coordinates in time count ticks of 40 ms, the length of one sound latent."""
UNITS_PER_PATCH = 125.0
"""Units of a stage that a patch of a preview covers, in every aspect."""

PITCH_HZ = 150.0
"""Pitches are given in octaves from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Named numbers at a moment (ticks) and a place of the picture (patches from its middle)."""

    says: Mapping[str, float]
    time: float = 0.0
    row: float = 0.0
    column: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The tokens of one shot as arrays; the first of them is the summary of the whole."""

    features: NDArray[np.float32]
    """[tokens, `len(VOCABULARY)`]."""
    places: NDArray[np.float32]
    """[tokens, 3]: time in ticks, row and column in patches from the middle of the picture."""
    lasting: int
    """How many tokens, from the first, are about the whole shot; the others are of a moment."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rehearsal:
    """A request spoken and staged: what plans are read from, and the teacher draws from."""

    request: Request
    performance: Performance
    stage: Stage


def rehearse(request: Request) -> Rehearsal:
    """RequestRefused where a speech cannot be spoken in its window."""
    performance = perform(request)
    stage = stage_for(request, performance.mouths)
    return Rehearsal(request=request, performance=performance, stage=stage)


def latents_for(seconds: float) -> int:
    """Picture latents that cover a shot."""
    return -(-round(seconds * float(FRAME_RATE) * 2) // (2 * FRAMES_PER_LATENT))


def plan_of(rehearsal: Rehearsal) -> Plan:
    lasting = [_scene(rehearsal), *_figures(rehearsal), *_speeches(rehearsal)]
    passing = [*_camera(rehearsal), *_acting(rehearsal), *_phonemes(rehearsal)]
    tokens = [*lasting, *passing]
    features = np.zeros((len(tokens), len(VOCABULARY)), np.float32)
    index = _index()
    for row, token in zip(features, tokens, strict=True):
        for name, value in token.says.items():
            place = index.get(name)
            if place is not None:
                row[place] = value
    places = np.array([(t.time, t.row, t.column) for t in tokens], np.float32)
    return Plan(features=features, places=places, lasting=len(lasting))


# --- the tokens of the whole shot ---------------------------------------------------------------


def _scene(rehearsal: Rehearsal) -> Token:
    request, stage = rehearsal.request, rehearsal.stage
    view, camera = stage.view, stage.camera
    says = {
        "is:scene": 1.0,
        f"place:{stage.place.name}": 1.0,
        f"hour:{view.hour}": 1.0,
        "interior": float(request.interior),
        "rain": float(view.rain),
        "storm": float(view.storm),
        "snow": float(view.snow),
        f"framing:{stage.framing}": 1.0,
        f"aspect:{request.aspect}": 1.0,
        f"figures:{min(len(stage.marks), 3)}": 1.0,
        "light side": view.light.side,
        "drift": camera.drift / 30,
        "zoom": camera.zoom - 1.5,
        "seen x": camera.seen[0] / 60,
        "seen y": camera.seen[1] / 300,
        "eye x": camera.eye[0] / stage.size[0] - 0.5,
        "eye y": camera.eye[1] / stage.size[1] - 0.4,
        "blur": camera.blur / 9,
        f"language:{request.language}": 1.0,
    }
    if stage.framing == "insert":
        says[f"prop:{stage.prop}"] = 1.0
    heard = things_heard(request.sound, interior=request.interior, place=request.place)
    for thing in heard:
        says[f"sound:{thing.kind}"] = 1 + thing.gain_db / 20
    return Token(says=says)


def _figures(rehearsal: Rehearsal) -> Iterator[Token]:
    stage = rehearsal.stage
    for order, mark in enumerate(stage.marks):
        at = _head(stage, mark, 0.0)
        about = {
            f"order:{order}": 1.0,
            "x": at[1] / 4,
            "y": at[0] / 7,
            "scale": mark.scale - 1.5,
            "facing": mark.actor.facing,
        }
        looks = mark.actor.looks
        head = {"is:head": 1.0, **about, **_face(looks)}
        yield Token(says=head, row=at[0], column=at[1])
        body = {"is:body": 1.0, **about, **_clothes(looks), **_business(mark)}
        yield Token(says=body, row=at[0] + 3 * mark.scale, column=at[1])


def _face(looks: Looks) -> dict[str, float]:
    return {
        f"kind:{looks.kind}": 1.0,
        f"age:{looks.age}": 1.0,
        "woman": float(looks.woman),
        f"hair:{looks.hair}": 1.0,
        f"beard:{looks.beard}": 1.0,
        f"hat:{looks.hat}": 1.0,
        "glasses": float(looks.glasses),
        "earrings": float(looks.earrings),
        "freckles": float(looks.freckles),
        "face": looks.face,
        **_colour("skin", looks.skin),
        **_colour("hair", looks.hair_colour),
        **_colour("eyes", looks.eye_colour),
        **(_colour("hat", looks.hat_colour) if looks.hat != "none" else {}),
        **(_colour("fur", looks.cloth) if looks.kind != "person" else {}),
    }


def _clothes(looks: Looks) -> dict[str, float]:
    return {
        f"kind:{looks.kind}": 1.0,
        f"age:{looks.age}": 1.0,
        "woman": float(looks.woman),
        "face": looks.face,
        f"garment:{looks.garment}": 1.0,
        **_colour("skin", looks.skin),
        **_colour("hair", looks.hair_colour),
        f"hair:{looks.hair}": 1.0,
        **_colour("cloth", looks.cloth),
        **_colour("under", looks.under),
        **_colour("trousers", looks.trousers),
        **(_colour("scarf", looks.scarf) if looks.scarf is not None else {}),
    }


def _colour(name: str, colour: Colour) -> dict[str, float]:
    values = {f"{name} {c}": value / 128 - 1 for c, value in zip("rgb", colour[:3], strict=True)}
    return {f"has {name}": 1.0, **values}


_DOINGS = ("walks", "runs", "looks_up", "phone", "shakes", "waves", "turns", "enters")


def _business(mark: Mark) -> dict[str, float]:
    return {name: float(getattr(mark.actor.business, name)) for name in _DOINGS}


def _speeches(rehearsal: Rehearsal) -> Iterator[Token]:
    request = rehearsal.request
    for speech in request.speeches:
        voice = voice_of(request.figures[speech.speaker], speech.delivery)
        row, column = _speaker_at(rehearsal, speech.speaker)
        yield Token(says={"is:voice": 1.0, **_voice(rehearsal, speech.speaker, voice)},
                    time=_ticks((float(speech.start) + float(speech.end)) / 2),
                    row=row, column=column)  # fmt: skip


def _voice(rehearsal: Rehearsal, speaker: int, voice: Voice) -> dict[str, float]:
    request = rehearsal.request
    return {
        f"voice:{voice.variant}": 1.0,
        f"manner:{voice.manner}": 1.0,
        f"medium:{voice.medium}": 1.0,
        "pitch": voice.pitch / 50 - 1,
        "pitch range": voice.pitch_range / 50 - 1,
        "seen": float(request.figures[speaker].in_picture),
        f"language:{request.language}": 1.0,
    }


# --- the tokens of moments ----------------------------------------------------------------------

_PERIODS_S = (8.0, 4.0, 2.0, 1.0)


def _moments(rehearsal: Rehearsal) -> Iterator[tuple[float, list[float]]]:
    """The middle of each latent in ticks, and the moments of its frames in seconds."""
    rate = float(FRAME_RATE)
    for latent in range(latents_for(float(rehearsal.request.seconds))):
        first = latent * FRAMES_PER_LATENT
        times = [(first + i) / rate for i in range(FRAMES_PER_LATENT)]
        yield _ticks(sum(times) / len(times)), times


def _camera(rehearsal: Rehearsal) -> Iterator[Token]:
    stage = rehearsal.stage
    for tick, times in _moments(rehearsal):
        says: dict[str, float] = {"is:camera": 1.0, f"place:{stage.place.name}": 1.0}
        for i, t in enumerate(times):
            share = t / stage.seconds
            says[f"{i} offset"] = stage.camera.drift * (share - 0.5) / 10
            says[f"{i} push"] = stage.camera.push * share * 25
        for period in _PERIODS_S:
            says[f"sin {period:g}"] = sin(tau * times[0] / period)
            says[f"cos {period:g}"] = cos(tau * times[0] / period)
        yield Token(says=says, time=tick)


_BODY = ("shut", "squint", "wide_eyes", "brow_lift", "brow_tilt", "smile", "turn", "nod", "tilt",
         "breath", "lean")  # fmt: skip
_MOUTH = ("open", "wide", "round", "teeth", "tongue")


def _acting(rehearsal: Rehearsal) -> Iterator[Token]:
    """How each figure is posed in the frames of each latent."""
    stage = rehearsal.stage
    for order, mark in enumerate(stage.marks):
        for tick, times in _moments(rehearsal):
            says: dict[str, float] = {"is:acting": 1.0, f"order:{order}": 1.0}
            says["scale"] = mark.scale - 1.5
            for i, t in enumerate(times):
                says.update({f"{i} {name}": value for name, value in _posed(stage, mark, t)})
            row, column = _head(stage, mark, times[0])
            yield Token(says=says, time=tick, row=row, column=column)


def _posed(stage: Stage, mark: Mark, t: float) -> Iterator[tuple[str, float]]:
    pose = pose_at(mark.actor, t)
    for name in _BODY:
        yield name, getattr(pose, name) * (8.0 if name in ("tilt", "lean") else 1.0)
    for name in _MOUTH:
        yield name, getattr(pose.mouth, name)
    yield "gaze x", pose.gaze[0]
    yield "gaze y", pose.gaze[1]
    for side, hand in zip(("left", "right"), pose.hands, strict=True):
        if hand is not None:
            yield f"{side} hand", 1.0
            yield f"{side} hand x", hand[0] / 150
            yield f"{side} hand y", hand[1] / 150 - 1
    if pose.stride is not None:
        yield "stride", 1.0
        yield "stride sin", sin(tau * pose.stride)
        yield "stride cos", cos(tau * pose.stride)
    row, column = _head(stage, mark, t)
    yield "head row", row - round(row)
    yield "head column", column - round(column)


def _phonemes(rehearsal: Rehearsal) -> Iterator[Token]:
    request, performance = rehearsal.request, rehearsal.performance
    for speech, utterance in zip(request.speeches, performance.said, strict=True):
        voice = _voice(rehearsal, speech.speaker, voice_of(
            request.figures[speech.speaker], speech.delivery))  # fmt: skip
        row, column = _speaker_at(rehearsal, speech.speaker)
        pitch = pitch_track(utterance.samples, utterance.rate_hz)
        for phoneme in utterance.phonemes:
            middle = (phoneme.start_s + phoneme.end_s) / 2
            says = {"is:phoneme": 1.0, **voice, **_sound(phoneme, pitch)}
            time = _ticks(float(speech.start) + middle)
            yield Token(says=says, time=time, row=row, column=column)


USUAL_S = 0.08
"""The length of a sound of speech that others are measured by."""


def _sound(phoneme: Phoneme, pitch: NDArray[np.float32]) -> dict[str, float]:
    length = phoneme.end_s - phoneme.start_s
    says = {"length": log(max(length, 0.005) / USUAL_S), "pause": float(not phoneme.name)}
    name = unicodedata.normalize("NFD", phoneme.name)
    letters = [c for c in name if unicodedata.category(c) in _SPOKEN]
    for place, letter in enumerate(letters[:3]):
        says[f"letter {place}:{letter}"] = 1.0
    for mark in name:
        if unicodedata.category(mark) not in _SPOKEN:
            says[f"mark:{mark}"] = 1.0
    if seen := sounds(phoneme.name):
        mouth = shape(seen[0])
        says.update({f"mouth {part}": getattr(mouth, part) for part in _MOUTH})
    for point, share in enumerate((0.15, 0.5, 0.85)):
        at = int((phoneme.start_s + share * length) / STEP_S)
        hz = float(pitch[at]) if 0 <= at < len(pitch) else 0.0
        if hz > 0:
            says[f"voiced {point}"] = 1.0
            says[f"f0 {point}"] = log2(hz / PITCH_HZ)
    return says


def voiced_track(rehearsal: Rehearsal) -> NDArray[np.float32]:
    """The pitch of whoever speaks, in hertz for every `STEP_S` of the shot; 0 where unvoiced."""
    track = np.zeros(round(float(rehearsal.request.seconds) / STEP_S), np.float32)
    for speech, utterance in zip(
        rehearsal.request.speeches, rehearsal.performance.said, strict=True
    ):
        _lay(track, utterance, float(speech.start))
    return track


def _lay(track: NDArray[np.float32], utterance: Utterance, start_s: float) -> None:
    pitch = pitch_track(utterance.samples, utterance.rate_hz)
    first = round(start_s / STEP_S)
    count = min(len(pitch), len(track) - first)
    track[first : first + count] = pitch[:count]


# --- where things are ---------------------------------------------------------------------------


def _ticks(seconds: float) -> float:
    return seconds * TICKS_PER_S


def head_px(
    stage: Stage, mark: Mark, t: float, size: tuple[int, int]
) -> tuple[float, float, float]:
    """Middle of a head at `t` in a picture of that size: x and y, and pixels per figure unit."""
    share = t / stage.seconds
    slide = stage.camera.drift * (share - 0.5) * (1.0 if stage.framing == "wide" else 1.35)
    x = mark.x + slide + travel(mark, stage, t)
    y = mark.y + HEAD * mark.scale
    push = 1 + stage.camera.push * share
    x, y = (eye * (1 - push) + push * c for eye, c in zip(stage.camera.eye, (x, y), strict=True))
    scale = max(size[0] / stage.size[0], size[1] / stage.size[1])
    return (
        (x - stage.size[0] / 2) * scale + size[0] / 2,
        (y - stage.size[1] / 2) * scale + size[1] / 2,
        scale * push * mark.scale,
    )


def _head(stage: Stage, mark: Mark, t: float) -> tuple[float, float]:
    """Row and column of a head's middle, in patches from the middle of the preview."""
    size = _PREVIEWS[_shape(stage)]
    x, y, _ = head_px(stage, mark, t, size)
    return y / PATCH_PX - size[1] / PATCH_PX / 2, x / PATCH_PX - size[0] / PATCH_PX / 2


_PREVIEWS = {"tall": (256, 448), "broad": (448, 256), "square": (256, 256)}


def _shape(stage: Stage) -> str:
    width, height = stage.size
    return "tall" if height > width else "broad" if width > height else "square"


def _speaker_at(rehearsal: Rehearsal, speaker: int) -> tuple[float, float]:
    """Where a speaker's head is; the middle of the picture for a voice that is only heard."""
    for mark in rehearsal.stage.marks:
        cues = rehearsal.performance.mouths.get(speaker)
        if cues and mark.actor.cues == tuple(cues):
            return _head(rehearsal.stage, mark, 0.0)
    return 0.0, 0.0


def things_of(features: Tensor, places: Tensor, middles: Tensor) -> Things:
    """The place, and each figure or what an insert shows, in the latents whose middles are at those
    ticks.

    `features` and `places` are those of a plan. All stand in the coordinates they are drawn in: a
    figure's own, from its head, and those of the place's painting, whatever part of it is seen.
    """
    camera, _ = _nearest(features, places, _said(features, "is:camera"), middles)
    scene = features[0]
    says, stands = [scene + camera], [_painted(scene, camera)]
    prop = torch.zeros_like(scene)
    prop[_props()] = scene[_props()]
    if prop.any():
        # What an insert shows stands in the middle, before the place and apart from it.
        says.append(prop.expand(len(middles), -1))
        stands.append(torch.tensor([0.0, 0.0, 1.0]).expand(len(middles), -1))
    lasting = _said(features, "is:head") + _said(features, "is:body")
    for own, acting, head in _figures_at(features, places, middles):
        says.append(acting + features[(own * lasting) > 0].sum(dim=0))
        stands.append(head)
    return Things(torch.stack(says, dim=1), torch.stack(stands, dim=1))


def heads_at(features: Tensor, places: Tensor, middles: Tensor) -> list[Tensor]:
    """Of each figure in a plan of those `features` and `places`, `[middles, 3]`: row and column of
    its head, in patches from the middle of the picture, and its scale, in the latents whose middles
    are at those ticks."""
    return [head for _, _, head in _figures_at(features, places, middles)]


def _figures_at(
    features: Tensor, places: Tensor, middles: Tensor
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Of each figure which tokens are its own, how it is posed, and where its head is."""
    for order in range(4):
        own = _said(features, f"order:{order}")
        posed = own * _said(features, "is:acting")
        if posed.any():
            acting, at = _nearest(features, places, posed, middles)
            scale = acting[:, _index()["scale"]] + 1.5
            yield own, acting, torch.stack([at[:, 1], at[:, 2], scale], dim=1)


def sounds_of(features: Tensor, places: Tensor) -> Sounds:
    """The sounds of speech in a plan of those `features` and `places`."""
    spoken = _said(features, "is:phoneme") > 0
    says = features[spoken]
    lengths = TICKS_PER_S * USUAL_S * says[:, _index()["length"]].exp()
    return Sounds(says, torch.stack([places[spoken, 0], lengths], dim=1))


@cache
def _props() -> list[int]:
    return [_index()[f"prop:{name}"] for name in _PROP_NAMES]


def _said(features: Tensor, name: str) -> Tensor:
    return (features[:, _index()[name]] > 0).float()


def _nearest(
    features: Tensor, places: Tensor, among: Tensor, middles: Tensor
) -> tuple[Tensor, Tensor]:
    """Of each moment, features and place of the token nearest to it among some."""
    some = among > 0
    nearest = (places[some, 0] - middles[:, None]).abs().argmin(dim=1)
    return features[some][nearest], places[some][nearest]


def _painted(scene: Tensor, camera: Tensor) -> Tensor:
    """Where the origin of the place's painting lies, and how large a patch of it is, `[n, 3]`."""
    index = _index()
    shape = next(s for a, s in SIZES.items() if scene[index[f"aspect:{a}"]] > 0)
    zoom = scene[index["zoom"]] + 1.5
    offsets = [index[f"{i} offset"] for i in range(FRAMES_PER_LATENT)]
    drifted = camera[:, offsets].mean(dim=1) * 10
    column = scene[index["eye x"]] * shape[0] + drifted - zoom * scene[index["seen x"]] * 60
    row = (scene[index["eye y"]] - 0.1) * shape[1] - zoom * scene[index["seen y"]] * 300
    return torch.stack(
        [(row / UNITS_PER_PATCH).expand(len(column)), column / UNITS_PER_PATCH,
         zoom.expand(len(column))], dim=1,
    )  # fmt: skip


# --- the vocabulary -----------------------------------------------------------------------------

_LETTERS = sorted(
    set(
        "abcdefghijklmnopqrstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɝɞɟɡɣɤɥɦɨɪɫɬɭɯɰɱɲɳɴɵɶɸɹɻɽɾʀʁʂʃʈʉʊʋʌʎʏʐʑʒʔθβχ"
    )
)
_SPOKEN = ("Ll", "Lo", "Lu")
_MARKS = "ˈˌːʰᵝ̞̈'̩̪̯̃̊̚-^ʲ`\"!?.;|*1234567890"


def _names() -> Iterator[str]:
    yield from (f"is:{kind}" for kind in
                ("scene", "head", "body", "voice", "camera", "acting", "phoneme"))  # fmt: skip
    places = [place.name for _, place in (*INTERIORS, *EXTERIORS)] + [ROOM.name, COUNTRY.name]
    yield from dict.fromkeys(f"place:{name}" for name in places)
    yield from _choices("hour", Hour)
    yield from _choices("framing", Framing)
    yield from _choices("aspect", Aspect)
    yield from (f"figures:{n}" for n in range(4))
    yield from ("interior", "rain", "storm", "snow", "light side", "drift", "zoom", "seen x",
                "seen y", "eye x", "eye y", "blur")  # fmt: skip
    yield from (f"language:{tag}" for tag in (*ESPEAK_VOICES, None))
    yield from (f"prop:{name}" for name in _PROP_NAMES)
    yield from (f"sound:{kind}" for kind in SOURCES)
    yield from (f"order:{n}" for n in range(4))
    yield from ("x", "y", "scale", "facing", "woman", "glasses", "earrings", "freckles", "face")
    for name, kind in (("kind", Kind), ("age", Age), ("hair", Hair), ("beard", Beard),
                       ("garment", Garment), ("hat", Hat)):  # fmt: skip
        yield from _choices(name, kind)
    for part in ("skin", "hair", "eyes", "hat", "fur", "cloth", "under", "trousers", "scarf"):
        yield from (f"has {part}", f"{part} r", f"{part} g", f"{part} b")
    yield from _DOINGS
    yield from (f"voice:{name}" for name in _VARIANT_NAMES)
    yield from ("manner:plain", "manner:whisper", "manner:shout", "medium:air", "medium:radio",
                "pitch", "pitch range", "seen")  # fmt: skip
    for period in _PERIODS_S:
        yield from (f"sin {period:g}", f"cos {period:g}")
    for i in range(FRAMES_PER_LATENT):
        yield from (f"{i} {name}" for name in ("offset", "push", *_BODY, *_MOUTH, *_POSED_MORE))
    yield from ("length", "pause")
    for place in range(3):
        yield from (f"letter {place}:{letter}" for letter in _LETTERS)
    yield from (f"mark:{mark}" for mark in _MARKS)
    yield from (f"mouth {part}" for part in _MOUTH)
    for point in range(3):
        yield from (f"voiced {point}", f"f0 {point}")


_POSED_MORE = (
    "gaze x", "gaze y", "left hand", "left hand x", "left hand y", "right hand", "right hand x",
    "right hand y", "stride", "stride sin", "stride cos", "head row", "head column",
)  # fmt: skip
_PROP_NAMES = ("radio", "laptop", "phone", "letter", "clock", "lamp", "cup", "photo", "key", "book",
               "bottle", "shoe", "bowl", "box")  # fmt: skip
_VARIANT_NAMES = ("m1", "m2", "m3", "m8", "Alex", "Diogo", "f2", "f3", "f4", "f5", "steph",
                  "klatt2", "klatt4", "whisper", "whisperf")  # fmt: skip


def _choices(name: str, of: object) -> Sequence[str]:
    return [f"{name}:{value}" for value in get_args(of)]


VOCABULARY = tuple(dict.fromkeys(_names()))
"""Every name a token can say, in the order of its features; weights depend on it."""


@cache
def _index() -> Mapping[str, int]:
    return {name: place for place, name in enumerate(VOCABULARY)}
