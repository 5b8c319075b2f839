"""What a production's dailies come to: how much passed, of what and why not, and what it cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from review.choice import Candidate, Choice
from review.verdict import Mark, Verdict

WORST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot at the gate: what was chosen, and every verdict on the way there."""

    choice: Choice
    verdicts: tuple[Verdict, ...]
    """Of the candidates, in their order."""
    render_seconds: float = 0.0
    """What the render of the kept take cost the engine; 0 where there is none."""

    @property
    def accepted_seconds(self) -> float:
        """Of film."""
        return float(self.choice.seconds) if self.choice.kept is not None else 0.0

    @property
    def engine_seconds(self) -> float:
        """Of every candidate and of the render."""
        previews = sum(each.engine_seconds for each in self.choice.candidates)
        return previews + self.render_seconds


@dataclass(slots=True)
class Rate:
    """Of the takes of one kind, how many passed; and of its shots, how many at the first take."""

    takes: int = 0
    passed: int = 0
    shots: int = 0
    at_once: int = 0

    def row(self, name: str) -> tuple[str, ...]:
        return (
            name,
            f"{self.passed}/{self.takes}",
            _percent(self.passed, self.takes),
            f"{self.at_once}/{self.shots}",
        )


@dataclass(slots=True)
class FigureRate:
    """Where one figure stood, over all takes; and how often nothing here could measure it."""

    stood: Counter[str] = field(default_factory=Counter)
    unable: int = 0

    def row(self, name: str) -> tuple[str, ...]:
        stopped = self.stood["retry"] + self.stood["reject"]
        counts = (self.stood["pass"], self.stood["doubtful"], stopped, self.unable)
        judged = self.stood.total()
        return (name, *map(str, counts), _percent(judged - stopped, judged))


def retried(shots: Iterable[Shot]) -> list[Shot]:
    """Shots that took more than the first round's best: something of theirs did not pass."""
    return [
        shot
        for shot in shots
        if shot.choice.unmade or any(each.outcome != "pass" for each in shot.choice.candidates)
    ]


def summary(shots: Sequence[Shot]) -> str:
    """One line for a terminal."""
    takes = sum(len(shot.choice.candidates) + len(shot.choice.unmade) for shot in shots)
    again = retried(shots)
    said = f"{_several(takes, 'preview')} of {_several(len(shots), 'shot')}"
    if again:
        names = ", ".join(shot.choice.shot for shot in again)
        said += f"; not all passed of {len(again)}: {names}"
    left = [shot.choice.shot for shot in shots if shot.choice.kept is None]
    return said + (f"; nothing passed of {', '.join(left)}" if left else "")


def as_markdown(shots: Sequence[Shot]) -> str:
    """The whole report; nothing of an empty production."""
    if not shots:
        return ""
    return "\n".join(line for part in _PARTS for line in (*part(shots), "")).rstrip() + "\n"


def _cost(shots: Sequence[Shot]) -> Iterator[str]:
    yield "## The gate"
    yield ""
    yield f"{summary(shots)}."
    spent = sum(shot.engine_seconds for shot in shots)
    accepted = sum(shot.accepted_seconds for shot in shots)
    if accepted:
        wasted = sum(_passed_over(shot) for shot in shots)
        yield (
            f"{spent:.1f} s of engine for {accepted:.1f} s accepted: {spent / accepted:.2f} s for "
            f"each, {_percent(wasted, spent)} of it on previews that were not kept."
        )


def _passed_over(shot: Shot) -> float:
    candidates = shot.choice.candidates
    return sum(each.engine_seconds for each in candidates if each.take != shot.choice.kept)


def _figures(shots: Sequence[Shot]) -> Iterator[str]:
    rates: dict[str, FigureRate] = {}
    for verdict in (verdict for shot in shots for verdict in shot.verdicts):
        for mark in verdict.marks:
            rate = rates.setdefault(mark.name, FigureRate())
            if _unable(verdict, mark):
                rate.unable += 1
            else:
                rate.stood[mark.standing] += 1
    yield from _table(
        ("Figure", "pass", "doubtful", "stopped", "no model", "passed"),
        (rate.row(f"`{name}`") for name, rate in rates.items()),
    )


def _unable(verdict: Verdict, mark: Mark) -> bool:
    figure = verdict.measurements.find(mark.name)
    return figure is not None and not figure.able


def _languages(shots: Sequence[Shot]) -> Iterator[str]:
    return _rates("Language", shots, lambda choice: (choice.language or "silent shots",))


def _characters(shots: Sequence[Shot]) -> Iterator[str]:
    return _rates("Character", shots, lambda choice: choice.speakers)


def _engines(shots: Sequence[Shot]) -> Iterator[str]:
    return _rates("Engine", shots, lambda choice: (choice.engine,))


def _rates(
    what: str, shots: Sequence[Shot], kinds: Callable[[Choice], Iterable[str]]
) -> Iterator[str]:
    rates: dict[str, Rate] = defaultdict(Rate)
    for shot in shots:
        candidates = shot.choice.candidates
        for kind in kinds(shot.choice):
            rate = rates[kind]
            rate.shots += 1
            rate.at_once += candidates[0].outcome == "pass" and not shot.choice.unmade
            rate.takes += len(candidates)
            rate.passed += sum(each.outcome == "pass" for each in candidates)
    return _table(
        (what, "takes passed", "", "shots at the first take"),
        (rates[name].row(name) for name in sorted(rates)),
    )


def _worst(shots: Sequence[Shot]) -> Iterator[str]:
    """Those that fared worst, kept or not: a person may want to look at them."""
    rank = {"reject": 0, "retry": 1, "pass": 2}

    def badness(found: tuple[Shot, Candidate]) -> tuple[int, float]:
        return rank[found[1].outcome], found[1].score

    every = [(shot, each) for shot in shots for each in shot.choice.candidates]
    yield from _table(
        ("Worst takes", "shot", "outcome", "score", "kept", "because"),
        (
            (
                f"`{each.take[:12]}`",
                shot.choice.shot,
                "doubtful" if each.doubtful else each.outcome,
                f"{each.score:.3f}",
                "yes" if each.take == shot.choice.kept else "",
                each.reasons[0] if each.reasons else "",
            )
            for shot, each in sorted(every, key=badness)[:WORST]
        ),
    )


_PARTS = (_cost, _figures, _languages, _characters, _engines, _worst)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if body:
        yield f"| {' | '.join(head)} |"
        yield f"| {' | '.join('---' for _ in head)} |"
        yield from body


def _cell(text: str) -> str:
    """What a recogniser heard or a script says must not draw columns or markup of its own."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""
