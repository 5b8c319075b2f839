"""From what was measured of clips to one figure for each measure and column, and to the bars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypeVar

from engine.foal.evaluate.colours import PARTS, Part
from engine.foal.evaluate.cost import Cost
from engine.foal.evaluate.lips import Agreement, lag_of
from engine.foal.evaluate.listener import Hearing
from engine.foal.evaluate.looker import QUESTIONS
from engine.foal.evaluate.measure import Measured, Words
from storyboard.languages import LANGUAGES

_Of = TypeVar("_Of")
Score = float | None
"""None where nothing could be measured."""

Heard = Mapping[str, Sequence[Words]]
"""A line of everyday English in each column."""
EVERYDAY = "word errors of everyday en"

TRUTH, ROUND_TRIP, GENERATED = COLUMNS = ("truth", "round trip", "generated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure in the three columns."""

    name: str
    scores: Mapping[str, Score]
    count: int
    """How many things (sounds, mouths, shirts ...) it is over, in the truth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is measured once, not on every clip; None where it was not."""

    cost: Cost | None = None
    first_frame_db: float | None = None
    """Of the generated clip's first frame with a reference picture, against the picture."""
    first_frame_code_db: float | None = None
    """Of the picture through the code, against itself."""
    same_seed_same_clip: bool | None = None
    seeds_apart: float | None = None
    """Mean distance of two seeds of one request, levels of 255; of the truth: next field."""
    seeds_apart_truth: float | None = None
    batch_equals_single: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One line of the bars: `floor` makes it the default engine, `aim` is the goal."""

    what: str
    found: str
    floor: str
    floor_met: bool | None
    aim: str
    aim_met: bool | None


def rows(
    clips: Mapping[str, Sequence[Measured]], everyday: Sequence[Heard] = ()
) -> tuple[Row, ...]:
    """One row for each measure; `clips` has the same shots in every column."""
    said = {column: [each[column] for each in everyday if column in each] for column in clips}
    made = [
        _row(f"phonemes {tag}", clips, _hearings(tag), _share_heard)
        for tag in (language.tag for language in LANGUAGES)
    ]
    made += [
        _row(EVERYDAY, said, lambda words: [w.errors for w in words], _mean),
        _row("word errors of unlikely en", clips, lambda m: [w.errors for w in m.words], _mean),
        _row("sentences told apart en", clips, lambda m: [w.told_apart for w in m.words], _mean),
        _row("lips with plan", clips, lambda m: [lip.plan.correlation for lip in m.lips], _mean),
        _row("lag of lips, s", clips, lambda m: [lip.plan for lip in m.lips], _lag),
        _row(
            "lips with loudness", clips, lambda m: [lip.sound.correlation for lip in m.lips], _mean
        ),
    ]
    made += [_row(part, clips, _colours(part), _mean) for part in PARTS]
    made += [_row(name, clips, _sights(name), _mean) for name in QUESTIONS]
    made.append(_row("psnr to truth, dB", clips, lambda m: [m.psnr_db], _mean))
    return tuple(made)


def _row(
    name: str,
    clips: Mapping[str, Sequence[_Of]],
    of: Callable[[_Of], Iterable[Any]],
    summed: Callable[[list[Any]], float],
) -> Row:
    found = {column: [x for each in clips[column] for x in of(each)] for column in clips}
    scores = {column: summed(values) if values else None for column, values in found.items()}
    return Row(name=name, scores=scores, count=len(found[TRUTH]))


def _hearings(tag: str) -> Callable[[Measured], list[Hearing]]:
    return lambda m: [m.hearing] if m.language == tag and m.hearing.asked else []


def _colours(part: Part) -> Callable[[Measured], list[bool]]:
    return lambda m: [shown.right for shown in m.colours if shown.part == part]


def _sights(name: str) -> Callable[[Measured], list[bool]]:
    return lambda m: [m.sight[name]]


def _share_heard(hearings: Sequence[Hearing]) -> float:
    return sum(each.right for each in hearings) / sum(each.asked for each in hearings)


def _mean(values: Sequence[float]) -> float:
    return fmean(float(value) for value in values)


def _lag(agreements: Sequence[Agreement]) -> float:
    return lag_of([each.curve for each in agreements])


# --- the bars -----------------------------------------------------------------------------------


def verdicts(table: Sequence[Row], facts: Facts) -> tuple[Verdict, ...]:
    """Every bar that figures can judge; a sheet is looked at by people."""
    by_name = {row.name: row for row in table}
    lines = [*_costs(facts.cost), *_phonemes(table), *_words(by_name)]
    lines += [
        _bar("mouth against planned openness", by_name["lips with plan"], 0.6, 0.8),
        _at_most("lag of lips", _size(by_name["lag of lips, s"]), 0.08, 0.04, "s"),
    ]
    lines += [_bar(name, by_name[name], 0.9, 0.98) for name in (*PARTS, *QUESTIONS)]
    return (*lines, _first_frame(facts), _seeds(facts))


def _bar(what: str, row: Row, floor: float, aim: float) -> Verdict:
    found = row.scores[GENERATED]
    beside = ", ".join(f"{name} {_shown(row.scores[name])}" for name in (ROUND_TRIP, TRUTH))
    return Verdict(
        what=what,
        found=f"{_shown(found)} ({beside})",
        floor=f"at least {floor:g}",
        floor_met=None if found is None else found >= floor,
        aim=f"at least {aim:g}",
        aim_met=None if found is None else found >= aim,
    )


def _at_most(what: str, found: Score, floor: float, aim: float, unit: str) -> Verdict:
    return Verdict(
        what=what,
        found=f"{_shown(found)} {unit}",
        floor=f"at most {floor:g} {unit}",
        floor_met=None if found is None else found <= floor,
        aim=f"at most {aim:g} {unit}",
        aim_met=None if found is None else found <= aim,
    )


def _costs(cost: Cost | None) -> list[Verdict]:
    preview, render, memory = (
        (cost.preview_s, cost.render_s, cost.peak_gb) if cost else (None, None, None)
    )
    return [
        _at_most("preview of a 5 s shot", preview, 10, 5, "s"),
        _at_most("render of it", render, 60, 30, "s"),
        _at_most("peak memory", memory, 2, 1, "GB"),
    ]


def _phonemes(table: Sequence[Row]) -> list[Verdict]:
    return [_heard(row) for row in table if row.name.startswith("phonemes ")]


def _heard(row: Row) -> Verdict:
    made, code = row.scores[GENERATED], row.scores[ROUND_TRIP]
    floor = aim = None
    if made is not None and code is not None:
        floor = made >= max(0.85, 0.95 * code)
        aim = made >= 0.93 and code >= 0.95
    return Verdict(
        what=row.name,
        found=f"{_shown(made)} (code {_shown(code)}, teacher {_shown(row.scores[TRUTH])})",
        floor="0.95 of the code's own, at least 0.85",
        floor_met=floor,
        aim="code 0.95, model 0.93",
        aim_met=aim,
    )


def _words(by_name: Mapping[str, Row]) -> list[Verdict]:
    """Either may serve: errors are word by word, choices whole sentences."""
    errors, told = by_name[EVERYDAY], by_name["sentences told apart en"]
    made, teacher = errors.scores[GENERATED], errors.scores[TRUTH]
    right, teachers = told.scores[GENERATED], told.scores[TRUTH]
    more = None if made is None or teacher is None else made - teacher
    fewer = None if right is None or teachers is None else teachers - right
    return [
        Verdict(
            what="English word errors, everyday lines",
            found=f"{_shown(made)} (teacher {_shown(teacher)})",
            floor="0.15 above the teacher's, and those below 0.25",
            floor_met=None if more is None or teacher is None else more <= 0.15 and teacher < 0.25,
            aim="0.05 above the teacher's",
            aim_met=None if more is None else more <= 0.05,
        ),
        Verdict(
            what="unlikely English sentences told from 19 others",
            found=f"{_shown(right)} (teacher {_shown(teachers)})",
            floor="0.15 below the teacher's",
            floor_met=None if fewer is None else fewer <= 0.15,
            aim="0.05 below the teacher's",
            aim_met=None if fewer is None else fewer <= 0.05,
        ),
    ]


def _first_frame(facts: Facts) -> Verdict:
    made, code = facts.first_frame_db, facts.first_frame_code_db
    return Verdict(
        what="first frame against the reference picture",
        found=f"{_shown(made)} dB (code {_shown(code)} dB)",
        floor="24 dB",
        floor_met=None if made is None else made >= 24,
        aim="within 1 dB of the code's own",
        aim_met=None if made is None or code is None else made >= code - 1,
    )


def _seeds(facts: Facts) -> Verdict:
    same, apart = facts.same_seed_same_clip, facts.seeds_apart
    batch = facts.batch_equals_single
    met = None if same is None or apart is None else same and apart > 0 and batch is not False
    return Verdict(
        what="seeds",
        found=f"same seed same clip: {_said(same)}; batch equals single: {_said(batch)}; "
        f"two seeds {_shown(apart)} levels apart (teacher {_shown(facts.seeds_apart_truth)})",
        floor="yes",
        floor_met=met,
        aim="yes",
        aim_met=met,
    )


def _size(row: Row) -> Score:
    found = row.scores[GENERATED]
    return None if found is None else abs(found)


def _shown(score: Score) -> str:
    return "not measured" if score is None else f"{score:.3g}"


def _said(yes: bool | None) -> str:
    return "not tried" if yes is None else "yes" if yes else "no"
