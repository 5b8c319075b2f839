"""YAML as plain values that know their lines; only the part of YAML that a document needs.

No anchors, aliases or tags, so that a small file cannot grow large in memory; no key twice; plain
words stay words (`title: 1984` is text, 5.2 is the decimal it shows).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from storyboard.board import Source
from storyboard.errors import ScriptError

DEEPEST = 20
"""Nested levels; a storyboard has nine."""

Place = tuple[str | int, ...]
"""Keys and indexes from the top of the document to a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A document's values and where they stand."""

    value: Any
    """dict, list, str, bool or None."""
    lines: dict[Place, int]
    """1-based line of each value; of a mapping's value, that of its key."""
    file: str

    def source(self, place: Place) -> Source:
        """Where a value stands, or the nearest value around it that the file has."""
        while place and place not in self.lines:
            place = place[:-1]
        return Source(file=self.file, line=self.lines.get(place, 1))


def load(text: str, file: str) -> Tree:
    """The one document of a YAML text; ScriptError names the line that cannot be read."""
    growing = _Growing(file=file)
    try:
        for event in _events(text):
            growing.take(event)
    except ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ScriptError(
            f"the character {chr(error.character)!a} cannot stand in YAML; write it as an escape "
            "in double quotes",
            Source(file=file, line=line),
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "cannot be read"
        raise ScriptError(
            f"not YAML: {said}", Source(file=file, line=mark.line + 1 if mark else 1)
        ) from error
    except (YAMLError, ValueError) as error:
        if isinstance(error, ScriptError):
            raise
        raise ScriptError("not YAML", Source(file=file, line=1)) from error
    return Tree(value=growing.root, lines=growing.lines, file=file)


def _events(text: str) -> Iterator[Event]:
    yield from YAML(typ="safe", pure=True).parse(text)


_HALF = re.compile("[\ud800-\udfff]")
"""What escapes such as "\\ud83d" leave, two of them for one character: no text holds them."""

_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(slots=True)
class _Growing:
    """Builds the tree event by event, without recursion."""

    file: str
    root: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    stack: list[tuple[Any, Place]] = field(default_factory=list)
    """Open mappings and sequences with their places."""
    key: list[str | None] = field(default_factory=list)
    """For each open collection, the key that waits for its value."""
    documents: int = 0

    def take(self, event: Event) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            self._refuse(line, "an alias (*name) is not read here; write the value out")
        elif isinstance(event, ScalarEvent):
            self._plain(event, line)
            self._scalar(event, line)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._plain(event, line)
            self._open({} if isinstance(event, MappingStartEvent) else [], line)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.stack.pop()
            self.key.pop()

    def _plain(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._refuse(line, "an anchor (&name) is not read here; write the value out")
        if event.tag is not None:
            self._refuse(line, f"a tag ({str(event.tag)[:20]}) is not read here; leave it out")
        if not self.stack:
            self.documents += 1
            if self.documents > 1:
                self._refuse(line, "a second document begins here; one file holds one storyboard")

    def _refuse(self, line: int, message: str) -> None:
        raise ScriptError(message, Source(file=self.file, line=line))

    def _scalar(self, event: ScalarEvent, line: int) -> None:
        words = str(event.value)
        if half := _HALF.search(words):
            self._refuse(
                line, f"{half.group()!a} is half a character; write the whole character as it is"
            )
        waiting = self.stack and isinstance(self.stack[-1][0], dict) and self.key[-1] is None
        if waiting:
            if words in self.stack[-1][0]:
                self._refuse(line, f"the key {words[:40]!r} stands here twice; keep one")
            self.key[-1] = words
            self.lines[(*self.stack[-1][1], words)] = line
        elif event.style is not None:
            self._put(words, line)
        elif words in _NULLS:
            self._put(None, line)
        else:
            self._put(_TRUTHS.get(words, words), line)

    def _open(self, collection: Any, line: int) -> None:
        if len(self.stack) >= DEEPEST:
            self._refuse(line, f"more than {DEEPEST} levels; a storyboard has nine")
        place = self._put(collection, line)
        self.stack.append((collection, place))
        self.key.append(None)

    def _put(self, value: Any, line: int) -> Place:
        if not self.stack:
            self.root = value
            self.lines[()] = line
            return ()
        collection, place = self.stack[-1]
        if isinstance(collection, list):
            here: Place = (*place, len(collection))
            collection.append(value)
            self.lines[here] = line
            return here
        key = self.key[-1]
        if key is None:
            self._refuse(line, "a key must be a word, not a list or a mapping")
        assert key is not None
        collection[key] = value
        self.key[-1] = None
        return (*place, key)
