"""What the review page shows, as plain values for its templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from review.dailies import WANTED, Dailies, Look, SheetLine, Standing
from review.decisions import Decision
from review.desk import Desk, Shown
from review.figures import FIGURES
from review.page import clock, show_figure
from review.transcript import Run, compared, heard_in
from review.verdict import Verdict
from storyboard.languages import language
from storyboard.request import Aspect, Take

EVERYBODY = "every language"
_SHAPES: Mapping[Aspect, str] = {"9:16": "tall", "16:9": "wide", "1:1": "square"}
_STATUS = {
    "running": "being made",
    "stopped": "stopped before its end",
    "waiting": "waits for people",
    "incomplete": "incomplete",
    "out of budget": "stopped at its budget",
    "delivered": "delivered",
}
_DID = {
    "approve": "approved take {n}",
    "retry": "asked for new takes instead of take {n}",
    "reject": "rejected the shot, seeing take {n}",
    "undo": "took the last decision back",
}
_OUTCOMES = {"pass": "passed", "retry": "below gate", "reject": "rejected by the gate"}
_MEANINGS = {figure.name: figure.meaning for figure in FIGURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """A production on one line."""

    title: str
    url: str
    engine: str
    policy: str
    status: str
    running: bool
    at: str
    wanted: int
    counts: Mapping[Standing, int]
    progress: str
    share: float
    """Of all takes, 0 to 1: half for its choice, half for its render."""


def billing(dailies: Dailies) -> Billing:
    sheet, counts = dailies.sheet, dailies.counts()
    total = len(sheet.shots)
    chosen = sum(shot.stage != "planned" for shot in sheet.shots)
    rendered = sum(shot.stage == "rendered" for shot in sheet.shots)
    previews = sum(len(shot.takes) for shot in sheet.shots)
    return Billing(
        title=sheet.title,
        url=f"/p/{sheet.slug}/{sheet.version}",
        engine=sheet.engine,
        policy=sheet.policy,
        status=_STATUS[sheet.status],
        running=sheet.status == "running",
        at=sheet.at.isoformat(timespec="seconds"),
        wanted=sum(counts[standing] for standing in WANTED),
        counts=counts,
        progress=f"{chosen} of {total} shots chosen from {previews} previews, {rendered} rendered",
        share=(chosen + rendered) / (2 * total) if total else 1.0,
    )


def state(dailies: Dailies) -> dict[str, Any]:
    """What a page that is open asks for again and again; marks tell which cards have changed."""
    bill = billing(dailies)
    return {
        "status": bill.status,
        "running": bill.running,
        "at": bill.at,
        "progress": bill.progress,
        "share": round(bill.share, 4),
        "wanted": bill.wanted,
        "counts": dict(bill.counts),
        "shots": {look.shot.job: mark(look) for look in dailies.looks},
    }


def mark(look: Look) -> str:
    """Changes whenever there is something new about a shot."""
    shot = look.shot
    edits = sorted((line, edit.number) for line, edit in look.edits.items())
    known = (look.standing, shot.stage, shot.kept, len(shot.takes), look.ruling.seen, edits)
    return hashlib.sha256(repr(known).encode()).hexdigest()[:12]


def languages(dailies: Dailies) -> list[tuple[str, str]]:
    """Tag and own name of every language spoken in, the script's own first."""
    tags = dict.fromkeys(tag for shot in dailies.sheet.shots for tag in shot.languages)
    own = dailies.sheet.language
    return [(tag, language(tag).own_name) for tag in sorted(tags, key=lambda t: (t != own, t))]


# --- the contact sheet ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One shot on the contact sheet."""

    job: str
    mark: str
    label: str
    shot: str
    language: str
    """BCP-47; "" where nobody speaks."""
    languages: str
    """The films it is for, with spaces between."""
    shape: str
    standing: Standing
    wanted: bool
    framing: str
    action: str
    seconds: float
    words: str
    takes: int
    poster: str | None
    by: str
    """Who decided last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The shots of a scene in one language and frame."""

    name: str
    language: str
    shape: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    heading: str
    number: int
    rows: tuple[Row, ...]


def scenes(dailies: Dailies) -> list[Scene]:
    """The contact sheet by scene, in it by language and frame."""
    order = [tag for tag, _ in languages(dailies)]
    several = len({shot.aspect for shot in dailies.sheet.shots}) > 1

    def row_of(look: Look) -> tuple[str, int]:
        shot = look.shot
        return shot.aspect, order.index(shot.language) if shot.language else -1

    by_scene: dict[str, list[Look]] = {}
    for look in dailies.looks:
        by_scene.setdefault(look.shot.scene, []).append(look)
    return [
        Scene(
            heading=scene.heading,
            number=number,
            rows=tuple(
                _row(dailies, list(looks), several=several)
                for _, looks in groupby(sorted(by_scene.get(scene.id, ()), key=row_of), row_of)
            ),
        )
        for number, scene in enumerate(dailies.sheet.scenes, 1)
        if scene.id in by_scene
    ]


def _row(dailies: Dailies, looks: list[Look], *, several: bool) -> Row:
    shot = looks[0].shot
    name = language(shot.language).own_name if shot.language else EVERYBODY
    return Row(
        name=f"{name}, {shot.aspect}" if several else name,
        language=shot.language or "",
        shape=_SHAPES[shot.aspect],
        cards=tuple(card(dailies, look) for look in looks),
    )


def card(dailies: Dailies, look: Look) -> Card:
    del dailies  # a card needs nothing of the others
    shot, chosen = look.shot, look.chosen
    return Card(
        job=shot.job,
        mark=mark(look),
        label=shot.shot.removeprefix(f"{shot.scene}-"),
        shot=shot.shot,
        language=shot.language or "",
        languages=" ".join(shot.languages),
        shape=_SHAPES[shot.aspect],
        standing=look.standing,
        wanted=look.wanted,
        framing=shot.framing,
        action=shot.action,
        seconds=float(shot.seconds),
        words=" ".join(line.text for line in shot.lines),
        takes=len(shot.takes),
        poster=_media(chosen.take, "poster.jpg") if chosen else None,
        by=look.ruling.last.by if look.ruling.last else "",
    )


# --- one shot ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTake:
    """One candidate, with its player and its figures."""

    number: int
    """As people count: 1 is the first attempt."""
    take: str
    preview: str
    poster: str
    render: str | None
    seed: int
    outcome: str
    standing: str
    score: float
    chosen: bool
    approved: bool
    passed_over: bool
    """By a retry: it may still be approved."""
    verdict: Verdict | None
    heard: str | None
    notes: tuple[str, ...]
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    line: SheetLine
    pending: str | None
    """New words that no take speaks yet."""
    pending_by: str
    seen: int
    """How many edits there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that somebody did."""

    what: str
    by: str
    at: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownShot:
    card: Card
    scene: str
    language_name: str
    takes: tuple[ShownTake, ...]
    lines: tuple[ShownLine, ...]
    transcripts: Mapping[str, tuple[Run, ...]]
    """By take: what was heard beside what is written, where something listened."""
    history: tuple[Event, ...]
    seen: int
    undoable: bool
    reason: str
    meanings: Mapping[str, str]


def shot(desk: Desk, dailies: Dailies, look: Look) -> ShownShot:
    own = look.shot
    takes = tuple(_takes(desk, look))
    headings = {scene.id: scene.heading for scene in dailies.sheet.scenes}
    return ShownShot(
        card=card(dailies, look),
        scene=headings.get(own.scene, ""),
        language_name=language(own.language).own_name if own.language else EVERYBODY,
        takes=takes,
        lines=tuple(_lines(dailies, look)),
        transcripts=dict(_transcripts(look, takes)),
        history=tuple(_events(dailies, look)),
        seen=look.ruling.seen,
        undoable=look.ruling.last is not None,
        reason=own.reason,
        meanings=_MEANINGS,
    )


def _takes(desk: Desk, look: Look) -> Iterator[ShownTake]:
    chosen, approved = look.chosen, look.ruling.approved
    for each in look.shot.takes:
        record: Take | None = desk.take(each.take)
        verdict = desk.verdict(each.take)
        yield ShownTake(
            number=each.attempt + 1,
            take=each.take,
            preview=_media(each.take, "preview.mp4"),
            poster=_media(each.take, "poster.jpg"),
            render=_media(each.take, "render.mp4") if record and record.rendered else None,
            seed=each.seed,
            outcome="doubtful" if each.doubtful else _OUTCOMES[each.outcome],
            standing="doubtful" if each.doubtful else each.outcome,
            score=each.score,
            chosen=chosen is not None and chosen.take == each.take,
            approved=approved is not None and approved.take == each.take,
            passed_over=each.attempt < look.ruling.start,
            verdict=verdict,
            heard=heard_in(verdict),
            notes=record.notes if record else (),
            cost=sum(record.engine_seconds.values()) if record else each.engine_seconds,
        )


def _lines(dailies: Dailies, look: Look) -> Iterator[ShownLine]:
    tag = look.shot.language or ""
    for line in look.shot.lines:
        edit = look.edits.get(line.line)
        new = edit is not None and edit.was == line.script and edit.text != line.whole
        yield ShownLine(
            line=line,
            pending=edit.text if edit and new else None,
            pending_by=edit.by if edit and new else "",
            seen=len(dailies.edits.get((line.line, tag), ())),
        )


def _transcripts(look: Look, takes: Iterable[ShownTake]) -> Iterator[tuple[str, tuple[Run, ...]]]:
    written = " ".join(line.text for line in look.shot.lines)
    for take in takes:
        if take.heard is not None and look.shot.language:
            yield take.take, compared(written, take.heard, look.shot.language)


def _events(dailies: Dailies, look: Look) -> Iterator[Event]:
    """What was done about this shot and its lines, the latest first."""
    found: list[tuple[Any, Event]] = [
        (each.at, Event(what=_did(each), by=each.by, at=each.at.isoformat(), note=each.note))
        for each in look.history
    ]
    tag = look.shot.language or ""
    for line in dict.fromkeys(line.line for line in look.shot.lines):
        for edit in dailies.edits.get((line, tag), ()):
            what = f"reworded a line: {edit.text}"
            found.append(
                (edit.at, Event(what=what, by=edit.by, at=edit.at.isoformat(), note=edit.note))
            )
    for _, event in sorted(found, key=lambda each: each[0], reverse=True):
        yield event


def _did(decision: Decision) -> str:
    return _DID[decision.kind].format(n=decision.attempt + 1)


def _media(take: str, name: Shown) -> str:
    return f"/media/{take}/{name}"


def _slug(standing: str) -> str:
    """As a class in the style sheet."""
    return standing.replace(" ", "-")


FILTERS: dict[str, Callable[..., str]] = {"clock": clock, "figure": show_figure, "slug": _slug}
