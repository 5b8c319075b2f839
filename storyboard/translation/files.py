"""Files that come back from people, by their suffix."""

from __future__ import annotations

from pathlib import Path

from storyboard.board import Source
from storyboard.errors import ScriptError
from storyboard.text_file import text_of
from storyboard.translation.returned import Returned
from storyboard.translation.table import read_table
from storyboard.translation.xliff import read_xliff

SHEETS = (".csv", ".tsv")
XLIFF = (".xlf", ".xliff")


def read_returned(path: Path) -> tuple[Returned, ...]:
    """The lines in a file that came back; ScriptError says what to mend and where."""
    suffix = path.suffix.lower()
    if suffix in XLIFF:
        return read_xliff(text_of(path), str(path))
    if suffix in SHEETS:
        return read_table(text_of(path), str(path))
    raise ScriptError(
        f"cannot tell what a {suffix or 'file without suffix'} is; lines come back as "
        f"{', '.join((*XLIFF, *SHEETS))}",
        Source(file=str(path), line=1),
    )
