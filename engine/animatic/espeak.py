"""The one door to espeak-ng: text in one language to samples and timed phonemes.

espeak-ng keeps everything in C globals that no call resets (the phase of its oscillators, its
flutter, its noise), so a second utterance never has the samples of the first. Each utterance
therefore gets a library of its own: loaded, used and unloaded under one lock, 6 ms each.
"""

from __future__ import annotations

import _ctypes
import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.interface import EngineUnavailable, GenerationFailed, RequestRefused

RATE_HZ = 22_050
NATURAL_WPM = 175
"""The speed espeak-ng was tuned at; it takes 80 to 450."""

LONGEST_S = 60.0
"""Synthesis is stopped here: no shot holds more, and a whole novel must not hold the lock."""

_SEED = 22
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _IPA, _DONT_EXIT = 0x1, 0x2, 0x8000
_UTF8, _END_PAUSE = 0x1, 0x1000
_POSITION_CHARACTER = 1
_EVENT_END, _EVENT_PHONEME = 0, 7
_SPEED, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_SWITCH = re.compile(r"\(([a-z-]+)\)?")
_CHARACTERS_AT_MOST = 4_000

_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phoneme:
    """One sound and when it is heard, from the start of the utterance."""

    start_s: float
    end_s: float
    name: str
    """IPA as espeak-ng writes it, stress marks included; "" is a pause."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Utterance:
    """What was said: from the first sample to the end of the last sound, no silence after it."""

    samples: np.ndarray
    """float32, mono, in [-1, 1]."""
    rate_hz: int
    phonemes: tuple[Phoneme, ...]
    switches: tuple[str, ...] = ()
    """Voices of other languages that espeak-ng called in for words it could not read."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


class _Name(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


def espeak_version() -> str:
    """ "1.52.0"; EngineUnavailable without the library."""
    with _lock, _library() as library:
        library.espeak_Info.restype = ctypes.c_char_p
        return library.espeak_Info(ctypes.byref(ctypes.c_char_p())).decode().split()[0]


def speak(
    text: str,
    voice: str,
    *,
    words_per_minute: int = NATURAL_WPM,
    pitch: int = 50,
    pitch_range: int = 50,
) -> Utterance:
    """`text` in an espeak-ng voice such as "ja" or "en-us+f3"; equal calls give equal samples.

    `pitch` and `pitch_range` are 0 to 99. An utterance ends at `LONGEST_S`. Raises RequestRefused
    for an unknown voice and EngineUnavailable where espeak-ng is not installed.
    """
    settings = {_SPEED: words_per_minute, _VOLUME: 100, _PITCH: pitch, _RANGE: pitch_range}
    with _lock, _library() as library:
        pcm, events = _synthesise(library, text, voice, settings)
    samples = np.frombuffer(bytes(pcm), dtype="<i2").astype(np.float32) / 32768
    phonemes = tuple(_phonemes(events, len(samples)))
    heard = [phoneme.end_s for phoneme in phonemes if phoneme.name]
    end = round(max(heard, default=0.0) * RATE_HZ)
    return Utterance(
        samples=samples[:end],
        rate_hz=RATE_HZ,
        phonemes=tuple(p for p in phonemes if p.start_s * RATE_HZ < end),
        switches=_switches(events, voice),
    )


def _synthesise(
    library: ctypes.CDLL, text: str, voice: str, settings: dict[int, int]
) -> tuple[bytearray, list[tuple[int, str]]]:
    """The samples, and (sample number, name) of each phoneme event."""
    pcm = bytearray()
    events: list[tuple[int, str]] = []

    @_Callback
    def collect(wave: ctypes._Pointer, count: int, event: ctypes._Pointer) -> int:
        if count > 0:
            pcm.extend(ctypes.string_at(wave, count * 2))
        for each in _until_end(event):
            events.append((each.sample, bytes(each.id.string).decode("utf-8", "replace")))
        return int(len(pcm) > LONGEST_S * RATE_HZ * 2)

    library.espeak_SetSynthCallback(collect)
    # 2 means unknown, and the library would go on with whatever voice it had.
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise RequestRefused(f"espeak-ng has no voice {voice!r}")
    for name, value in settings.items():
        library.espeak_SetParameter(name, value, 0)
    words = text[:_CHARACTERS_AT_MOST].replace("\0", " ").encode("utf-8", "replace") + b"\0"
    flags = _UTF8 | _END_PAUSE
    if library.espeak_Synth(words, len(words), 0, _POSITION_CHARACTER, 0, flags, None, None) != 0:
        raise GenerationFailed(f"espeak-ng could not speak {text[:40]!r}")
    library.espeak_Synchronize()
    return pcm, events


def _until_end(event: ctypes._Pointer) -> Iterator[_Event]:
    index = 0
    while event[index].type != _EVENT_END:
        if event[index].type == _EVENT_PHONEME:
            yield event[index]
        index += 1


def _phonemes(events: list[tuple[int, str]], length: int) -> Iterator[Phoneme]:
    """Each event lasts until the next; a switch of language is no sound."""
    ends = [sample for sample, _ in events[1:]] + [length]
    for (start, name), end in zip(events, ends, strict=True):
        if end > start:
            sound = "" if _SWITCH.fullmatch(name) else name.strip()
            yield Phoneme(start_s=start / RATE_HZ, end_s=end / RATE_HZ, name=sound)


def _switches(events: list[tuple[int, str]], voice: str) -> tuple[str, ...]:
    own = voice.split("+")[0]
    named = [found[1] for _, name in events if (found := _SWITCH.fullmatch(name))]
    return tuple(dict.fromkeys(other for other in named if not own.startswith(other)))


@contextmanager
def _library() -> Iterator[ctypes.CDLL]:
    """A copy of espeak-ng with fresh globals; hold the lock around it."""
    path, data = _installed()
    library = ctypes.CDLL(str(path))
    library.espeak_Initialize.argtypes = [
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.POINTER(ctypes.c_uint),
        ctypes.c_void_p,
    ]
    options = _PHONEME_EVENTS | _IPA | _DONT_EXIT
    try:
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), options)
        if rate != RATE_HZ:
            raise EngineUnavailable(f"espeak-ng cannot read its data in {data}; install it again")
        library.espeak_ng_SetRandSeed(_SEED)
        yield library
    finally:
        library.espeak_Terminate()
        _ctypes.dlclose(library._handle)


def _installed() -> tuple[Path, Path]:
    try:
        import espeakng_loader
    except ImportError as missing:
        raise EngineUnavailable(
            "voices and their timing come from espeak-ng, which is not installed: "
            "run pip install 'hoofbeat[voices]' (make demo does it for you)"
        ) from missing
    return Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
