"""Everything that is measured of one clip against the request it should be a shot of."""

from __future__ import annotations

from dataclasses import dataclass

from engine.foal.clip import Clip
from engine.foal.evaluate.colours import Shown, read_colours
from engine.foal.evaluate.columns import psnr_db
from engine.foal.evaluate.lips import LipReading, read_lips
from engine.foal.evaluate.listener import Hearing, Listener
from engine.foal.evaluate.looker import Looker, right_answers
from engine.foal.evaluate.words import heard_in, is_told_apart, word_errors
from engine.foal.plan import Rehearsal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examiners:
    """Those who judge; `words` asks the English recogniser too."""

    listener: Listener
    looker: Looker
    words: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One English speech by the recogniser."""

    said: str
    heard: str
    errors: float
    """Edits per word said."""
    told_apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    language: str | None
    hearing: Hearing
    words: tuple[Words, ...]
    lips: tuple[LipReading, ...]
    colours: tuple[Shown, ...]
    sight: dict[str, bool]
    psnr_db: float
    """Against the truth."""


def measured(examiners: Examiners, rehearsal: Rehearsal, truth: Clip, clip: Clip) -> Measured:
    """`clip` as the shot that `rehearsal` plans, whose truth is given."""
    request = rehearsal.request
    english = examiners.words and request.language == "en"
    return Measured(
        language=request.language,
        hearing=examiners.listener.hear(rehearsal, clip),
        words=words_of(rehearsal, clip) if english else (),
        lips=read_lips(rehearsal, clip),
        colours=read_colours(rehearsal, clip),
        sight=right_answers(examiners.looker, rehearsal, clip),
        psnr_db=psnr_db(truth.frames, clip.frames),
    )


def words_of(rehearsal: Rehearsal, clip: Clip) -> tuple[Words, ...]:
    return tuple(
        Words(
            said=speech.text,
            heard=heard,
            errors=word_errors(speech.text, heard),
            told_apart=is_told_apart(speech.text, heard),
        )
        for speech, heard in zip(rehearsal.request.speeches, heard_in(rehearsal, clip), strict=True)
    )
