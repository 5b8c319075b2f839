"""The storyboard: the script as a tree of scenes, shots and lines, before any language is cued."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from storyboard.document import Document, Seconds
from storyboard.letters import speakable

Framing = Literal["wide", "medium", "close", "two-shot", "insert"]
"""How much of the scene the camera takes in; an insert is an object or a screen, no faces."""

Transition = Literal["cut", "dissolve", "fade"]
"""How a shot is entered: a hard cut, a cross-dissolve from the shot before, or up from black."""

Origin = Literal["given", "translated", "edited", "approved"]
"""Where words come from: the script itself, a translator, a person's change to them, or a person's
word that they may be spoken."""

CardRole = Literal["headline", "offer", "action", "small"]
"""What words on a card are for: the product or its promise, its price, what to do, fine print."""

Colour = Annotated[str, StringConstraints(pattern="^#[0-9a-f]{6}$")]
"""As in style sheets: #rrggbb, lower case."""


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


class CardWords(Document):
    """Words on a card, in every language they are known in."""

    id: str
    role: CardRole
    text: dict[str, str]
    """BCP-47 tag of `storyboard.languages` to the words as they are shown."""
    origin: dict[str, Origin] = {}
    """As a line's."""
    source: Source = Source()

    def has_words(self) -> bool:
        """Whether there is anything to read in any language."""
        return any(words.strip() for words in self.text.values())


def origin_of(words: Line | CardWords, tag: str) -> Origin:
    """Where the words in that language come from."""
    return words.origin.get(tag, "given")


class Card(Document):
    """An end card: words, a logo and a picture on a plain ground.

    It is drawn to the letter and never generated: no engine is asked for it, so a price on it is
    the price of the sheet, and another price costs no engine time.
    """

    words: tuple[CardWords, ...]
    ground: Colour = "#14171f"
    ink: Colour = "#ffffff"
    accent: Colour = "#f2b134"
    """Behind the call to action."""
    logo: str | None = None
    picture: str | None = None
    backdrop: str | None = None
    """Covers the ground."""
    font: str | None = None
    """A font file; letters it lacks come from the house's own."""


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
    card: Card | None = None
    """Instead of all that could be filmed; then `seconds` is given."""
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

    def written(self) -> tuple[CardWords, ...]:
        """Every word of every card, in order."""
        cards = (shot.card for shot in self.shots() if shot.card)
        return tuple(words for card in cards for words in card.words if words.has_words())

    def worded(self) -> tuple[Line | CardWords, ...]:
        """Everything that must have words in a language before there can be a film in it."""
        return (*self.spoken_lines(), *self.written())

    def character(self, character_id: str) -> Character:
        """The character of that id; KeyError if the board has none."""
        for character in self.characters:
            if character.id == character_id:
                return character
        raise KeyError(character_id)

    def languages(self) -> tuple[str, ...]:
        """The languages in which everything has words, the script's own first."""
        worded = self.worded()
        if not worded:
            return (self.language,)
        common = set.intersection(*({t for t, w in x.text.items() if w.strip()} for x in worded))
        own = (self.language,) if self.language in common else ()
        return own + tuple(sorted(common - {self.language}))

    def all_languages(self) -> tuple[str, ...]:
        """The languages in which anything has words, the script's own first."""
        found = {tag for worded in self.worded() for tag in worded.text}
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
