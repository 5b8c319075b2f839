"""A production before anything is made: lengths, takes, engine time, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from storyboard.board import Source, Storyboard
from storyboard.compose import check_servable
from storyboard.cue import cue, missing_lines
from storyboard.cues import CueShot
from storyboard.cut import film_seconds
from storyboard.errors import Notice
from storyboard.languages import language as find_language
from storyboard.letters import speakable
from storyboard.request import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePlan:
    """The film in one language; without shots where words are missing."""

    language: str
    shots: int
    silent_shots: int
    """Shots nobody speaks in, shared by every language."""
    lines: int
    """Those with something to speak."""
    seconds: Fraction
    """Length of the film."""
    made: Fraction
    """Seconds of takes the film is cut from, shared ones included and cards not."""
    own: Fraction = Fraction(0)
    """Those of them in which somebody speaks, which no other language can use."""
    missing: tuple[Source, ...] = ()
    """Where the lines are that have no words in this language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A production in numbers, for one engine and one aspect; each further aspect costs as much."""

    title: str
    engine: str
    languages: tuple[LanguagePlan, ...]
    takes: int
    """Different takes over all languages: a shot nobody speaks in counts once."""
    made: Fraction
    """Seconds of those takes."""
    longest: Fraction
    """Seconds of the longest of them."""
    preview_seconds: float
    """Estimated engine time of all previews, one after the other, nothing made before."""
    render_seconds: float
    parallel: int
    notices: tuple[Notice, ...]

    @property
    def engine_seconds(self) -> float:
        """Estimated time from the first preview to the last render on one such engine."""
        return (self.preview_seconds + self.render_seconds) / self.parallel

    @property
    def complete(self) -> bool:
        """Every line has words in every language asked for."""
        return not any(language.missing for language in self.languages)


def plan(board: Storyboard, languages: Iterable[str], capabilities: Capabilities) -> Plan:
    """Cue every language and add up. Missing words are counted here, where `cue` refuses them.

    Otherwise errors as from `cue`, and StoryboardError for a shot the engine cannot serve.
    """
    plans: list[LanguagePlan] = []
    takes: dict[tuple[str | None, str], CueShot] = {}
    notices: dict[Notice, None] = {}
    for tag in dict.fromkeys(find_language(name).tag for name in languages):
        missing = missing_lines(board, tag)
        if missing:
            plans.append(_unspoken(board, tag, tuple(line.source for line in missing)))
            continue
        sheet, noticed = cue(board, tag, capabilities)
        filmed = [shot for shot in sheet.shots if not shot.card]
        for shot in filmed:
            check_servable(shot, tag, capabilities)
        notices |= dict.fromkeys(noticed)
        takes |= {(tag if shot.lines else None, shot.id): shot for shot in filmed}
        plans.append(_spoken(board, tag, sheet.shots, film_seconds(sheet)))
    made = sum((shot.seconds for shot in takes.values()), Fraction(0))
    return Plan(
        title=board.title,
        engine=capabilities.engine,
        languages=tuple(plans),
        takes=len(takes),
        made=made,
        longest=max((shot.seconds for shot in takes.values()), default=Fraction(0)),
        preview_seconds=capabilities.preview_time(made),
        render_seconds=capabilities.render_time(made),
        parallel=max(capabilities.parallel, 1),
        notices=tuple(notices),
    )


def _spoken(
    board: Storyboard, tag: str, shots: tuple[CueShot, ...], seconds: Fraction
) -> LanguagePlan:
    return LanguagePlan(
        language=tag,
        shots=len(shots),
        silent_shots=sum(1 for shot in shots if not shot.lines),
        lines=sum(1 for line in board.spoken_lines() if speakable(line.text[tag])),
        seconds=seconds,
        made=sum((shot.seconds for shot in shots if not shot.card), Fraction(0)),
        own=sum((shot.seconds for shot in shots if shot.lines), Fraction(0)),
    )


def _unspoken(board: Storyboard, tag: str, missing: tuple[Source, ...]) -> LanguagePlan:
    return LanguagePlan(
        language=tag,
        shots=0,
        silent_shots=0,
        lines=len(board.spoken_lines()),
        seconds=Fraction(0),
        made=Fraction(0),
        missing=missing,
    )
