"""One shot's way: preview, gate, render. Plain functions; `flows.produce` makes tasks of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import review
from flows import vault
from flows.prepare import Job, Production
from flows.progress import tell
from flows.studio import Studio
from review import (
    Anchors,
    Choice,
    Decision,
    Measurements,
    Verdict,
    judge,
    measure,
    measured_alike,
)
from storyboard.document import digest
from storyboard.request import Request, Take, take_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The take a job goes on with, at which attempt it was made, and what the gate said of it."""

    attempt: int
    take: Take
    verdict: Verdict
    tries: int = 1
    """Previews looked at before this one was chosen, itself included."""
    approved: Decision | None = None
    """By whom it was chosen, where a person did."""


def job_key(studio: Studio, production: Production, job: Job) -> str:
    """What a shot is called in the vault: the key of the take of its first attempt."""
    return take_key(production.request(job, 0), studio.engine.fingerprint)


def preview(studio: Studio, production: Production, job: Job, attempt: int) -> Take:
    """The take of that attempt, found in the vault or made now and kept there."""
    request = production.request(job, attempt)
    key = take_key(request, studio.engine.fingerprint)
    found = vault.find_take(studio.vault, key)
    if found is not None:
        tell("preview", "found", job.title)
        return found
    folder = _folder(studio, production, request, key)
    estimate = production.capabilities.preview_time(request.seconds)
    with studio.purse.paying(key, "preview", estimate, of=production.board.slug) as paid:
        take = studio.engine.preview(request, folder, lambda share: _moved("preview", job, share))
        paid(take.engine_seconds["preview"])
    kept = vault.keep_preview(studio.vault, take, folder)
    tell("preview", "made", job.title)
    return kept


def gate(
    studio: Studio,
    production: Production,
    job: Job,
    attempt: int,
    take: Take,
    anchors: Anchors | None = None,
) -> Verdict:
    """The verdict on a take under the studio's policy; a standing one is kept.

    `anchors` is what the shot's characters are known by.
    """
    anchors = anchors or Anchors()
    known = vault.find_verdict(studio.vault, take.key)
    if known is not None and not measured_alike(known.measurements, studio.senses, anchors):
        known = None
    if known is not None and known.policy_digest == digest(studio.policy):
        return known
    request = production.request(job, attempt)
    figures = known.measurements if known else _measured(studio, production, request, take, anchors)
    verdict = judge(
        figures,
        studio.policy,
        request,
        take=take.key,
        at=datetime.now(UTC),
        engine=take.engine,
    )
    vault.keep_verdict(studio.vault, verdict)
    return verdict


def _measured(
    studio: Studio, production: Production, request: Request, take: Take, anchors: Anchors
) -> Measurements:
    folder = _folder(studio, production, request, take.key)
    path = vault.bring(studio.vault, take, "preview.mp4", folder / "preview.mp4")
    references = folder / "references"
    figures = measure(path, request, senses=studio.senses, anchors=anchors, references=references)
    shutil.rmtree(folder, ignore_errors=True)
    return figures


def choose(
    studio: Studio,
    production: Production,
    job: Job,
    tried: Sequence[Chosen],
    unmade: Sequence[str] = (),
) -> Choice:
    """What the gate keeps of the takes tried, written down in the vault; `unmade` says in a
    sentence each which attempts the engine could not make."""
    choice = review.choose(
        [(each.attempt, each.take, each.verdict) for each in tried],
        production.request(job, 0),
        studio.policy,
        job=job_key(studio, production, job),
        shot=job.title,
        at=datetime.now(UTC),
        unmade=unmade,
    )
    former = vault.find_choice(studio.vault, choice.job)
    if former is not None:
        # People have passed over these; they were made and paid for all the same.
        before = [each for each in former.candidates if each.attempt < tried[0].attempt]
        choice = choice.model_copy(update={"candidates": (*before, *choice.candidates)})
    vault.keep_choice(studio.vault, choice)
    return choice


def render(studio: Studio, production: Production, job: Job, attempt: int, take: Take) -> Take:
    """The render of exactly that take, found in the vault or made now and kept there."""
    if not take.rendered:  # another production beside this one may have rendered it since
        take = vault.find_take(studio.vault, take.key) or take
    if take.rendered:
        tell("render", "found", job.title)
        return take
    request = production.request(job, attempt)
    folder = _folder(studio, production, request, take.key)
    vault.bring_preview(studio.vault, take, folder)
    estimate = production.capabilities.render_time(request.seconds)
    with studio.purse.paying(take.key, "render", estimate, of=production.board.slug) as paid:
        done = studio.engine.render(
            take, request, folder, lambda share: _moved("render", job, share)
        )
        paid(done.engine_seconds["render"])
    kept = vault.keep_render(studio.vault, done, folder)
    shutil.rmtree(folder)
    tell("render", "made", job.title)
    return kept


def _folder(studio: Studio, production: Production, request: Request, key: str) -> Path:
    """Where the engine works on a take, with the request's reference pictures laid out."""
    folder = studio.scratch / key
    pictures = folder / "references"
    pictures.mkdir(parents=True, exist_ok=True)
    wanted = (request.reference, *(figure.reference for figure in request.figures))
    for sha256 in filter(None, wanted):
        shutil.copyfile(production.pictures.files[sha256], pictures / sha256)
    return folder


def _moved(stage: str, job: Job, share: float) -> None:
    tell(stage, "moved", job.title, share=share)  # type: ignore[arg-type]
