"""What people send back: a list of lines with their words, whatever file they came in.

A file that comes back never adds a line and never changes a source. What it may do, it does line
by line: words that differ are an edit, words that are signed off are approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from storyboard.board import Source, Storyboard, origin_of
from storyboard.errors import Notice
from storyboard.letters import shorten
from storyboard.translation.brief import Brief
from storyboard.translation.dialogue import DialogueList, Worded, Words, laid_over, source_of
from storyboard.translation.door import Passage, Rendering, Translation
from storyboard.translation.job import passages_of
from storyboard.translation.proof import proofread


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One line's words as they came back."""

    line: str
    language: str
    """Of the source."""
    source: str
    """The words that were translated."""
    target: str
    text: str
    approved: bool = False
    """Whether a person has signed these words off."""
    place: Source
    """Where it stands in the file that came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A dialogue list with what came back, and how many words that changed."""

    dialogue: DialogueList
    edited: int
    approved: int
    unchanged: int
    notices: tuple[Notice, ...]


def take_in(
    board: Storyboard,
    dialogue: DialogueList,
    returned: Iterable[Returned],
    *,
    by: str,
    brief: Brief | None = None,
    approve: bool = False,
) -> TakenIn:
    """The list with the words that came back.

    `board` is the script alone, without the list laid over it. A line whose source is not what it
    was when the file went out is passed over with a notice. People's words are checked like a
    machine's, and what is found is a notice; they are not held back. `approve` signs off all.
    """
    laid, _ = laid_over(board, dialogue, "")
    desk = _Desk(board, laid, brief or Brief())
    new: dict[str, dict[str, Words]] = {}
    notices: list[Notice] = []
    counts = {"edited": 0, "approved": 0}
    unchanged = 0
    for each in returned:
        line = desk.line(each)
        if line is None:
            notices.append(Notice(source=each.place, message=_passed_over(each)))
            continue
        words = desk.words(line, each, by, approved=each.approved or approve)
        if words is None:
            unchanged += 1
            continue
        counts[words.origin] += 1
        new.setdefault(line.id, {})[each.target] = words
        notices += desk.checked(line, each)
    whole = dialogue.with_words(board, new)
    return TakenIn(dialogue=whole, unchanged=unchanged, notices=tuple(notices), **counts)


def _passed_over(each: Returned) -> str:
    return (
        f"passed over: the script has no line {shorten(each.source)!r} any more, so "
        f"{shorten(each.text)!r} is no translation of it; send the script out again"
    )


class _Desk:
    """The board's lines, found by what came back."""

    def __init__(self, board: Storyboard, laid: Storyboard, brief: Brief) -> None:
        self._board = board
        self._brief = brief
        self._laid = {line.id: line for line in laid.worded()}
        self._lines = {line.id: line for line in board.worded()}
        self._same: dict[tuple[str, str], list[Worded]] = {}
        for line in board.worded():
            self._same.setdefault(source_of(board, line), []).append(line)
        self._passages = {p.line: p for p in passages_of(board, board.worded(), self._brief)}

    def line(self, each: Returned) -> Worded | None:
        """The line with that id if it still says the same, or else the one line that does."""
        same = self._same.get((each.language, each.source), [])
        here = [line for line in same if line.id == each.line]
        return here[0] if here else (same[0] if len(same) == 1 else None)

    def words(self, line: Worded, each: Returned, by: str, *, approved: bool) -> Words | None:
        """What is to be kept of it; None where it changes nothing."""
        now = self._laid[line.id]
        before, origin = now.text.get(each.target, "").strip(), origin_of(now, each.target)
        if before == each.text and (not approved or origin in {"given", "approved"}):
            return None
        return Words(
            text=each.text,
            origin="approved" if approved else "edited",
            by=by,
            instead_of=self._lines[line.id].text.get(each.target, ""),
        )

    def checked(self, line: Worded, each: Returned) -> Iterator[Notice]:
        passage = self._passages[line.id]
        for finding in proofread(passage, each.text, each.language, each.target, self._brief):
            message = f"{each.target} {shorten(each.text)!r}: {finding.message}"
            yield Notice(source=each.place, message=message)


class CatalogTranslator:
    """A file from people as translator: it has words for the lines whose source it has."""

    def __init__(self, returned: Iterable[Returned], name: str) -> None:
        self.name = name
        self._known = {(e.language, e.source, e.target): e for e in returned}

    def translate(
        self, passages: Sequence[Passage], source: str, target: str, brief: Brief
    ) -> Translation:
        del brief  # its words are there already
        found = {p.line: self._known.get((source, p.text, target)) for p in passages}
        return Translation(
            renderings=tuple(
                Rendering(
                    line=line,
                    text=each.text,
                    origin="approved" if each.approved else "edited",
                    by=self.name,
                )
                for line, each in found.items()
                if each is not None
            )
        )
