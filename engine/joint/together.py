"""Work that several threads ask for one by one and that is done for several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Job = TypeVar("Job")
Made = TypeVar("Made")


def tried(work: Callable[[Job], Made], job: Job) -> Made | Exception:
    """What comes of a job, be it an error, so that the jobs beside it go on."""
    try:
        return work(job)
    except Exception as error:  # noqa: BLE001 — raised again in the thread that asked
        return error


@dataclass(slots=True)
class _Seat(Generic[Job, Made]):
    job: Job
    outcome: Made | Exception | None = None


class Together(Generic[Job, Made]):
    """`work` for one job after the other as they come; those that came while others were worked on
    are taken at once, `most` of them. So nobody waits for company, and under load there is some.

    `work` gives every job's outcome in order, an exception for one that failed. Where it fails as a
    whole, each job is tried alone: no job fails for the company it had. `turn` is held meanwhile.
    """

    def __init__(
        self, work: Callable[[Sequence[Job]], list[Made | Exception]], most: int, turn: Lock
    ) -> None:
        self._work, self._most, self._turn = work, most, turn
        self._waiting: list[_Seat[Job, Made]] = []
        self._arrivals = Lock()

    def __call__(self, job: Job) -> Made:
        """The job's own outcome, made or raised."""
        seat: _Seat[Job, Made] = _Seat(job)
        with self._arrivals:
            self._waiting.append(seat)
        while seat.outcome is None:
            with self._turn:
                if seat.outcome is None:
                    self._work_on_the_next()
        if isinstance(seat.outcome, Exception):
            raise seat.outcome
        return seat.outcome

    def _work_on_the_next(self) -> None:
        with self._arrivals:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        jobs = [seat.job for seat in batch]
        for seat, outcome in zip(batch, self._outcomes(jobs), strict=True):
            seat.outcome = outcome

    def _outcomes(self, jobs: Sequence[Job]) -> list[Made | Exception]:
        made = tried(self._work, jobs)
        if not isinstance(made, Exception):
            return made
        if len(jobs) == 1:
            return [made]
        return [outcome for job in jobs for outcome in self._outcomes([job])]
