"""What is known of a take after dailies: its measurements, and the verdict on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, FiniteFloat, RootModel

from storyboard.document import Document

Outcome = Literal["pass", "retry", "reject"]
"""Retry: another seed may be better. Reject: no seed will mend it."""

Standing = Literal["pass", "doubtful", "retry", "reject"]
"""Of one figure. Doubtful lets the take pass, behind every take without a doubt."""

Share = Annotated[float, Field(ge=0, le=1)]


class Measurement(Document):
    """One figure of a take; its meaning is in `review.measure` and docs/gate.md."""

    name: str
    value: FiniteFloat | None
    """None: there was nothing to measure, or nothing to measure it with; `detail` says why."""
    unit: str
    version: int
    """Raised whenever the same take would give another figure."""
    source: str = ""
    """What it was drawn with: the file, picture or sound, or the name of a model; "" where the
    model it needs is not installed."""
    able: bool = True
    """False: nothing installed here could measure it."""
    detail: str = ""


class Measurements(RootModel[tuple[Measurement, ...]]):
    """Every figure of one take, in the order of measuring; a plain list in JSON."""

    model_config = ConfigDict(frozen=True)

    def figures(self) -> Iterator[Measurement]:
        return iter(self.root)

    def find(self, name: str) -> Measurement | None:
        """The measurement of that name, if it was tried."""
        return next((each for each in self.root if each.name == name), None)


class Mark(Document):
    """One figure beside its band."""

    name: str
    value: FiniteFloat | None
    unit: str
    standing: Standing
    band: str
    """The band in words: "at most 0.02"."""
    score: Share | None
    """1 at its best, 0.5 at the edge of passing, 0 where doubt ends; None where not measured."""
    weight: float


class Verdict(Document):
    """What was decided on a take, on which figures, by whom and when; verdict.json in the vault."""

    schema_version: Literal[1] = 1
    take: str
    """The take's key."""
    outcome: Outcome
    reasons: tuple[str, ...]
    """Why it did not simply pass: a sentence for each figure outside its pass band."""
    score: Share
    """Weighted mean of the marks' scores: how candidates for one shot compare."""
    policy: str
    policy_digest: str
    section: Literal["speech", "silent"]
    """Which of the policy's bands were applied."""
    by: str = "gate"
    at: AwareDatetime
    marks: tuple[Mark, ...] = ()
    measurements: Measurements = Measurements(())

    @property
    def doubtful(self) -> bool:
        """It passes, but a person would want to look."""
        return self.outcome == "pass" and any(m.standing == "doubtful" for m in self.marks)
