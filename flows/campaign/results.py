"""The results file of a campaign: the sheet as it was given, and behind each row what became of it.

Written row by row into a part file that takes the place of the former results when it is whole,
so that neither a large sheet nor a stopped run costs more than itself.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from flows.errors import OrderError
from storyboard.campaign import Entry, Sheet, SheetError
from storyboard.campaign.native import RESULTS as PREFIX
from storyboard.campaign.table import rows

Status = Literal[
    "delivered", "partial", "waiting", "failed", "invalid", "skipped", "variant", "not reached"
]
"""Partial: some of the row's films are there. Waiting: for a person. Invalid: the row itself is
wrong. Skipped: not for sale, by the sheet. Variant: of the product of a row above."""

OWED: frozenset[Status] = frozenset({"partial", "waiting", "failed", "invalid", "not reached"})
"""What `--only-failed` takes up again."""
FAULTY: frozenset[Status] = frozenset({"partial", "failed", "invalid"})
"""What makes a campaign end with its own exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one row."""

    status: Status
    stage: str = ""
    """Where it ended: validate, words, takes, cut, done."""
    code: str = ""
    message: str = ""
    remedy: str = ""
    gpu_seconds: str = ""
    """What its takes took of the engine, whenever they were made."""
    cost: str = ""
    attempts: str = ""
    """Previews looked at."""
    films: str = ""
    page: str = ""


COLUMNS = tuple(f"{PREFIX}{name}" for name in ("row", "id", *(f.name for f in fields(Outcome))))


class Former:
    """The results of the run before, by the row's id, and by its number where it had none."""

    def __init__(self, path: Path) -> None:
        self._known: dict[str, Outcome] = {}
        if not path.exists():
            return
        try:
            self._read(path)
        except SheetError as error:
            raise OrderError(f"{error}; name another results file by --results") from error

    def _read(self, path: Path) -> None:
        lines = rows(path)
        header = next(lines, None)
        places = {name: at for at, name in enumerate(header.values)} if header else {}
        if not set(COLUMNS) <= set(places):
            raise OrderError(f"{path}: is there and is no results file; name another by --results")
        for cells in lines:
            if cells.broken:
                continue
            named = {c: cells.values[places[c]] for c in COLUMNS if places[c] < len(cells.values)}
            number, made = named.pop(COLUMNS[0], ""), named.pop(COLUMNS[1], "")
            outcome = {name.removeprefix(PREFIX): said for name, said in named.items()}
            self._known[made or f"row {number}"] = Outcome(**outcome)  # type: ignore[arg-type]

    def of(self, entry: Entry) -> Outcome | None:
        return self._known.get(entry.row.id if entry.row else f"row {entry.number}")


class Results:
    """Writes one row after the other, in the order of the sheet."""

    def __init__(self, file: Any, sheet: Sheet) -> None:
        self._writer = csv.writer(file)
        self._kept = [at for at, title in enumerate(sheet.header) if title not in COLUMNS]
        self._writer.writerow([*(sheet.header[at] for at in self._kept), *COLUMNS])
        self.counts: dict[Status, int] = {}

    def add(self, entry: Entry, outcome: Outcome, *, taken: bool) -> None:
        """`taken` is whether the row was taken up now; only such rows are counted."""
        cells = [entry.cells[at] if at < len(entry.cells) else "" for at in self._kept]
        made = entry.row.id if entry.row else ""
        self._writer.writerow([*cells, entry.number, made, *asdict(outcome).values()])
        if taken:
            self.counts[outcome.status] = self.counts.get(outcome.status, 0) + 1


@contextmanager
def writing(path: Path, sheet: Sheet) -> Iterator[Results]:
    """A results file in the making; it takes its place however the work inside ends."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = part.open("w", encoding="utf-8-sig", newline="")  # the mark is for Excel
    except OSError as error:
        raise OrderError(f"{path} cannot be written: {error.strerror}; name --results") from error
    try:
        with file:
            yield Results(file, sheet)
    finally:
        part.replace(path)


def faulty(counts: Mapping[Status, int]) -> int:
    return sum(count for status, count in counts.items() if status in FAULTY)


def owed(counts: Mapping[Status, int]) -> int:
    """Rows of which there should be ads."""
    return sum(count for status, count in counts.items() if status not in ("variant", "skipped"))
