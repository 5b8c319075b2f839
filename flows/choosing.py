"""One shot at the gate: rounds of candidates until one passes or the policy's attempts are used up.

What people have decided goes before: an approved take is taken, a rejected shot is not made, and
after a retry the rounds begin anew behind the takes that were passed over.

Every attempt has a seed of its own. An attempt that the engine could not make counts as one that
did not pass; a shot of which nothing could be made fails with the engine's own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine import GenerationFailed
from flows.shots import Chosen
from flows.steps import Steps
from review import Choice, Decision, Policy, Ruling, best


class ShotFailed(Exception):
    """No take of this shot can be used; the message says why."""


async def choose(
    steps: Steps, policy: Policy, job: str, ruling: Ruling, seen: Callable[[Chosen], None]
) -> Chosen | None:
    """The take of a job to go on with: the one a person approved, or else the best of those that
    pass the gate. Every take that was judged on the way is shown to `seen`.

    None where the policy leaves a rejected or exhausted shot out; ShotFailed where it does not.
    """
    if ruling.rejected is not None:
        # The best take is no way out here: that is what was rejected.
        if policy.on_exhausted == "skip":
            return None
        raise ShotFailed(_rejected(ruling.rejected))
    if ruling.approved is not None:
        approved = await _approved(steps, job, ruling.approved)
        if approved is not None:
            seen(approved)
            return approved
    tried: list[Chosen] = []
    unmade: list[str] = []
    for round_ in range(policy.attempts):
        first = ruling.start + round_ * policy.candidates
        attempts = range(first, first + policy.candidates)
        for each in await asyncio.gather(*(_try(steps, job, attempt) for attempt in attempts)):
            if isinstance(each, Chosen):
                tried.append(each)
                seen(each)
            else:
                unmade.append(each)
        if tried and max(tried, key=_standing).verdict.outcome != "retry":
            break  # one passed, or no seed will mend it
    if not tried:
        raise ShotFailed(f"the engine made none of {len(unmade)} takes: {unmade[0]}")
    choice = await steps.choose(job, tried, unmade)
    return _kept(choice, tried)


def waits(policy: Policy, chosen: Chosen, ruling: Ruling) -> bool:
    """Whether a person must see this take before it is rendered."""
    if chosen.approved is not None:
        return False
    if ruling.approved is not None or policy.people == "always":
        return True
    doubtful = chosen.verdict.doubtful or chosen.verdict.outcome != "pass"
    return policy.people == "doubtful" and doubtful


async def _approved(steps: Steps, job: str, decision: Decision) -> Chosen | None:
    """The very take that was approved; None where the vault lost it and its like was made anew,
    which is not what the person saw."""
    take = await steps.preview(job, decision.attempt)
    verdict = await steps.gate(job, decision.attempt, take)
    seen = next((file.sha256 for file in take.files if file.name == "preview.mp4"), None)
    if (take.key, seen) != (decision.take, decision.preview):
        return None
    return Chosen(
        attempt=decision.attempt,
        take=take,
        verdict=verdict,
        tries=decision.attempt + 1,
        approved=decision,
    )


def _rejected(decision: Decision) -> str:
    return f"rejected by {decision.by}" + (f": {decision.note}" if decision.note else "")


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
