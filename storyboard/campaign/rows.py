"""The nouns of a campaign sheet: a row as it stands, as it is understood, what is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from storyboard.document import Document
from storyboard.request import Aspect

AdSeconds = Literal[6, 15, 30]
"""Lengths an ad can have."""


class Price(Document):
    """What a product costs, exact."""

    amount: Decimal
    currency: str | None = None
    """ISO 4217; None where neither the sheet nor the brand says."""
    lowest: bool = False
    """Others of its variants cost more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with one row: where, what, and what to do."""

    row: int
    line: int
    column: str
    """As the sheet's own header has it; empty where no single column is to blame."""
    code: str
    """For machines: "missing", "price", "language", "too-long", ..."""
    message: str
    remedy: str

    def __str__(self) -> str:
        at = f", column `{self.column}`" if self.column else ""
        return f"row {self.row}{at}: {self.message}; {self.remedy}"

    def located(self, file: str, kind: Literal["error", "warning"] = "error") -> str:
        """As the house's other messages: `file:line: error: ...`."""
        return f"{file}:{self.line}: {kind}: {self}"


class Row(Document):
    """One product of a campaign, whatever kind of sheet it came from."""

    number: int
    """As a spreadsheet counts: the header is row 1. Of a feed in XML, the item's number."""
    line: int
    """Where it begins in the file, from 1."""
    id: str
    """Slug, unique in its sheet."""
    language: str
    """What the texts without a language of their own are in."""
    texts: dict[str, dict[str, str]]
    """Field ("product", "headline", "copy", ...) to its words by BCP-47 tag."""
    price: Price | None = None
    image: str | None = None
    """An http(s) address, or a path relative to the sheet."""
    trimmed: bool = False
    """The texts were written for a shop's page and not for an ad: they may be cut to its length."""
    languages: tuple[str, ...] = ()
    """Empty: the campaign's."""
    aspects: tuple[Aspect, ...] = ()
    """Empty: the campaign's."""
    seconds: AdSeconds | None = None
    template: str | None = None
    variant: str = ""
    voice: str = ""
    """Instead of the presenter's, in words."""
    glossary: dict[str, dict[str, str]] = {}
    """Term of the row's words to its one right translation by BCP-47 tag."""
    seed: int = 0
    """Another number gives other takes of the same ad."""
    due: date | None = None
    notes: str = ""

    @property
    def product(self) -> str:
        """The product's name in the row's own language."""
        return self.texts["product"][self.language]

    def fault(self, column: str, code: str, message: str, remedy: str) -> Fault:
        """Something wrong with this row."""
        return Fault(
            row=self.number,
            line=self.line,
            column=column,
            code=code,
            message=message,
            remedy=remedy,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the sheet: its cells as they stand, and what they mean."""

    number: int
    line: int
    cells: tuple[str, ...]
    """Under the sheet's header, in its order."""
    row: Row | None = None
    """None for a row with faults, and for a variant of a row above."""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    variant_of: int | None = None
    """The number of the row whose product this is a variant of."""


class RowRefused(Exception):
    """A row that no ad can be made of; its faults say why."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(map(str, faults)))


@dataclass(slots=True)
class Findings:
    """Faults and warnings of one row, gathered while it is read."""

    row: int
    line: int
    faults: list[Fault]
    warnings: list[Fault]

    @classmethod
    def of(cls, row: int, line: int) -> Findings:
        return cls(row=row, line=line, faults=[], warnings=[])

    def fault(self, column: str, code: str, message: str, remedy: str) -> None:
        self.faults.append(self._fault(column, code, message, remedy))

    def warn(self, column: str, code: str, message: str, remedy: str) -> None:
        self.warnings.append(self._fault(column, code, message, remedy))

    def _fault(self, column: str, code: str, message: str, remedy: str) -> Fault:
        return Fault(
            row=self.row,
            line=self.line,
            column=column,
            code=code,
            message=message,
            remedy=remedy,
        )


def shop_row(
    findings: Findings,
    row_id: str,
    language: str,
    texts: dict[str, str],
    price: Price | None,
    image: str | None,
) -> Row:
    """A row whose words were written for a shop's page, all in one language."""
    return Row(
        number=findings.row,
        line=findings.line,
        id=row_id,
        language=language,
        texts={field: {language: words} for field, words in texts.items()},
        price=price,
        image=image,
        trimmed=True,
    )


def numbers(typed: str) -> tuple[range, ...]:
    """The rows of `3,7-9` as a person types them; ValueError says what is wrong with it."""
    return tuple(_ranges(typed))


def _ranges(typed: str) -> Iterator[range]:
    for part in typed.split(","):
        first, _, last = part.strip().partition("-")
        ends = (first.strip(), last.strip() or first.strip())
        if not all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends):
            raise ValueError(f"{part.strip()!r} is no row; give numbers such as 3,7-9")
        low, high = map(int, ends)
        if low > high or not low:
            raise ValueError(f"{part.strip()!r} is no span of rows; the first row under it is 2")
        yield range(low, high + 1)
