"""`hoofbeat serve`: schedules registered with Prefect, and the process that runs what is due.

Prefect keeps the clock. What it cannot know, it is not asked: firings that were missed while
nobody served are looked up in the diary, and started once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from prefect import get_client
from prefect.deployments.runner import EntrypointType
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.campaign.rows import open_kit
from flows.planning import look_ahead
from flows.schedules.diary import Diary
from flows.schedules.schedule import Schedule
from flows.schedules.scheduled import scheduled
from flows.schedules.server import prefect_server
from flows.schedules.webhooks import Post
from flows.settings import Settings
from flows.studio import open_studio
from storage import open_store

AT_ONCE = 2
"""Runs that one `hoofbeat serve` has going at the same time; others wait."""


def serve(schedules: Iterable[Schedule], settings: Settings) -> None:
    """Serve until stopped, by SIGTERM or by KeyboardInterrupt; OrderError for what is wrong with a
    schedule, before anything runs."""
    kept = tuple(schedules)
    for each in kept:
        _check(each, settings)
    with _server(settings), suppress(asyncio.CancelledError):
        asyncio.run(_serve(kept))


def _check(schedule: Schedule, settings: Settings) -> None:
    """Whatever can be told now rather than at three in the morning."""
    if schedule.order is not None:
        look_ahead(schedule.order, settings)
    if schedule.campaign is not None:
        open_kit(schedule.campaign)
        with open_studio(schedule.campaign, settings):
            pass
    if schedule.webhook is not None:
        store = open_store(schedule.work.store)
        Post(store, schedule.name, schedule.webhook, settings).send_again()


@contextmanager
def _server(settings: Settings) -> Iterator[None]:
    """The server the user has named, or one of our own for as long as we serve."""
    if PREFECT_API_URL.value():
        yield
        return
    with prefect_server(settings.home / "prefect" / "server.log") as url:
        os.environ["PREFECT_API_URL"] = url  # for the processes of the runs
        with temporary_settings({PREFECT_API_URL: url}):
            yield


async def _serve(schedules: tuple[Schedule, ...]) -> None:
    runner = Runner(name="hoofbeat", limit=AT_ONCE)
    # Its own answer to SIGTERM never pauses the schedules (3.8.8: "astop was never awaited"); when
    # it is cancelled it leaves in order.
    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    assert serving is not None, "a coroutine runs in a task"

    def stop(*_: object) -> None:
        loop.call_soon_threadsafe(serving.cancel)

    runner.handle_sigterm = stop  # type: ignore[method-assign]
    for each in schedules:
        deployment = await scheduled.ato_deployment(
            name=each.name,
            schedules=[Cron(each.cron, timezone=each.timezone, slug="cron")],
            paused=False,  # the last server paused it when it stopped
            parameters={"schedule": each.model_dump(mode="json")},
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        await runner.aadd_deployment(deployment)
        if await missed(each):
            await _fire(each)
    await runner.start()


async def missed(schedule: Schedule) -> bool:
    """Whether an instant has gone by since the last run, and the schedule wants it made up for."""
    store = open_store(schedule.work.store)
    entry = Diary(store, schedule.name, gone=lambda _: False).read()
    if schedule.catch_up == "skip" or entry is None or entry.covered is None:
        return False
    return await _next(schedule, entry.covered) <= datetime.now(UTC)


COLUMNS = ("schedule", "cron", "time zone", "next", "makes")


def row(schedule: Schedule) -> tuple[str, ...]:
    following = asyncio.run(_next(schedule, datetime.now(UTC)))
    clock = (schedule.cron, schedule.timezone, following.strftime("%Y-%m-%d %H:%M %Z"))
    return (schedule.name, *clock, schedule.work.script.name)


async def _next(schedule: Schedule, after: datetime) -> datetime:
    clock = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    (following,) = await clock.get_dates(1, start=after)
    return following


async def _fire(schedule: Schedule) -> None:
    """Have Prefect run it now."""
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(f"{scheduled.name}/{schedule.name}")
        await client.create_flow_run_from_deployment(deployment.id)
