"""The door for sheets: a file to rows, whatever kind of sheet it is, one row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from storyboard.board import Source
from storyboard.campaign import merchant, native, shopify
from storyboard.campaign.rows import Entry
from storyboard.campaign.table import Cells, SheetError, opened, rows
from storyboard.errors import Notice

Kind = Literal["campaign", "shopify", "merchant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A campaign sheet, a store's product export or a merchant feed.

    Its rows are read from the file each time they are asked for, and never held.
    """

    path: Path
    kind: Kind
    header: tuple[str, ...]
    warnings: tuple[Notice, ...]
    currency: str | None = None
    """Of prices that do not say."""
    language: str | None = None
    """Of rows that do not say; None leaves it to their letters."""
    fields: tuple[str, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Every row in order. SheetError where the file cannot be read on."""
        found = _rows(self.path)
        if not _is_xml(self.path):
            next(found)
        given = {"currency": self.currency, "own": self.language}
        if self.kind == "shopify":
            return shopify.entries(found, self.header, **given)
        if self.kind == "merchant":
            return merchant.entries(found, self.header, **given)
        return native.entries(found, native.columns_of(self.header, self.fields), **given)


def open_sheet(
    path: Path,
    *,
    currency: str | None = None,
    language: str | None = None,
    fields: tuple[str, ...] = (),
) -> Sheet:
    """The sheet in a file; its header says which kind it is.

    `currency` and `language` are for prices and rows that do not say, `fields` the words that
    templates ask for beside the usual ones. SheetError when it is no sheet of any kind we know.
    """
    where = Source(file=str(path), line=1)
    found = _rows(path)
    first = next(found, None)
    if first is None:
        raise SheetError("the sheet has no row", where)
    if _is_xml(path):
        header: tuple[str, ...] = merchant.FIELDS
        found = chain((first,), found)
    else:
        header = first.values
        if first.broken:
            raise SheetError(f"the header is no row of a table: {first.broken}", where)
    if next(found, None) is None:
        raise SheetError("the sheet has no row under its header", where)
    kind = _kind(header)
    columns = native.columns_of(header, fields)
    if kind is None:
        if ("product", "") not in columns.worded and not _worded_product(columns):
            raise SheetError(_headless(header), Source(file=str(path), line=first.line))
        kind = "campaign"
    warnings = columns.warnings if kind == "campaign" else ()
    return Sheet(
        path=path,
        kind=kind,
        header=header,
        warnings=tuple(
            Notice(source=Source(file=str(path), line=first.line), message=said)
            for said in warnings
        ),
        currency=currency,
        language=language,
        fields=fields,
    )


def _worded_product(columns: native.Columns) -> bool:
    return any(field == "product" for field, _ in columns.worded)


def _kind(header: tuple[str, ...]) -> Kind | None:
    if shopify.is_export(header):
        return "shopify"
    return "merchant" if merchant.is_feed(header) else None


def _headless(header: tuple[str, ...]) -> str:
    found = ", ".join(filter(None, header))[:400]
    return (
        f"no column `product`; found are {found}. A campaign sheet has some of "
        f"{', '.join(native.COLUMNS)}; a store's export has Handle and Title, "
        "a merchant feed id, title and link"
    )


def _rows(path: Path) -> Iterator[Cells]:
    return merchant.xml_rows(path) if _is_xml(path) else rows(path)


def _is_xml(path: Path) -> bool:
    with opened(path) as file:
        return file.read(1024).lstrip("\ufeff \t\r\n").startswith("<")
