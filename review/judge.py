"""The gate: figures against bands. Pure: the same figures and policy, the same verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from review.policy import Band, Limits, Policy, Section
from review.verdict import Mark, Measurement, Measurements, Outcome, Standing, Verdict
from storyboard.document import digest
from storyboard.request import Request


def judge(
    measurements: Measurements,
    policy: Policy,
    request: Request,
    *,
    take: str,
    at: datetime,
    engine: str = "",
) -> Verdict:
    """The verdict on a take of that key, made by that engine; `at` is a moment with a time zone.

    The worst figure decides. A doubtful figure lets the take pass where no person is asked.
    """
    section: Section = "speech" if request.speeches else "silent"
    bands = policy.bands(section, tag=request.language, engine=engine)
    marks = tuple(_mark(name, band, measurements.find(name)) for name, band in bands.items())
    return Verdict(
        take=take,
        outcome=_worst(marks),
        reasons=tuple(_reasons(marks, measurements)),
        score=_score(marks),
        policy=policy.name,
        policy_digest=digest(policy),
        section=section,
        at=at,
        marks=marks,
        measurements=measurements,
    )


def best(verdicts: Sequence[Verdict]) -> int:
    """The index of the take to keep: by outcome, then without doubt, then by score, then first."""
    if not verdicts:
        raise ValueError("no verdicts to choose from")
    return max(range(len(verdicts)), key=lambda index: (*_merit(verdicts[index]), -index))


def explain(verdict: Verdict) -> str:
    """The verdict as a table for a terminal: each figure beside its band, and why it fell."""
    head = (
        f"{verdict.outcome.upper()} by {verdict.by} under {verdict.policy} "
        f"({verdict.section} shot), score {verdict.score:.3f}"
    )
    rows: list[tuple[str, ...]] = [
        ("figure", "value", "unit", "band", "standing", "score x weight")
    ]
    rows += [_row(mark) for mark in verdict.marks]
    banded = {mark.name for mark in verdict.marks}
    rows += [
        (each.name, _show(each.value), each.unit, "no band", "-", "-")
        for each in verdict.measurements.figures()
        if each.name not in banded
    ]
    unable = [
        f"- {each.name} could not be measured here: {each.detail}"
        for each in verdict.measurements.figures()
        if not each.able
    ]
    reasons = [f"- {reason}" for reason in verdict.reasons]
    return "\n".join([head, *_columns(rows), *reasons, *unable])


def _mark(name: str, band: Band, figure: Measurement | None) -> Mark:
    value = None if figure is None else figure.value
    without = band.unable if figure is not None and not figure.able else band.absent
    return Mark(
        name=name,
        value=value,
        unit="" if figure is None else figure.unit,
        standing=without if value is None else standing(value, band),
        band=str(band.good),
        score=None if value is None else _closeness(value, band),
        weight=band.weight,
    )


def standing(value: float, band: Band) -> Standing:
    """Where a figure that could be measured stands."""
    if band.good.holds(value):
        return "pass"
    if band.doubt.holds(value):
        return "doubtful"
    return "retry" if band.retry.holds(value) else "reject"


def _closeness(value: float, band: Band) -> float:
    """1 at best, falling evenly to 0.5 where passing ends and to 0 where doubt ends."""
    if band.good.holds(value):
        return 1.0 if band.best is None else 1 - 0.5 * _way(band.best, value, band.good)
    if not band.doubt.holds(value):
        return 0.0
    edge = _edge(band.good, above=band.good.max is not None and value > band.good.max)
    assert edge is not None, "outside an interval there is an edge to have crossed"
    return 0.5 * (1 - _way(edge, value, band.doubt))


def _way(start: float, value: float, limits: Limits) -> float:
    """How much of the way from `start` to the limit on its side `value` has gone, 0 to 1."""
    edge = _edge(limits, above=value > start)
    if value == start:
        return 0.0
    # Where the way has no end, any step on it counts as half of it.
    return 0.5 if edge is None else min(1.0, abs(value - start) / abs(edge - start))


def _edge(limits: Limits, *, above: bool) -> float | None:
    return limits.max if above else limits.min


def _score(marks: Sequence[Mark]) -> float:
    weighed = [(mark.score, mark.weight) for mark in marks if mark.score is not None]
    total = sum(weight for _, weight in weighed)
    if total == 0:
        return 0.0
    return min(1.0, sum(score * weight for score, weight in weighed) / total)


def _worst(marks: Sequence[Mark]) -> Outcome:
    standings = {mark.standing for mark in marks}
    if "reject" in standings:
        return "reject"
    return "retry" if "retry" in standings else "pass"


def _merit(verdict: Verdict) -> tuple[int, bool, float]:
    rank = {"reject": 0, "retry": 1, "pass": 2}[verdict.outcome]
    return rank, not verdict.doubtful, verdict.score


def _reasons(marks: Sequence[Mark], measurements: Measurements) -> Iterator[str]:
    """A sentence for each figure outside its pass band; figures absent for one cause share one."""
    absent: dict[tuple[Standing, str], list[str]] = {}
    for mark in marks:
        figure = measurements.find(mark.name)
        detail = f" ({figure.detail})" if figure is not None and figure.detail else ""
        if mark.standing == "pass":
            continue
        if mark.value is None:
            absent.setdefault((mark.standing, detail), []).append(mark.name)
            continue
        shown = f"{_show(mark.value)} {mark.unit}".rstrip()
        yield f"{mark.name} is {shown}{detail}, {mark.standing}: the pass band is {mark.band}"
    for (standing, detail), names in absent.items():
        yield f"not measured{detail}, which counts as {standing}: {', '.join(names)}"


def _row(mark: Mark) -> tuple[str, ...]:
    score = "-" if mark.score is None else f"{mark.score:.2f} x {mark.weight:g}"
    return mark.name, _show(mark.value), mark.unit, mark.band, mark.standing, score


def _show(value: float | None) -> str:
    return "absent" if value is None else f"{value:.4g}"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
