"""The dialogue list as a sheet: a row per line and language, out to a person and back.

    line,speaker,delivery,seen,seconds,mind,language,source,target,text,state

People fill `text` and may write `approved` under `state`; everything else is for reading.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from storyboard.board import Source
from storyboard.errors import LanguageError, ScriptError
from storyboard.languages import language as find_language
from storyboard.translation.outgoing import Outgoing
from storyboard.translation.returned import Returned

COLUMNS = (
    *("line", "speaker", "delivery", "seen", "seconds", "mind"),
    *("language", "source", "target", "text", "state"),
)
_NEEDED = ("language", "source", "target", "text")

_FORMULA = ("=", "+", "-", "@", "\t")
_GUARD = "'"
"""Before a cell that a spreadsheet would compute; taken off when the sheet comes back."""


def write_table(lines: Iterable[Outgoing]) -> str:
    """The sheet as CSV, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in lines:
        cells = (
            *(each.line, each.speaker, each.delivery, each.action, f"{float(each.seconds):.1f}"),
            "; ".join(each.remarks),
            *(each.language, each.source, each.target, each.text, each.state),
        )
        writer.writerow([_guarded(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def read_table(text: str, file: str) -> tuple[Returned, ...]:
    """The rows that have words; ScriptError names the row and column that cannot be read.

    Commas, semicolons and tabs separate; columns may be moved, and those that are not needed left
    out.
    """
    rows = _rows(text, file)
    header = [cell.strip().lower() for cell in next(rows, (1, []))[1]]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise ScriptError(
            f"no column {', '.join(missing)} among {', '.join(header)[:200] or 'nothing'}; keep "
            "the first row as it was sent out",
            Source(file=file, line=1),
        )
    found = []
    for line, cells in rows:
        row = dict(zip(header, (_bare(cell) for cell in cells), strict=False))
        if row.get("text", "").strip():
            found.append(_returned(row, Source(file=file, line=line)))
    return tuple(found)


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ScriptError(f"not a table: {error}", Source(file=file, line=begins)) from error


def _returned(row: dict[str, str], place: Source) -> Returned:
    return Returned(
        line=row.get("line", "").strip(),
        language=_tag(row, "language", place),
        source=row["source"],
        target=_tag(row, "target", place),
        text=" ".join(row["text"].split()),
        approved=row.get("state", "").strip().lower() in {"approved", "final", "reviewed"},
        place=place,
    )


def _tag(row: dict[str, str], column: str, place: Source) -> str:
    try:
        return find_language(row.get(column, "")).tag
    except LanguageError as error:
        raise ScriptError(f"column `{column}`: {error.message}", place) from error


def _guarded(cell: str) -> str:
    return _GUARD + cell if cell.startswith((*_FORMULA, _GUARD)) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith(_GUARD) else cell
