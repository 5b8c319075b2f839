"""Every take that the films need: previewed, passed by the gate and by people, rendered.

A shot that a person must see stops here. The run goes on with all the others and ends; nothing
is held meanwhile, and the next run of the same order begins where the decisions have led.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flows.choosing import choose, waits
from flows.dailies.dailies import RunningSheet
from flows.dailies.decisions import Decided, Minutes
from flows.progress import tell
from flows.shots import Chosen
from flows.stages import FAILURES, run_stage
from flows.steps import Steps
from review import Policy
from storyboard.request import Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """What came of the jobs, each by its name in one of the three; a shot that the policy leaves
    out is in none."""

    kept: Mapping[str, Chosen]
    """Rendered."""
    waiting: Mapping[str, Chosen]
    """For a person; not rendered."""
    failed: Mapping[str, str]
    """Why there is no take."""


async def make_takes(
    steps: Steps,
    sheet: RunningSheet,
    minutes: Minutes,
    policy: Policy,
    titles: Mapping[str, str],
) -> Takes:
    """The takes of the jobs with these titles.

    Stage by stage over all shots: an engine loads the weights of each stage once. What people
    decide while previews are made is followed at once.
    """
    steps.speak_for(titles, policy)
    choices: dict[str, Chosen | None] = {}
    failed: dict[str, str] = {}
    due: Iterable[str] = titles
    decided = await asyncio.to_thread(minutes.read)
    while due:
        found, lost = await _choose(steps, sheet, decided, policy, {j: titles[j] for j in due})
        for job in due:
            choices.pop(job, None)
            failed.pop(job, None)
        choices |= found
        failed |= lost
        before, decided = decided, await asyncio.to_thread(minutes.read)
        due = [job for job in titles if _news(sheet, job, before, decided)]
    passed: dict[str, Chosen] = {}
    waiting: dict[str, Chosen] = {}
    for job, chosen in choices.items():
        if chosen is None:
            tell("preview", "skipped", titles[job], detail="no take passed the gate")
        elif _must_wait(sheet, decided, policy, job, chosen):
            waiting[job] = chosen
            tell("preview", "waiting", titles[job], detail=f"for a person, take {_short(chosen)}")
        else:
            passed[job] = chosen
    await steps.turn_to_renders()
    kept, unrendered = await _render(steps, sheet, titles, passed)
    return Takes(kept=kept, waiting=waiting, failed=failed | unrendered)


async def _choose(
    steps: Steps,
    sheet: RunningSheet,
    decided: Decided,
    policy: Policy,
    titles: Mapping[str, str],
) -> tuple[dict[str, Chosen | None], dict[str, str]]:
    """The choice for every job, written on the sheet as it falls."""

    async def one(job: str) -> Chosen | None:
        ruling = decided.ruling(sheet.key(job))
        try:
            chosen = await choose(steps, policy, job, ruling, lambda take: sheet.tried(job, take))
        except FAILURES as error:
            sheet.set(job, "failed", reason=str(error))
            raise
        if chosen is None:
            sheet.set(job, "skipped")
            return None
        waiting = _must_wait(sheet, decided, policy, job, chosen)
        sheet.set(job, "waiting" if waiting else "passed", kept=chosen.take.key)
        return chosen

    return await run_stage("preview", titles, one)


async def _render(
    steps: Steps, sheet: RunningSheet, titles: Mapping[str, str], passed: Mapping[str, Chosen]
) -> tuple[dict[str, Chosen], dict[str, str]]:
    async def one(job: str) -> Take:
        try:
            take = await steps.render(job, passed[job])
        except FAILURES as error:
            sheet.set(job, "failed", kept=passed[job].take.key, reason=str(error))
            raise
        sheet.set(job, "rendered", kept=take.key)
        return take

    renders, failed = await run_stage("render", {job: titles[job] for job in passed}, one)
    return {job: replace(passed[job], take=take) for job, take in renders.items()}, failed


def _must_wait(
    sheet: RunningSheet, decided: Decided, policy: Policy, job: str, chosen: Chosen
) -> bool:
    """Also where a line has new words that this run does not know: a render of the old ones would
    be thrown away."""
    if waits(policy, chosen, decided.ruling(sheet.key(job))):
        return True
    return sheet.look(job, decided).reworded


def _news(sheet: RunningSheet, job: str, before: Decided, now: Decided) -> bool:
    key = sheet.key(job)
    return before.ruling(key).seen != now.ruling(key).seen


def _short(chosen: Chosen) -> str:
    return chosen.take.key[:12]
