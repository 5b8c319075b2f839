"""A small production to make pages of: two languages, two aspects, a real playable film."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from media.takes import encode_take
from review.figures import FIGURES
from review.judge import judge
from review.page import PageCut, PageFile, PageLine, PageScene, PageShot, ProductionPage
from review.policy import load_policy
from review.verdict import Measurement, Measurements, Verdict
from storyboard.request import Aspect, Figure, Request, Speech
from storyboard.timeline import Caption

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

FINE: dict[str, float | None] = {
    "readable": 1.0,
    "container": 1.0,
    "size_error": 0.0,
    "frame_rate_error": 0.0,
    "sample_rate_error": 0.0,
    "length_error": 0.0,
    "length_difference": 0.0,
    "start_difference": 0.0,
    "black": 0.0,
    "frozen": 0.4,
    "frozen_speaker": 0.12,
    "flicker": 0.2,
    "blur": 0.3,
    "cuts": 0.0,
    "first_frame_error": None,
    "speech_level": -20.0,
    "silence": 0.2,
    "clipped": 0.0,
    "loudness": -23.0,
    "true_peak": -6.0,
    "dc": 0.0,
    "speech_heard": 0.8,
    "stray_speech": 0.0,
    "head_silence": 1.0,
    "tail_silence": 1.0,
    "words_wrong": 0.0,
    "other_language": 0.02,
    "lip_offset": 0.01,
    "lip_confidence": 0.25,
    "faces_error": 0.0,
    "other_face": 0.2,
    "other_voice": 0.2,
}


def a_request(**changes: object) -> Request:
    """Five seconds, one speaker in the picture from 1 s to 4 s."""
    plain: dict[str, object] = {
        "prompt": "",
        "language": "en",
        "figures": (Figure(name="MARA"),),
        "speeches": (Speech(speaker=0, text="Keep it burning.", start=1, end=4),),
        "seconds": 5,
        "frame_rate": 25,
        "aspect": "9:16",
        "preview_size": (144, 256),
        "render_size": (1080, 1920),
        "seed": 1,
    }
    return Request.model_validate(plain | changes)


def figures(**changes: float | None) -> Measurements:
    """The figures of a take that is fine, but for the changes."""
    values = FINE | changes
    return Measurements(
        tuple(
            Measurement(name=f.name, value=values[f.name], unit=f.unit, version=f.version)
            for f in FIGURES
        )
    )


a_policy = cache(load_policy)
"""Policies never change, and a file takes 20 ms to read."""


def a_verdict(**changes: float | None) -> Verdict:
    return judge(figures(**changes), a_policy("default"), a_request(), take="a" * 64, at=NOON)


SCRIPT = (
    (
        "INT. LIGHTHOUSE LAMP ROOM - NIGHT",
        (
            ("1-1", "wide", "A storm beats at the glass. The great lamp turns.", 5.0, ()),
            ("1-2", "two-shot", "", 6.2, (("TOM", 0), ("MARA", 1))),
            ("1-3", "insert", "The old radio on the desk crackles and glows.", 5.0, ()),
            ("1-4", "close", "", 5.0, (("CAPTAIN", 2),)),
        ),
    ),
    (
        "EXT. CLIFF BY THE LIGHTHOUSE - NIGHT",
        (
            ("2-1", "wide", "The beam sweeps across a black and empty sea.", 5.0, ()),
            ("2-2", "close", "TOM runs to the edge of the cliff.", 5.4, (("TOM", 3),)),
        ),
    ),
)
WORDS = {
    "en": (
        "At midnight I switch this light off. For good.",
        "Then you have an hour to change your mind.",
        "Light ahead, this is the Seahorse. Please keep burning.",
        "There is no ship. There is nothing.",
    ),
    "ja-JP": (
        "真夜中に、この灯を消します。永久に。",
        "なら、考え直す時間は、あと一時間あるね。",
        "前方の灯台へ、こちら海馬号。どうか、消さないでくれ。",
        "船なんかない。何もない。",
    ),
}
SIZES: dict[Aspect, tuple[int, int]] = {"9:16": (144, 256), "16:9": (256, 144)}


def make_production(folder: Path) -> ProductionPage:
    """The page of a production whose films and posters lie in `folder`."""
    cuts = tuple(
        _cut(folder, language, name, aspect)
        for language, name in (("en", "English"), ("ja-JP", "日本語"))
        for aspect in SIZES
    )
    return ProductionPage(
        title="Still in Use",
        logline="On its last night, a lighthouse is asked to keep burning by a ship long lost.",
        credits={"Written by": "The Hoofbeat founders"},
        version="3f9a1c07",
        engine="animatic 0.1",
        notice="Drawn and spoken by the animatic engine: a moving sketch, no filmed people.",
        engine_seconds=84,
        made=NOON,
        cuts=cuts,
    )


def _cut(folder: Path, language: str, name: str, aspect: Aspect) -> PageCut:
    shape = aspect.replace(":", "x")
    film = f"{language}/{shape}/still-in-use.{language}.{shape}.mp4"
    (folder / film).parent.mkdir(parents=True, exist_ok=True)
    scenes, clock = [], 0.0
    for heading, rows in SCRIPT:
        shots = []
        for shot in rows:
            shots.append(_shot(folder, shot, clock, language, aspect))
            clock += shot[3]
        scenes.append(PageScene(heading=heading, shots=tuple(shots)))
    _film(folder, film, clock, aspect)
    return PageCut(
        language=language,
        language_name=name,
        aspect=aspect,
        size=SIZES[aspect],
        seconds=clock,
        video=film,
        poster=scenes[0].shots[0].poster,
        captions=tuple(
            Caption(
                start=Fraction(str(round(line.start, 3))),
                end=Fraction(str(round(line.end, 3))),
                text=line.text,
            )
            for scene in scenes
            for shot in scene.shots
            for line in shot.lines
        ),
        files=(
            PageFile(label="Film", href=film, size=(folder / film).stat().st_size),
            PageFile(label="Captions, WebVTT", href=film[:-3] + "vtt", size=1834),
            PageFile(label="Captions, SRT", href=film[:-3] + "srt", size=1702),
            PageFile(label="Timeline, OTIO", href=film[:-3] + "otio", size=48_211),
        ),
        scenes=tuple(scenes),
    )


def _shot(
    folder: Path,
    shot: tuple[str, str, str, float, tuple[tuple[str, int], ...]],
    start: float,
    language: str,
    aspect: Aspect,
) -> PageShot:
    name, framing, action, seconds, said = shot
    poster = f"posters/{name}-{aspect.replace(':', 'x')}.jpg"
    (folder / poster).parent.mkdir(exist_ok=True)
    (folder / poster).write_bytes(a_poster(name, SIZES[aspect]))
    each = seconds / max(1, len(said))
    verdicts = {"1-3": a_verdict(black=0.2), "2-2": a_verdict(speech_level=-70)}
    return PageShot(
        id=name,
        framing=framing,
        action=action,
        start=start,
        seconds=seconds,
        poster=poster,
        seed=4211,
        tries=2 if name == "1-3" else 1,
        notes=("speech sped up by 8 %",) if name == "1-2" else (),
        verdict=verdicts.get(name, a_verdict()),
        lines=tuple(
            PageLine(
                speaker=speaker,
                text=WORDS[language][words],
                delivery="shouting" if words == 3 else "",
                heard_only=speaker == "CAPTAIN",
                start=start + index * each + 0.4,
                end=start + (index + 1) * each - 0.4,
            )
            for index, (speaker, words) in enumerate(said)
        ),
    )


def a_poster(name: str, size: tuple[int, int]) -> bytes:
    """Sea, sky and a lamp whose place depends on the name."""
    width, height = size
    picture = Image.new("RGB", size, (24, 34, 52))
    brush = ImageDraw.Draw(picture)
    brush.rectangle((0, height * 0.62, width, height), fill=(14, 22, 30))
    x = width * (0.2 + 0.6 * (sum(name.encode()) % 7) / 6)
    y, r = height * 0.35, min(size) * 0.16
    brush.polygon([(x, y), (0, height * 0.7), (0, height * 0.5)], fill=(86, 92, 84))
    brush.ellipse((x - r, y - r, x + r, y + r), fill=(244, 214, 132))
    file = BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def _film(folder: Path, name: str, seconds: float, aspect: Aspect) -> None:
    """A bar crossing a dark picture, with a low hum; encoded once per aspect."""
    kept = folder / f"{aspect.replace(':', 'x')}.mp4"
    if not kept.exists():
        width, height = SIZES[aspect]
        count = round(seconds * 10)
        time = np.arange(count * 4800) / 48_000
        hum = np.tile(0.1 * np.sin(2 * np.pi * 220 * time), (2, 1)).astype(np.float32)
        encode_take(
            kept,
            (_bar(index, width, height) for index in range(count)),
            hum,
            rate_hz=48_000,
            frame_rate=10,
            size=(width, height),
            quality="preview",
            tags={},
        )
    shutil.copyfile(kept, folder / name)


def _bar(index: int, width: int, height: int) -> NDArray[np.uint8]:
    picture = np.full((height, width, 3), (24, 34, 52), np.uint8)
    picture[:, (index * 2) % width : (index * 2) % width + 8] = (244, 214, 132)
    return picture
