"""The trial itself: held-out requests, every column of each, and what is measured once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.foal.clip import FRAME_RATE, Clip
from engine.foal.evaluate.columns import Tried, pixels_apart, psnr_db
from engine.foal.evaluate.cost import Cost
from engine.foal.evaluate.measure import Examiners, Measured, measured
from engine.foal.evaluate.scores import GENERATED, ROUND_TRIP, TRUTH, Facts
from engine.foal.plan import FRAMES_PER_LATENT, Rehearsal, rehearse
from engine.foal.requests import sample_request
from engine.foal.teacher import taught
from engine.interface import EngineError
from storyboard.languages import LANGUAGES

ENGLISH_TIMES = 2
"""English has a recogniser that knows nothing of us, so it is spoken twice as often."""

BATCH_TOLERANCE = 0.05
"""Deviations: products are worked out in bfloat16, whose order of adding differs with the batch."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """One shot in every column."""

    rehearsal: Rehearsal
    measured: Mapping[str, Measured]
    stills: Mapping[str, NDArray[np.uint8]]
    """One frame of each column, at the same telling moment."""


def rehearsals(count: int, each_language: int) -> Iterator[Rehearsal]:
    """The first `count` held-out shots, and more until each language is spoken often enough."""
    spoken: Counter[str | None] = Counter()
    wanted = {language.tag: each_language for language in LANGUAGES}
    wanted["en"] *= ENGLISH_TIMES
    seed = 0
    while count > 0 or any(spoken[tag] < times for tag, times in wanted.items()):
        request = sample_request(seed, held_out=True)
        seed += 1
        if count <= 0 and spoken[request.language] >= wanted.get(request.language or "", 0):
            continue
        try:
            rehearsal = rehearse(request)
        except EngineError:
            continue  # a sentence too long for its window; the next seed is as good
        count -= 1
        spoken[request.language] += 1
        yield rehearsal


def outcome_of(tried: Tried, examiners: Examiners, rehearsal: Rehearsal) -> Outcome:
    truth = taught(rehearsal)
    clips = in_columns(tried, rehearsal, truth)
    moment = telling_frame(rehearsal)
    return Outcome(
        rehearsal=rehearsal,
        measured={name: measured(examiners, rehearsal, truth, c) for name, c in clips.items()},
        stills={
            name: clip.frames[min(moment, len(clip.frames) - 1)] for name, clip in clips.items()
        },
    )


def in_columns(tried: Tried, rehearsal: Rehearsal, truth: Clip) -> Mapping[str, Clip]:
    return {
        TRUTH: truth,
        ROUND_TRIP: tried.round_trip(rehearsal, truth),
        GENERATED: tried.generated(rehearsal.request),
    }


def telling_frame(rehearsal: Rehearsal) -> int:
    """In the middle of what is said first; of the shot where nothing is said."""
    spoken = rehearsal.performance.spoken
    middle = (spoken[0].start + spoken[0].end) / 2 if spoken else rehearsal.request.seconds / 2
    return round(middle * FRAME_RATE)


def facts(tried: Tried, rehearsal: Rehearsal, cost: Cost | None = None) -> Facts:
    """What one shot is enough for; `rehearsal` must be of one with a person in the picture."""
    request = rehearsal.request
    other_seed = request.model_copy(update={"seed": request.seed + 1})
    truth, made = taught(rehearsal), tried.generated(request)
    again, other = tried.generated(request), tried.generated(other_seed)
    first = truth.frames[0]
    still = Clip(frames=np.repeat(first[None], FRAMES_PER_LATENT, axis=0), sound=truth.sound)
    opened = tried.generated(request, first)
    coded = tried.round_trip(rehearsal, still)
    return Facts(
        cost=cost,
        first_frame_db=psnr_db(opened.frames[:1], first[None]),
        first_frame_code_db=psnr_db(coded.frames[:1], first[None]),
        same_seed_same_clip=_equal(made, again),
        seeds_apart=pixels_apart(made, other),
        batch_equals_single=tried.batch_apart(request, other_seed) < BATCH_TOLERANCE,
        seeds_apart_truth=pixels_apart(truth, taught(rehearse(other_seed))),
    )


def _equal(one: Clip, other: Clip) -> bool:
    return np.array_equal(one.frames, other.frames) and np.array_equal(one.sound, other.sound)


def by_column(tests: Sequence[Outcome]) -> dict[str, list[Measured]]:
    return {name: [test.measured[name] for test in tests] for name in tests[0].measured}
