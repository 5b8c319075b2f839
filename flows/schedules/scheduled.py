"""The flow behind every schedule: take the turn, make what is new or changed, tell who asked.

Prefect wakes it; whether it runs is for the diary to say, in the vault, where a firing that is
late, doubled or overlapping is seen whoever fired it. The work is the flow a person starts by
hand, so a firing makes exactly what has no take yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow, runtime
from prefect.states import Completed
from rich.console import Console

from flows.campaign.flow import Campaigned, campaign
from flows.display import showing
from flows.errors import BudgetSpent, ProductionError, ProductionIncomplete
from flows.manifest import Manifest
from flows.presence import Presence, gone, new_run
from flows.produce import Produced, produce
from flows.progress import Stage, What, counting
from flows.schedules.diary import Diary, Turn
from flows.schedules.schedule import Schedule
from flows.schedules.webhooks import Kind, Post, new_event
from flows.settings import Settings
from storage import StoreError, open_store

_log = logging.getLogger(__name__)

LATE = timedelta(minutes=5)
"""A firing that begins so long after its instant was missed; how one is told from a busy minute."""
LOOK_AGAIN_S = 10.0
"""How often a firing that waits for the last run looks whether it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a firing that ran."""

    kind: Kind
    status: str
    """As the production's record has it, or "failed"."""
    message: str
    error: BaseException | None
    made: Produced | Campaigned | None
    counts: Mapping[tuple[Stage, What], int]
    spent: Mapping[str, Any]


@flow(name="scheduled", persist_result=False)
async def scheduled(schedule: Schedule) -> Any:
    """Make one firing of a schedule.

    Ends well, under the name Skipped, where the diary gives it no turn; otherwise as the flow it
    runs does, after the receiver was told.
    """
    settings = Settings()
    store = open_store(schedule.work.store)
    post = None
    if schedule.webhook is not None:
        post = Post(store, schedule.name, schedule.webhook, settings)
    instant = runtime.flow_run.scheduled_start_time
    presence = Presence(store, settings.home, new_run())
    presence.start()
    try:
        diary = Diary(store, schedule.name, gone=lambda run: gone(store, settings.home, run))
        why = await _turn(schedule, diary, presence.run, instant)
        if why is not None:
            _log.info("schedule %s did not run: %s", schedule.name, why)
            return Completed(name="Skipped", message=why)
        status = "stopped"
        try:
            outcome = await _make(schedule)
            status = outcome.status
        finally:
            diary.end(presence.run, status, datetime.now(UTC))
    finally:
        presence.stop()
    if post is not None:
        event = new_event(outcome.kind, _data(schedule, presence.run, instant, outcome))
        await asyncio.to_thread(post.tell, event)
    if outcome.error is not None:
        raise outcome.error
    return Completed(message=outcome.message)


async def _turn(schedule: Schedule, diary: Diary, run: str, instant: datetime) -> str | None:
    """Wait for the turn as the schedule says; None once it has come, or why it never will."""
    now = datetime.now(UTC)
    if schedule.catch_up == "skip" and now - instant > LATE:
        return f"it was due at {instant.isoformat()} and missed firings are skipped"
    while True:
        turn: Turn = diary.begin(run, instant, datetime.now(UTC))
        if turn == "go":
            return None
        if turn == "covered":
            return "a later run has covered it"
        if schedule.overlap == "skip":
            return "the last run is still at work"
        await asyncio.sleep(LOOK_AGAIN_S)


async def _work(schedule: Schedule) -> Produced | Campaigned:
    """The very flow that a person starts by hand."""
    if schedule.campaign is not None:
        return await campaign(schedule.campaign)
    assert schedule.order is not None, "the schedule's own validator saw to it"
    return await produce(schedule.order)


async def _make(schedule: Schedule) -> Outcome:
    made: Produced | Campaigned | None = None
    error: BaseException | None = None
    counts: Counter[tuple[Stage, What]] = Counter()
    try:
        with showing(Console(stderr=True)), counting() as counts:
            made = await _work(schedule)
        status, message = "delivered", ""
        if made.waiting:
            status = "waiting"
    except BudgetSpent as stopped:
        status, message, error = "out of budget", stopped.why, stopped
    except ProductionIncomplete as incomplete:
        status, message, error = "incomplete", str(incomplete), incomplete
    except (ProductionError, StoreError, OSError) as failed:
        status, message, error = "failed", str(failed), failed
    except Exception as failed:  # noqa: BLE001 - the flow's door: it is told, recorded and raised
        status, message, error = "failed", type(failed).__name__, failed
    return Outcome(
        kind="run.failed" if error else "run.finished",
        status=status,
        message=message,
        error=error,
        made=made,
        counts=counts,
        spent=made.spent.model_dump(mode="json") if made else {},
    )


def _data(schedule: Schedule, run: str, instant: datetime, outcome: Outcome) -> dict[str, Any]:
    """What a receiver is told of a run. Films are named as in the vault, which it knows."""
    told: dict[str, Any] = {
        "schedule": schedule.name,
        "due": instant.isoformat(),
        "run": run,
        "status": outcome.status,
        "message": outcome.message,
        "made": {stage: outcome.counts[stage, "made"] for stage in ("preview", "render", "stitch")},
        "spent": outcome.spent,
    }
    if schedule.campaign is not None:
        told["rows"] = outcome.made.counts if isinstance(outcome.made, Campaigned) else {}
        told["results"] = schedule.campaign.results_file.name
    if isinstance(outcome.made, Produced):
        told["waiting"] = dict(outcome.made.waiting)
        told["films"] = [_film(manifest) for manifest in outcome.made.manifests]
    return told


def _film(manifest: Manifest) -> dict[str, Any]:
    return {
        "language": manifest.language,
        "aspect": manifest.aspect,
        "seconds": float(manifest.seconds),
        "production": manifest.slug,
        "version": manifest.version,
        "files": [file.name for file in manifest.files],
    }
