"""One shot at the gate: rounds of candidates until one passes or the policy's attempts are used up.

Every attempt has a seed of its own. An attempt that the engine could not make counts as one that
did not pass; a shot of which nothing could be made fails with the engine's own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from engine import GenerationFailed
from flows.shots import Chosen
from flows.steps import Steps
from review import Choice, Policy, best


class ShotFailed(Exception):
    """No take of this shot can be used; the message says why."""


async def choose(steps: Steps, policy: Policy, job: str) -> Chosen | None:
    """The take of a job to go on with: the best of those that pass the gate.

    None where the policy leaves an exhausted shot out; ShotFailed where it does not.
    """
    tried: list[Chosen] = []
    unmade: list[str] = []
    for round_ in range(policy.attempts):
        attempts = range(round_ * policy.candidates, (round_ + 1) * policy.candidates)
        for each in await asyncio.gather(*(_try(steps, job, attempt) for attempt in attempts)):
            if isinstance(each, Chosen):
                tried.append(each)
            else:
                unmade.append(each)
        if tried and max(tried, key=_standing).verdict.outcome != "retry":
            break  # one passed, or no seed will mend it
    if not tried:
        raise ShotFailed(f"the engine made none of {len(unmade)} takes: {unmade[0]}")
    choice = await steps.choose(job, tried, unmade)
    return _kept(choice, tried)


def _kept(choice: Choice, tried: Sequence[Chosen]) -> Chosen | None:
    """The chosen take as the film will know it."""
    for each in tried:
        if each.take.key == choice.kept:
            return replace(each, tries=len(tried) + len(choice.unmade))
    if choice.exhausted == "skip":
        return None
    reasons = tried[best([each.verdict for each in tried])].verdict.reasons
    raise ShotFailed(f"no take passed the gate in {len(tried)}: {'; '.join(reasons)}")


def _standing(chosen: Chosen) -> int:
    return ("reject", "retry", "pass").index(chosen.verdict.outcome)


async def _try(steps: Steps, job: str, attempt: int) -> Chosen | str:
    """The take of that attempt with its verdict, or why the engine could not make it."""
    try:
        take = await steps.preview(job, attempt)
    except GenerationFailed as error:
        return f"attempt {attempt}: {error}"
    return Chosen(attempt=attempt, take=take, verdict=await steps.gate(job, attempt, take))
