"""What people decide, as documents that are added one after another and never changed.

Every shot and every line has a list of its own, numbered from 1. Who decides says how many entries
they have seen; where another person's came in between, that number is taken, and nothing is
overwritten. What holds is what the list comes to: `ruling` for a shot, the last edit for a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from review.errors import DecisionRefused
from storyboard.document import Document

Kind = Literal["approve", "retry", "reject", "undo"]
"""Approve: render this very take. Retry: make new takes of the shot, with other seeds. Reject: no
take of the shot will do, and no seed will mend it; the policy says what becomes of the film. Undo:
take back the last of these."""

LONGEST_NAME, LONGEST_TEXT = 80, 2000


def _plain(text: str) -> str:
    """Words a person typed, without what no person types: control characters but line ends."""
    kept = "".join(c for c in text if c in "\n\t" or (c.isprintable() or c == "\u200d"))
    return kept.strip()


def reviewer_name(typed: str) -> str:
    """A name as decisions carry it; DecisionRefused where nothing, or too much, is left of it."""
    name = " ".join(_plain(typed).split())
    if not name:
        raise DecisionRefused("say who you are first: decisions carry a name")
    if len(name) > LONGEST_NAME:
        raise DecisionRefused(f"a name has at most {LONGEST_NAME} characters")
    return name


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class Decision(Document):
    """What somebody decided about one take of a shot."""

    schema_version: Literal[1] = 1
    job: str
    """The shot, by the key of the take of its first attempt."""
    number: int = Field(ge=1)
    """Its place among the decisions about this shot."""
    kind: Kind
    take: str
    """Key of the take that was looked at."""
    attempt: int = Field(ge=0)
    preview: str
    """sha256 of the preview that was looked at."""
    next_attempt: int = Field(default=0, ge=0)
    """For a retry, where new attempts begin."""
    note: Text = ""
    by: Name
    at: AwareDatetime


class LineEdit(Document):
    """Other words for a line in one language."""

    schema_version: Literal[1] = 1
    line: str
    """Id of the board's line."""
    language: str
    """BCP-47."""
    number: int = Field(ge=1)
    was: str
    """The script's words it stands in place of; where the script has others by now, it is past."""
    text: Text
    note: Text = ""
    by: Name
    at: AwareDatetime


class Wish(Document):
    """A decision as it is asked for; `seen` is how many decisions the asker knew of."""

    job: str
    take: str
    kind: Kind
    note: Text = ""
    seen: int = Field(ge=0)
    by: str = Field(default="", max_length=LONGEST_NAME)


class EditWish(Document):
    """New words for a line as they are asked for; `seen` is how many edits the asker knew of."""

    line: str
    language: str
    text: Text = Field(min_length=1)
    note: Text = ""
    seen: int = Field(ge=0)
    by: str = Field(default="", max_length=LONGEST_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the decisions about a shot come to; at most one of `approved` and `rejected`."""

    approved: Decision | None = None
    rejected: Decision | None = None
    retried: Decision | None = None
    """The last retry in force. It has been followed where the shot has an attempt from
    `next_attempt` on."""
    last: Decision | None = None
    """The last decision that was not taken back."""
    seen: int = 0
    """How many decisions there are."""

    @property
    def start(self) -> int:
        """The attempt from which the gate chooses; people have passed over those before it."""
        return self.retried.next_attempt if self.retried else 0


def ruling(history: Iterable[Decision]) -> Ruling:
    """What holds after these decisions, in their order."""
    standing: list[Decision] = []
    seen = 0
    for decision in history:
        seen += 1
        if decision.kind == "undo":
            standing = standing[:-1]
        else:
            standing.append(decision)
    last = standing[-1] if standing else None
    retries = [decision for decision in standing if decision.kind == "retry"]
    return Ruling(
        approved=last if last and last.kind == "approve" else None,
        rejected=last if last and last.kind == "reject" else None,
        retried=retries[-1] if retries else None,
        last=last,
        seen=seen,
    )
