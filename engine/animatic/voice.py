"""The spoken words of a shot: each speech fitted into its window, voiced, placed, lip-read.

A speech is fitted by the rate it is spoken at and by its pauses, never by stretching samples, so
that it stays as clear as the synthesiser can make it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from engine.animatic import tone
from engine.animatic.casting import Voice, voice_of
from engine.animatic.espeak import NATURAL_WPM, Phoneme, Utterance, speak
from engine.animatic.lips import mouth_cues
from engine.animatic.mouth import MouthCue
from engine.animatic.pronunciation import espeak_voice, readable
from engine.animatic.tone import SOUND_RATE_HZ, Curve, Stereo
from engine.interface import RequestRefused
from storyboard.request import Request, Speech, Spoken

SLOWEST, FASTEST, UTMOST = 0.8, 1.45, 2.0
"""Rates as shares of the natural one: below the first it drawls, above the second it is noted,
the third is as fast as words can still be told apart."""

_UNHURRIED = 0.9
"""How far below its own pace a voice goes to fill a window: a short line leaves time to look."""

SLACK_S = 0.35
"""How far a speech may run over its window before it is hurried."""

TAIL_S = 0.08
"""What the end of the shot keeps free of speech: a cut in the last sound is heard as a click."""

LONGEST_PAUSE_S = 0.12
"""What a pause is cut to in a speech that does not fit."""

_CLOSE_ENOUGH_S = 0.03
_TRIES = 4

_LEVELS_DBFS = {"plain": tone.SPEECH_DBFS, "whisper": -25.0, "shout": -17.5}
_WARM: Curve = ((0, -40), (60, -18), (110, -2), (190, 1.5), (450, 0), (2500, 0), (4500, 1))
_VOICE_CURVE: Curve = (*_WARM, (7000, -1), (11_000, -9))
_WHISPER_CURVE: Curve = (*_WARM, (7000, 0), (11_000, -4))
_RADIO_CURVE: Curve = (
    (0, -60),
    (250, -24),
    (420, 0),
    (2700, 3),
    (3400, -6),
    (4600, -40),
    (11_000, -60),
)

_ROOMS: tuple[tuple[str, float, float], ...] = (
    (r"cave|church|cathedral|hall\b|station|tunnel|warehouse|stair|gym", 0.9, 0.18),
    (r"\bcar\b|closet|cupboard|tent|taxi|cockpit|elevator|lift\b", 0.12, 0.12),
    (r"bath|kitchen|toilet|corridor|lamp room", 0.5, 0.1),
)
"""Place to seconds of reverberation and how much of it is heard: little, for the words' sake."""
_INTERIOR, _EXTERIOR = (0.28, 0.09), (0.1, 0.04)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Performance:
    """All that is spoken in a shot, on the shot's clock."""

    sound: Stereo
    """At 48 kHz, exactly as long as the shot."""
    spoken: tuple[Spoken, ...] = ()
    mouths: Mapping[int, tuple[MouthCue, ...]] = field(default_factory=dict)
    """Index into the request's figures to what that figure's mouth does."""
    notes: tuple[str, ...] = ()
    said: tuple[Utterance, ...] = ()
    """The dry voice of each speech, from the speech's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """How long a speech should, may and can last, in seconds."""

    wanted: float
    allowed: float
    last: float


def perform(request: Request) -> Performance:
    """Speak every speech of the request.

    RequestRefused when one cannot be spoken in time even at `UTMOST`, or not in this language.
    """
    sound = np.zeros((2, _samples(request.seconds)), np.float32)
    spoken: list[Spoken] = []
    mouths: dict[int, tuple[MouthCue, ...]] = {}
    notes: list[str] = []
    said: list[Utterance] = []
    for index, speech in enumerate(request.speeches):
        utterance, found = _spoken_in_time(request, index)
        notes += found
        said.append(utterance)
        start = _samples(speech.start)
        voiced = _voiced(utterance, request, speech)[:, : sound.shape[1] - start]
        sound[:, start : start + voiced.shape[1]] += voiced
        spoken.append(_window(index, speech, utterance))
        cues = mouth_cues(utterance.phonemes, float(speech.start))
        mouths[speech.speaker] = mouths.get(speech.speaker, ()) + cues
    return Performance(
        sound=sound, spoken=tuple(spoken), mouths=mouths, notes=tuple(notes), said=tuple(said)
    )


def fit(text: str, voice_name: str, voice: Voice, room: _Room) -> tuple[Utterance, float]:
    """The utterance and its rate, as near to the wanted length as the voice can go well.

    Longer than `room.last` when even `UTMOST` is not fast enough.
    """
    rate = voice.pace
    slowest = max(SLOWEST, rate * _UNHURRIED)
    utterance = _say(text, voice_name, voice, rate)
    for _ in range(_TRIES):
        goal = min(max(rate * utterance.seconds / room.wanted, slowest), FASTEST)
        if abs(goal - rate) * NATURAL_WPM < 1 or _near(utterance.seconds, room.wanted):
            break
        rate = goal
        utterance = _say(text, voice_name, voice, rate)
    if utterance.seconds > room.allowed:
        utterance = without_long_pauses(utterance)
    while utterance.seconds > room.allowed and rate < UTMOST:
        rate = min(rate * max(utterance.seconds / room.allowed, 1.02), UTMOST)
        utterance = without_long_pauses(_say(text, voice_name, voice, rate))
    return utterance, rate


def without_long_pauses(utterance: Utterance) -> Utterance:
    """Every pause cut to `LONGEST_PAUSE_S`, the sounds after it moved forward."""
    kept: list[np.ndarray] = []
    phonemes: list[Phoneme] = []
    now = 0.0
    for phoneme in _pauses_joined(utterance.phonemes):
        length = phoneme.end_s - phoneme.start_s
        if not phoneme.name:
            length = min(length, LONGEST_PAUSE_S)
        first = round(phoneme.start_s * utterance.rate_hz)
        kept.append(utterance.samples[first : first + round(length * utterance.rate_hz)])
        phonemes.append(Phoneme(start_s=now, end_s=now + length, name=phoneme.name))
        now += length
    return Utterance(
        samples=np.concatenate(kept) if kept else utterance.samples,
        rate_hz=utterance.rate_hz,
        phonemes=tuple(phonemes),
        switches=utterance.switches,
    )


def _spoken_in_time(request: Request, index: int) -> tuple[Utterance, list[str]]:
    speech = request.speeches[index]
    if request.language is None:
        raise RequestRefused(f"speech {index + 1} has no language to be spoken in")
    name = espeak_voice(request.language)
    text = readable(speech.text, request.language)
    if not text:
        nothing = Utterance(samples=np.zeros(0, np.float32), rate_hz=SOUND_RATE_HZ, phonemes=())
        return nothing, [f"speech {index + 1} has no words to say: {speech.text.strip()[:40]!r}"]
    room = _room(request, index)
    voice = voice_of(request.figures[speech.speaker], speech.delivery)
    utterance, rate = fit(text, name, voice, room)
    if utterance.seconds > room.last:
        missing = utterance.seconds - room.last
        raise RequestRefused(
            f"speech {index + 1} ({speech.text.strip()[:60]!r}) does not fit: even at"
            f" {UTMOST:g} times the natural speed it needs {missing:.1f} s more than it has"
        )
    return utterance, _notes(index, speech, utterance, rate)


def _notes(index: int, speech: Speech, utterance: Utterance, rate: float) -> list[str]:
    notes = []
    if rate > FASTEST:
        notes.append(f"speech {index + 1} sped up by {round(100 * (rate - 1))} %")
    if utterance.switches and not re.search("[A-Za-z]", speech.text):
        notes.append(f"speech {index + 1} has characters read in English: {speech.text[:40]!r}")
    return notes


def _room(request: Request, index: int) -> _Room:
    speech = request.speeches[index]
    later = [
        other.start
        for place, other in enumerate(request.speeches)
        if (other.start, place) > (speech.start, index)
    ]
    last = min([float(start) for start in later] + [float(request.seconds) - TAIL_S])
    start = float(speech.start)
    wanted = min(float(speech.end), last) - start
    if wanted <= 0:
        raise RequestRefused(
            f"speech {index + 1} has no time: from {start:g} s to {float(speech.end):g} s"
        )
    allowed = min(float(speech.end) + SLACK_S, last) - start
    return _Room(wanted=wanted, allowed=allowed, last=last - start)


def _say(text: str, voice_name: str, voice: Voice, rate: float) -> Utterance:
    return speak(
        text,
        f"{voice_name}+{voice.variant}",
        words_per_minute=round(NATURAL_WPM * rate),
        pitch=voice.pitch,
        pitch_range=voice.pitch_range,
    )


def _near(seconds: float, wanted: float) -> bool:
    return wanted - 2 * _CLOSE_ENOUGH_S < seconds <= wanted + _CLOSE_ENOUGH_S


def _voiced(utterance: Utterance, request: Request, speech: Speech) -> Stereo:
    """At 48 kHz: toned, levelled, in its place of the picture and in the room."""
    figure = request.figures[speech.speaker]
    voice = voice_of(figure, speech.delivery)
    curve = _WHISPER_CURVE if voice.manner == "whisper" else _VOICE_CURVE
    if voice.medium == "radio":
        curve = _RADIO_CURVE
    wave = tone.resampled(utterance.samples, utterance.rate_hz, curve)
    wave = tone.faded(tone.levelled(wave, _LEVELS_DBFS[voice.manner]), 0.006)
    if voice.medium == "radio":
        wave = np.tanh(4 * wave).astype(np.float32) * 0.3
    dry = tone.panned(wave, _place(request, speech.speaker))
    if not figure.in_picture and voice.medium == "air":
        return tone.limited(dry)
    seconds, wet = _reverberation(request)
    ringing = np.pad(dry, ((0, 0), (0, round(seconds * SOUND_RATE_HZ))))
    return tone.limited(tone.in_room(ringing, tone.room_response(seconds, seed=7), wet))


def _place(request: Request, speaker: int) -> float:
    """Where a figure stands, left to right, and so where it is heard; -0.35 to 0.35."""
    seen = [i for i, figure in enumerate(request.figures) if figure.in_picture]
    if speaker not in seen or len(seen) < 2 or request.framing == "close":
        return 0.0
    return 0.35 * ((2 * seen.index(speaker) + 1) / len(seen) - 1)


def _reverberation(request: Request) -> tuple[float, float]:
    for pattern, seconds, wet in _ROOMS:
        if re.search(pattern, request.place.lower()):
            return seconds, wet
    return _INTERIOR if request.interior else _EXTERIOR


def _pauses_joined(phonemes: tuple[Phoneme, ...]) -> list[Phoneme]:
    joined: list[Phoneme] = []
    for phoneme in phonemes:
        if joined and not phoneme.name and not joined[-1].name:
            phoneme = Phoneme(start_s=joined.pop().start_s, end_s=phoneme.end_s, name="")
        joined.append(phoneme)
    return joined


def _window(index: int, speech: Speech, utterance: Utterance) -> Spoken:
    seconds = Fraction(round(utterance.seconds * 1000), 1000)
    end = speech.start + seconds if seconds else speech.end
    return Spoken(speech=index, start=speech.start, end=end)


def _samples(seconds: Fraction) -> int:
    return round(seconds * SOUND_RATE_HZ)
