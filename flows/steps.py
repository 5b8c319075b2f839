"""The steps of a shot as Prefect tasks: plain functions, run in threads, retried where it helps.

A task's parameters are names and numbers, never boards or frames, so Prefect's records stay small
however long the film is.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows import cutting, shots
from flows.manifest import Manifest
from flows.prepare import Cut, Production
from flows.quote import previews_per_shot
from flows.shots import Chosen
from flows.studio import Studio
from review import Choice, Policy, Verdict
from storyboard.request import Aspect, Take

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER_S = [1.0, 5.0]
CUTTING_ROOMS = 2
"""Films cut and mastered at once: each takes room on the disk twice over, and about a core."""


class Floor:
    """What productions that are made side by side share: the engine's places, the cutting rooms,
    the takes that several of them need, of which one makes each and the others find it, and the
    turn from previews to renders, which they take together, since an engine loads the weights of
    each stage once.
    """

    def __init__(self, studio: Studio, productions: int = 1) -> None:
        self.cutting_rooms = asyncio.Semaphore(CUTTING_ROOMS)
        self.engine_places = asyncio.Semaphore(studio.engine.capabilities.parallel)
        self._takes: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._previewing = productions
        self._turned = asyncio.Event()

    def take(self, job: str, attempt: int) -> asyncio.Lock:
        """Held by who works on that take: jobs of one name are the same request."""
        return self._takes[job, attempt]

    def leave(self) -> None:
        """One production fewer has previews to make."""
        self._previewing -= 1
        if self._previewing <= 0:
            self._turned.set()

    async def turn(self) -> None:
        """Wait until nobody has previews to make."""
        await self._turned.wait()


class Steps:
    """The work on one production, step by step; counts the task runs it has begun."""

    def __init__(self, studio: Studio, production: Production, floor: Floor | None = None) -> None:
        self.begun = 0
        self._studio = studio
        self._production = production
        self._floor = floor or Floor(studio)
        self._previewed = False

    def previewed(self) -> None:
        """This production makes no more previews."""
        if not self._previewed:
            self._previewed = True
            self._floor.leave()

    async def turn_to_renders(self) -> None:
        """Every preview of this production is made; go on when those beside it are, too."""
        self.previewed()
        await self._floor.turn()

    def speak_for(self, jobs: Iterable[str], policy: Policy) -> None:
        """Say what these jobs are likely to need of the engine, so that it can be held together
        before any of it is spent. Nothing is looked up: what the vault has is let go at the end."""
        able = self._production.capabilities
        made = sum((self._production.jobs[job].shot.seconds for job in jobs), Fraction(0))
        previews = previews_per_shot(policy) * able.preview_time(made)
        self._studio.purse.expect(previews + able.render_time(made))

    async def preview(self, job: str, attempt: int) -> Take:
        async def preview(job: str, attempt: int) -> Take:
            return await self._on(shots.preview, job, attempt)

        async with self._floor.take(job, attempt), self._floor.engine_places:
            return await self._run(preview, job, attempt)

    async def gate(self, job: str, attempt: int, take: Take) -> Verdict:
        async def gate(job: str, attempt: int) -> Verdict:
            return await self._on(shots.gate, job, attempt, take)

        async with self._floor.take(job, attempt):
            return await self._run(gate, job, attempt)

    async def choose(self, job: str, tried: Sequence[Chosen], unmade: Sequence[str]) -> Choice:
        """No task of its own: it takes no time, and the vault has what it says."""
        return await self._on(shots.choose, job, tried, unmade)

    async def render(self, job: str, chosen: Chosen) -> Take:
        async def render(job: str, attempt: int) -> Take:
            return await self._on(shots.render, job, attempt, chosen.take)

        async with self._floor.take(job, chosen.attempt), self._floor.engine_places:
            return await self._run(render, job, chosen.attempt)

    async def finish(self, cut: Cut, kept: Mapping[str, Chosen]) -> Manifest:
        async def finish(language: str, aspect: Aspect) -> Manifest:
            whole = (self._studio, self._production, (language, aspect), kept)
            return await asyncio.to_thread(cutting.finish, *whole)

        async with self._floor.cutting_rooms:
            return await self._run(finish, *cut)

    async def _on(self, step: Callable[..., R], job: str, *rest: Any) -> R:
        """Run a step of `flows.shots` in a thread, on the job of that name."""
        named = self._production.jobs[job]
        return await asyncio.to_thread(step, self._studio, self._production, named, *rest)

    async def _run(self, work: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
        self.begun += 1
        return await _as_task(work)(*args, **kwargs)


def _as_task(work: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    return task(
        name=work.__name__,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(RETRY_AFTER_S),
        retry_delay_seconds=RETRY_AFTER_S,
        retry_condition_fn=_worth_retrying,
    )(work)


async def _worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Every error of the house says itself whether trying again can help."""
    error = state.result(raise_on_failure=False)
    if inspect.isawaitable(error):
        error = await error
    return bool(getattr(error, "retryable", False))
