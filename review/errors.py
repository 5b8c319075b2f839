"""What can go wrong in the screening room.

ReviewError
├── PolicyError          a gate's policy is unknown, unreadable or contradicts itself
└── PageError            a page or contact sheet was asked for that cannot be drawn
"""


class ReviewError(ValueError):
    """One sentence for the person who can mend it."""

    retryable = False


class PolicyError(ReviewError):
    """`str()` is `file:line: error: ...` where the fault has a place in a file."""


class PageError(ReviewError):
    pass
