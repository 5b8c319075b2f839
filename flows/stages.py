"""One stage of a run over many pieces of work: all are tried, what failed is told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from engine import EngineError
from flows.choosing import ShotFailed
from flows.errors import BudgetReached, TakeLost
from flows.progress import Stage, tell
from media import MediaError
from review import SenseMissing

T = TypeVar("T")

FAILURES = (EngineError, MediaError, SenseMissing, ShotFailed, TakeLost, BudgetReached)
"""What ends one piece of work and stops nothing else."""


async def run_stage(
    stage: Stage, names: Mapping[str, str], work: Callable[[str], Awaitable[T]]
) -> tuple[dict[str, T], dict[str, str]]:
    """Do the work on every name (to its title for people); what came of it, and why of those of
    which nothing came."""
    tell(stage, "planned", count=len(names))
    done: dict[str, T] = {}
    failed: dict[str, str] = {}

    async def one(name: str) -> None:
        try:
            done[name] = await work(name)
        except FAILURES as error:
            failed[name] = str(error)
            if not isinstance(error, BudgetReached):  # told once, at the end
                tell(stage, "failed", names[name], detail=str(error))

    try:
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(one(name))
    except BaseExceptionGroup as errors:  # one sentence for the person, not a tree of them
        raise errors.exceptions[0] from errors
    return {name: done[name] for name in names if name in done}, failed
