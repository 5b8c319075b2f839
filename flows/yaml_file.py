"""A document of ours in a YAML file that a person wrote: mistakes are told with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ValidationError

from flows.errors import OrderError
from storyboard.document import Document
from storyboard.errors import ScriptError
from storyboard.yaml_tree import Tree, load

T = TypeVar("T", bound=Document)

LARGEST = 1024 * 1024

Version = Annotated[Literal[1], BeforeValidator(lambda value: 1 if value == "1" else value)]
"""The version of a document's schema; the tree knows words only, and this is no word."""


def read_document(path: Path, kind: type[T]) -> T:
    """The document in that file; OrderError names every line that is wrong."""
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
        text = found.decode("utf-8-sig")
    except OSError as error:
        raise OrderError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise OrderError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    if len(found) > LARGEST:
        raise OrderError(f"{path}: over {LARGEST // 1024**2} MB; that is no file of settings")
    try:
        tree = load(text, str(path))
    except ScriptError as error:
        raise OrderError(str(error)) from error
    if not isinstance(tree.value, dict):
        raise OrderError(f"{path}:1: error: the file must be a mapping of keys")
    try:
        return kind.model_validate(tree.value)
    except ValidationError as error:
        wrong = (_complaint(tree, each) for each in error.errors())
        raise OrderError("\n".join(dict.fromkeys(wrong))) from error


def _complaint(tree: Tree, mistake: Any) -> str:
    where = tree.source(tuple(mistake["loc"]))
    return f"{where.file}:{where.line}: error: {_said(mistake)}"


def _said(mistake: Any) -> str:
    key = ".".join(str(part) for part in mistake["loc"])
    if mistake["type"] == "extra_forbidden":
        return f"{key}: there is no such key"
    if mistake["type"] == "missing":
        return f"{key}: is missing"
    message = mistake["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
