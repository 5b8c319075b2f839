"""The storyboard: the script as a tree of scenes, shots and lines, before any language is cued."""

from __future__ import annotations

from typing import Any, Literal

from storyboard.document import Document, Seconds
from storyboard.letters import speakable

Framing = Literal["wide", "medium", "close", "two-shot", "insert"]
"""How much of the scene the camera takes in; an insert is an object or a screen, no faces."""

Transition = Literal["cut", "dissolve", "fade"]
"""How a shot is entered: a hard cut, a cross-dissolve from the shot before, or up from black."""

Origin = Literal["given", "translated", "edited", "approved"]
"""Where words come from: the script itself, a translator, a person's change to them, or a person's
word that they may be spoken."""


class Source(Document):
    """Where in the user's file something was said, for messages: path as given, 1-based line."""

    file: str = ""
    line: int = 0


class Character(Document):
    """Someone who can be seen or heard."""

    id: str
    """Slug, unique on the board."""
    name: str
    """As shown to people: "MIA"."""
    looks: str = ""
    """In the script's own words: "34, black hair in a bun, red coat"."""
    voice: str = ""
    """In the script's own words: "woman, low, unhurried"."""
    reference: str | None = None
    """Path of a portrait, relative to the script."""
    aliases: tuple[str, ...] = ()
    """Other cue names in the script that mean the same character."""
    source: Source = Source()
    """Where the picture is named, or who they are."""


class Line(Document):
    """One speech, verbatim, in every language it is known in."""

    id: str
    speaker: str
    """A character id."""
    text: dict[str, str]
    """BCP-47 tag of `storyboard.languages` to the words to be spoken."""
    origin: dict[str, Origin] = {}
    """Where each text comes from; one that is not named here was given. It says what may be spoken
    (`storyboard.translation.policy`) and changes no take."""
    delivery: str = ""
    """From the parenthetical: "whispering"."""
    heard_only: bool = False
    """Voice-over or off-screen: the speaker is not in the picture."""
    source: Source = Source()

    def has_words(self) -> bool:
        """Whether there is anything to speak in any language; "..." is silence in all of them."""
        return any(speakable(words) for words in self.text.values())

    def origin_of(self, tag: str) -> Origin:
        """Where the words in that language come from."""
        return self.origin.get(tag, "given")


class Shot(Document):
    """One camera on one moment: an action, or speech, or a speech with its gesture."""

    id: str
    """Stable while other scenes are edited."""
    framing: Framing = "medium"
    action: str = ""
    sound: str = ""
    """Ambience and effects, in words: "waves, a distant horn"."""
    cast: tuple[str, ...] = ()
    """Character ids in the picture, left to right."""
    lines: tuple[Line, ...] = ()
    transition: Transition = "cut"
    seconds: Seconds | None = None
    """Asked for by the author; None leaves it to the cue sheet."""
    reference: str | None = None
    """Path of a first-frame picture, relative to the script."""
    source: Source = Source()


class Scene(Document):
    """Shots in one place at one time."""

    id: str
    heading: str
    interior: bool = True
    place: str = ""
    time_of_day: str = ""
    sound: str = ""
    """Ambience under every shot of the scene that names none of its own."""
    shots: tuple[Shot, ...] = ()
    source: Source = Source()


class Storyboard(Document):
    """A film as data. The same script always gives the same storyboard."""

    schema_version: Literal[1] = 1
    title: str
    slug: str
    """Safe as a path part; made from the title."""
    language: str
    """The language the script was written in."""
    credits: dict[str, str] = {}
    logline: str = ""
    characters: tuple[Character, ...] = ()
    scenes: tuple[Scene, ...] = ()
    source: Source = Source()

    def shots(self) -> tuple[Shot, ...]:
        """Every shot in screen order."""
        return tuple(shot for scene in self.scenes for shot in scene.shots)

    def spoken_lines(self) -> tuple[Line, ...]:
        """Every line with something to speak, in order."""
        return tuple(line for shot in self.shots() for line in shot.lines if line.has_words())

    def character(self, character_id: str) -> Character:
        """The character of that id; KeyError if the board has none."""
        for character in self.characters:
            if character.id == character_id:
                return character
        raise KeyError(character_id)

    def languages(self) -> tuple[str, ...]:
        """The languages in which every spoken line has words, the script's own first."""
        lines = self.spoken_lines()
        if not lines:
            return (self.language,)
        common = set.intersection(*({t for t, w in x.text.items() if w.strip()} for x in lines))
        own = (self.language,) if self.language in common else ()
        return own + tuple(sorted(common - {self.language}))

    def all_languages(self) -> tuple[str, ...]:
        """The languages in which any spoken line has words, the script's own first."""
        found = {tag for line in self.spoken_lines() for tag in line.text}
        return (self.language, *sorted(found - {self.language}))

    def content(self) -> dict[str, Any]:
        """The board as plain values without where it and its words come from: what a version is
        made of. Words that a person approves make the same film as before."""
        return _without_sources(self.model_dump(mode="json"))


_PROVENANCE = {"source", "origin"}


def _without_sources(value: Any) -> Any:
    if isinstance(value, dict):
        # A title page may have a credit named "source"; that one is text and stays.
        kept = {k: v for k, v in value.items() if not (k in _PROVENANCE and isinstance(v, dict))}
        return {key: _without_sources(each) for key, each in kept.items()}
    if isinstance(value, list):
        return [_without_sources(each) for each in value]
    return value
