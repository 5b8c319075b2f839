"""The dialogue list: every line's words in other languages, kept beside the script.

The script says what is spoken in its own languages; what translators, editors and approvers add is
kept in `<script>.dialogue.json` and laid over the board whenever the script is read. An entry
belongs to words, not to a place: a line that moves keeps its translation, and one whose words
change loses it, so that no film speaks the translation of something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from storyboard.board import CardWords, Line, Origin, Scene, Shot, Source, Storyboard, origin_of
from storyboard.document import Document
from storyboard.errors import Notice, ScriptError
from storyboard.languages import LANGUAGES
from storyboard.letters import shorten

Worded = Line | CardWords
W = TypeVar("W", Line, CardWords)


class Words(Document):
    """A line's words in one language."""

    text: str
    origin: Origin = "translated"
    by: str = ""
    """Who says so, for people."""
    instead_of: str = ""
    """The script's own words in that language that these take the place of; they do only as long
    as the script has exactly those."""
    faults: tuple[str, ...] = ()
    """What the second pass found. Translated words with a fault are held back from the film."""

    @property
    def held(self) -> bool:
        """Whether they wait for a person: no film speaks them."""
        return bool(self.faults) and self.origin == "translated"


class Entry(Document):
    """A line or a card's words, known by what they say, and what that is in other languages."""

    line: str
    """Its id when it was last seen."""
    speaker: str = ""
    """A character id; for words on a card, what they are for."""
    language: str
    """Of the source."""
    source: str
    words: dict[str, Words] = {}
    """By BCP-47 tag."""


class DialogueList(Document):
    """All that is kept of a script's words beside the script itself."""

    schema_version: Literal[1] = 1
    entries: tuple[Entry, ...] = ()

    def with_words(self, board: Storyboard, new: Mapping[str, Mapping[str, Words]]) -> DialogueList:
        """The list with these words, by line id and tag, in the order of the board; entries of
        lines that the board no longer has stay at the end, for a script that is changed back."""
        found = self.by_line(board)
        entries = []
        for line in board.worded():
            old = found.get(line.id)
            words = {**(old.words if old else {}), **new.get(line.id, {})}
            if words:
                language, source = source_of(board, line)
                entries.append(
                    Entry(
                        line=line.id,
                        speaker=speaker_of(line),
                        language=language,
                        source=source,
                        words={tag: words[tag] for tag in sorted(words)},
                    )
                )
        known = {(entry.source, entry.language) for entry in entries}
        rest = (e for e in self.entries if (e.source, e.language) not in known)
        return DialogueList(entries=(*entries, *rest))

    def by_line(self, board: Storyboard) -> dict[str, Entry]:
        """Line ids of the board to the entries they find."""
        index = self.index
        return {line.id: entry for line in board.worded() if (entry := index.of(board, line))}

    @cached_property
    def index(self) -> _Index:
        """Made once, since a campaign asks for every one of its rows."""
        return _Index(self.entries)


class _Index:
    """Entries by their words, so that ten thousand lines are found in one pass."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._same: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            self._same.setdefault((entry.language, entry.source), []).append(entry)

    def of(self, board: Storyboard, line: Worded) -> Entry | None:
        same = self._same.get(source_of(board, line), [])
        # By id last: when lines are added, an id may pass to another person's "Yes."
        theirs = [entry for entry in same if entry.speaker == speaker_of(line)]
        here = [entry for entry in theirs or same if entry.line == line.id]
        return next(iter([*here, *theirs, *same]), None)


def worded_in(shot: Shot) -> tuple[Worded, ...]:
    """All of a shot that has words: its lines, or its card's words."""
    return (*shot.lines, *(shot.card.words if shot.card else ()))


def speaker_of(line: Worded) -> str:
    """Whose words they are; words on a card are told apart by their role."""
    return line.speaker if isinstance(line, Line) else line.role


def source_of(board: Storyboard, line: Worded) -> tuple[str, str]:
    """The language a line is translated from and its words there: the script's own, or the first
    that has words and was given."""
    tags = [board.language, *(each.tag for each in LANGUAGES)]
    given = [tag for tag in tags if line.text.get(tag, "").strip()]
    own = [tag for tag in given if origin_of(line, tag) == "given"]
    tag = next(iter([*own, *given]), board.language)
    return tag, line.text.get(tag, "")


def laid_over(
    board: Storyboard, dialogue: DialogueList, file: str
) -> tuple[Storyboard, tuple[Notice, ...]]:
    """The board with the list's words in every language where the script has none of its own.

    `file` names the list in the notices: of words that are held back, and of those whose line is
    gone or has changed.
    """
    left = _left_over(dialogue, dialogue.by_line(board), file)
    laid, held = overlaid(board, dialogue)
    return laid, (*held, *left)


def overlaid(board: Storyboard, dialogue: DialogueList) -> tuple[Storyboard, tuple[Notice, ...]]:
    """The same for one row of many that share a list, whose other entries are not its own."""
    found = dialogue.by_line(board)
    scenes = tuple(_scene(scene, found) for scene in board.scenes)
    return board.model_copy(update={"scenes": scenes}), tuple(_held(board, found))


def _scene(scene: Scene, found: Mapping[str, Entry]) -> Scene:
    return scene.model_copy(update={"shots": tuple(_shot(shot, found) for shot in scene.shots)})


def _shot(shot: Shot, found: Mapping[str, Entry]) -> Shot:
    if not any(each.id in found for each in worded_in(shot)):
        return shot
    new: dict[str, object] = {"lines": tuple(_line(line, found) for line in shot.lines)}
    if shot.card:
        words = tuple(_line(each, found) for each in shot.card.words)
        new["card"] = shot.card.model_copy(update={"words": words})
    return shot.model_copy(update=new)


def _line(line: W, found: Mapping[str, Entry]) -> W:
    entry = found.get(line.id)
    if entry is None:
        return line
    new = {tag: words for tag, words in entry.words.items() if _counts(line, tag, words)}
    return line.model_copy(
        update={
            "text": line.text | {tag: words.text for tag, words in new.items()},
            "origin": line.origin | {tag: words.origin for tag, words in new.items()},
        }
    )


def _counts(line: Worded, tag: str, words: Words) -> bool:
    own = line.text.get(tag, "")
    return not words.held and (not own.strip() or own == words.instead_of)


def _held(board: Storyboard, found: Mapping[str, Entry]) -> Iterator[Notice]:
    for line in board.worded():
        for tag, words in found[line.id].words.items() if line.id in found else ():
            if words.held and not line.text.get(tag, "").strip():
                said = shorten(words.text)
                message = f"the {tag} words {said!r} are held back: {words.faults[0]}"
                yield Notice(source=line.source, message=message)


def _left_over(dialogue: DialogueList, found: Mapping[str, Entry], file: str) -> Iterator[Notice]:
    used = {(entry.language, entry.source) for entry in found.values()}
    left = [e for e in dialogue.entries if (e.language, e.source) not in used]
    if left:
        message = (
            f"{len(left)} kept line{'s' * (len(left) > 1)} found no line with the same words; the "
            f"first is {shorten(left[0].source)!r}: a line that changed needs its translation again"
        )
        yield Notice(source=Source(file=file, line=1), message=message)


# --- on disk -------------------------------------------------------------------------------------


def beside(script: Path) -> Path:
    """Where the dialogue list of a script is kept."""
    return script.with_name(f"{script.name}.dialogue.json")


def load_dialogue(path: Path) -> DialogueList:
    """The list in that file, or an empty one where there is none; ScriptError if it is damaged."""
    where = Source(file=str(path), line=1)
    try:
        return DialogueList.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return DialogueList()
    except OSError as error:
        raise ScriptError(f"the dialogue list cannot be read: {error.strerror}", where) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ScriptError(
            f"the dialogue list is damaged at {place}: {first['msg']}; mend it, or take it away "
            "to begin anew",
            where,
        ) from error
