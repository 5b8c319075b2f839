"""When a schedule ran last, and whether it is running: one record for all who serve it.

It lies in the vault, in pages (`storage.Book`): two servers of the same schedule, or a server and
the runs it was late for, find out there who makes which firing, and a run that was killed is
passed over as `flows.presence` tells.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from storage import Book, Store
from storyboard.document import Document

Turn = Literal["go", "covered", "busy"]


class Entry(Document):
    """The diary of a schedule as it stands."""

    schema_version: Literal[1] = 1
    by: str
    """The run that wrote this."""
    covered: AwareDatetime | None = None
    """When the last run began. It saw everything that was there, so firings up to then are done."""
    run: str | None = None
    """At work."""
    ended: AwareDatetime | None = None
    status: str = ""
    """What became of the last run."""


class Diary:
    """One schedule's, in one vault."""

    def __init__(self, store: Store, schedule: str, *, gone: Callable[[str], bool]) -> None:
        """`gone` tells runs that are dead."""
        self._book = Book(store, f"schedules/{schedule}/diary")
        self._gone = gone

    def read(self) -> Entry | None:
        return _entry(self._book.read())

    def begin(self, run: str, instant: datetime, now: datetime) -> Turn:
        """Ask to make the firing of that instant: go, another run has covered it, or another is
        at work. After "go" nobody else gets a turn before `end`, unless this run dies."""
        turn: Turn = "go"

        def change(found: bytes | None) -> bytes | None:
            nonlocal turn
            known = _entry(found)
            if known is not None and known.covered is not None and instant <= known.covered:
                turn = "covered"
                return None
            if known is not None and known.run is not None and not self._gone(known.run):
                turn = "busy"
                return None
            turn = "go"
            return _written(Entry(by=run, covered=max(now, instant), run=run))

        self._book.change(change)
        return turn

    def end(self, run: str, status: str, now: datetime) -> None:
        """Give the turn back; a run that was taken for dead meanwhile has none to give."""

        def change(found: bytes | None) -> bytes | None:
            known = _entry(found)
            if known is None or known.run != run:
                return None
            new = known.model_copy(update={"by": run, "run": None, "ended": now, "status": status})
            return _written(new)

        self._book.change(change)


def _entry(found: bytes | None) -> Entry | None:
    return None if found is None else Entry.model_validate_json(found)


def _written(entry: Entry) -> bytes:
    return entry.model_dump_json(indent=1).encode()
