"""The dailies of one version of a film: every shot, its takes, and how far each has come.

A run writes the sheet and keeps it up to date; people's decisions lie beside it and are never in
it. What a shot's standing is, to a person, comes of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import AwareDatetime

from review.choice import Candidate
from review.decisions import Decision, LineEdit, Ruling, ruling
from review.policy import People
from storyboard.board import Framing
from storyboard.document import Document, Seconds
from storyboard.request import Aspect

Stage = Literal["planned", "waiting", "passed", "rendered", "failed", "skipped"]
"""How far a run has brought a shot: nothing chosen yet; a person is asked; its take is to be
rendered, or is; no take could be used; left out by the policy."""

Run = Literal["running", "stopped", "waiting", "incomplete", "out of budget", "delivered"]


class SheetLine(Document):
    """A line, or the part of one that this shot holds, and the whole of it."""

    line: str
    """Id of the board's line."""
    part: int = 0
    """0 when the line is whole here."""
    speaker: str
    """Display name."""
    text: str
    """The words spoken in this shot."""
    whole: str
    """The whole line in the shot's language, as it is spoken."""
    script: str
    """The same as the script has it: other words where a person has reworded the line."""
    original: str = ""
    """The whole line in the script's own language, where that is another."""
    delivery: str = ""
    heard_only: bool = False


class SheetShot(Document):
    """A shot of one language and aspect, or of all languages where nobody speaks."""

    job: str
    """Key of the take of its first attempt, whether or not that one was made."""
    shot: str
    scene: str
    language: str | None
    """None where nobody speaks."""
    languages: tuple[str, ...]
    """Of the films that use it."""
    aspect: Aspect
    framing: Framing
    action: str = ""
    seconds: Seconds
    lines: tuple[SheetLine, ...] = ()
    takes: tuple[Candidate, ...] = ()
    """In the order of their attempts."""
    stage: Stage = "planned"
    kept: str | None = None
    """Key of the take that the gate would go on with, or the run has gone on with."""
    reason: str = ""
    """Why it failed or was left out."""

    def take(self, key: str) -> Candidate | None:
        return next((each for each in self.takes if each.take == key), None)


class SheetScene(Document):
    id: str
    heading: str


class Sheet(Document):
    """dailies.json: what a run knows of its shots; written again and again while it goes on."""

    schema_version: Literal[1] = 1
    slug: str
    version: str
    title: str
    language: str
    """The script's own."""
    engine: str
    policy: str
    people: People
    status: Run
    began: AwareDatetime
    at: AwareDatetime
    """When this was written."""
    scenes: tuple[SheetScene, ...]
    shots: tuple[SheetShot, ...]
    """In screen order, the languages of a shot side by side."""

    def shot(self, job: str) -> SheetShot | None:
        return next((each for each in self.shots if each.job == job), None)


Standing = Literal[
    "waiting",
    "below gate",
    "approved",
    "passed",
    "to be remade",
    "rejected",
    "left out",
    "in work",
]
"""What a shot is to the people who look at it; the first two want them."""

WANTED: tuple[Standing, ...] = ("waiting", "below gate")

_STAGES: dict[Stage, Standing] = {
    "planned": "in work",
    "waiting": "waiting",
    "passed": "passed",
    "rendered": "passed",
    "failed": "below gate",
    "skipped": "left out",
}


@dataclass(frozen=True)
class Dailies:
    """The sheet and everything that was decided on it."""

    sheet: Sheet
    decisions: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)
    """By job, in their order."""
    edits: Mapping[tuple[str, str], tuple[LineEdit, ...]] = field(default_factory=dict)
    """By line and language, in their order."""

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        return tuple(self._look(shot) for shot in self.sheet.shots)

    def look(self, job: str) -> Look | None:
        return next((each for each in self.looks if each.shot.job == job), None)

    def counts(self) -> Counter[Standing]:
        return Counter(each.standing for each in self.looks)

    def _look(self, shot: SheetShot) -> Look:
        history = self.decisions.get(shot.job, ())
        edits = {
            line.line: known[-1]
            for line in shot.lines
            if shot.language and (known := self.edits.get((line.line, shot.language)))
        }
        return Look(shot=shot, history=history, ruling=ruling(history), edits=edits)


@dataclass(frozen=True, kw_only=True)
class Look:
    """One shot as a person sees it now."""

    shot: SheetShot
    history: tuple[Decision, ...]
    ruling: Ruling
    edits: Mapping[str, LineEdit]
    """The last edit of each of its lines that has one."""

    @property
    def standing(self) -> Standing:
        if self.reworded or self.asked_again:
            return "to be remade"
        if self.ruling.rejected:
            return "rejected"
        if self.ruling.approved:
            return "approved"
        return _STAGES[self.shot.stage]

    @property
    def wanted(self) -> bool:
        """Whether it wants a person."""
        return self.standing in WANTED

    @property
    def reworded(self) -> bool:
        """Whether a line has been given words that its takes do not speak."""
        return any(
            edit.was == line.script and edit.text != line.whole
            for line in self.shot.lines
            if (edit := self.edits.get(line.line)) is not None
        )

    @property
    def asked_again(self) -> bool:
        """Whether new takes were asked for and no run has made any yet."""
        latest = self.ruling.retried
        if latest is None or self.ruling.approved or self.ruling.rejected:
            return False
        return all(each.attempt < latest.next_attempt for each in self.shot.takes)

    @property
    def next_attempt(self) -> int:
        """The first attempt nobody has seen."""
        return max((each.attempt + 1 for each in self.shot.takes), default=0)

    @property
    def chosen(self) -> Candidate | None:
        """The take to look at first: the approved one, the gate's, or the best there is."""
        if self.ruling.approved and (found := self.shot.take(self.ruling.approved.take)):
            return found
        if self.shot.kept and (found := self.shot.take(self.shot.kept)):
            return found
        rank = {"pass": 2, "retry": 1, "reject": 0}
        return max(
            self.shot.takes,
            key=lambda take: (rank[take.outcome], not take.doubtful, take.score),
            default=None,
        )
