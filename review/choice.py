"""Which takes there were to choose from for one shot, which was kept, and why.

The gate chooses by verdicts alone: what passes before what does not, what is without doubt before
what is doubtful, then the higher score, then the earlier attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from review.judge import best
from review.policy import OnExhausted, Policy
from review.verdict import Outcome, Share, Verdict
from storyboard.document import Document, Seconds, digest
from storyboard.request import Request, Take

SEEDS = (
    "Attempts count from 0, a round of candidates at a time. The seed of an attempt is 31 bits of "
    "the digest of its request and its number, so no two attempts share one and each can be "
    "made again."
)


class Candidate(Document):
    """One take that was looked at."""

    attempt: int
    take: str
    """Its key."""
    seed: int
    outcome: Outcome
    doubtful: bool
    score: Share
    engine_seconds: float
    """What its preview cost, whenever it was made."""
    reasons: tuple[str, ...] = ()
    """Why it did not simply pass."""


class Choice(Document):
    """choice.json, which lies beside the take of a shot's first attempt; remade by every run."""

    schema_version: Literal[1] = 1
    job: str
    """Key of the take of the first attempt, whether or not it could be made."""
    shot: str
    """For people: the shot's id, with its language where somebody speaks."""
    language: str | None
    speakers: tuple[str, ...]
    engine: str
    seconds: Seconds
    policy: str
    policy_digest: str
    seeds: str = SEEDS
    candidates: tuple[Candidate, ...]
    """In the order of their attempts."""
    unmade: tuple[str, ...] = ()
    """Attempts that the engine could not make, a sentence each."""
    kept: str | None
    """Key of the take to render; None where the shot is left out or fails the production."""
    exhausted: OnExhausted | None = None
    """What the policy had done about a shot of which nothing passed."""
    why: str
    at: AwareDatetime


def choose(
    tried: Sequence[tuple[int, Take, Verdict]],
    request: Request,
    policy: Policy,
    *,
    job: str,
    shot: str,
    at: datetime,
    unmade: Sequence[str] = (),
) -> Choice:
    """The choice among takes by attempt, take and verdict; at least one has been tried.

    A take that no seed would mend is not kept, whatever the policy does with exhausted shots.
    """
    verdicts = [verdict for _, _, verdict in tried]
    first = best(verdicts)
    chosen = verdicts[first]
    exhausted = None if chosen.outcome == "pass" else policy.on_exhausted
    keeps = exhausted is None or (exhausted == "best" and chosen.outcome != "reject")
    return Choice(
        job=job,
        shot=shot,
        language=request.language,
        speakers=_speakers(request),
        engine=tried[0][1].engine,
        seconds=request.seconds,
        policy=policy.name,
        policy_digest=digest(policy),
        candidates=tuple(candidate(*each) for each in tried),
        unmade=tuple(unmade),
        kept=tried[first][1].key if keeps else None,
        exhausted=exhausted,
        why=_why(verdicts, first, kept=keeps),
        at=at,
    )


def _speakers(request: Request) -> tuple[str, ...]:
    """Names of those who speak, each once, in the order of speaking."""
    return tuple(dict.fromkeys(request.figures[each.speaker].name for each in request.speeches))


def candidate(attempt: int, take: Take, verdict: Verdict) -> Candidate:
    """What there is to choose from in the take of that attempt."""
    return Candidate(
        attempt=attempt,
        take=take.key,
        seed=take.seed,
        outcome=verdict.outcome,
        doubtful=verdict.doubtful,
        score=verdict.score,
        engine_seconds=take.engine_seconds.get("preview", 0.0),
        reasons=verdict.reasons,
    )


def _why(verdicts: Sequence[Verdict], first: int, *, kept: bool) -> str:
    """One sentence: how the first came to be first, and against what."""
    chosen = verdicts[first]
    score = f"{chosen.score:.3f}"
    if chosen.outcome != "pass":
        end = "it is kept, as the policy says" if kept else "none is kept"
        return f"none of {len(verdicts)} passed; the nearest scored {score}; {end}"
    others = [v for index, v in enumerate(verdicts) if index != first and v.outcome == "pass"]
    if not others:
        return f"the only one of {len(verdicts)} that passed, scoring {score}"
    rival = others[best(others)]
    if rival.doubtful and not chosen.doubtful:
        return f"without a doubt, unlike the other {len(others)} that passed"
    if rival.score == chosen.score:
        return f"the earliest of those that passed and scored {score}"
    return (
        f"the best of {len(others) + 1} that passed: it scored {score}, the next {rival.score:.3f}"
    )
