"""The plan of a shot's picture: who stands where in which light, before anything is drawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from engine.animatic.acting import CALM, Actor, Speaking, mood_of, plan
from engine.animatic.body import FEET, HEAD
from engine.animatic.colour import Hour, Light, hour_of
from engine.animatic.figure import stature
from engine.animatic.looks import cast_of
from engine.animatic.mouth import MouthCue
from engine.animatic.places import Place, place_of
from engine.animatic.places.view import View
from storyboard.board import Framing
from storyboard.request import Aspect, Request

SIZES: dict[Aspect, tuple[float, float]] = {
    "9:16": (1000, 16000 / 9),
    "16:9": (16000 / 9, 1000),
    "1:1": (1000, 1000),
}
"""Of the frame in units; a size in pixels is this drawing scaled and cropped about its middle."""

MARGIN = 90.0
"""How far a place is painted beyond the frame, so that the camera can drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where an actor stands: the base of the neck, in units of the frame."""

    actor: Actor
    x: float
    y: float
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A slow move over the whole shot."""

    drift: float
    """Units the place slides by, from start to end."""
    push: float
    """Share the figures grow by."""
    zoom: float
    """Of the place, about `eye`."""
    eye: tuple[float, float]
    """The point of the frame the zoom is about, and ..."""
    seen: tuple[float, float]
    """... the point of the place, in its own coordinates, that is seen there."""
    blur: float
    """Radius in units the place is softened by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A shot's picture, planned; drawn by `engine.animatic.draw.frames`."""

    size: tuple[float, float]
    seconds: float
    framing: Framing
    place: Place
    view: View
    camera: Camera
    marks: tuple[Mark, ...]
    prop: str
    """What an insert shows."""


def stage_for(request: Request, mouths: Mapping[int, Sequence[MouthCue]]) -> Stage:
    """The plan of the request; `mouths` holds the cues of figures by their index.

    Takes of one request differ by the seed in pose, side and timing, never in who and where.
    """
    chance = Random(f"stage:{request.seed}")  # noqa: S311 (drawing, not secrets)
    size = SIZES[request.aspect]
    side = chance.choice((-1.0, 1.0))
    view = _view(request, size)
    shown = _shown(request)
    framing = request.framing
    place = place_of(request.place, request.interior)
    if framing == "wide" and shown and place.seated:
        framing = "medium"
    if framing == "two-shot" and len(shown) == 1:
        framing = "medium"
    marks = _marks(request, mouths, shown, framing, size, side, chance)
    return Stage(
        size=size,
        seconds=float(request.seconds),
        framing=framing,
        place=place,
        view=view,
        camera=_camera(framing, size, marks, side, chance),
        marks=marks,
        prop=prop_of(request),
    )


def _shown(request: Request) -> tuple[int, ...]:
    """Indexes of the figures in the picture; a close-up keeps to those who speak."""
    if request.framing == "insert":
        return ()
    present = [i for i, figure in enumerate(request.figures) if figure.in_picture]
    speaking = [i for i in present if any(each.speaker == i for each in request.speeches)]
    if request.framing == "close":
        return tuple((speaking or present)[:2])
    return tuple(present[:4])


_PROPS: tuple[tuple[str, str], ...] = (
    (r"\bradio\b|walkie|transmitter|收音机|ラジオ", "radio"),
    (r"phone|screen|text message|手机|スマホ|handy|téléphone", "phone"),
    (r"letter|envelope|note\b|paper|contract|信|手紙|brief|lettre", "letter"),
    (r"clock|watch\b|midnight|时钟|時計|uhr|horloge", "clock"),
    (r"lamp|lantern|light\b|candle|灯|ランプ|lampe", "lamp"),
    (r"cup|coffee|tea\b|mug|茶|咖啡|コーヒー|tasse", "cup"),
    (r"photo|picture|portrait|frame|照片|写真|foto", "photo"),
    (r"\bkeys?\b|钥匙|鍵|schlüssel|clé", "key"),
    (r"computer|laptop|monitor|电脑", "laptop"),
    (r"book|diary|书|本\b|buch|livre", "book"),
)


def prop_of(request: Request) -> str:
    """The thing an insert is of, by the words of its action; "cup" when they name none."""
    words = request.action.lower()
    return next((name for pattern, name in _PROPS if re.search(pattern, words)), "cup")


def _view(request: Request, size: tuple[float, float]) -> View:
    ground, unit = ground_of(size), unit_of(size)
    words = f"{request.place} {request.time_of_day} {request.action} {request.sound}".lower()
    hour = hour_of(request.time_of_day) if request.time_of_day else hour_of(request.place)
    storm = re.search(r"storm|thunder|tempest|暴风|嵐|sturm|tempête", words) is not None
    rain = storm or re.search(r"\brain\b|rains|raining|drizzle|雨|regen|pluie", words) is not None
    snow = re.search(r"\bsnow|blizzard|雪|schnee|neige", words) is not None
    digest = hashlib.sha256(request.place.strip().lower().encode()).digest()
    return View(
        left=(-size[0] / 2 - MARGIN) / unit,
        right=(size[0] / 2 + MARGIN) / unit,
        top=(-ground - MARGIN) / unit,
        bottom=(size[1] - ground + MARGIN) / unit,
        hour=hour,
        light=_light(hour, request, 1.0 if digest[0] % 2 else -1.0, storm),
        rain=rain,
        storm=storm,
        snow=snow,
        words=words,
        seed=request.place.strip().lower(),
    )


_LAMPLIT: dict[Hour, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 1.0),
    "dawn": (1.0, 0.94, 0.9),
    "dusk": (1.0, 0.9, 0.84),
    "night": (0.95, 0.86, 0.8),
}
_OUTDOORS: dict[Hour, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 1.0),
    "dawn": (1.0, 0.91, 0.86),
    "dusk": (0.95, 0.8, 0.82),
    "night": (0.8, 0.8, 0.91),
}


def _light(hour: Hour, request: Request, side: float, storm: bool) -> Light:
    tint = (_LAMPLIT if request.interior else _OUTDOORS)[hour]
    if storm and not request.interior and hour != "night":
        tint = (tint[0] * 0.86, tint[1] * 0.9, tint[2] * 0.95)
    return Light(hour=hour, tint=tint, side=side)


def ground_of(size: tuple[float, float]) -> float:
    """Where the ground begins in a wide frame, from the top."""
    return size[1] * (0.70 if size[1] > size[0] else 0.75)


_LAYOUT: dict[tuple[str, str], tuple[float, float]] = {
    ("tall", "wide"): (0.98, 0.372),
    ("tall", "medium"): (1.72, 0.385),
    ("tall", "two-shot"): (1.5, 0.40),
    ("tall", "close"): (2.42, 0.41),
    ("square", "wide"): (0.74, 0.30),
    ("square", "medium"): (1.2, 0.40),
    ("square", "two-shot"): (1.12, 0.42),
    ("square", "close"): (1.78, 0.45),
    ("broad", "wide"): (0.8, 0.275),
    ("broad", "medium"): (1.22, 0.40),
    ("broad", "two-shot"): (1.3, 0.42),
    ("broad", "close"): (1.78, 0.45),
}
"""Scale of a figure, and height of the middle of its head as a share of the frame's."""


def _shape(size: tuple[float, float]) -> str:
    return "tall" if size[1] > size[0] else "broad" if size[0] > size[1] else "square"


def unit_of(size: tuple[float, float]) -> float:
    """Size of a place's unit in a wide frame: furniture keeps its size beside a figure's."""
    return _LAYOUT[_shape(size), "wide"][0] / 0.98


def _spread(count: int, framing: Framing, shape: str, side: float) -> tuple[float, ...]:
    """Where figures stand, as shares of the frame's width."""
    if count == 1:
        off = {"tall": 0.02, "square": 0.04, "broad": 0.09}[shape]
        off = 0.14 if framing == "wide" else off
        return (0.5 + side * off,)
    inner = {"tall": 0.235, "square": 0.225, "broad": 0.16}[shape]
    if framing == "wide":
        inner = {"tall": 0.2, "square": 0.2, "broad": 0.13}[shape]
    if count == 2:
        return (0.5 - inner, 0.5 + inner)
    reach = 0.36 if shape != "broad" else 0.28
    return tuple(0.5 - reach + 2 * reach * i / (count - 1) for i in range(count))


def _marks(
    request: Request,
    mouths: Mapping[int, Sequence[MouthCue]],
    shown: Sequence[int],
    framing: Framing,
    size: tuple[float, float],
    side: float,
    chance: Random,
) -> tuple[Mark, ...]:
    if not shown:
        return ()
    shape = _shape(size)
    layout = "two-shot" if len(shown) > 1 and framing != "wide" else framing
    scale, head = _LAYOUT[shape, layout]
    if len(shown) > 2:
        scale *= (0.86 if framing == "wide" else 0.7) if shape == "tall" else 0.94
    places = _spread(len(shown), framing, shape, side)
    marks = []
    doing = _doing(request, shown)
    cast = cast_of(request.figures)
    for order, (index, share) in enumerate(zip(shown, places, strict=True)):
        looks = cast[index]
        facing = _facing(order, len(shown), side, framing)
        beside = len(shown) > 1 or framing == "wide"
        own = scale * (stature(looks) if beside else 1.0)
        y = size[1] * head - HEAD * scale
        if framing == "wide":
            y = (
                size[1] * head
                - HEAD * _LAYOUT[shape, "wide"][0]
                + FEET * (_LAYOUT[shape, "wide"][0] - own)
            )
        elif own < scale:
            y += 90 * scale
        actor = plan(
            looks,
            cues=mouths.get(index, ()),
            heard=_heard(request, index, shown, facing),
            action=request.action if index in doing else "",
            facing=facing,
            seconds=float(request.seconds),
            chance=Random(f"actor:{request.seed}:{index}"),  # noqa: S311 (drawing, not secrets)
        )
        x = size[0] * share + chance.uniform(-14, 14)
        marks.append(Mark(actor=actor, x=x, y=y, scale=own))
    return tuple(marks)


def _doing(request: Request, shown: Sequence[int]) -> tuple[int, ...]:
    """Whose business the action is: those it names, else the first in the picture."""
    words = request.action.lower()
    named = tuple(i for i in shown if request.figures[i].name.strip().lower() in words)
    return named or tuple(shown[:1])


def _facing(order: int, count: int, side: float, framing: Framing) -> float:
    """Alone, a figure looks past the camera into the emptier half; else at the others."""
    if count == 1:
        return -side * (0.34 if framing == "close" else 0.42)
    middle = (count - 1) / 2
    return 0.78 if order < middle else -0.78 if order > middle else 0.1


def _heard(
    request: Request, index: int, shown: Sequence[int], facing: float
) -> tuple[Speaking, ...]:
    return tuple(
        Speaking(
            start_s=float(each.start),
            end_s=float(each.end),
            mood=mood_of(each.delivery) or CALM,
            by_me=each.speaker == index,
            toward=facing if each.speaker in shown else -facing * 1.3,
        )
        for each in request.speeches
    )


def _camera(
    framing: Framing, size: tuple[float, float], marks: Sequence[Mark], side: float, chance: Random
) -> Camera:
    shape = _shape(size)
    wide_scale, wide_head = _LAYOUT[shape, "wide"]
    drift = -side * chance.uniform(16, 26)
    ground = ground_of(size)
    if not marks:
        near = framing in ("insert", "close")
        eye = (size[0] / 2, size[1] * 0.42)
        return Camera(
            drift=drift * 1.4,
            push=0.03 if framing == "insert" else 0.0,
            zoom=(1.45 if near else 1.0) * unit_of(size),
            eye=eye,
            seen=(0.0, (eye[1] - ground) / unit_of(size)),
            blur=7.0 if near else 0.0,
        )
    scale = max(mark.scale for mark in marks)
    eye = (size[0] / 2, min(mark.y + HEAD * mark.scale for mark in marks))
    zoom = max(1.0, (scale / wide_scale) ** 0.5) if framing != "wide" else 1.0
    seen_y = (size[1] * wide_head - ground) / unit_of(size)
    return Camera(
        drift=drift,
        push=0.0 if framing == "wide" else chance.uniform(0.025, 0.04),
        zoom=zoom * unit_of(size),
        eye=eye if framing != "wide" else (size[0] / 2, size[1] * wide_head),
        seen=(side * 60.0 if framing != "wide" else 0.0, seen_y),
        blur={"close": 9.0, "medium": 4.0, "two-shot": 4.0}.get(framing, 0.0),
    )
