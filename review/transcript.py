"""What was said beside what should have been, for people to read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from review.verdict import Verdict
from storyboard.languages import language

FIGURE, HEARD = "words_wrong", "heard: "
"""The measurement that listens, and how its detail begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words on end that were heard as written, were not heard, or were not written."""

    kind: Literal["same", "missing", "added"]
    text: str


def heard_in(verdict: Verdict | None) -> str | None:
    """What the recogniser understood; None where nothing listened."""
    figure = verdict.measurements.find(FIGURE) if verdict is not None else None
    if figure is None or not figure.detail.startswith(HEARD):
        return None
    return figure.detail.removeprefix(HEARD)


def compared(written: str, heard: str, tag: str) -> tuple[Run, ...]:
    """The written words with those that were heard in their stead, in their own spelling.

    By word, or by character in languages that part words by none. Case, width and punctuation are
    no difference; the figure beside it also knows numbers and other scripts for the same word.
    """
    spaced = language(tag).spaced
    wanted, got = _words(written, spaced), _words(heard, spaced)
    matcher = SequenceMatcher(None, [*map(_bare, wanted)], [*map(_bare, got)], autojunk=False)
    joint = " " if spaced else ""
    runs: list[Run] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            runs.append(Run(kind="same", text=joint.join(wanted[a:b])))
            continue
        if b > a:
            runs.append(Run(kind="missing", text=joint.join(wanted[a:b])))
        if d > c:
            runs.append(Run(kind="added", text=joint.join(got[c:d])))
    return tuple(runs)


def _words(text: str, spaced: bool) -> Sequence[str]:
    """Punctuation stays with the word or character before it."""
    if spaced:
        return [word for word in text.split() if _bare(word)]
    words: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if _bare(character):
            words.append(character)
        elif words and not character.isspace():
            words[-1] += character
    return words


def _bare(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c)[0] == "M")
