"""A product feed as merchant centres take it: tab- or comma-separated, or XML with `g:` names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.parsers import expat

from storyboard.board import Source
from storyboard.campaign import cells as read
from storyboard.campaign.markup import plain
from storyboard.campaign.native import claimed, parted
from storyboard.campaign.rows import Entry, Findings, Row, shop_row
from storyboard.campaign.table import LONGEST_CELL, Cells, SheetError
from storyboard.recognise import recognise_language

FIELDS = (
    *("id", "title", "description", "link", "image_link", "availability", "price", "sale_price"),
    *("brand", "item_group_id", "structured_title", "structured_description", "product_type"),
)
"""What is read of a feed; in this order they are the columns of one in XML."""

_GENERATED = re.compile(r"^trained_algorithmic_media:\s*\"?(.*?)\"?$", re.DOTALL)
"""How a feed marks words that a model wrote."""
_GONE = {"out of stock", "out_of_stock", "discontinued"}


def positions(header: Sequence[str]) -> dict[str, int]:
    """Field to its place in the header; spaces and `g:` do not count."""
    names = [
        re.sub(r"[\s_]+", "_", title.strip().lower().removeprefix("g:").strip()) for title in header
    ]
    return {field: names.index(field) for field in FIELDS if field in names}


def is_feed(header: Sequence[str]) -> bool:
    """Whether a header is that of such a feed."""
    found = positions(header)
    titled = "title" in found or "structured_title" in found
    return "id" in found and titled and bool({"link", "image_link", "availability"} & set(found))


def entries(
    rows: Iterator[Cells], header: tuple[str, ...], *, currency: str | None, own: str | None
) -> Iterator[Entry]:
    """Every item; the first of each item group is the product, the others are its variants."""
    at = positions(header)
    taken: dict[str, int] = {}
    groups: dict[str, int] = {}
    for cells in rows:
        findings = Findings.of(cells.number, cells.line)
        row = None
        if parted(cells, len(header), findings):
            fields = {name: cells.values[n] for name, n in at.items() if n < len(cells.values)}
            titles = {name: header[n] for name, n in at.items()}
            group = fields.get("item_group_id", "")
            if group in groups:
                yield Entry(
                    number=cells.number,
                    line=cells.line,
                    cells=cells.values,
                    variant_of=groups[group],
                )
                continue
            row = _row(fields, titles, findings, taken, currency=currency, own=own)
            if group and row:
                groups[group] = cells.number
        yield Entry(
            number=cells.number,
            line=cells.line,
            cells=cells.values,
            row=row if not findings.faults else None,
            faults=tuple(findings.faults),
            warnings=tuple(findings.warnings),
        )


def _row(
    fields: Mapping[str, str],
    titles: Mapping[str, str],
    findings: Findings,
    taken: dict[str, int],
    *,
    currency: str | None,
    own: str | None,
) -> Row | None:
    def title(name: str) -> str:
        return titles.get(name, name)

    if fields.get("availability", "").strip().lower() in _GONE:
        findings.warn(
            title("availability"),
            "not-for-sale",
            "it cannot be bought: no ad is made of it",
            "make it available in the feed",
        )
        return None
    said = _human(fields, "title")
    name = read.words(said, title("title"), findings, 2 * read.LONGEST_NAME)
    if not name:
        findings.fault(title("title"), "missing", "no title", "name the product in the feed")
    if not fields.get("id"):
        findings.fault(title("id"), "missing", "no id", "give each item its id")
    body = plain(_human(fields, "description"))
    tag = own or recognise_language(f"{name} {body}")
    cheaper = "sale_price" if fields.get("sale_price") else "price"
    made_id = claimed(
        fields.get("id", "") or name, title("id"), findings, taken, given=bool(fields.get("id"))
    )
    price = read.price(fields.get(cheaper, ""), title(cheaper), findings, currency)
    image = read.image(fields.get("image_link", ""), title("image_link"), findings)
    if findings.faults:
        return None
    texts = {"product": name} | ({"copy": body[: read.LONGEST_TEXT]} if body else {})
    return shop_row(findings, made_id, tag, texts, price, image)


def _human(fields: Mapping[str, str], name: str) -> str:
    """The field, or its structured twin without the mark that a model wrote it."""
    said = fields.get(name) or fields.get(f"structured_{name}", "")
    match = _GENERATED.match(said)
    return match[1] if match else said


# --- XML -----------------------------------------------------------------------------------------


def xml_rows(path: Path) -> Iterator[Cells]:
    """The items of an RSS or Atom feed as rows under `FIELDS`, read piece by piece.

    SheetError for what is no such XML; a document type is refused, since nothing a feed needs is
    in one and much that does harm.
    """
    reader = _Items(path)
    try:
        with path.open("rb") as file:
            while piece := file.read(65_536):
                yield from reader.fed(piece)
            yield from reader.fed(b"", last=True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        where = Source(file=str(path), line=error.lineno)
        raise SheetError(f"not XML: {said}; export the feed again", where) from error
    except OSError as error:
        where = Source(file=str(path), line=1)
        raise SheetError(f"cannot be read: {error.strerror}", where) from error


class _Items:
    """Gathers one item after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._done: list[Cells] = []
        self._count = 0
        self._line = 0
        self._item: dict[str, str] | None = None
        self._open: list[str] = []
        self._words: list[str] = []
        self._length = 0

    def fed(self, piece: bytes, *, last: bool = False) -> list[Cells]:
        """The items that end in this piece."""
        self._done = []
        self._parser.Parse(piece, last)
        return self._done

    def _start(self, name: str, _attributes: Mapping[str, str]) -> None:
        bare = name.rpartition(":")[2].lower()
        if bare in ("item", "entry") and self._item is None:
            self._item, self._open, self._line = {}, [], self._parser.CurrentLineNumber
            self._count += 1
        elif self._item is not None:
            self._open.append(bare)
            self._words, self._length = [], 0

    def _text(self, words: str) -> None:
        if self._item is None or not self._open:
            return
        self._length += len(words)
        if self._length <= LONGEST_CELL:
            self._words.append(words)

    def _end(self, _name: str) -> None:
        if self._item is None:
            return
        if self._open:
            field = self._field()
            self._open.pop()
            if field in FIELDS:
                self._item.setdefault(field, " ".join("".join(self._words).split()))
            self._words = []
            return
        values = tuple(self._item.get(field, "") for field in FIELDS)
        self._done.append(Cells(number=self._count, line=self._line, values=values))
        self._item = None

    def _field(self) -> str:
        """The field that the innermost element is, or is the words of: structured_title holds its
        words in an element `content`."""
        if self._open[-1] == "content" and len(self._open) > 1:
            return self._open[-2]
        return self._open[0] if len(self._open) == 1 else ""

    def _refuse_doctype(self, *_: object) -> None:
        where = Source(file=str(self._path), line=self._parser.CurrentLineNumber)
        raise SheetError("a feed has no document type (<!DOCTYPE ...>); take it out", where)
