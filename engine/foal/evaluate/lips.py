"""Whether mouths move as planned: how far open they are, read from the pixels of a clip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, sin

import numpy as np
from numpy.typing import NDArray

from engine.animatic.acting import pose_at
from engine.animatic.colour import darker, lighter, mix
from engine.animatic.ink import Colour
from engine.animatic.pose import Pose
from engine.animatic.stage import Mark, Stage
from engine.foal.clip import FRAME_RATE, SOUND_RATE_HZ, Clip
from engine.foal.plan import Rehearsal, head_px

Signal = NDArray[np.float64]

LAGS_S = tuple(step / 100 for step in range(-32, 33))
"""How much later than planned a mouth may be found to move."""

_MOUTH_DOWN = 76.0
_ACROSS, _ABOVE, _BELOW = 66.0, 30.0, 66.0
"""The box that an open mouth fills, in figure units about the mouth."""

_CAVITY: Colour = (92, 22, 42)
_TONGUE: Colour = (232, 106, 116)
_TEETH: Colour = (253, 250, 244)
_SOFTNESS = 28.0
"""Levels of a channel over which one colour fades into another: blurred pictures count too."""

_LEAST_MOVEMENT = 0.05
"""Deviation of the planned openness; a mouth that hardly moves says nothing of lips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How two signals go together."""

    curve: tuple[float, ...]
    """Their correlation at each of `LAGS_S`."""

    @property
    def correlation(self) -> float:
        """At no lag."""
        return self.curve[LAGS_S.index(0.0)]

    @property
    def lag_s(self) -> float:
        """Where they go together best; positive where the clip is late."""
        return lag_of([self.curve])


@dataclass(frozen=True, slots=True, kw_only=True)
class LipReading:
    """One mouth of one clip."""

    plan: Agreement
    """Of the openness seen with the openness planned."""
    sound: Agreement
    """Of the openness seen with the loudness heard."""


def read_lips(rehearsal: Rehearsal, clip: Clip) -> tuple[LipReading, ...]:
    """Of every person in the picture who speaks, while the mouth is in the frame."""
    return tuple(_readings(rehearsal, clip))


def _readings(rehearsal: Rehearsal, clip: Clip) -> Iterator[LipReading]:
    stage = rehearsal.stage
    last = min(float(rehearsal.request.seconds), len(clip.frames) / float(FRAME_RATE))
    times = np.arange(int(last * float(FRAME_RATE))) / float(FRAME_RATE)
    for mark in stage.marks:
        if mark.actor.looks.kind != "person" or not mark.actor.cues:
            continue
        seen = np.array([_openness(stage, mark, frame, t)
                         for frame, t in zip(clip.frames, times, strict=False)])  # fmt: skip
        known = np.isfinite(seen)
        planned = _planned(mark, times)
        if known.mean() < 0.8 or planned.std() < _LEAST_MOVEMENT:
            continue
        seen, moments = seen[known], times[known]
        yield LipReading(
            plan=agreement(seen, [_planned(mark, moments - lag) for lag in LAGS_S]),
            sound=agreement(seen, [_loudness(clip, moments - lag) for lag in LAGS_S]),
        )


def lag_of(curves: Sequence[Sequence[float]]) -> float:
    """The lag at which the correlations of several mouths are highest together."""
    return LAGS_S[int(np.argmax(np.mean(curves, axis=0)))]


def agreement(seen: Signal, shifted: Sequence[Signal]) -> Agreement:
    """Of a signal with another that is given at each of `LAGS_S`."""
    return Agreement(curve=tuple(correlation(seen, other) for other in shifted))


def correlation(one: Signal, other: Signal) -> float:
    """Pearson's; 0 where one of them does not move."""
    if one.std() < 1e-9 or other.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _planned(mark: Mark, times: Signal) -> Signal:
    return np.array([pose_at(mark.actor, float(t)).mouth.open for t in times])


def _loudness(clip: Clip, times: Signal) -> Signal:
    """Decibels of the 80 ms about each moment, no quieter than what is heard."""
    half = SOUND_RATE_HZ // 25
    power = np.cumsum(np.concatenate([[0.0], clip.sound.astype(np.float64) ** 2]))
    middle = np.round(times * SOUND_RATE_HZ).astype(int)
    first, end = (np.clip(middle + side * half, 0, len(clip.sound)) for side in (-1, 1))
    mean = (power[end] - power[first]) / np.maximum(end - first, 1)
    return 10 * np.log10(mean + 1e-5)


def _openness(stage: Stage, mark: Mark, frame: NDArray[np.uint8], t: float) -> float:
    """The share of the box that is inside of a mouth; not a number where it is out of the frame."""
    box = mouth_box(stage, mark, t, (frame.shape[1], frame.shape[0]))
    left, top, right, bottom = box
    if left < 0 or top < 0 or right > frame.shape[1] or bottom > frame.shape[0]:
        return float("nan")
    pixels = frame[top:bottom, left:right].reshape(-1, 3).astype(np.float64)
    inside = [_CAVITY, _TONGUE, _TEETH]
    outside = _round_the_mouth(stage, mark)
    colours = np.array([colour[:3] for colour in (*inside, *outside)], np.float64)
    distance = np.square(pixels[:, None] - colours).sum(axis=2)
    likeness = np.exp(-(distance - distance.min(axis=1, keepdims=True)) / (2 * _SOFTNESS**2))
    return float((likeness[:, : len(inside)].sum(axis=1) / likeness.sum(axis=1)).mean())


def mouth_box(
    stage: Stage, mark: Mark, t: float, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in pixels of where the plan has a mouth at `t`."""
    x, y, unit = head_px(stage, mark, t, size)
    dx, dy = _mouth_from_head(pose_at(mark.actor, t))
    x, y = x + dx * unit, y + dy * unit
    return (
        round(x - _ACROSS * unit), round(y - _ABOVE * unit),
        round(x + _ACROSS * unit), round(y + _BELOW * unit),
    )  # fmt: skip


def _mouth_from_head(pose: Pose) -> tuple[float, float]:
    """Where a pose carries the mouth, in figure units from where the head is at rest."""
    x, y = pose.turn * 27, _MOUTH_DOWN + pose.nod * 11
    return (
        x * cos(pose.tilt) - y * sin(pose.tilt) + pose.turn * 6 + 143 * sin(pose.lean),
        x * sin(pose.tilt) + y * cos(pose.tilt) - pose.breath * 2.5 + pose.nod * 3,
    )


def _round_the_mouth(stage: Stage, mark: Mark) -> list[Colour]:
    looks, light = mark.actor.looks, stage.view.light
    skin = light.skin(looks.skin)
    rose: Colour = (206, 62, 80) if looks.woman else (188, 84, 80)
    lip = darker(mix(skin, rose, 0.6 if looks.woman else 0.46), 0.06)
    colours = [skin, lighter(skin, 0.16), darker(mix(skin, (214, 96, 88), 0.14), 0.1), lip]
    if looks.beard != "none":
        colours.append(light.on(looks.hair_colour))
    return colours
