"""The flow that makes films: every preview and its gate, every render, every cut.

Prefect drives; what was made is known from the vault alone. A flow is as green as what it
returns, so this one fails when a deliverable is missing, after delivering all the others.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact

from engine import EngineError
from flows import cutting, pages, vault
from flows.drain import drain
from flows.errors import OrderError, ProductionIncomplete
from flows.manifest import Manifest
from flows.order import Order
from flows.prepare import Cut, Production, prepare
from flows.progress import Stage, tell
from flows.settings import Settings
from flows.shots import Chosen
from flows.steps import Steps
from flows.studio import Studio, open_studio
from media import MediaError
from review import Policy, best
from storyboard.request import Take, take_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What a run delivered, newly or found in the vault."""

    manifests: tuple[Manifest, ...]
    page: str | None
    """URL of the result page; None where there is no film to show."""

    def facts(self) -> dict[str, str]:
        """Where to look, for the terminal."""
        films = {
            f"{manifest.language} {manifest.aspect}": f"{float(manifest.seconds):.1f} s"
            for manifest in self.manifests
        }
        return films | ({"Watch": self.page} if self.page else {})


class ShotFailed(Exception):
    """No take of this shot can be used; the message says why."""


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
        vault.keep_production(studio.vault, record)
        steps = Steps(studio, production)
        kept, failed = await _make_takes(steps, production, studio.policy, owed)
        made, missing = await _make_cuts(steps, production, owed, kept, failed)
        delivered |= made
        vault.keep_production(studio.vault, _ended(record, delivered.values(), missing))
        page = await asyncio.to_thread(pages.publish, studio, production)
        await acreate_markdown_artifact(
            key="report", markdown=pages.report(production, delivered, missing)
        )
        await drain(steps.begun)
    if missing:
        raise ProductionIncomplete({cutting.name(cut): why for cut, why in missing.items()})
    return Produced(manifests=tuple(delivered[cut] for cut in production.cuts), page=page)


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


def _ended(
    record: Mapping[str, Any], manifests: Iterable[Manifest], missing: Mapping[Cut, str]
) -> dict[str, Any]:
    used = {shot.take for manifest in manifests for shot in manifest.shots}
    return {
        **record,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
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
    choices, failed = await _stage("preview", jobs, lambda job: _choose(steps, policy, job))
    passed = {job: chosen for job, chosen in choices.items() if chosen is not None}

    async def render(job: str) -> Take:
        return await steps.render(job, passed[job])

    renders, unrendered = await _stage("render", passed, render)
    kept = {job: replace(passed[job], take=take) for job, take in renders.items()}
    return kept, failed | unrendered


async def _choose(steps: Steps, policy: Policy, job: str) -> Chosen | None:
    """The take of a job that passes the gate: the best of k, with new seeds at every attempt.

    None where the policy leaves an exhausted shot out; ShotFailed where it does not.
    """
    tried: list[Chosen] = []
    for round_ in range(policy.attempts):
        attempts = range(round_ * policy.candidates, (round_ + 1) * policy.candidates)
        tried += await asyncio.gather(*(_try(steps, job, attempt) for attempt in attempts))
        first = tried[best([each.verdict for each in tried])]
        first = replace(first, tries=len(tried))
        if first.verdict.outcome == "pass":
            return first
        if first.verdict.outcome == "reject":
            break  # no seed will mend it
    if policy.on_exhausted == "best" and first.verdict.outcome != "reject":
        return first
    if policy.on_exhausted == "skip":
        return None
    raise ShotFailed(f"no take passed the gate in {len(tried)}: {'; '.join(first.verdict.reasons)}")


async def _try(steps: Steps, job: str, attempt: int) -> Chosen:
    take = await steps.preview(job, attempt)
    verdict = await steps.gate(job, attempt, take)
    return Chosen(attempt=attempt, take=take, verdict=verdict)


async def _make_cuts(
    steps: Steps,
    production: Production,
    owed: Iterable[Cut],
    kept: Mapping[str, Chosen],
    failed: Mapping[str, str],
) -> tuple[dict[Cut, Manifest], dict[Cut, str]]:
    """Every film whose takes are there, delivered; and why the others are not."""
    missing = {cut: why for cut in owed if (why := _obstacle(production, cut, failed))}
    ready = {cutting.name(cut): cut for cut in owed if cut not in missing}
    made, lost = await _stage("stitch", ready, lambda name: steps.finish(ready[name], kept))
    missing |= {ready[name]: why for name, why in lost.items()}
    return {ready[name]: manifest for name, manifest in made.items()}, missing


def _obstacle(production: Production, cut: Cut, failed: Mapping[str, str]) -> str | None:
    """Why a film cannot be cut: the shots that failed, or that nothing is left of it."""
    jobs = {shot: job for (of, shot), job in production.parts.items() if of == cut}
    lost = [f"shot {shot}: {failed[job]}" for shot, job in jobs.items() if job in failed]
    return "; ".join(lost) or None


async def _stage(
    stage: Stage, names: Iterable[str], work: Callable[[str], Awaitable[T]]
) -> tuple[dict[str, T], dict[str, str]]:
    """Do one stage's work on every name; what failed is told apart and stops nothing else."""
    names = list(names)
    tell(stage, "planned", count=len(names))
    done: dict[str, T] = {}
    failed: dict[str, str] = {}

    async def one(name: str) -> None:
        try:
            done[name] = await work(name)
        except (EngineError, MediaError, ShotFailed) as error:
            failed[name] = str(error)
            tell(stage, "failed", name, detail=str(error))

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except BaseExceptionGroup as errors:  # one sentence for the person, not a tree of them
        raise errors.exceptions[0] from errors
    return {name: done[name] for name in names if name in done}, failed
