"""What characters are known by: the voice of the first shot in which they speak alone; their
portrait, or the face of the first shot in which they are alone.

The first attempt at such a shot is the measure for all others, in script order, so the same script
is judged the same way however its shots come to be made. A voice is known by language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from flows import vault
from flows.prepare import Production
from flows.studio import Studio
from review import Print, Senses, face_of, voice_of
from review.measure_people import FACE_FRAMINGS
from storyboard.request import Request, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which job shows a character alone, and which has them speak alone in a language."""

    faces: Mapping[str, str]
    voices: Mapping[tuple[str, str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A figure of a request, and the job that shows what it is known by."""

    kind: Literal["face", "voice"]
    figure: int
    job: str


def find_known(production: Production) -> Known:
    faces: dict[str, str] = {}
    voices: dict[tuple[str, str | None], str] = {}
    for name, job in production.jobs.items():
        request = production.request(job, 0)
        speakers = {request.figures[each.speaker].name for each in request.speeches}
        if len(speakers) == 1:
            voices.setdefault((speakers.pop(), request.language), name)
        seen = [each.name for each in request.figures if each.in_picture]
        if len(seen) == 1 and request.framing in FACE_FRAMINGS:
            faces.setdefault(seen[0], name)
    return Known(faces=faces, voices=voices)


def sought(known: Known, senses: Senses, request: Request) -> Iterator[Sought]:
    """What there is to compare a take of that request with, as far as anything here can compare."""
    for index, figure in enumerate(request.figures):
        voice = known.voices.get((figure.name, request.language))
        if senses.voices is not None and voice is not None and _speaks(request, index):
            yield Sought(kind="voice", figure=index, job=voice)
        face = known.faces.get(figure.name)
        if senses.faces is not None and face is not None and figure.reference is None:
            yield Sought(kind="face", figure=index, job=face)


def taken_from(
    studio: Studio, production: Production, what: Sought, take: Take, name: str
) -> Print | None:
    """The face or voice of the character of that name in the first take of the job that shows it;
    None where it cannot be made out."""
    request = production.request(production.jobs[what.job], 0)
    folder = studio.scratch / "anchors" / take.key
    folder.mkdir(parents=True, exist_ok=True)
    path = vault.bring(studio.vault, take, "preview.mp4", folder / "preview.mp4")
    if what.kind == "face":
        return face_of(path, request, studio.senses)
    speaker = next(i for i, each in enumerate(request.figures) if each.name == name)
    return voice_of(path, request, studio.senses, speaker)


def portrait(path: Path, senses: Senses) -> Print | None:
    """The largest face in a character's portrait."""
    assert senses.faces is not None, "nobody asks for faces where none can be found"
    with Image.open(path) as picture:
        found = senses.faces.find(np.asarray(picture.convert("RGB")))
    return found[0].print if found else None


def _speaks(request: Request, figure: int) -> bool:
    return any(each.speaker == figure for each in request.speeches)
