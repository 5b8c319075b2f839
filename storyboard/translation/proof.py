"""The second pass: a translation beside its source, as a proofreader would hold them.

A fault holds the words back until a person has looked; a remark lets them through with a warning.
Everything here is arithmetic on words, so the same pair always has the same findings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from storyboard.amounts import han_numbers_in, number, numbers_in
from storyboard.cantonese import CANTONESE, remark, standard_words
from storyboard.languages import language as find_language
from storyboard.letters import foreign, speakable
from storyboard.speech import speech_seconds
from storyboard.translation.brief import Brief
from storyboard.translation.door import Passage
from storyboard.translation.terms import has

About = Literal["words", "glossary", "name", "number", "matter", "language", "length", "cantonese"]

LONGEST = 2000
"""Characters of one line; nobody says more in a shot."""

OVERLONG = 2
"""Times its budget: such a line is no tight translation but another text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a proofreader would mark, as a sentence for whoever mends it."""

    about: About
    message: str
    fault: bool = True
    """Whether the words must not be spoken as they stand."""


def proofread(
    passage: Passage, text: str, source: str, target: str, brief: Brief
) -> tuple[Finding, ...]:
    """What is wrong with `text` as the translation of the passage."""
    found = tuple(_words(text))
    if found:
        return found
    return (
        *_glossary(passage, text, target, brief),
        *_names(passage, text, brief),
        *_numbers(passage, text, source, target, brief),
        *_matter(passage, text),
        *_language(passage, text, source, target, brief),
        *_length(passage, text, target),
    )


def _words(text: str) -> Iterator[Finding]:
    if not speakable(text):
        yield Finding(about="words", message="there is nothing to speak")
    elif len(text) > LONGEST:
        yield Finding(about="words", message=f"over {LONGEST} characters")
    elif any(ord(c) < 32 or ord(c) == 127 for c in text):
        yield Finding(about="words", message="a line break or a control character in it")


def _glossary(passage: Passage, text: str, target: str, brief: Brief) -> Iterator[Finding]:
    for term, right in brief.terms_in(passage.text, target).items():
        if not has(text, right):
            yield Finding(about="glossary", message=f"the glossary wants {right!r} for {term!r}")


def _names(passage: Passage, text: str, brief: Brief) -> Iterator[Finding]:
    """Each name as often as in the source, or more: a language may need it where another says
    "it"."""
    rest, there = passage.text, text
    for name in brief.kept_in(passage.text):
        wanted, found = rest.count(name), there.count(name)
        rest, there = rest.replace(name, "\0"), there.replace(name, "\0")
        if wanted > 0 and not found:
            yield Finding(about="name", message=f"{name!r} must stay as it is")


SMALL = 12
"""A number up to this may have been a word in the source ("two"), so it counts as no invention."""


def _numbers(
    passage: Passage, text: str, source: str, target: str, brief: Brief
) -> Iterator[Finding]:
    before = _without(passage.text, brief.kept_in(passage.text))
    after = _without(text, brief.kept_in(passage.text))
    wanted = Counter(each.value for each in numbers_in(before, source))
    found = Counter(each.value for each in numbers_in(after, target))
    numerals = han_numbers_in(after) if not find_language(target).spaced else frozenset()
    for value in wanted - found:
        if value not in numerals:
            written = number(value, target)
            yield Finding(about="number", message=f"{written} is in the source and missing here")
    if find_language(source).spaced:
        invented = [v for v in found - wanted if v > SMALL or v != int(v)]
    else:
        known = {Decimal(each) for each in han_numbers_in(before)}
        invented = [v for v in found - wanted if v > SMALL and v not in known]
    spelled = _SPELLED.search(before) is not None
    for value in invented:
        message = f"{number(value, target)} is not in the source"
        yield Finding(about="number", message=message, fault=not spelled)


_SPELLED = re.compile(
    r"teen\b|\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|dozen)"
    r"|hundred|thousand|million|zehn|zwanzig|(?:drei|vier|fünf|sech|sieb|acht|neun)\w?[sz]ig|tausend"
    r"|hundert|\b(?:treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|cents?|mille)\b"
    r"|스물|스무|서른|마흔|쉰|예순|일흔|여든|아흔|수백|수천|백만|천만",
    re.IGNORECASE,
)
"""Numbers above twelve in words: a translation may well put them in digits."""


def _without(text: str, names: tuple[str, ...]) -> str:
    """The text without names that may have digits of their own."""
    for name in names:
        text = text.replace(name, " ")
    return text


_MATTER = re.compile(
    r"https?://\S+|www\.\S+|\b[\w.+-]+@[\w-]+\.\w+|(?<!\w)[@#]\w{2,}"
    r"|\b[\w-]+\.(?:com|net|org|io|co|cn|jp|kr|hk|de|fr|shop|xyz|info)\b|[<>{}\[\]|\\`]|\*\*",
    re.IGNORECASE | re.ASCII,
)
"""Addresses, handles, and marks of markup or code: none is ever invented by a translation."""


def _matter(passage: Passage, text: str) -> Iterator[Finding]:
    """What a translation cannot add to its source: a sign that something else wrote it."""
    for found in dict.fromkeys(match.group() for match in _MATTER.finditer(text)):
        if found not in passage.text:
            yield Finding(about="matter", message=f"{found[:60]!r} is not in the source")


def _language(
    passage: Passage, text: str, source: str, target: str, brief: Brief
) -> Iterator[Finding]:
    name = find_language(target).name
    if foreign(_without(text, brief.kept_in(passage.text)), target):
        yield Finding(about="language", message=f"not written in the letters of {name}")
    elif source != target and _same(passage.text, text) and _has_words(passage.text, brief):
        yield Finding(about="language", message=f"the source's words again, not {name}")
    if target == CANTONESE and (words := standard_words(text)):
        yield Finding(about="cantonese", message=remark(words), fault=False)


def _same(before: str, after: str) -> bool:
    return " ".join(before.split()).casefold() == " ".join(after.split()).casefold()


def _has_words(text: str, brief: Brief) -> bool:
    """Whether more than names and short exclamations stands in it: "Hoofbeat!" stays itself."""
    rest = _without(text, brief.kept_in(text))
    return sum(c.isalpha() for c in rest) >= 12 or sum("\u3040" <= c <= "\ud7af" for c in rest) >= 4


def _length(passage: Passage, text: str, target: str) -> Iterator[Finding]:
    takes = speech_seconds(text, target)
    if takes > passage.seconds:
        yield Finding(
            about="length",
            message=f"takes {float(takes):.1f} s to say; there are {float(passage.seconds):.1f} s",
            fault=takes > OVERLONG * passage.seconds,
        )
