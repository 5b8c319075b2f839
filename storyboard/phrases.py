"""Where a speaker may breathe: text split at the ends of sentences, clauses and words.

One splitter serves shots (measured in seconds) and captions (measured in characters). The parts
joined give the text back to the letter; nothing is ever cut inside a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import budoux

from storyboard.languages import language as find_language
from storyboard.letters import speakable

Measure = Callable[[str], float]
"""How much of a shot or a caption a text takes; the parts of a text must add up to the whole."""

_CLOSING = r"[\"'”’»)\]」』）】》]*"
_SENTENCE = re.compile(rf"(?:[.!?]+{_CLOSING}(?=\s|$)|[…。！？．｡]+{_CLOSING})\s*")
_CLAUSE = re.compile(rf"(?:[,;:]{_CLOSING}(?=\s)|[、，；：､—–]+{_CLOSING}|(?<=\s)--+(?=\s))\s*")
_WORD = re.compile(r"\s+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Hr|Fr|Nr|vs|M|Mme|Mlle|z|[A-Z]))\.\s*$")

_SENTENCE_END, _CLAUSE_END, _WORD_END = 0.0, 0.1, 0.4
"""What it costs to end a part there, beside its unevenness."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str
    size: float
    end: float
    """The cost of ending a part after it."""


def split(text: str, language: str, longest: float, measure: Measure) -> tuple[str, ...]:
    """As few parts as hold `longest` each, evenly filled, ended where a speaker would pause.

    A sentence is broken only when it alone is too long, then at its clauses, then at its words. A
    single word that is too long stays whole: the caller sees it by measuring.
    """
    if measure(text) <= longest:
        return (text,)
    phrases = _phrases(text, language, longest, measure)
    bounds = [0, *_ends(phrases, longest)]
    return tuple("".join(p.text for p in phrases[a:b]) for a, b in pairwise(bounds))


def _phrases(text: str, language: str, longest: float, measure: Measure) -> list[_Phrase]:
    """The largest phrases that are each short enough, in order."""
    levels = (
        (_SENTENCE_END, sentences),
        (_CLAUSE_END, clauses),
        (_WORD_END, lambda t: _words(t, language)),
    )

    def divide(part: str, level: int, end: float) -> list[_Phrase]:
        size = measure(part)
        if size <= longest or level == len(levels):
            return [_Phrase(part, size, end)]
        inner_end, cut = levels[level]
        pieces = cut(part)
        ends = [inner_end] * (len(pieces) - 1) + [end]
        return [
            p for piece, e in zip(pieces, ends, strict=True) for p in divide(piece, level + 1, e)
        ]

    return divide(text, 0, _SENTENCE_END)


def _ends(phrases: list[_Phrase], longest: float) -> list[int]:
    """Where the parts end, by the cheapest way through all that fit: fewest parts, then evenness.

    Ties go to the way found first, so the same text is always split the same.
    """
    cheapest = [0.0] + [float("inf")] * len(phrases)
    came_from = [0] * (len(phrases) + 1)
    for end in range(1, len(phrases) + 1):
        size = 0.0
        for start in range(end - 1, -1, -1):
            size += phrases[start].size
            if size > longest and start < end - 1:
                break
            cost = cheapest[start] + 2 + (1 - size / longest) ** 2 + phrases[end - 1].end
            if cost < cheapest[end]:
                cheapest[end], came_from[end] = cost, start
    ends = [len(phrases)]
    while came_from[ends[0]]:
        ends.insert(0, came_from[ends[0]])
    return ends


def sentences(text: str) -> list[str]:
    """Sentences, each with its closing quotes and the space after it."""
    pieces: list[str] = []
    for piece in _cut_after(text, _SENTENCE):
        if pieces and _ABBREVIATION.search(pieces[-1]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def clauses(text: str) -> list[str]:
    """Parts of sentences, each with its comma and the space after it."""
    return _cut_after(text, _CLAUSE)


def _cut_after(text: str, pattern: re.Pattern[str]) -> list[str]:
    ends = [found.end() for found in pattern.finditer(text)]
    bounds = [0, *(end for end in ends if end < len(text)), len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    return _without_silence(pieces)


def _without_silence(pieces: list[str]) -> list[str]:
    """A piece in which nothing is said belongs to the one before it, or the first to the next."""
    spoken: list[str] = []
    for piece in pieces:
        if spoken and not (speakable(piece) and speakable(spoken[-1])):
            spoken[-1] += piece
        else:
            spoken.append(piece)
    return spoken


def _words(text: str, language: str) -> list[str]:
    """Words with the space after them; where none is written, the phrases of a trained model."""
    pieces = _cut_after(text, _WORD)
    parser = _phrase_parser(find_language(language).tag)
    if parser is None:
        return pieces
    return _without_silence([phrase for piece in pieces for phrase in _unspaced(piece, parser)])


def _unspaced(piece: str, parser: budoux.Parser) -> list[str]:
    phrases = parser.parse(piece)
    # Latin words and numbers inside the text are words of their own: the model may cut in them.
    whole: list[str] = []
    for phrase in phrases:
        if whole and re.search(r"[\w]$", whole[-1], re.ASCII) and re.match(r"\w", phrase, re.ASCII):
            whole[-1] += phrase
        else:
            whole.append(phrase)
    return whole


@lru_cache(maxsize=8)
def _phrase_parser(tag: str) -> budoux.Parser | None:
    if tag == "ja-JP":
        return budoux.load_default_japanese_parser()
    if tag == "cmn-Hans-CN":
        return budoux.load_default_simplified_chinese_parser()
    if tag == "yue-Hant-HK":
        return budoux.load_default_traditional_chinese_parser()
    return None
