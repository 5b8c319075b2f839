"""The door all translators stand behind: what one is asked, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from storyboard.board import Origin
from storyboard.language_model import Usage
from storyboard.translation.brief import Brief


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One line to be translated, and what a translator may know about it."""

    line: str
    """The line's id on its board."""
    text: str
    speaker: str = ""
    """As shown to people."""
    delivery: str = ""
    action: str = ""
    """What is seen meanwhile."""
    seconds: Fraction
    """The longest the translation may take to say."""
    faults: tuple[str, ...] = ()
    """What was wrong with the rendering before, where this is another try."""
    before: str = ""
    """That rendering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A translator's words for one line."""

    line: str
    text: str
    origin: Origin = "translated"
    by: str = ""
    """Who says so, for people: "qwen3 (local)", "kettle.de-DE.xlf"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What a translator gives back for the passages of one language."""

    renderings: tuple[Rendering, ...] = ()
    """In any order; of a line it has nothing for, none."""
    usage: Usage = field(default_factory=Usage)
    failures: Mapping[str, str] = field(default_factory=dict)
    """Line ids to why there is no rendering, where trying has failed."""


class Translator(Protocol):
    """Puts lines of one language into another."""

    name: str
    """For people and for the record."""

    def translate(
        self, passages: Sequence[Passage], source: str, target: str, brief: Brief
    ) -> Translation:
        """Renderings of as many of the passages as this translator has or can make.

        One it has not is left out, which is no error. Whatever comes back is checked by
        `storyboard.translation.translate`, so a translator need not check itself. ModelError
        where a language model cannot be asked at all.
        """
