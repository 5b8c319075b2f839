"""The door: a script in any of the three formats to a storyboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storyboard.board import Source, Storyboard
from storyboard.errors import Notice, ScriptError
from storyboard.fountain import parse
from storyboard.screenplay import board_of
from storyboard.shot_list import read_shot_list
from storyboard.text_file import text_of
from storyboard.translation.dialogue import beside, laid_over, load_dialogue
from storyboard.yaml_board import read_yaml

Form = Literal["fountain", "yaml", "shot list"]

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
    reading = read_script(path)
    kept = beside(path)
    board, notices = laid_over(reading.board, load_dialogue(kept), str(kept))
    return Reading(board=board, notices=(*reading.notices, *notices))


def read_script(path: Path) -> Reading:
    """The same of the script alone."""
    where = Source(file=str(path), line=1)
    try:
        where.file.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ScriptError("a name in this path is not UTF-8; give it another", where) from error
    form = FORMS.get(path.suffix.lower())
    if form is None and not path.is_dir():
        raise ScriptError(
            f"cannot tell what a {path.suffix or 'file without suffix'} is; scripts are .fountain, "
            ".spmd or .txt (Fountain), .yaml or .yml (storyboard), .csv or .tsv (shot list)",
            where,
        )
    return read_text(text_of(path), form=form or "fountain", file=str(path))


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
