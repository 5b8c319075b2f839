"""The cut's nouns: which span of which take, in what order, with what between and over it.

Lengths are exact seconds and whole frames. `storyboard.cut` makes a timeline from a cue sheet and
its takes; `media.stitch` makes a film from a timeline; OpenTimelineIO carries it to an editor.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from storyboard.board import Transition
from storyboard.document import Document, Seconds
from storyboard.request import Aspect


class Caption(Document):
    """Words on screen, on the clock of the whole film."""

    start: Seconds
    end: Seconds
    text: str
    speaker: str = ""
    """Display name; shown in side files where a speaker is not in the picture."""


class Clip(Document):
    """A span of a take."""

    shot: str
    """The cue sheet's shot id."""
    take: str
    """The take's key."""
    start: Seconds = Fraction(0)
    seconds: Seconds
    transition: Transition = "cut"
    """How the clip is entered."""
    overlap: Seconds = Fraction(0)
    """How long a dissolve overlaps the clip before; 0 for cuts and fades from black."""


class Timeline(Document):
    """The cut of one language and one aspect."""

    schema_version: Literal[1] = 1
    title: str
    slug: str
    language: str
    aspect: Aspect
    frame_rate: int
    size: tuple[int, int]
    """Width and height of the master in pixels."""
    clips: tuple[Clip, ...]
    captions: tuple[Caption, ...] = ()

    @property
    def seconds(self) -> Fraction:
        """Length of the film: clips minus overlaps."""
        return sum((clip.seconds - clip.overlap for clip in self.clips), start=Fraction(0))
