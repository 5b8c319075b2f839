"""Text files as people save them: any common encoding, and one sentence for what is none."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from storyboard.board import Source
from storyboard.errors import ScriptError

LARGEST = 2 * 1024 * 1024
"""Bytes of a script; a feature film is under a tenth of it."""


def text_of(path: Path) -> str:
    """The text of a file as people save them; ScriptError where it is none."""
    where = Source(file=str(path), line=1)
    return _decoded(_bytes(path, where), where)


def _bytes(path: Path, where: Source) -> bytes:
    try:
        # Opening a pipe would wait for who writes into it.
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise ScriptError("this is no regular file; save it as one", where)
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise ScriptError("there is no such file", where) from error
    except IsADirectoryError as error:
        raise ScriptError("this is a folder; name a file in it", where) from error
    except OSError as error:
        raise ScriptError(f"cannot be read: {error.strerror}", where) from error
    if len(found) > LARGEST:
        raise ScriptError(f"over {LARGEST // 1024**2} MB; split the script into episodes", where)
    return found


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _decoded(found: bytes, where: Source) -> str:
    """The text of UTF-8 with or without a byte order mark, or of UTF-16 with one."""
    mark, encoding = next((m for m in _MARKS if found.startswith(m[0])), (b"", "utf-8"))
    try:
        text = found[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        line = found[:offset].count(b"\n") + 1
        raise ScriptError(
            f"byte {offset} (0x{found[offset]:02x}) is not {encoding.upper()} text; "
            "save it as UTF-8",
            Source(file=where.file, line=line),
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ScriptError("this is no text file", Source(file=where.file, line=line))
    return text
