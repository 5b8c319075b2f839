"""A YAML file of ours to a document: a template or a brand, by name or by path."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from storyboard.board import Source
from storyboard.document import Document
from storyboard.errors import StoryboardError
from storyboard.yaml_tree import Place, load

T = TypeVar("T", bound=Document)

LARGEST = 1024 * 1024


class KitError(StoryboardError):
    """A template or a brand file that cannot be used; says file, line and key."""


def names(kind: str) -> tuple[str, ...]:
    """The house's own of that kind: the files in `configs/<kind>`."""
    listed = files("configs").joinpath(kind).iterdir()
    return tuple(sorted(Path(each.name).stem for each in listed if each.name.endswith(".yaml")))


def place_of(name_or_path: str, kind: str) -> Path:
    """The file of that name in `configs/<kind>`, or the path of a YAML file as given."""
    if name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if name_or_path not in names(kind):
        known = ", ".join(names(kind))
        raise KitError(
            f"nothing named {name_or_path[:60]!r} in configs/{kind}; known are {known}, "
            "or give the path of a file ending in .yaml"
        )
    return Path(str(files("configs").joinpath(kind, f"{name_or_path}.yaml")))


def read_document(path: Path, kind: type[T]) -> T:
    """The document in that file; KitError names the first thing to mend."""
    where = Source(file=str(path), line=1)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise KitError(f"cannot be read: {error.strerror}", where) from error
    except UnicodeDecodeError as error:
        raise KitError("is not UTF-8 text; save it as UTF-8", where) from error
    tree = load(text, str(path))
    try:
        return kind.model_validate(tree.value)
    except ValidationError as error:
        # A misspelt key is also a missing one; what is there is what can be mended.
        first = min(error.errors(), key=lambda each: each["type"] == "missing")
        place: Place = tuple(part for part in first["loc"] if part != "[key]")
        key = ".".join(map(str, place)) or "the file"
        said = str(first["msg"]).removeprefix("Value error, ")
        said = "unknown key" if first["type"] == "extra_forbidden" else said[:1].lower() + said[1:]
        raise KitError(f"`{key}`: {said}", tree.source(place)) from error
