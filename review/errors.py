"""What can go wrong in the screening room.

ReviewError
├── PolicyError          a gate's policy is unknown, unreadable or contradicts itself
├── PageError            a page or contact sheet was asked for that cannot be drawn
├── SenseMissing         a model to see or hear with is not here; says how to get it
├── DecisionRefused      a decision that makes no sense: an unknown take, nothing to take back
└── DecidedAlready       somebody else has decided since; says who, what and when
"""

from __future__ import annotations

from datetime import datetime


class ReviewError(ValueError):
    """One sentence for the person who can mend it."""

    retryable = False


class PolicyError(ReviewError):
    """`str()` is `file:line: error: ...` where the fault has a place in a file."""


class PageError(ReviewError):
    pass


class SenseMissing(ReviewError):
    pass


class DecisionRefused(ReviewError):
    pass


class DecidedAlready(ReviewError):
    """Nothing was written. Whoever asked may look at what holds now, and decide again."""

    def __init__(self, what: str, *, by: str, at: datetime) -> None:
        self.what, self.by, self.at = what, by, at
        super().__init__(f"{by} {what} at {at.astimezone():%H:%M on %Y-%m-%d}")
