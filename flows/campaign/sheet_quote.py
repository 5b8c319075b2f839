"""The quote for a campaign sheet: row by row, so that its length does not matter."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from flows.campaign.rows import Kit
from flows.money.amounts import Rate
from flows.money.quote import SHARED, Quote, QuoteLine, quote
from review import Policy
from storyboard import StoryboardError, plan
from storyboard.campaign import Entry, Row, RowRefused, SheetError, open_sheet
from storyboard.plan import LanguagePlan, Plan
from storyboard.translation import overlaid

SHOWN = 10
"""Rows that are shown to people: the dearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuote:
    """What one row will take, or why it cannot be made."""

    seconds: float
    """Of engine time."""
    number: int
    id: str
    title: str = ""
    languages: tuple[str, ...] = ()
    cost: str | None = None
    """None where the price table does not know the engine."""
    faults: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.number,
            "id": self.id,
            "title": self.title,
            "languages": list(self.languages),
            "faults": list(self.faults),
            "seconds": self.seconds,
            "cost": self.cost,
        }


@dataclass(slots=True)
class SheetQuote:
    """All rows together; grows with the languages and not with the rows."""

    title: str
    engine: str
    rate: Rate | None
    prices: str
    parallel: int
    lines: dict[str, QuoteLine] = field(default_factory=dict)
    rows: int = 0
    refused: int = 0
    longest: float = 0.0
    dearest: list[tuple[float, int, RowQuote]] = field(default_factory=list)
    """A heap, the cheapest of them first; of equal rows the earlier is dearer."""

    def add(self, row: RowQuote, quoted: Quote | None) -> None:
        """Count a row; without a quote it is one that cannot be made."""
        if quoted is None:
            self.refused += 1
            return
        self.rows += 1
        self.longest = max(self.longest, quoted.longest)
        for line in quoted.lines:
            known = self.lines.get(line.language)
            self.lines[line.language] = line if known is None else known + line
        push = heapq.heappush if len(self.dearest) < SHOWN else heapq.heappushpop
        push(self.dearest, (row.seconds, -row.number, row))

    def whole(self) -> Quote:
        """As of one production."""
        shared = [line for name, line in self.lines.items() if name == SHARED]
        own = [line for name, line in self.lines.items() if name != SHARED]
        return Quote(
            title=self.title,
            engine=self.engine,
            lines=(*own, *shared),
            rate=self.rate,
            prices=self.prices,
            parallel=self.parallel,
            longest=self.longest,
        )


COLUMNS = ("row", "product", "languages", "#engine", "#cost")


def rows(found: SheetQuote) -> Iterator[tuple[str, ...]]:
    """The dearest rows, for people."""
    for _, _, row in sorted(found.dearest, reverse=True):
        languages = ", ".join(row.languages)
        yield (str(row.number), row.title, languages, f"{row.seconds:.1f} s", row.cost or "unknown")


def is_sheet(path: Path) -> bool:
    """Whether a file is a sheet of products; a shot list ends in .csv as well."""
    if path.suffix.lower() not in (".csv", ".tsv", ".xml"):
        return False
    try:
        open_sheet(path)
    except SheetError:
        return path.suffix.lower() == ".xml"
    return True


def quote_sheet(
    kit: Kit,
    policy: Policy,
    *,
    rate: Rate | None,
    prices: str,
    each: Callable[[RowQuote], None],
) -> SheetQuote:
    """The quote for every row of a campaign, told to `each` as it is made, and for all together.

    A language whose words are still to be translated is taken to be as long as the row's own.
    """
    capabilities = kit.capabilities
    found = SheetQuote(
        title=kit.slug,
        engine=capabilities.engine,
        rate=rate,
        prices=prices,
        parallel=max(capabilities.parallel, 1),
    )

    def quoted(row: Row) -> Quote:
        tags = kit.languages(row)
        board, _ = overlaid(kit.film(row).board, kit.dialogue)
        planned = _spoken(plan(board, (row.language, *tags), capabilities), row, tags)
        shapes = len(row.aspects or kit.order.aspects)
        return quote(planned, capabilities, policy, aspects=shapes, rate=rate, prices=prices)

    for entry in kit.sheet.entries():
        if entry.variant_of is not None or (entry.row is None and not entry.faults):
            continue  # of a product that has a row of its own, or not for sale
        told, whole = _row_quote(entry, kit, quoted)
        found.add(told, whole)
        each(told)
    return found


def _row_quote(
    entry: Entry, kit: Kit, quoted: Callable[[Row], Quote]
) -> tuple[RowQuote, Quote | None]:
    row = entry.row
    if row is None:
        faults = tuple(map(str, entry.faults))
        return RowQuote(seconds=0.0, number=entry.number, id="", faults=faults), None
    try:
        whole = quoted(row)
    except RowRefused as refused:
        faults = tuple(map(str, refused.faults))
    except StoryboardError as error:
        faults = (f"row {row.number}: {error.message}",)
    else:
        told = RowQuote(
            seconds=whole.seconds,
            number=row.number,
            id=row.id,
            title=row.product,
            languages=kit.languages(row),
            cost=str(whole.rate.of(whole.seconds)) if whole.rate else None,
        )
        return told, whole
    return RowQuote(seconds=0.0, number=row.number, id=row.id, faults=faults), None


def _spoken(found: Plan, row: Row, tags: tuple[str, ...]) -> Plan:
    """The plan as if every language asked for had its words, and no other did."""
    by_tag = {each.language: each for each in found.languages}
    own = by_tag[row.language]
    shared_takes = found.takes - sum(_takes(each) for each in found.languages)
    shared = found.made - sum((each.own for each in found.languages), Fraction(0))
    wanted = [replace(own, language=tag) if by_tag[tag].missing else by_tag[tag] for tag in tags]
    return replace(
        found,
        languages=tuple(wanted),
        takes=shared_takes + sum(_takes(each) for each in wanted),
        made=shared + sum((each.own for each in wanted), Fraction(0)),
    )


def _takes(language: LanguagePlan) -> int:
    return language.shots - language.silent_shots
