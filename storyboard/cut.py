"""The cut: which span of which take, in what order, with the words on screen when they are heard.

Everything lies on whole frames. The length of a film is known from its cue sheet alone
(`film_seconds`); a cut differs from it only where an engine spoke longer than it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor
from unicodedata import east_asian_width

from storyboard.board import Storyboard, Transition
from storyboard.cues import CueSheet, CueShot
from storyboard.errors import StoryboardError
from storyboard.languages import language as find_language
from storyboard.phrases import split
from storyboard.request import Aspect, Take
from storyboard.timeline import Caption, Clip, Timeline

DISSOLVE = Fraction(2, 5)
SHORTEST_CAPTION = Fraction(5, 6)
"""Five sixths of a second, the least a reader needs (Netflix' timed-text style guide)."""
CAPTION_GAP_FRAMES = 2
BREATH = Fraction(1, 5)
"""Kept after words that came later than planned."""
_FULL_LINES = 0.85
"""Of two caption lines; the rest is lost where the first breaks before a long word."""


def cut(
    board: Storyboard,
    sheet: CueSheet,
    takes: Mapping[str, Take],
    aspect: Aspect,
    size: tuple[int, int],
) -> Timeline:
    """The film of one language and aspect; `takes` maps the sheet's shot ids to what was made.

    StoryboardError names the shots that have no take.
    """
    missing = [shot.id for shot in sheet.shots if shot.id not in takes]
    if missing:
        raise StoryboardError(f"no take was made of {', '.join(missing)}", board.source)
    lengths = [_used(shot, takes[shot.id], sheet.frame_rate) for shot in sheet.shots]
    overlaps = _overlaps([s.transition for s in sheet.shots], lengths, sheet.frame_rate)
    clips = tuple(
        Clip(
            shot=shot.id,
            take=takes[shot.id].key,
            seconds=seconds,
            transition=shot.transition,
            overlap=overlap,
        )
        for shot, seconds, overlap in zip(sheet.shots, lengths, overlaps, strict=True)
    )
    timeline = Timeline(
        title=board.title,
        slug=sheet.slug,
        language=sheet.language,
        aspect=aspect,
        frame_rate=sheet.frame_rate,
        size=size,
        clips=clips,
    )
    heard = _heard(board, sheet, takes, starts(timeline))
    return timeline.model_copy(update={"captions": _captions(heard, timeline)})


def film_seconds(sheet: CueSheet) -> Fraction:
    """How long the film of that sheet will be: its shots as used, minus its dissolves."""
    lengths = [shot.used for shot in sheet.shots]
    overlaps = _overlaps([s.transition for s in sheet.shots], lengths, sheet.frame_rate)
    return sum(lengths, Fraction(0)) - sum(overlaps, Fraction(0))


def starts(timeline: Timeline) -> tuple[Fraction, ...]:
    """When each clip begins on the clock of the film, overlap included."""
    ends = accumulate((clip.seconds - clip.overlap for clip in timeline.clips), initial=Fraction(0))
    return tuple(end - clip.overlap for end, clip in zip(ends, timeline.clips, strict=False))


def _used(shot: CueShot, take: Take, frame_rate: int) -> Fraction:
    """As planned, or a little more where the words came late: no word is ever cut off."""
    last = max((spoken.end for spoken in take.spoken), default=Fraction(0))
    wanted = shot.used if last <= shot.used else last + BREATH
    return min(
        Fraction(ceil(wanted * frame_rate), frame_rate),
        Fraction(floor(take.seconds * frame_rate), frame_rate),
    )


def _overlaps(
    transitions: Sequence[Transition], lengths: Sequence[Fraction], frame_rate: int
) -> list[Fraction]:
    """How long each clip lies over the one before; only dissolves do, and never the first."""
    overlaps = [Fraction(0)] * len(lengths)
    for number in range(1, len(lengths)):
        if transitions[number] == "dissolve":
            longest = min(DISSOLVE, lengths[number - 1] / 3, lengths[number] / 3)
            overlaps[number] = Fraction(floor(longest * frame_rate), frame_rate)
    return overlaps


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Words with their time on the clock of the film, in frames."""

    start: int
    end: int
    text: str
    speaker: str


def _heard(
    board: Storyboard, sheet: CueSheet, takes: Mapping[str, Take], clip_starts: Sequence[Fraction]
) -> list[_Heard]:
    """Every speech of the film, at most two caption lines at a time, in the order heard."""
    heard: list[_Heard] = []
    for shot, clip_start in zip(sheet.shots, clip_starts, strict=True):
        spoken = {each.speech: each for each in takes[shot.id].spoken}
        for number, line in enumerate(shot.lines):
            window = spoken.get(number, line)
            whole = _Heard(
                start=floor((clip_start + window.start) * sheet.frame_rate),
                end=ceil((clip_start + window.end) * sheet.frame_rate),
                text=line.text,
                speaker=board.character(line.speaker).name if line.heard_only else "",
            )
            heard += _over_time(whole, sheet.language)
    return sorted(heard, key=lambda each: each.start)


def _over_time(whole: _Heard, language: str) -> list[_Heard]:
    """A long speech as captions one after the other, each for its share of the time."""
    room = 2 * find_language(language).caption_width * _FULL_LINES
    parts = split(whole.text, language, room, lambda text: _width(text, language))
    widths = [max(_width(part, language), 1) for part in parts]
    frames = whole.end - whole.start
    ends = [whole.start + round(frames * done / sum(widths)) for done in accumulate(widths)]
    return [
        replace(whole, start=start, end=end, text=" ".join(part.split()))
        for part, start, end in zip(parts, [whole.start, *ends], ends, strict=False)
        if part.strip()
    ]


def _width(text: str, language: str) -> float:
    """In the characters that a caption line of the language is counted in."""
    if find_language(language).caption_width > 20:
        return len(text)
    return sum(1 if east_asian_width(c) in "WF" else 0.5 for c in text)


def _captions(heard: Sequence[_Heard], timeline: Timeline) -> tuple[Caption, ...]:
    """On screen as long as heard and at least as long as reading takes, never two at once."""
    rate = timeline.frame_rate
    shortest = ceil(SHORTEST_CAPTION * rate)
    film_end = floor(timeline.seconds * rate)
    captions: list[Caption] = []
    free_from = 0
    for number, each in enumerate(heard):
        start = max(each.start, free_from)
        if number + 1 < len(heard):
            # Speeches at once take turns: each is seen for a moment, the later one waits.
            limit = max(heard[number + 1].start - CAPTION_GAP_FRAMES, start + shortest // 2)
        else:
            limit = max(film_end, start + 1)
        end = min(max(each.end, start + shortest), limit)
        free_from = end + CAPTION_GAP_FRAMES
        captions.append(
            Caption(
                start=Fraction(start, rate),
                end=Fraction(end, rate),
                text=each.text,
                speaker=each.speaker,
            )
        )
    return tuple(captions)
