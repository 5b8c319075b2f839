"""Drafts for a person to look at: printed, or written to a file that was not there."""

from __future__ import annotations

from pathlib import Path

from flows.errors import OrderError
from flows.words.memory import write_whole
from flows.words.wording import open_model
from storyboard.drafting import Described, Draft, describe, draft
from storyboard.text_file import text_of


def draft_of(brief: Path, model: str, language: str, seconds: int) -> Draft:
    """A script from the brief or prose in a text file."""
    name, prose = brief.with_suffix("").name, text_of(brief)
    with open_model(model) as opened:
        return draft(opened, prose, language=language, seconds=seconds, file=name)


def described(script: Path, model: str) -> Described:
    """A Fountain script with proposals for what is seen while people speak."""
    if script.suffix.lower() not in {".fountain", ".spmd", ".txt"}:
        raise OrderError(f"{script} is no Fountain script; only those are described")
    with open_model(model) as opened:
        return describe(opened, text_of(script), str(script))


def new_file(path: Path) -> Path:
    """A path to write to; OrderError where something is there: a draft replaces nothing."""
    if path.exists():
        raise OrderError(f"{path} is there already; name another file with --out")
    if not path.parent.is_dir():
        raise OrderError(f"there is no folder {path.parent}")
    return path


def keep(text: str, path: Path) -> None:
    write_whole(path, text)
