"""What each clip adds to the film, in frames of takes: pure, so that it can be read and tested.

A clip's piece runs from its own first frame to where the next clip begins. Under a dissolve the
first frames of a piece are mixed with the last frames of the clip before, so a dissolve costs one
piece of re-encoding and not two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from media.errors import ClipMismatch
from storyboard.timeline import Clip, Timeline

FADE = Fraction(1, 2)
"""Seconds a clip that fades in takes to come up from black."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One clip's part of the film; all numbers are frames at the timeline's rate."""

    clip: Clip
    take: Path
    first: int
    """Where in the take it starts."""
    frames: int
    """How long the whole clip is, with what the next clip overlaps."""
    overlap: int = 0
    """How many of its first frames are mixed with the end of the clip before."""
    before: Path | None = None
    """The take of the clip before, for an overlap."""
    before_first: int = 0
    """Where in that take the overlap starts."""
    fade: int = 0
    """How many of its first frames come up from black."""
    overlapped: int = 0
    """How many of its last frames belong to the next piece."""

    @property
    def adds(self) -> int:
        """Frames this piece adds to the film."""
        return self.frames - self.overlapped


def plan(timeline: Timeline, takes: Mapping[str, Path]) -> tuple[Piece, ...]:
    """The pieces in screen order; ClipMismatch when a clip cannot be had."""
    if not timeline.clips:
        raise ClipMismatch(f"the timeline of {timeline.title!r} has no clips")
    overlaps = [*(_overlap(clip, timeline) for clip in timeline.clips[1:]), 0]
    if _overlap(timeline.clips[0], timeline):
        raise ClipMismatch(f"shot {timeline.clips[0].shot}: nothing before it to dissolve from")
    pieces = [_piece(timeline.clips[0], None, timeline, takes, overlaps[0])]
    for (before, clip), overlapped in zip(pairwise(timeline.clips), overlaps[1:], strict=True):
        pieces.append(_piece(clip, before, timeline, takes, overlapped))
    return tuple(pieces)


def _piece(
    clip: Clip, before: Clip | None, timeline: Timeline, takes: Mapping[str, Path], overlapped: int
) -> Piece:
    frames = _frames(clip, "length", clip.seconds, timeline)
    overlap = _overlap(clip, timeline)
    if frames < 1 or overlap + overlapped > frames:
        raise ClipMismatch(
            f"shot {clip.shot}: {frames} frames are too few for"
            f" dissolves of {overlap} and {overlapped} frames"
        )
    piece = Piece(
        clip=clip,
        take=_take(clip, takes),
        first=_frames(clip, "start", clip.start, timeline),
        frames=frames,
        fade=min(frames, int(FADE * timeline.frame_rate)) if clip.transition == "fade" else 0,
        overlapped=overlapped,
    )
    if before is None or not overlap:
        return piece
    end = _frames(before, "end", before.start + before.seconds, timeline)
    return replace(piece, overlap=overlap, before=_take(before, takes), before_first=end - overlap)


def _overlap(clip: Clip, timeline: Timeline) -> int:
    return _frames(clip, "overlap", clip.overlap, timeline)


def _take(clip: Clip, takes: Mapping[str, Path]) -> Path:
    if clip.take not in takes:
        raise ClipMismatch(f"shot {clip.shot}: its take {clip.take} is not among the takes given")
    return takes[clip.take]


def _frames(clip: Clip, what: str, seconds: Fraction, timeline: Timeline) -> int:
    count = seconds * timeline.frame_rate
    if count.denominator != 1 or count < 0:
        raise ClipMismatch(
            f"shot {clip.shot}: its {what}, {seconds} s, is no whole number of frames"
            f" at {timeline.frame_rate} a second"
        )
    return count.numerator
