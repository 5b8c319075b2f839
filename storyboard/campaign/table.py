"""Delimited text as a stream of rows: never more of the file in memory than one row.

Read are UTF-8 with or without its mark and UTF-16 with one; comma, semicolon and tab, told by the
header; quoted cells with separators and line breaks in them.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TextIO

from storyboard.board import Source
from storyboard.errors import ScriptError

LONGEST_CELL = 131_072
"""Characters, the csv module's own limit; an unclosed quote swallows no more than this."""
MOST_COLUMNS = 500
LARGEST = 2 * 1024**3
"""Bytes of a sheet."""

_SEPARATOR_LINE = re.compile(r"\ufeff?sep=([,;\t])", re.IGNORECASE)
"""A first line that Excel writes, and hides."""


class SheetError(ScriptError):
    """The sheet as a whole cannot be read; a mistake in one row is a `Fault` and stops no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A row of the file."""

    number: int
    """As a spreadsheet counts, from 1, empty rows too."""
    line: int
    values: tuple[str, ...]
    broken: str = ""
    """Why the row could not be parted into cells."""


def rows(path: Path) -> Iterator[Cells]:
    """Every row of the file, the header first; rows with nothing in them are passed over.

    SheetError when the file cannot be read or is no text.
    """
    with opened(path) as file:
        yield from _parted(file, path)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The sheet as text; SheetError in place of whatever reading it may raise."""
    where = Source(file=str(path), line=1)
    try:
        _check_regular(path, where)
        with path.open("rb") as raw:
            encoding = _encoding(raw.read(4))
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding=encoding, newline="") as file:
                yield file
    except UnicodeDecodeError as error:
        raise SheetError(
            f"byte 0x{error.object[error.start]:02x} is not {error.encoding.upper()} text; "
            "save the sheet as CSV UTF-8",
            Source(file=str(path), line=_line_of_bad_byte(path, error.encoding)),
        ) from error
    except OSError as error:
        raise SheetError(f"cannot be read: {error.strerror}", where) from error


def _check_regular(path: Path, where: Source) -> None:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise SheetError("this is a folder; name a sheet in it", where)
    if not stat.S_ISREG(found.st_mode):
        raise SheetError("this is no regular file; save the sheet as one", where)
    if found.st_size > LARGEST:
        raise SheetError(f"over {LARGEST // 1024**3} GB; split the sheet", where)


def _encoding(start: bytes) -> str:
    utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if utf16 else "utf-8-sig"


def _line_of_bad_byte(path: Path, encoding: str) -> int:
    """Counted again from the start, since decoding runs a buffer ahead of the lines."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as raw:
        for piece in raw:
            try:
                line += decoder.decode(piece).count("\n")
            except UnicodeDecodeError:
                return line
    return line


def _parted(file: TextIO, path: Path) -> Iterator[Cells]:
    lines = _Lines(file)
    header = lines.peek()
    if header is None:
        raise SheetError("the sheet is empty", Source(file=str(path), line=1))
    if stated := _SEPARATOR_LINE.fullmatch(header.strip()):
        next(lines)
        header = lines.peek() or ""
    separator = stated[1] if stated else max(",;\t", key=_outside_quotes(header).count)
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    for number in count(lines.read + 1):
        begins = lines.read + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Cells(number=number, line=begins, values=(), broken=str(error))
            continue
        if len(values) > MOST_COLUMNS:
            said = f"{len(values)} cells"
            yield Cells(number=number, line=begins, values=(), broken=said)
        elif any(value.strip() for value in values):
            yield Cells(number=number, line=begins, values=tuple(v.strip() for v in values))


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


class _Lines:
    """The lines of a file as the reader wants them, counted, the first to be looked at twice.

    A line is cut where no cell could be longer, so that a file without line breaks is no more than
    one row in memory.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._first: str | None = None
        self.read = 0

    def peek(self) -> str | None:
        """The first line that says anything; None in an empty file."""
        while (line := self._file.readline(LONGEST_CELL * 4)) and not line.strip("\ufeff \t\r\n"):
            self.read += 1
        self._first = line or None
        return self._first

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line, self._first = self._first or self._file.readline(LONGEST_CELL * 4), None
        if not line:
            raise StopIteration
        self.read += 1
        if "\0" in line:
            raise csv.Error("a zero byte, which no text has")
        return line
