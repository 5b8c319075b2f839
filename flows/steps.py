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

from engine import EngineError
from flows import cutting, shots
from flows.anchors import Sought, find_known, portrait, sought, taken_from
from flows.manifest import Manifest
from flows.money.quote import previews_per_shot
from flows.prepare import Cut, Production
from flows.shots import Chosen
from flows.studio import Studio
from review import Anchor, Anchors, Choice, Policy, Print, Verdict
from storyboard.request import Aspect, Take

P = ParamSpec("P")
R = TypeVar("R")

RETRY_AFTER_S = [1.0, 5.0]
SCREENING_ROOMS = 2
"""Takes measured at once: enough to keep up with an engine, too few to take the threads that the
engine's own work runs in, so that measuring never stands in front of it."""
CUTTING_ROOMS = 2
"""Films cut and mastered at once: each takes room on the disk twice over, and about a core."""


class Floor:
    """What productions that are made side by side share: the engine's places, the screening and
    cutting rooms, the takes that several of them need, of which one makes each and the others find
    it, and the turn from previews to renders, which they take together, since an engine loads the
    weights of each stage once.
    """

    def __init__(self, studio: Studio, productions: int = 1) -> None:
        self.cutting_rooms = asyncio.Semaphore(CUTTING_ROOMS)
        self.screening_rooms = asyncio.Semaphore(SCREENING_ROOMS)
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
        self._previews: dict[tuple[str, int], asyncio.Future[Take]] = {}
        self._prints: dict[tuple[str, str, str], asyncio.Future[Print | None]] = {}
        self._known = find_known(production)

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
        """Made or found once, however many ask for it."""
        name = (job, attempt)
        if name not in self._previews:
            self._previews[name] = asyncio.ensure_future(self._preview(job, attempt))
        try:
            return await asyncio.shield(self._previews[name])
        except EngineError:
            self._previews.pop(name, None)  # who asks again has it tried again
            raise

    async def _preview(self, job: str, attempt: int) -> Take:
        async def preview(job: str, attempt: int) -> Take:
            return await self._on(shots.preview, job, attempt)

        async with self._floor.take(job, attempt), self._floor.engine_places:
            return await self._run(preview, job, attempt)

    async def gate(self, job: str, attempt: int, take: Take) -> Verdict:
        anchors = await self._anchors(job)

        async def gate(job: str, attempt: int) -> Verdict:
            return await self._on(shots.gate, job, attempt, take, anchors)

        async with self._floor.take(job, attempt), self._floor.screening_rooms:
            return await self._run(gate, job, attempt)

    async def _anchors(self, job: str) -> Anchors:
        """What the shot's characters are known by, where that is another shot or a portrait."""
        senses, production = self._studio.senses, self._production
        request = production.request(production.jobs[job], 0)
        found: dict[str, dict[int, Anchor]] = {"face": {}, "voice": {}}
        for what in sought(self._known, senses, request):
            if what.job != job:
                anchor = await self._anchor(what, request.figures[what.figure].name)
                if anchor is not None:
                    found[what.kind][what.figure] = anchor
        for index, figure in enumerate(request.figures):
            if senses.faces is not None and figure.reference is not None:
                path = production.pictures.files[figure.reference]
                print_ = await asyncio.to_thread(portrait, path, senses)
                if print_ is not None:
                    found["face"][index] = Anchor(of=figure.reference, print=print_)
        return Anchors(faces=found["face"], voices=found["voice"])

    async def _anchor(self, what: Sought, name: str) -> Anchor | None:
        try:
            take = await self.preview(what.job, 0)
        except EngineError:
            return None  # the shot that shows it has failed, and says so itself
        key = (what.kind, name, take.key)
        if key not in self._prints:
            self._prints[key] = asyncio.ensure_future(
                asyncio.to_thread(taken_from, self._studio, self._production, what, take, name)
            )
        print_ = await asyncio.shield(self._prints[key])
        return None if print_ is None else Anchor(of=take.key, print=print_)

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
