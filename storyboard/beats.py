"""A Fountain script's elements, gathered to scenes of paragraphs and speeches.

Here the house's notes find the paragraph or speech they are about. What becomes a shot is
`storyboard.screenplay`'s story.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from storyboard.board import Source, Transition
from storyboard.errors import Notice
from storyboard.fountain import Element, Script, strip_emphasis, unwrap
from storyboard.notes import (
    CharacterNote,
    SceneNote,
    ShotNote,
    TranslationNote,
    read_note,
)


@dataclass(slots=True)
class Paragraph:
    """Action, in one line and without emphasis."""

    text: str
    line: int
    block: int
    note: ShotNote | None = None


@dataclass(slots=True)
class Speech:
    """A cue and what is said under it."""

    name: str
    line: int
    block: int
    extensions: tuple[str, ...] = ()
    dual: bool = False
    delivery: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lyrics: int = 0
    translations: dict[str, str] = field(default_factory=dict)
    note: ShotNote | None = None

    @property
    def text(self) -> str:
        return unwrap("\n".join(self.words))


@dataclass(slots=True)
class Entry:
    """A transition: how the next shot is entered."""

    transition: Transition
    line: int


Beat = Paragraph | Speech | Entry


@dataclass(slots=True)
class SceneDraft:
    """A scene's beats in the order of the script."""

    heading: str = ""
    number: str = ""
    line: int = 1
    beats: list[Beat] = field(default_factory=list)
    notes: list[SceneNote] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """The whole script."""

    scenes: list[SceneDraft] = field(default_factory=lambda: [SceneDraft()])
    people: list[CharacterNote] = field(default_factory=list)
    synopsis: str = ""
    """The first synopsis before the first scene."""
    notices: list[Notice] = field(default_factory=list)


def gather(script: Script, file: str) -> Draft:
    """Scenes with their beats; ScriptError for a note of ours that cannot be followed."""
    gatherer = _Gatherer(file)
    for element in script.elements:
        gatherer.take(element)
    gatherer.close_scene()
    return gatherer.draft


class _Gatherer:
    """Walks the elements once, remembering what a note could be about."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.draft = Draft()
        self.pending: ShotNote | None = None
        self.steps: dict[str, Callable[[Element], None]] = {
            "heading": self.heading,
            "action": self.action,
            "cue": self.cue,
            "parenthetical": self.parenthetical,
            "dialogue": self.dialogue,
            "lyric": self.lyric,
            "transition": self.transition,
            "synopsis": self.synopsis,
            "note": self.note,
        }

    @property
    def scene(self) -> SceneDraft:
        return self.draft.scenes[-1]

    def take(self, element: Element) -> None:
        """Sections, page breaks and centred words say nothing a camera sees."""
        if element.kind in self.steps:
            self.steps[element.kind](element)

    def notice(self, line: int, message: str) -> None:
        self.draft.notices.append(Notice(source=Source(file=self.file, line=line), message=message))

    def heading(self, element: Element) -> None:
        self.close_scene()
        heading = strip_emphasis(element.text)
        self.draft.scenes.append(
            SceneDraft(heading=heading, number=element.number, line=element.line)
        )

    def close_scene(self) -> None:
        if self.pending is not None:
            self.notice(self.pending.source.line, "this shot note stands before no shot; ignored")
            self.pending = None

    def action(self, element: Element) -> None:
        text = strip_emphasis(unwrap(element.text))
        if not text:
            return
        if len(self.draft.scenes) == 1 and _FRONT_MATTER.match(element.text):
            self.notice(element.line, "read as a note to the reader, not as a shot")
            return
        self.add(Paragraph(text=text, line=element.line, block=element.block))

    def cue(self, element: Element) -> None:
        self.add(
            Speech(
                name=" ".join(strip_emphasis(element.text).split()),
                line=element.line,
                block=element.block,
                extensions=element.extensions,
                dual=element.dual,
            )
        )

    def add(self, beat: Paragraph | Speech) -> None:
        beat.note, self.pending = self.pending, None
        self.scene.beats.append(beat)

    def parenthetical(self, element: Element) -> None:
        if speech := self.speech():
            speech.delivery.append(strip_emphasis(element.text))

    def dialogue(self, element: Element) -> None:
        if speech := self.speech():
            speech.words.append(strip_emphasis(element.text))

    def lyric(self, element: Element) -> None:
        """Sung by whoever's cue it stands under; without one it is action."""
        speech = self.speech()
        if speech is not None and speech.block == element.block:
            speech.words.append(strip_emphasis(element.text))
            speech.lyrics += 1
        elif element.text:
            self.notice(element.line, "a lyric under nobody's cue; read as action")
            self.action(replace(element, kind="action"))

    def speech(self) -> Speech | None:
        last = self.scene.beats[-1] if self.scene.beats else None
        return last if isinstance(last, Speech) else None

    def transition(self, element: Element) -> None:
        entry = Entry(transition=transition_of(element.text), line=element.line)
        self.scene.beats.append(entry)

    def synopsis(self, element: Element) -> None:
        if len(self.draft.scenes) == 1 and not self.draft.synopsis:
            self.draft.synopsis = strip_emphasis(element.text)

    def note(self, element: Element) -> None:
        note = read_note(element.text, Source(file=self.file, line=element.line))
        if isinstance(note, ShotNote):
            self.shot_note(note, element)
        elif isinstance(note, SceneNote):
            self.scene.notes.append(note)
        elif isinstance(note, CharacterNote):
            self.draft.people.append(note)
        elif isinstance(note, TranslationNote):
            self.translation(note, element)

    def shot_note(self, note: ShotNote, element: Element) -> None:
        last = self.scene.beats[-1] if self.scene.beats else None
        if isinstance(last, Paragraph | Speech) and last.block == element.block:
            last.note = note.over(last.note)
        else:
            self.pending = note.over(self.pending)

    def translation(self, note: TranslationNote, element: Element) -> None:
        speech = self.speech()
        if speech is None:
            self.notice(element.line, f"this {note.language} note stands behind no speech; ignored")
            return
        if note.language in speech.translations:
            self.notice(element.line, f"the speech has {note.language} words already; these count")
        words = strip_emphasis(unwrap(note.text))
        if words:
            speech.translations[note.language] = words
        else:
            self.notice(element.line, f"the {note.language} note has no words; ignored")


_FRONT_MATTER = re.compile(r"[*_]*note[s]?\b\s*:|\*\*[^*]+\*\*\s*$", re.IGNORECASE)
"""Before the first scene: a paragraph that says it is a note, or stands in bold from end to end."""


def transition_of(words: str) -> Transition:
    """How a script's transition enters the next shot; everything unknown is a cut."""
    said = words.casefold()
    if any(word in said for word in _DISSOLVES):
        return "dissolve"
    return "fade" if any(word in said for word in _FADES) else "cut"


_DISSOLVES = ("dissolve", "crossfade", "cross fade", "überblend", "叠化", "疊化", "디졸브")
_FADES = ("fade", "black", "フェード", "淡", "페이드", "blende", "fondu")
