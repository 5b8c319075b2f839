"""From an order to the work it means: the script read, cued, and laid out as jobs for an engine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from flows.errors import OrderError
from flows.order import Order
from storyboard import (
    CueSheet,
    Notice,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One take to be made, for every cut that uses it."""

    title: str
    """For people: the shot's id, with the language where somebody speaks."""
    shot: CueShot
    language: str
    aspect: Aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """One script, cued in the languages asked for, and the takes that it needs."""

    board: Storyboard
    version: str
    sheets: Mapping[str, CueSheet]
    cuts: tuple[Cut, ...]
    jobs: Mapping[str, Job]
    """By a name of their own; see `parts`."""
    parts: Mapping[tuple[Cut, str], str]
    """Cut and shot id to the name of the job that makes it."""
    capabilities: Capabilities
    pictures: Mapping[str, Path]
    """sha256 to the reference picture."""
    digests: Mapping[str, str]
    """Reference as the script writes it, to its sha256."""
    notices: tuple[Notice, ...]

    def request(self, job: Job, attempt: int) -> Request:
        """What the engine is asked at that attempt; each attempt has a seed of its own."""
        return compose(
            self.board,
            job.shot,
            job.language,
            self.capabilities,
            job.aspect,
            attempt=attempt,
            references=self.digests,
        )


def prepare(order: Order, capabilities: Capabilities, settings_digest: str) -> Production:
    """Read and lay out the work; OrderError for whatever the person who ordered it can mend.

    `settings_digest` stands for everything beside the script that changes what is delivered.
    """
    try:
        reading = read(order.script)
        board = reading.board
        languages, left_out = _languages(board, order)
        cued = {language: cue(board, language, capabilities) for language in languages}
        pictures = references(board, order.script.parent, capabilities)
        digests = {name: sha for name, (sha, _) in pictures.items()}
        cuts: tuple[Cut, ...] = tuple((la, aspect) for la in languages for aspect in order.aspects)
        sheets = {language: sheet for language, (sheet, _) in cued.items()}
        jobs, parts = _jobs(board, sheets, cuts, capabilities, digests)
    except StoryboardError as error:
        raise OrderError(str(error)) from error
    notices = (*reading.notices, *left_out, *(n for _, found in cued.values() for n in found))
    return Production(
        board=board,
        version=digest(board.content(), digests, settings_digest)[:8],
        sheets=sheets,
        cuts=cuts,
        jobs=jobs,
        parts=parts,
        capabilities=capabilities,
        pictures=dict(pictures.values()),
        digests=digests,
        notices=tuple(dict.fromkeys(notices)),
    )


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
    digests: Mapping[str, str],
) -> tuple[dict[str, Job], dict[tuple[Cut, str], str]]:
    """One job for each different request: a shot nobody speaks in serves every language."""
    jobs: dict[str, Job] = {}
    parts: dict[tuple[Cut, str], str] = {}
    for language, aspect in cuts:
        for shot in sheets[language].shots:
            first = compose(board, shot, language, capabilities, aspect, references=digests)
            name = take_key(first, "")
            several = len({of for _, of in cuts}) > 1
            names = (shot.id, first.language, aspect if several else None)
            title = " ".join(filter(None, names))
            jobs.setdefault(name, Job(title=title, shot=shot, language=language, aspect=aspect))
            parts[(language, aspect), shot.id] = name
    return jobs, parts


def references(
    board: Storyboard, folder: Path, capabilities: Capabilities
) -> dict[str, tuple[str, Path]]:
    """Every picture the engine will follow, to its digest and path; each is opened and checked.

    Pictures lie in the script's own folder or below it; a link that leads out is refused.
    """
    wanted = [(shot.reference, shot.source) for shot in board.shots()]
    if capabilities.portraits:
        wanted += [(each.reference, each.source) for each in board.characters]
    return {name: _picture(folder, name, source) for name, source in wanted if name}


def _picture(folder: Path, name: str, source: Source) -> tuple[str, Path]:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OrderError(
            f"{source.file}:{source.line}: error: reference {name} leads out of the script's "
            "folder; put the picture itself beside the script"
        )
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
