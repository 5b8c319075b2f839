"""A sheet looked through before anything is spent, and which of its rows an order takes up."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.campaign.results import OWED, Former
from flows.campaign.rows import Kit, plan_row
from flows.errors import OrderError
from flows.order import CampaignOrder
from storyboard.campaign import Entry, Fault, RowRefused, numbers


@dataclass(slots=True)
class Validated:
    """The sheet, looked through."""

    good: int = 0
    chosen: int = 0
    """Good rows that will be taken up."""
    refused: int = 0
    """Rows that will be taken up only to be told why they cannot be made."""
    faults: list[Fault] = field(default_factory=list)
    """The first of them, to be shown; the results file has all."""
    bad: int = 0
    warnings: int = 0

    def summary(self) -> str:
        """In a sentence."""
        return (
            f"{self.good} rows are good, {self.bad} are not; {self.chosen} will be made, "
            f"{self.warnings} warnings"
        )


SHOWN = 50
"""Faults that are kept to be shown."""


def validate(kit: Kit) -> Validated:
    """Look through every row of the sheet; nothing is made, nothing is held."""
    found = Validated()
    chosen = Chooser(kit.order)
    for entry in kit.sheet.entries():
        faults = entry.faults
        found.warnings += len(entry.warnings)
        if entry.row is not None:
            taken = chosen.takes(entry)
            try:
                found.warnings += len(plan_row(kit, entry.row).warnings)
                found.good += 1
                found.chosen += taken
            except RowRefused as error:
                faults = error.faults
                found.refused += taken
        if faults:
            found.bad += 1
            found.faults += faults[: max(0, SHOWN - len(found.faults))]
    chosen.check()
    return found


class Chooser:
    """Which rows an order takes up."""

    def __init__(self, order: CampaignOrder) -> None:
        """OrderError where `rows` names none."""
        try:
            self._spans = numbers(order.rows) if order.rows else ()
        except ValueError as error:
            raise OrderError(f"--rows: {error}") from error
        self._left = order.limit
        self._met = 0
        self.former = Former(order.results_file)
        self._only_failed = order.only_failed

    def takes(self, entry: Entry) -> bool:
        """Whether this row is taken up; asked once for each, in order."""
        if self._spans and not any(entry.number in span for span in self._spans):
            return False
        self._met += 1
        if self._only_failed:
            before = self.former.of(entry)
            if before is not None and before.status not in OWED:
                return False
        if entry.row is None:
            return True  # told again, for nothing
        if self._left is not None:
            if self._left <= 0:
                return False
            self._left -= 1
        return True

    def check(self) -> None:
        """OrderError where the rows that were named are none of the sheet's."""
        if self._spans and not self._met:
            raise OrderError("--rows: the sheet has no such row; the first under the header is 2")
