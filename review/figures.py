"""The figures a take is measured by: names, units, versions, and what they tell people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the number of one measurement is; `review.measure` has the function that takes it."""

    name: str
    unit: str
    version: int
    """Raised whenever the same take would give another number."""
    meaning: str


FIGURES: tuple[Figure, ...] = (
    Figure(name="readable", unit="", version=1, meaning="1 if the file opens as a film"),
    Figure(
        name="container",
        unit="",
        version=1,
        meaning="1 if picture is H.264 4:2:0 and sound is AAC stereo, as every player shows",
    ),
    Figure(
        name="size_error",
        unit="px",
        version=1,
        meaning="how far width and height together are from those asked for",
    ),
    Figure(
        name="frame_rate_error",
        unit="fps",
        version=1,
        meaning="how far the rate, or its mean where it varies, is from the rate asked for",
    ),
    Figure(
        name="sample_rate_error",
        unit="Hz",
        version=1,
        meaning="how far the sound's rate is from 48 kHz",
    ),
    Figure(
        name="length_error", unit="frames", version=1, meaning="frames found minus frames asked for"
    ),
    Figure(
        name="length_difference",
        unit="s",
        version=1,
        meaning="length of the sound minus length of the picture",
    ),
    Figure(name="black", unit="of frames", version=1, meaning="share of black frames"),
    Figure(
        name="frozen",
        unit="s",
        version=1,
        meaning="longest time for which nothing in the picture moves",
    ),
    Figure(
        name="frozen_speaker",
        unit="s",
        version=1,
        meaning="the same, while somebody speaks who is in the picture",
    ),
    Figure(
        name="speech_level",
        unit="dBFS",
        version=1,
        meaning="level of the quietest line, over the loudest third of its windows of 20 ms",
    ),
    Figure(
        name="silence",
        unit="of windows",
        version=1,
        meaning="share of a line's windows below -50 dBFS, of the line with most of them",
    ),
    Figure(
        name="clipped",
        unit="of samples",
        version=1,
        meaning="share of samples at 98 % of full scale or above",
    ),
    Figure(name="loudness", unit="LUFS", version=1, meaning="integrated loudness, ITU-R BS.1770-4"),
    Figure(name="true_peak", unit="dBTP", version=1, meaning="peak, between the samples too"),
    Figure(
        name="dc", unit="of full scale", version=1, meaning="the larger channel's mean, unsigned"
    ),
)

NAMES = tuple(figure.name for figure in FIGURES)
