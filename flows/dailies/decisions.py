"""What people have decided about a production, in the vault: only ever added to.

Every document has a number of its own in its list, and is put where nothing is yet. Of two people
who decide at once, one is told what the other did.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from flows.errors import OrderError
from review import DecidedAlready, Decision, LineEdit, Ruling, ruling
from storage import Store, decision_key, decisions_prefix, edit_key, edits_prefix
from storyboard.document import Document

T = TypeVar("T", Decision, LineEdit)
N = TypeVar("N", str, tuple[str, str])

_DONE = {
    "approve": "approved a take of this shot",
    "retry": "asked for new takes of this shot",
    "reject": "rejected this shot",
    "undo": "took a decision about this shot back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Everything that has been decided, each list in its order."""

    decisions: Mapping[str, tuple[Decision, ...]]
    """By job: the key of the take of the shot's first attempt."""
    edits: Mapping[tuple[str, str], tuple[LineEdit, ...]]
    """By line and language."""

    def ruling(self, job: str) -> Ruling:
        return ruling(self.decisions.get(job, ()))

    def wording(self) -> tuple[LineEdit, ...]:
        """The last edit of every line that has one."""
        return tuple(edits[-1] for edits in self.edits.values())


class Minutes:
    """What was decided about one production, by whom, in order. Documents never change, so each
    is read once."""

    def __init__(self, store: Store, slug: str) -> None:
        self._store = store
        self._slug = slug
        self._known: dict[str, Document] = {}
        self._lock = threading.Lock()

    def read(self) -> Decided:
        """As it stands in the vault now; OrderError where a decision cannot be read."""
        with self._lock:
            decisions = self._all(decisions_prefix(self._slug), Decision)
            edits = self._all(edits_prefix(self._slug), LineEdit)
        return Decided(
            decisions=_lists((each.job, each) for each in decisions),
            edits=_lists(((each.line, each.language), each) for each in edits),
        )

    def decide(self, decision: Decision) -> None:
        """Add a decision; DecidedAlready where its number is taken."""
        key = decision_key(self._slug, decision.job, decision.number)
        if not self._store.put_new(key, _bytes(decision)):
            other = self._one(key, Decision)
            raise DecidedAlready(_DONE[other.kind], by=other.by, at=other.at)

    def reword(self, edit: LineEdit) -> None:
        """Add an edit of a line; DecidedAlready where its number is taken."""
        key = edit_key(self._slug, edit.line, edit.language, edit.number)
        if not self._store.put_new(key, _bytes(edit)):
            other = self._one(key, LineEdit)
            raise DecidedAlready("reworded this line", by=other.by, at=other.at)

    def _all(self, prefix: str, kind: type[T]) -> list[T]:
        return [self._one(key, kind) for key in self._store.keys(prefix)]

    def _one(self, key: str, kind: type[T]) -> T:
        known = self._known.get(key)
        if not isinstance(known, kind):
            try:
                known = self._known[key] = kind.model_validate_json(self._store.read(key))
            except ValidationError as error:
                # To go on without it would be to overrule a person.
                raise OrderError(
                    f"{key} in {self._store.url} is no decision that this version can read: "
                    "take a newer Hoofbeat, or take the file away and decide again"
                ) from error
        return known


def _lists(pairs: Iterable[tuple[N, T]]) -> dict[N, tuple[T, ...]]:
    lists: dict[N, list[T]] = {}
    for name, document in pairs:
        lists.setdefault(name, []).append(document)
    return {name: tuple(sorted(docs, key=lambda doc: doc.number)) for name, docs in lists.items()}


def _bytes(document: Document) -> bytes:
    return document.model_dump_json(indent=1).encode()
