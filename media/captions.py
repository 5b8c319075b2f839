"""What is said, as lines a reader takes in at a glance, and as SRT and WebVTT.

Two lines at most, as wide as the language and the shape of the film allow. Where a caption does
not fit it becomes two or more, one after the other, each for its share of the time. Chinese and
Japanese lines break between phrases and keep to the rules of their typesetting (JIS X 4051, GB/T
15834): no line begins with a full stop or ends with an opening bracket. Nothing is added.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from unicodedata import east_asian_width

from storyboard.languages import Language
from storyboard.languages import language as find_language
from storyboard.phrases import split
from storyboard.request import Aspect
from storyboard.timeline import Caption, Timeline

LINES = 2

_WIDEST: dict[Aspect, tuple[int, int]] = {"9:16": (28, 13), "1:1": (36, 16), "16:9": (42, 16)}
"""Most characters on a line, Latin and East Asian; a phone held upright shows fewer."""

_NOT_FIRST = frozenset(
    "、。，．,.・：；:;！？!?‼⁇⁈⁉…‥）)］]｝}〕〉》」』】〙〗〟’”»ー～〜%％℃°々〻ゝゞヽヾ"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ—–"
)
_NOT_LAST = frozenset("（([［{｛〔〈《「『【〘〖〝‘“«$＄¥￥£#＃")
_SENTENCE_END = re.compile(r"[.!?。！？…]+[\"'”’»)）」』】]*$")
_CLAUSE_END = re.compile(r"[,;:、，；：—–-][\"'”’»)）」』】]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What is on screen at one time."""

    start: Fraction
    end: Fraction
    lines: tuple[str, ...]


def cues(timeline: Timeline, *, name_the_unseen: bool) -> tuple[Cue, ...]:
    """The captions as they are shown; with the names of speakers out of the picture if asked."""
    spoken = find_language(timeline.language)
    return tuple(
        cue
        for caption in timeline.captions
        for cue in _over_time(caption, spoken, timeline, name_the_unseen)
    )


def write_srt(timeline: Timeline) -> str:
    """The film's captions as SubRip."""
    shown = cues(timeline, name_the_unseen=True)
    return "\n".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_text(cue)}\n"
        for number, cue in enumerate(shown, start=1)
    )


def write_vtt(timeline: Timeline) -> str:
    """The film's captions as WebVTT."""
    shown = cues(timeline, name_the_unseen=True)
    return "WEBVTT\n" + "".join(
        f"\n{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n"
        f"{html.escape(_text(cue), quote=False)}\n"
        for cue in shown
    )


def break_lines(text: str, language: str, width: float) -> tuple[str, ...]:
    """The text as lines of at most `width` characters, as few and as even as can be.

    East Asian characters count one and others half, in the languages that are written in them.
    """
    spoken = find_language(language)
    units = _units(text, spoken, width)
    ends = _ends(units, spoken, width)
    lines = ("".join(units[a:b]).strip() for a, b in pairwise([0, *ends]))
    return tuple(line for line in lines if line)


def measure(text: str, language: Language) -> float:
    """Width of a line in the characters the language's lines are counted in."""
    if _is_latin(language):
        return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
    return sum(1 if east_asian_width(c) in "WF" else 0.5 for c in text)


def _is_latin(language: Language) -> bool:
    return language.caption_width > 20


def _over_time(
    caption: Caption, spoken: Language, timeline: Timeline, name_the_unseen: bool
) -> Iterator[Cue]:
    text = re.sub(r"[ \t\r\n]+", " ", caption.text).strip()
    if caption.speaker and name_the_unseen:
        text = f"{caption.speaker}{': ' if spoken.spaced else '：'}{text}"
    width = min(spoken.caption_width, _WIDEST[timeline.aspect][0 if _is_latin(spoken) else 1])
    pages = _pages(break_lines(text, spoken.tag, width))
    shares = [sum(measure(line, spoken) for line in page) or 1 for page in pages]
    frames = round((caption.end - caption.start) * timeline.frame_rate)
    ends = [round(frames * done / sum(shares)) for done in accumulate(shares)]
    for page, start, end in zip(pages, [0, *ends], ends, strict=False):
        yield Cue(
            start=caption.start + Fraction(start, timeline.frame_rate),
            end=caption.start + Fraction(end, timeline.frame_rate),
            lines=page,
        )


def _pages(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Two lines to a page; of an odd number, the page that ends a sentence early has one."""
    pages: list[tuple[str, ...]] = []
    left = list(lines)
    while left:
        odd = len(left) % LINES
        take = 1 if odd and _SENTENCE_END.search(left[0]) else min(LINES, len(left))
        pages.append(tuple(left[:take]))
        left = left[take:]
    return pages


def _units(text: str, spoken: Language, width: float) -> list[str]:
    """What is not broken, each with the space after it: words, or phrases where none is written."""
    units: list[str] = []
    for word in split(text, spoken.tag, 0.5, len):
        if units and (word[:1] in _NOT_FIRST or units[-1].rstrip()[-1:] in _NOT_LAST):
            units[-1] += word
        else:
            units.append(word)
    return [part for unit in units for part in _chopped(unit, spoken, width)]


def _chopped(word: str, spoken: Language, width: float) -> Iterator[str]:
    """The word, or its parts if it is wider than a line by itself."""
    while measure(word.rstrip(), spoken) > width:
        fits = max(n for n in range(1, len(word)) if n == 1 or measure(word[:n], spoken) <= width)
        end = fits
        while end > 1 and (word[end] in _NOT_FIRST or word[end - 1] in _NOT_LAST):
            end -= 1
        end = end if end > 1 else fits
        yield word[:end]
        word = word[end:]
    yield word


def _ends(units: Sequence[str], spoken: Language, width: float) -> list[int]:
    """Where the lines end: fewest lines first, then even ones that end where one pauses."""
    cheapest = [0.0] + [float("inf")] * len(units)
    came_from = [0] * (len(units) + 1)
    for end in range(1, len(units) + 1):
        for start in range(end - 1, -1, -1):
            line = "".join(units[start:end]).strip()
            size = measure(line, spoken)
            if size > width and start < end - 1:
                break
            cost = cheapest[start] + 9 + (1 - size / width) ** 2 + _end_cost(line)
            if cost < cheapest[end]:
                cheapest[end], came_from[end] = cost, start
    ends = [len(units)] if units else []
    while ends and came_from[ends[0]]:
        ends.insert(0, came_from[ends[0]])
    return ends


def _end_cost(line: str) -> float:
    if _SENTENCE_END.search(line):
        return 0.0
    return 0.1 if _CLAUSE_END.search(line) else 0.3


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _clock(moment: Fraction, point: str) -> str:
    thousandths = round(moment * 1000)
    seconds, rest = divmod(thousandths, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"
