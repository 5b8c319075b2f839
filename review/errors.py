"""What can go wrong in the screening room.

ReviewError
├── PolicyError          a gate's policy is unknown, unreadable or contradicts itself
├── PageError            a page or contact sheet was asked for that cannot be drawn
└── SenseMissing         a model to see or hear with is not here; says how to get it
"""


class ReviewError(ValueError):
    """One sentence for the person who can mend it."""

    retryable = False


class PolicyError(ReviewError):
    """`str()` is `file:line: error: ...` where the fault has a place in a file."""


class PageError(ReviewError):
    pass


class SenseMissing(ReviewError):
    pass
