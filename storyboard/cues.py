"""The cue sheet's nouns: the shots of one language, timed. `storyboard.cue` makes them."""

from __future__ import annotations

from typing import Literal

from storyboard.board import CardRole, Colour, Framing, Source, Transition
from storyboard.document import Document, Seconds


class CueLine(Document):
    """A line, or the part of one that this shot holds, in the language of the sheet."""

    line: str
    """The id of the board's line."""
    part: int = 0
    """0 when the line is whole here, else 1, 2, ... of a line split over shots."""
    speaker: str
    text: str
    delivery: str = ""
    heard_only: bool = False
    start: Seconds
    """From the start of the shot."""
    end: Seconds


class CueCard(Document):
    """A card with its words in the language of the sheet."""

    words: dict[CardRole, str]
    ground: Colour
    ink: Colour
    accent: Colour
    logo: str | None = None
    picture: str | None = None
    backdrop: str | None = None
    font: str | None = None


class CueShot(Document):
    """A shot as one take will make it and as the cut will use it."""

    id: str
    scene: str
    shots: tuple[str, ...]
    """The board's shots it stands for, in order."""
    framing: Framing
    action: str
    sound: str
    cast: tuple[str, ...]
    lines: tuple[CueLine, ...]
    transition: Transition
    seconds: Seconds
    """What the engine makes: within its shortest and longest, whole frames."""
    used: Seconds
    """What the cut keeps, from the start of the take: a quick exchange stays quick."""
    reference: str | None = None
    card: CueCard | None = None
    """Drawn as it stands; no engine is asked for such a shot."""
    source: Source = Source()


class CueSheet(Document):
    """One language's shots in screen order."""

    schema_version: Literal[1] = 1
    slug: str
    language: str
    frame_rate: int
    shots: tuple[CueShot, ...]
