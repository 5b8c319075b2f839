"""The figures a take is measured by: names, units, versions, sources, what they tell people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal[
    "file", "picture", "sound", "meter", "activity", "recogniser", "lips", "faces", "voices"
]
"""What a figure is drawn from: the file's own words, its pictures or samples, the R 128 meter, a
model (see `review.senses`), or picture and sound together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the number of one measurement is; `review.measure` has the function that takes it."""

    name: str
    unit: str
    source: Source
    version: int
    """Raised whenever the same take would give another number."""
    meaning: str


def _figure(name: str, unit: str, source: Source, meaning: str, version: int = 1) -> Figure:
    return Figure(name=name, unit=unit, source=source, version=version, meaning=meaning)


FIGURES: tuple[Figure, ...] = (
    _figure("readable", "", "file", "1 if the file opens as a film"),
    _figure(
        "container",
        "",
        "file",
        "1 if picture is H.264 4:2:0 and sound is AAC stereo, as every player shows",
    ),
    _figure(
        "size_error", "px", "file", "how far width and height together are from those asked for"
    ),
    _figure(
        "frame_rate_error",
        "fps",
        "file",
        "how far the rate, or its mean where it varies, is from the rate asked for",
    ),
    _figure("sample_rate_error", "Hz", "file", "how far the sound's rate is from 48 kHz"),
    _figure("length_error", "frames", "file", "frames found minus frames asked for"),
    _figure("length_difference", "s", "file", "length of the sound minus length of the picture"),
    _figure(
        "start_difference",
        "s",
        "file",
        "when the sound begins minus when the picture begins, as the file says",
    ),
    _figure("black", "of frames", "picture", "share of black frames"),
    _figure("frozen", "s", "picture", "longest time for which nothing in the picture moves"),
    _figure(
        "frozen_speaker", "s", "picture", "the same, while somebody speaks who is in the picture"
    ),
    _figure(
        "flicker",
        "of 255",
        "picture",
        "how far a frame's brightness is from that of its neighbours, in the second where most",
    ),
    _figure(
        "blur", "", "picture", "how little the most blurred second would lose by more blur, 0 to 1"
    ),
    _figure("cuts", "", "picture", "cuts inside the shot", version=2),
    _figure(
        "first_frame_error",
        "",
        "picture",
        "how unlike the first frame is to the picture it was to begin with, 0 to 1",
    ),
    _figure(
        "speech_level",
        "dBFS",
        "sound",
        "level of the quietest line, over the loudest third of its windows of 20 ms",
    ),
    _figure(
        "silence",
        "of windows",
        "sound",
        "share of a line's windows below -50 dBFS, of the line with most of them",
    ),
    _figure("clipped", "of samples", "sound", "share of samples at 98 % of full scale or above"),
    _figure("loudness", "LUFS", "meter", "integrated loudness, ITU-R BS.1770-4"),
    _figure("true_peak", "dBTP", "meter", "peak, between the samples too"),
    _figure("dc", "of full scale", "sound", "the larger channel's mean, unsigned"),
    _figure(
        "speech_heard",
        "of the line",
        "activity",
        "share of a line's window in which somebody speaks, of the line with least of it",
    ),
    _figure("stray_speech", "s", "activity", "speech where there is no line"),
    _figure("head_silence", "s", "activity", "time before anybody speaks"),
    _figure("tail_silence", "s", "activity", "time after the last word"),
    _figure(
        "words_wrong",
        "per word",
        "recogniser",
        "words (characters in Chinese, Japanese and Korean) not heard as written, per one written",
    ),
    _figure(
        "other_language", "", "recogniser", "how likely the speech is in another language, 0 to 1"
    ),
    _figure(
        "lip_offset",
        "s",
        "lips",
        "how much later the sound is than the lips, below zero where earlier",
    ),
    _figure("lip_confidence", "", "lips", "how clearly any motion follows the words, 0 to 1"),
    _figure("faces_error", "faces", "faces", "faces in the picture minus figures that should be"),
    _figure(
        "other_face", "", "faces", "how unlike a figure's face is to the one it is known by, 0 to 1"
    ),
    _figure(
        "other_voice",
        "",
        "voices",
        "how unlike a speaker's voice is to the one it is known by, 0 to 1",
    ),
)

NAMES = tuple(figure.name for figure in FIGURES)
