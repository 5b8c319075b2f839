"""What a mouth does while words are heard: the seam between the voice and the drawing.

The voice turns phonemes into cues, one shape held for a span; the drawing asks which shape is seen
at a moment. Nothing here knows a language or a line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

ANTICIPATION_S = 0.03
"""Lips are seen to move a little before they are heard."""

BLEND_S = 0.10
"""Width of the raised cosine that cues are blended by; about half of it is a visible change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mouth:
    """A mouth shape; each 0 to 1."""

    open: float
    """Jaw and lips apart: 0 shut, 1 shouting "ah"."""
    wide: float
    """Corners drawn out: 0 neutral, 1 as in "ee"."""
    round: float
    """Lips pursed forward: 0 neutral, 1 as in "oo"."""
    teeth: float = 0.0
    """How much of the upper teeth shows: 1 for "f", "s", a grin."""
    tongue: float = 0.0
    """How far the tongue shows: 1 for "th", "l"."""


REST = Mouth(open=0.0, wide=0.0, round=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MouthCue:
    """A shape held from `start_s` to `end_s`, on the clock of the shot."""

    start_s: float
    end_s: float
    mouth: Mouth


def mouth_at(cues: Sequence[MouthCue], t_s: float) -> Mouth:
    """The shape seen at `t_s`: nearby cues blended, at rest where there are none.

    Cues may come in any order and leave gaps; where they overlap they are mixed.
    """
    now = t_s + ANTICIPATION_S
    weighed = [
        (cue.mouth, _share_before(cue.end_s - now) - _share_before(cue.start_s - now))
        for cue in cues
        if cue.start_s < now + BLEND_S / 2 and cue.end_s > now - BLEND_S / 2
    ]
    total = max(1.0, sum(weight for _, weight in weighed))
    return Mouth(
        open=sum(mouth.open * weight for mouth, weight in weighed) / total,
        wide=sum(mouth.wide * weight for mouth, weight in weighed) / total,
        round=sum(mouth.round * weight for mouth, weight in weighed) / total,
        teeth=sum(mouth.teeth * weight for mouth, weight in weighed) / total,
        tongue=sum(mouth.tongue * weight for mouth, weight in weighed) / total,
    )


def _share_before(offset_s: float) -> float:
    """The share of a raised cosine, `BLEND_S` wide around 0, that lies before `offset_s`."""
    x = max(-1.0, min(1.0, offset_s / (BLEND_S / 2)))
    return (1 + x + math.sin(math.pi * x) / math.pi) / 2
