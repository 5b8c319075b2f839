"""What has been spent and what is spoken for, month by month and campaign by campaign.

    ledger/months/2026-11/0000000001.json      a book: spent, and held by runs that still go
    ledger/campaigns/<name>/0000000001.json    the same for every run of one campaign
    ledger/runs/<run>.json                     a run's own statement, rewritten at every call

A run holds what it is likely to need before it works, in every book it is in, and settles when it
ends. A run that was killed is settled by whoever looks into the book next: from its statement, and
for the calls it was in from the records of their takes, or from their estimates where no record
was written. A book is changed in the knowledge of all changes before (`storage.Book`), so no two
runs, wherever they are, are granted the same money.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, ValidationError

from flows.money.amounts import Amount, Cap, Rate, amount
from storage import AssetMissing, Book, Store, safe_part, take_key_prefix
from storyboard.document import Document
from storyboard.request import Take

Stage = Literal["preview", "render"]


class Call(Document):
    """An engine call that a run is in."""

    take: str
    stage: Stage
    estimate: float
    """Seconds of engine time."""


class Statement(Document):
    """What a run has spent, and is spending."""

    schema_version: Literal[1] = 1
    run: str
    engine: str
    rate: Rate | None
    books: tuple[str, ...]
    """The names of the books it is in."""
    began: AwareDatetime
    ended: AwareDatetime | None = None
    calls: int = 0
    """Engine calls that came to an end."""
    seconds: float = 0.0
    """Of engine time, in those calls."""
    cost: Amount = Amount()
    open: tuple[Call, ...] = ()


class Page(Document):
    """A book as one change left it."""

    schema_version: Literal[1] = 1
    by: str
    """The run that made the change."""
    at: AwareDatetime
    spent: Amount = Amount()
    held: dict[str, Amount] = {}
    """By run."""
    settled: dict[str, Amount] = {}
    """Runs that others took for dead, and what was put down for them: should one of them turn out
    to be alive, it owes only what it spends beyond."""

    @property
    def used(self) -> Amount:
        """Spent, or spoken for."""
        return sum(self.held.values(), self.spent)


@dataclass(frozen=True, slots=True)
class Refused:
    """What a book said instead of granting a hold."""

    name: str
    cap: Cap
    page: Page
    mine: Amount
    """What the run asking holds already."""


class Account:
    """One book, with the most that may be spent in it."""

    def __init__(self, store: Store, name: str, cap: Cap, *, gone: Callable[[str], bool]) -> None:
        """`name` is "months/2026-11" or "campaigns/spring"; `gone` tells runs that are dead."""
        self.name = name
        self.cap = cap
        self._store = store
        self._gone = gone
        self._book = Book(store, f"ledger/{name}")

    def read(self) -> Page:
        """As it stands, runs that are dead still in it."""
        return _page(self._book.read())

    def hold(self, run: str, seconds: float, rate: Rate | None, *, least: float) -> float | Refused:
        """Speak for so many seconds of engine time in all for that run, or for what there is.

        What is granted is at least `least`; otherwise nothing changes and Refused says why.
        """
        answer: float | Refused = 0.0

        def change(found: bytes | None) -> bytes | None:
            nonlocal answer
            page = self._settle_the_dead(_page(found), besides=run)
            others = {each: sum_ for each, sum_ in page.held.items() if each != run}
            paid = page.settled.get(run, Amount())
            used = sum(others.values(), page.spent - paid)
            granted = min(seconds, self.cap.room(used, rate))
            if granted < least:
                answer = Refused(self.name, self.cap, page, page.held.get(run, Amount()))
                return None
            answer = granted
            rest = amount(granted, rate) - paid
            return _as_bytes(_changed(page, run, held={**others, run: rest}))

        self._book.change(change)
        return answer

    def settle(self, run: str, spent: Amount) -> None:
        """Put down what that run has spent in all, and let go of what it held."""

        def change(found: bytes | None) -> bytes | None:
            return _as_bytes(_settled(_page(found), run, spent, by=run))

        self._book.change(change)

    def _settle_the_dead(self, page: Page, *, besides: str) -> Page:
        for run in page.held:
            if run != besides and self._gone(run):
                spent = _spent_by_the_dead(self._store, run)
                page = _settled(page, run, spent, by=besides)
                page = _changed(page, besides, settled={**page.settled, run: spent})
        return page


def month_name(at: datetime) -> str:
    """The book of that moment's month, by the clock of Greenwich."""
    return f"months/{at.astimezone(UTC):%Y-%m}"


def campaign_name(campaign: str) -> str:
    return f"campaigns/{safe_part(campaign)}"


def keep_statement(store: Store, statement: Statement) -> None:
    store.put(_statement(statement.run), statement.model_dump_json(indent=1).encode())


def find_statement(store: Store, run: str) -> Statement | None:
    """None where that run has put down nothing that can be read."""
    try:
        return Statement.model_validate_json(store.read(_statement(run)))
    except (AssetMissing, ValidationError):
        return None


def _statement(run: str) -> str:
    return f"ledger/runs/{run}.json"


def _page(found: bytes | None) -> Page:
    if found is None:
        return Page(by="", at=datetime.now(UTC))
    return Page.model_validate_json(found)


def _changed(page: Page, by: str, **changes: object) -> Page:
    return page.model_copy(update={"by": by, "at": datetime.now(UTC), **changes})


def _settled(page: Page, run: str, spent: Amount, *, by: str) -> Page:
    paid = page.settled.get(run, Amount())
    return _changed(
        page,
        by,
        spent=page.spent + (spent - paid),
        held={each: sum_ for each, sum_ in page.held.items() if each != run},
        settled={each: sum_ for each, sum_ in page.settled.items() if each != run},
    )


def _as_bytes(page: Page) -> bytes:
    return page.model_dump_json(indent=1).encode()


def _spent_by_the_dead(store: Store, run: str) -> Amount:
    """By its statement and, for the calls it died in, by what there is of their takes."""
    statement = find_statement(store, run)
    if statement is None:
        return Amount()  # it held, and died before its first call
    rest = sum(_seconds(store, call) for call in statement.open)
    return statement.cost + amount(rest, statement.rate)


def _seconds(store: Store, call: Call) -> float:
    """Engine time of a call nobody saw the end of: the take's own record knows it; a call that
    left none was broken off, and is counted as if it had not been."""
    try:
        key = f"{take_key_prefix(call.take)}{call.stage}.json"
        take = Take.model_validate_json(store.read(key))
    except (AssetMissing, ValidationError):
        return call.estimate
    return take.engine_seconds.get(call.stage, call.estimate)
