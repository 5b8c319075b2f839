"""A production's films: every take they need, every cut, and the record of the run in the vault.

The same work whoever asks for it: one production (`flows.produce`) or the rows of a campaign.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows import cutting, pages, vault
from flows.dailies import reporting
from flows.dailies.dailies import RunningSheet
from flows.dailies.decisions import Minutes
from flows.manifest import Manifest
from flows.money.amounts import Amount
from flows.order import Order
from flows.prepare import Cut, Production
from flows.stages import run_stage
from flows.steps import Steps
from flows.studio import Studio
from flows.takes import Takes, make_takes
from review import Dailies
from review.dailies import Run
from review.report import Shot
from storage import StoreError
from storyboard.request import take_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """What came of a production: each of its films in one of the three."""

    delivered: Mapping[Cut, Manifest]
    missing: Mapping[Cut, str]
    """Why it is not there."""
    waiting: Mapping[Cut, str]
    """For how many shots that a person must see."""
    lost: Mapping[Cut, str]
    """Of the missing, those whose takes are not there, and why; the others could not be cut."""
    asked: Mapping[str, str]
    """As `Produced.waiting`."""
    page: str | None
    dailies: Dailies
    screened: tuple[Shot, ...]
    """Every shot that has been at the gate, where anything was owed."""


async def make_films(order: Order, studio: Studio, production: Production, steps: Steps) -> Films:
    """Everything a production owes: found in the vault, or made now and kept there."""
    minutes = Minutes(studio.vault.store, production.board.slug)
    decided = await asyncio.to_thread(minutes.read)
    delivered = await asyncio.to_thread(cutting.find_manifests, studio, production, decided)
    owed = tuple(cut for cut in production.cuts if cut not in delivered)
    record = _record(order, studio, production)
    with _on_record(studio, record) as end:
        sheet = RunningSheet(studio, production, delivered)
        async with sheet.kept():
            titles = _titles(production, owed)
            takes = await make_takes(steps, sheet, minutes, studio.policy, titles)
            made, missing, waiting = await _make_cuts(steps, production, owed, takes)
            delivered |= made
            page = await asyncio.to_thread(pages.publish, studio, production)
            screened = await asyncio.to_thread(_screened, studio, production) if owed else ()
            sheet.status = _status(studio, missing, waiting)
        end |= _ended(record, delivered.values(), sheet.status)
    return Films(
        delivered=delivered,
        missing=missing,
        waiting=waiting,
        lost={cut: why for cut in missing if (why := _obstacle(production, cut, takes))},
        asked={titles[job]: chosen.take.key for job, chosen in takes.waiting.items()},
        page=page,
        dailies=sheet.dailies(minutes.read()),
        screened=screened,
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
        "spent": vault.spent_before(
            studio.vault, production.board.slug, production.version
        ).model_dump(mode="json"),
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
    before = Amount.model_validate(record["spent"])
    end: dict[str, Any] = {"status": "stopped"}
    try:
        yield end
    finally:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(StoreError):  # what broke the run off is what the person must hear of
            spent = (before + studio.purse.spent_on(record["slug"])).model_dump(mode="json")
            ended = {**record, **end, "finished": now, "spent": spent}
            vault.keep_production(studio.vault, ended)


def _status(studio: Studio, missing: Collection[Cut], waiting: Collection[Cut]) -> Run:
    if missing:
        return "incomplete" if studio.purse.shut is None else "out of budget"
    return "waiting" if waiting else "delivered"


def _ended(record: Mapping[str, Any], manifests: Iterable[Manifest], status: Run) -> dict[str, Any]:
    used = {shot.take for manifest in manifests for shot in manifest.shots}
    planned = set() if status == "delivered" else set(record["takes"])
    return {"status": status, "takes": sorted(used | planned)}


def _titles(production: Production, owed: Collection[Cut]) -> dict[str, str]:
    """The title of every job that a film we owe is cut from, in the order of making."""
    wanted = {job for (cut, _), job in production.parts.items() if cut in owed}
    return {name: job.title for name, job in production.jobs.items() if name in wanted}


async def _make_cuts(
    steps: Steps, production: Production, owed: Iterable[Cut], takes: Takes
) -> tuple[dict[Cut, Manifest], dict[Cut, str], dict[Cut, str]]:
    """Every film whose takes are there, delivered; why others are missing; which wait for people,
    and for how many shots."""
    missing = {cut: why for cut in owed if (why := _obstacle(production, cut, takes))}
    waiting = {
        cut: shots
        for cut in owed
        if cut not in missing and (shots := _shots_waiting(production, cut, takes))
    }
    ready = {cutting.name(cut): cut for cut in owed if cut not in missing and cut not in waiting}
    titles = {name: name for name in ready}
    made, lost = await run_stage(
        "stitch", titles, lambda name: steps.finish(ready[name], takes.kept)
    )
    missing |= {ready[name]: why for name, why in lost.items()}
    return {ready[name]: manifest for name, manifest in made.items()}, missing, waiting


def _obstacle(production: Production, cut: Cut, takes: Takes) -> str | None:
    """Why a film cannot be cut: the shots that failed, or that nothing is left of it."""
    jobs = {shot: job for (of, shot), job in production.parts.items() if of == cut}
    lost = [
        f"shot {shot}: {takes.failed[job]}" for shot, job in jobs.items() if job in takes.failed
    ]
    if not lost and not any(job in takes.kept or job in takes.waiting for job in jobs.values()):
        return "the gate's policy left out every shot"
    return "; ".join(lost) or None


def _shots_waiting(production: Production, cut: Cut, takes: Takes) -> str | None:
    shots = [s for (of, s), job in production.parts.items() if of == cut and job in takes.waiting]
    if not shots:
        return None
    return f"{len(shots)} shot{'s' * (len(shots) > 1)} for a person to see, first {shots[0]}"
