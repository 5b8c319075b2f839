"""What can go wrong with a whole production, for the person at the terminal.

ProductionError
├── OrderError               what was asked for cannot be asked for: exit code 2
└── ProductionIncomplete     some deliverable is missing, the rest is kept: exit code 1
"""

from __future__ import annotations


class ProductionError(Exception):
    retryable = False


class OrderError(ProductionError):
    """The order itself is wrong: a missing file, an unknown engine, nobody to speak."""


class ProductionIncomplete(ProductionError):
    """Deliverables are missing; everything that was made is kept and will not be made again."""

    def __init__(self, missing: dict[str, str]) -> None:
        self.missing = missing
        """Deliverable ("ja-JP 9:16") to the reason it is missing."""
        reasons = "; ".join(f"{what}: {why}" for what, why in missing.items())
        super().__init__(f"not delivered: {reasons}")
