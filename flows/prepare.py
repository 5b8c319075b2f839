"""From an order to the work it means: the script read, cued, and laid out as jobs for an engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFont, UnidentifiedImageError

from flows.dailies.rewording import reworded
from flows.errors import OrderError
from flows.order import Order
from review import LineEdit
from storyboard import (
    CueSheet,
    Notice,
    Reading,
    Storyboard,
    StoryboardError,
    compose,
    cue,
    missing_lines,
    read,
)
from storyboard.board import Source
from storyboard.cues import CueShot
from storyboard.document import digest
from storyboard.request import Aspect, Capabilities, Request, take_key
from storyboard.translation import refuse_unmet, unmet

Cut = tuple[str, Aspect]
"""A language and an aspect: one film to deliver."""

MOST_ATTEMPTS = 1_000_000
"""At one shot; no policy asks for nearly as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One take to be made, for every cut that uses it."""

    title: str
    """For people: the shot's id, with the language where somebody speaks."""
    shot: CueShot
    language: str
    aspect: Aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The files a storyboard names, by the names it has for them."""

    given: Mapping[str, str]
    """Name to the sha256 of the file as it was given; cards are drawn with these."""
    framed: Mapping[Aspect, Mapping[str, str]]
    """The same as each aspect's takes begin with them or follow them."""
    files: Mapping[str, Path]
    """sha256 to the file itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """One script, cued in the languages asked for, and the takes that it needs."""

    board: Storyboard
    """With people's words for the lines they have reworded."""
    script: Storyboard
    """The same as the script has it; what `version` is made of."""
    version: str
    sheets: Mapping[str, CueSheet]
    cuts: tuple[Cut, ...]
    jobs: Mapping[str, Job]
    """By a name of their own; see `parts`."""
    parts: Mapping[tuple[Cut, str], str]
    """Cut and shot id to the name of the job that makes it."""
    capabilities: Capabilities
    pictures: Pictures
    variation: int
    """Another number asks for other takes of the same shots."""
    notices: tuple[Notice, ...]

    def request(self, job: Job, attempt: int) -> Request:
        """What the engine is asked at that attempt; each attempt has a seed of its own."""
        return compose(
            self.board,
            job.shot,
            job.language,
            self.capabilities,
            job.aspect,
            attempt=attempt + self.variation * MOST_ATTEMPTS,
            references=self.pictures.framed[job.aspect],
        )


def prepare(
    order: Order,
    capabilities: Capabilities,
    settings_digest: str,
    wording: Callable[[str], Iterable[LineEdit]] = lambda _: (),
) -> Production:
    """Read the order's script and lay out the work; errors and the rest as of `lay_out_reading`."""
    try:
        reading = read(order.script)
        pictures = beside(reading.board, order, capabilities)
    except StoryboardError as error:
        raise OrderError(str(error)) from error
    return lay_out_reading(reading, pictures, order, capabilities, settings_digest, wording)


def lay_out_reading(
    reading: Reading,
    pictures: Pictures,
    order: Order,
    capabilities: Capabilities,
    settings_digest: str,
    wording: Callable[[str], Iterable[LineEdit]] = lambda _: (),
    *,
    variation: int = 0,
) -> Production:
    """The work that a storyboard means; OrderError for whatever the person who ordered it can mend.

    `settings_digest` stands for everything beside the script that changes what is delivered;
    `wording` gives people's edits of the lines of a production by its slug.
    """
    try:
        board, past = reworded(reading.board, wording(reading.board.slug))
        languages, left_out = _languages(board, order)
        cued = {language: cue(board, language, capabilities) for language in languages}
        cuts: tuple[Cut, ...] = tuple((la, aspect) for la in languages for aspect in order.aspects)
        sheets = {language: sheet for language, (sheet, _) in cued.items()}
        jobs, parts = _jobs(board, sheets, cuts, capabilities, pictures)
    except StoryboardError as error:
        raise OrderError(str(error)) from error
    notices = (
        *reading.notices,
        *past,
        *left_out,
        *(n for _, found in cued.values() for n in found),
    )
    return Production(
        board=board,
        script=reading.board,
        version=_version(reading.board, pictures, variation, settings_digest),
        sheets=sheets,
        cuts=cuts,
        jobs=jobs,
        parts=parts,
        capabilities=capabilities,
        pictures=pictures,
        variation=variation,
        notices=tuple(dict.fromkeys(notices)),
    )


def _version(board: Storyboard, pictures: Pictures, variation: int, settings_digest: str) -> str:
    varied = (variation,) if variation else ()
    return digest(board.content(), dict(pictures.given), settings_digest, *varied)[:8]


def _languages(board: Storyboard, order: Order) -> tuple[tuple[str, ...], list[Notice]]:
    """What is made: the languages asked for, each of which must meet the translation policy, or
    all that are whole and do. A language that is not made for that is noticed.
    """
    if order.languages:
        for tag in order.languages:
            refuse_unmet(board, tag, order.translations)
        return order.languages, []
    whole = board.languages()
    made, notices = [], []
    for tag in board.all_languages():
        missing, untrusted = missing_lines(board, tag), unmet(board, tag, order.translations)
        if tag not in whole:
            why = f"has no words for {len(missing)} of the lines"
        elif untrusted:
            demand = order.translations.demand(tag)
            why = f"has {len(untrusted)} lines that are not {demand} as the policy demands"
        else:
            made.append(tag)
            continue
        first = (*missing, *untrusted)[0]
        message = f"no film in {tag}, which {why}; first this"
        notices.append(Notice(source=first.source, message=message))
    if not made:
        refuse_unmet(board, board.language, order.translations)
    return tuple(made) or (board.language,), notices


def _jobs(
    board: Storyboard,
    sheets: Mapping[str, CueSheet],
    cuts: tuple[Cut, ...],
    capabilities: Capabilities,
    pictures: Pictures,
) -> tuple[dict[str, Job], dict[tuple[Cut, str], str]]:
    """One job for each different request: a shot nobody speaks in serves every language, and a card
    is drawn when the film is cut."""
    jobs: dict[str, Job] = {}
    parts: dict[tuple[Cut, str], str] = {}
    for language, aspect in cuts:
        framed = pictures.framed[aspect]
        for shot in (shot for shot in sheets[language].shots if not shot.card):
            first = compose(board, shot, language, capabilities, aspect, references=framed)
            name = take_key(first, "")
            several = len({of for _, of in cuts}) > 1
            names = (shot.id, first.language, aspect if several else None)
            title = " ".join(filter(None, names))
            jobs.setdefault(name, Job(title=title, shot=shot, language=language, aspect=aspect))
            parts[(language, aspect), shot.id] = name
    return jobs, parts


def beside(board: Storyboard, order: Order, capabilities: Capabilities) -> Pictures:
    """The files that a script names, beside it; every aspect uses them as they are."""
    found = references(board, order.script.parent, capabilities)
    given = {name: sha256 for name, (sha256, _) in found.items()}
    framed = dict.fromkeys(order.aspects, given)
    return Pictures(given=given, framed=framed, files=dict(found.values()))


def references(
    board: Storyboard, folder: Path, capabilities: Capabilities
) -> dict[str, tuple[str, Path]]:
    """Every picture the engine will follow and every file of a card, to its digest and path; each
    is opened and checked.

    Pictures lie in the script's own folder or below it; a link that leads out is refused.
    """
    wanted = [(shot.reference, shot.source) for shot in board.shots()]
    if capabilities.portraits:
        wanted += [(each.reference, each.source) for each in board.characters]
    found = {name: _picture(folder, name, source) for name, source in wanted if name}
    for shot in board.shots():
        if shot.card:
            for name in filter(None, (shot.card.logo, shot.card.picture, shot.card.backdrop)):
                found[name] = _picture(folder, name, shot.source)
            if shot.card.font:
                found[shot.card.font] = _font(folder, shot.card.font, shot.source)
    return found


def _font(folder: Path, name: str, source: Source) -> tuple[str, Path]:
    path = _inside(folder, name, source)
    try:
        ImageFont.truetype(str(path))
        return hashlib.sha256(path.read_bytes()).hexdigest(), path
    except OSError as error:
        raise OrderError(
            f"{source.file}:{source.line}: error: font {path}: cannot be read; give a .ttf or .otf"
        ) from error


def _inside(folder: Path, name: str, source: Source) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OrderError(
            f"{source.file}:{source.line}: error: reference {name} leads out of the script's "
            "folder; put the file itself beside the script"
        )
    return path


def _picture(folder: Path, name: str, source: Source) -> tuple[str, Path]:
    path = _inside(folder, name, source)
    try:
        with Image.open(path) as picture:
            picture.verify()
        return hashlib.sha256(path.read_bytes()).hexdigest(), path
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        why = "there is no such file" if not path.exists() else "it is no picture we can read"
        raise OrderError(
            f"{source.file}:{source.line}: error: reference {path}: {why}; "
            "give a PNG, JPEG or WebP beside the script"
        ) from error
