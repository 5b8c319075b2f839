"""The door: a script in any of the three formats to a storyboard."""

from __future__ import annotations

import codecs
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storyboard.board import Source, Storyboard
from storyboard.errors import Notice, ScriptError
from storyboard.fountain import parse
from storyboard.screenplay import board_of
from storyboard.shot_list import read_shot_list
from storyboard.translation.dialogue import beside, laid_over, load_dialogue
from storyboard.yaml_board import read_yaml

Form = Literal["fountain", "yaml", "shot list"]

LARGEST = 2 * 1024 * 1024
"""Bytes of a script; a feature film is under a tenth of it."""

FORMS: dict[str, Form] = {
    ".fountain": "fountain",
    ".spmd": "fountain",
    ".txt": "fountain",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "shot list",
    ".tsv": "shot list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A script as a storyboard, and what its reader noticed and went on from."""

    board: Storyboard
    notices: tuple[Notice, ...]


def read(path: Path) -> Reading:
    """The storyboard in a file; its suffix says which format. Words that are kept beside the
    script (`storyboard.translation.dialogue`) are on the board where it has none of its own.

    Every source has the path as given, for messages; what a board means does not depend on it
    (`Storyboard.content`, `write_yaml`). ScriptError says what to mend and where.
    """
    where = Source(file=str(path), line=1)
    form = FORMS.get(path.suffix.lower())
    if form is None and not path.is_dir():
        raise ScriptError(
            f"cannot tell what a {path.suffix or 'file without suffix'} is; scripts are .fountain, "
            ".spmd or .txt (Fountain), .yaml or .yml (storyboard), .csv or .tsv (shot list)",
            where,
        )
    text = _decoded(_bytes(path, where), where)
    reading = read_text(text, form=form or "fountain", file=str(path))
    kept = beside(path)
    board, notices = laid_over(reading.board, load_dialogue(kept), str(kept))
    return Reading(board=board, notices=(*reading.notices, *notices))


def read_text(text: str, *, form: Form, file: str) -> Reading:
    """The storyboard in a text; `file` is its path in messages, and its stem the title if it has
    none."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ScriptError("the file is empty; write a script first", Source(file=file, line=1))
    if form == "yaml":
        return Reading(board=read_yaml(text, file), notices=())
    if form == "shot list":
        board, notices = read_shot_list(text, file)
    else:
        board, notices = board_of(parse(text, file), file=file, stem=Path(file).stem)
    return Reading(board=board, notices=notices)


def _bytes(path: Path, where: Source) -> bytes:
    try:
        # Opening a pipe would wait for who writes into it.
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise ScriptError("this is no regular file; save the script as one", where)
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise ScriptError("there is no such file", where) from error
    except IsADirectoryError as error:
        raise ScriptError("this is a folder; name a script in it", where) from error
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
            "save the script as UTF-8",
            Source(file=where.file, line=line),
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ScriptError("this is no text file", Source(file=where.file, line=line))
    return text
