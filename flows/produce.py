"""The flow that makes films: every preview and its gate, every render, every cut.

Prefect drives; what was made is known from the vault alone. A flow is as green as what it
returns, so this one fails when a deliverable is missing, after delivering all the others.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact

from engine import EngineError
from flows import cutting, pages, reporting, vault
from flows.choosing import ShotFailed, choose
from flows.drain import drain
from flows.errors import OrderError, ProductionIncomplete, TakeLost
from flows.manifest import Manifest
from flows.order import Order
from flows.prepare import Cut, Production, prepare
from flows.progress import Stage, tell
from flows.settings import Settings
from flows.shots import Chosen
from flows.steps import Steps
from flows.studio import Studio, open_studio
from media import MediaError
from review import Policy, SenseMissing
from review.report import Shot, as_markdown, summary
from storage import StoreError
from storyboard.request import Take, take_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What a run delivered, newly or found in the vault."""

    manifests: tuple[Manifest, ...]
    page: str | None
    """URL of the result page; None where there is no film to show."""
    gate: str = ""
    """What the gate let through, in a line; empty where nothing had to be made."""

    def facts(self) -> dict[str, str]:
        """Where to look, for the terminal."""
        films = {
            f"{manifest.language} {manifest.aspect}": f"{float(manifest.seconds):.1f} s"
            + (f", left out by the gate: {', '.join(manifest.omitted)}" if manifest.omitted else "")
            for manifest in self.manifests
        }
        gate = {"Gate": self.gate} if self.gate else {}
        return films | gate | ({"Watch": self.page} if self.page else {})


def make(order: Order) -> Produced:
    """Run the flow from a plain program, to its end. Errors as from the flow, and OrderError when
    Prefect cannot be reached or started."""
    try:
        return asyncio.run(produce(order))
    except RuntimeError as error:
        if "API" not in str(error):
            raise
        where = os.environ.get("PREFECT_API_URL")
        raise OrderError(
            f"the Prefect server at {where} does not answer; start it or unset PREFECT_API_URL"
            if where
            else "Prefect's own server did not start in time; try again when the machine is less "
            "busy, or raise PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"
        ) from error


@flow(name="produce", persist_result=False)
async def produce(order: Order) -> Produced:
    """Make every film the order asks for.

    OrderError before any work if the order is wrong; ProductionIncomplete at the end if a
    deliverable is missing.
    """
    with open_studio(order, Settings()) as studio:
        production = prepare(order, studio.engine.capabilities, studio.settings_digest)
        delivered = cutting.find_manifests(studio, production)
        owed = tuple(cut for cut in production.cuts if cut not in delivered)
        record = _record(order, studio, production)
        with _on_record(studio, record) as end:
            steps = Steps(studio, production)
            kept, failed = await _make_takes(steps, production, studio.policy, owed)
            made, missing = await _make_cuts(steps, production, owed, kept, failed)
            delivered |= made
            page = await asyncio.to_thread(pages.publish, studio, production)
            screened = await asyncio.to_thread(_screened, studio, production) if owed else ()
            end |= _ended(record, delivered.values(), missing)
        await acreate_markdown_artifact(
            key="report", markdown=pages.report(production, delivered, missing)
        )
        if screened:
            await acreate_markdown_artifact(key="gate", markdown=as_markdown(screened))
        await drain(steps.begun)
    if missing:
        raise ProductionIncomplete({cutting.name(cut): why for cut, why in missing.items()})
    return Produced(
        manifests=tuple(delivered[cut] for cut in production.cuts),
        page=page,
        gate=summary(screened) if screened else "",
    )


def _screened(studio: Studio, production: Production) -> tuple[Shot, ...]:
    """Every shot at the gate, reported on beside the page."""
    found = reporting.shots(studio, production)
    reporting.publish(studio, production, found)
    return found


def _record(order: Order, studio: Studio, production: Production) -> dict[str, Any]:
    """What the vault keeps of a run: production.json, written when it begins and when it ends."""
    return {
        "slug": production.board.slug,
        "version": production.version,
        "title": production.board.title,
        "script": order.script.name,
        "engine": studio.engine.capabilities.engine,
        "settings": order.model_dump(mode="json", exclude={"script", "store"}),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": "running",
        "takes": [
            take_key(production.request(job, 0), studio.engine.fingerprint)
            for job in production.jobs.values()
        ],
    }


@contextmanager
def _on_record(studio: Studio, record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Keep the run's record from its begin to its end, which the work inside fills in; a run that
    is broken off says so. One that is killed says "running" until it is run again.
    """
    vault.keep_production(studio.vault, record)
    end: dict[str, Any] = {"status": "stopped"}
    try:
        yield end
    finally:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(StoreError):  # what broke the run off is what the person must hear of
            vault.keep_production(studio.vault, {**record, **end, "finished": now})


def _ended(
    record: Mapping[str, Any], manifests: Iterable[Manifest], missing: Mapping[Cut, str]
) -> dict[str, Any]:
    used = {shot.take for manifest in manifests for shot in manifest.shots}
    return {
        "status": "incomplete" if missing else "delivered",
        "takes": sorted(used | (set(record["takes"]) if missing else set())),
    }


async def _make_takes(
    steps: Steps, production: Production, policy: Policy, owed: Iterable[Cut]
) -> tuple[dict[str, Chosen], dict[str, str]]:
    """Every take the cuts need, rendered, by job; and by job why there is none.

    Stage by stage over all shots: an engine loads the weights of each stage once.
    """
    wanted = {job for (cut, _), job in production.parts.items() if cut in set(owed)}
    jobs = [job for job in production.jobs if job in wanted]
    titles = {job: production.jobs[job].title for job in jobs}
    choices, failed = await _stage("preview", titles, lambda job: choose(steps, policy, job))
    passed = {job: chosen for job, chosen in choices.items() if chosen is not None}
    for job in choices.keys() - passed.keys():
        tell("preview", "skipped", titles[job], detail="no take passed the gate")

    async def render(job: str) -> Take:
        return await steps.render(job, passed[job])

    renders, unrendered = await _stage("render", {job: titles[job] for job in passed}, render)
    kept = {job: replace(passed[job], take=take) for job, take in renders.items()}
    return kept, failed | unrendered


async def _make_cuts(
    steps: Steps,
    production: Production,
    owed: Iterable[Cut],
    kept: Mapping[str, Chosen],
    failed: Mapping[str, str],
) -> tuple[dict[Cut, Manifest], dict[Cut, str]]:
    """Every film whose takes are there, delivered; and why the others are not."""
    missing = {cut: why for cut in owed if (why := _obstacle(production, cut, kept, failed))}
    ready = {cutting.name(cut): cut for cut in owed if cut not in missing}
    titles = {name: name for name in ready}
    made, lost = await _stage("stitch", titles, lambda name: steps.finish(ready[name], kept))
    missing |= {ready[name]: why for name, why in lost.items()}
    return {ready[name]: manifest for name, manifest in made.items()}, missing


def _obstacle(
    production: Production, cut: Cut, kept: Mapping[str, Chosen], failed: Mapping[str, str]
) -> str | None:
    """Why a film cannot be cut: the shots that failed, or that nothing is left of it."""
    jobs = {shot: job for (of, shot), job in production.parts.items() if of == cut}
    lost = [f"shot {shot}: {failed[job]}" for shot, job in jobs.items() if job in failed]
    if not lost and not any(job in kept for job in jobs.values()):
        return "the gate's policy left out every shot"
    return "; ".join(lost) or None


async def _stage(
    stage: Stage, names: Mapping[str, str], work: Callable[[str], Awaitable[T]]
) -> tuple[dict[str, T], dict[str, str]]:
    """Do one stage's work on every name (to its title for people); what failed is told apart and
    stops nothing else.
    """
    tell(stage, "planned", count=len(names))
    done: dict[str, T] = {}
    failed: dict[str, str] = {}

    async def one(name: str) -> None:
        try:
            done[name] = await work(name)
        except (EngineError, MediaError, SenseMissing, ShotFailed, TakeLost) as error:
            failed[name] = str(error)
            tell(stage, "failed", names[name], detail=str(error))

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except BaseExceptionGroup as errors:  # one sentence for the person, not a tree of them
        raise errors.exceptions[0] from errors
    return {name: done[name] for name in names if name in done}, failed
