"""What can go wrong with a whole production, for the person at the terminal.

ProductionError
├── OrderError               what was asked for cannot be asked for: exit code 2
├── TakeLost                 a take's file in the vault is gone or damaged; a new run heals it
├── BudgetReached            a cap does not allow one more engine call
└── ProductionIncomplete     some deliverable is missing, the rest is kept: exit code 1
    ├── RowsFailed           of a campaign: some rows were not delivered whole: exit code 4
    └── BudgetSpent          because a cap was reached: exit code 5
"""

from __future__ import annotations


class ProductionError(Exception):
    retryable = False


class OrderError(ProductionError):
    """The order itself is wrong: a missing file, an unknown engine, nobody to speak."""


class TakeLost(ProductionError):
    """A take was on record, and its media was not what the record says."""


class BudgetReached(ProductionError):
    """The engine call was not made; nothing was lost by it."""


class ProductionIncomplete(ProductionError):
    """Deliverables are missing; everything that was made is kept and will not be made again."""

    def __init__(self, missing: dict[str, str]) -> None:
        self.missing = missing
        """Deliverable ("ja-JP 9:16") to the reason it is missing."""
        reasons = "; ".join(f"{what}: {why}" for what, why in missing.items())
        super().__init__(f"not delivered: {reasons}")


class RowsFailed(ProductionIncomplete):
    """Some rows of a campaign failed; every other was delivered."""

    def __init__(self, count: int, of: int, results: str) -> None:
        self.count, self.of, self.results = count, of, results
        super().__init__({f"{count} of {of} rows": f"see {results}"})


class BudgetSpent(ProductionIncomplete):
    """A cap was reached; no engine call was made after it."""

    def __init__(self, missing: dict[str, str], why: str) -> None:
        super().__init__(missing)
        self.why = why
        """Which cap, and what was spent."""
