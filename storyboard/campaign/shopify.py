"""A store's product export: a product per handle, its variants and further pictures in rows below.

Header wording varies between versions of the export (`Body (HTML)` or `Body`; misspelt fulfilment),
so a column is looked for under each of its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from storyboard.campaign import cells as read
from storyboard.campaign.markup import plain
from storyboard.campaign.native import claimed, parted
from storyboard.campaign.rows import Entry, Findings, Price, Row, shop_row
from storyboard.campaign.table import Cells
from storyboard.recognise import recognise_language

_NAMES = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body (html)", "body html", "body", "description"),
    "price": ("variant price", "price"),
    "image": ("image src", "product image url", "image url"),
    "seo description": ("seo description",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "gift card": ("gift card",),
}


def positions(header: Sequence[str]) -> dict[str, int]:
    """Where the export keeps what we read of it."""
    titles = [re.sub(r"\s+", " ", title.strip().lower()) for title in header]
    return {
        name: next(titles.index(other) for other in others if other in titles)
        for name, others in _NAMES.items()
        if any(other in titles for other in others)
    }


def is_export(header: Sequence[str]) -> bool:
    """Whether a header is that of such an export."""
    found = positions(header)
    variants = any(title.strip().lower().startswith(("variant ", "option1")) for title in header)
    return "handle" in found and "title" in found and variants


def entries(
    rows: Iterator[Cells], header: tuple[str, ...], *, currency: str | None, own: str | None
) -> Iterator[Entry]:
    """Every row: a product at its first row, then its variants."""
    at = positions(header)
    taken: dict[str, int] = {}
    products: dict[str, int] = {}
    for (handle, _), grouped in groupby(enumerate(rows), key=lambda each: _key(each, at)):
        group = [cells for _, cells in grouped]
        first = group[0]
        if handle in products:
            yield from (_variant(cells, products[handle]) for cells in group)
            continue
        findings = Findings.of(first.number, first.line)
        if handle:
            products[handle] = first.number
        yield _product(group, header, at, findings, taken, currency=currency, own=own)
        yield from (_variant(cells, first.number) for cells in group[1:])


def _key(each: tuple[int, Cells], at: dict[str, int]) -> tuple[str, int]:
    """The handle; a row without one stands alone."""
    count, cells = each
    handle = _cell(cells, at, "handle")
    return (handle, -1 if handle else count)


def _cell(cells: Cells, at: dict[str, int], name: str) -> str:
    place = at.get(name, len(cells.values))
    return cells.values[place] if place < len(cells.values) else ""


def _variant(cells: Cells, of: int) -> Entry:
    return Entry(number=cells.number, line=cells.line, cells=cells.values, variant_of=of)


def _product(
    group: Sequence[Cells],
    header: tuple[str, ...],
    at: dict[str, int],
    findings: Findings,
    taken: dict[str, int],
    *,
    currency: str | None,
    own: str | None,
) -> Entry:
    first = group[0]
    row = None
    if parted(first, len(header), findings) and not _unsold(first, header, at, findings):
        row = _row(group, header, at, findings, taken, currency=currency, own=own)
    return Entry(
        number=first.number,
        line=first.line,
        cells=first.values,
        row=row if not findings.faults else None,
        faults=tuple(findings.faults),
        warnings=tuple(findings.warnings),
    )


def _unsold(cells: Cells, header: tuple[str, ...], at: dict[str, int], findings: Findings) -> bool:
    """Whether the store itself does not show the product; a gift card is no product."""
    for name, hidden in (
        ("published", ("false",)),
        ("status", ("draft", "archived")),
        ("gift card", ("true",)),
    ):
        if (said := _cell(cells, at, name).lower()) in hidden:
            findings.warn(
                header[at[name]],
                "not-for-sale",
                f"{said!r}: no ad is made of it",
                "put it on sale and export again",
            )
            return True
    return False


def _row(
    group: Sequence[Cells],
    header: tuple[str, ...],
    at: dict[str, int],
    findings: Findings,
    taken: dict[str, int],
    *,
    currency: str | None,
    own: str | None,
) -> Row | None:
    first = group[0]

    def title(name: str) -> str:
        return header[at[name]] if name in at else name.title()

    handle = _cell(first, at, "handle")
    name = read.words(_cell(first, at, "title"), title("title"), findings, read.LONGEST_NAME)
    if not handle:
        findings.fault(title("handle"), "missing", "no handle", "export the product again")
    if not name:
        findings.fault(title("title"), "missing", "no title", "name the product in the store")
    body = plain(_cell(first, at, "body")) or plain(_cell(first, at, "seo description"))
    tag = own or recognise_language(f"{name} {body}")
    images = (_cell(cells, at, "image") for cells in group)
    made_id = claimed(handle or name, title("handle"), findings, taken, given=bool(handle))
    price = _price(
        [_cell(cells, at, "price") for cells in group], title("price"), findings, currency
    )
    image = read.image(next(filter(None, images), ""), title("image"), findings)
    if findings.faults:
        return None
    texts = {"product": name} | ({"copy": body[: read.LONGEST_TEXT]} if body else {})
    return shop_row(findings, made_id, tag, texts, price, image)


def _price(
    typed: Sequence[str], column: str, findings: Findings, currency: str | None
) -> Price | None:
    """The lowest of the variants', said to be so where they differ."""
    different = list(dict.fromkeys(filter(None, typed)))
    if not different:
        return None
    found = [read.price(each, column, findings, currency) for each in different]
    prices = [each for each in found if each is not None]
    if not prices:
        return None
    lowest = min(prices, key=lambda each: each.amount)
    return lowest.model_copy(update={"lowest": len({each.amount for each in prices}) > 1})
