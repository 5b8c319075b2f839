"""Several threads ask, one works for all of them, and none pays for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from engine.joint.together import Together

Outcome = str | Exception


class Bench:
    """Work that stands still until it is told to go on, and remembers its batches."""

    def __init__(self, work: Callable[[str], Outcome] = str.upper) -> None:
        self.batches: list[list[str]] = []
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self._work = work

    def __call__(self, jobs: Sequence[str]) -> list[Outcome]:
        self.batches.append(list(jobs))
        self.begun.release()
        assert self.go_on.wait(20)
        return [self._work(job) for job in jobs]


def asked(together: Together[str, str], bench: Bench, jobs: str) -> list[Future[str]]:
    """All jobs asked for while the first is worked on; it goes on when all of them wait."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        first = pool.submit(together, jobs[0])
        assert bench.begun.acquire(timeout=20)
        others = []
        for number, job in enumerate(jobs[1:], start=1):
            others.append(pool.submit(together, job))
            while len(together._waiting) < number:
                threading.Event().wait(0.001)
        bench.go_on.set()
    return [first, *others]


def test_who_comes_meanwhile_is_worked_on_at_once_and_up_to_the_limit() -> None:
    bench = Bench()
    made = asked(Together(bench, 3, threading.Lock()), bench, "abcdef")
    assert [each.result() for each in made] == list("ABCDEF")
    assert bench.batches == [["a"], ["b", "c", "d"], ["e", "f"]]


def test_one_at_a_time_is_a_batch_of_one() -> None:
    bench = Bench()
    asked(Together(bench, 1, threading.Lock()), bench, "abc")
    assert bench.batches == [["a"], ["b"], ["c"]]


def test_one_job_s_failure_is_its_own() -> None:
    bench = Bench(lambda job: ValueError(job) if job == "c" else job.upper())
    a, b, c, d = asked(Together(bench, 9, threading.Lock()), bench, "abcd")
    assert [each.result() for each in (a, b, d)] == ["A", "B", "D"]
    with pytest.raises(ValueError, match="c"):
        c.result()
    assert len(bench.batches) == 2


def test_a_batch_that_fails_as_a_whole_is_tried_one_by_one() -> None:
    """As where the device has not the memory for all of them."""
    bench = Bench()
    work = bench.__call__

    def small(jobs: Sequence[str]) -> list[Outcome]:
        made = work(jobs)
        if len(jobs) > 1 or jobs == ["c"]:
            raise MemoryError(*jobs)
        return made

    a, b, c = asked(Together(small, 9, threading.Lock()), bench, "abc")
    assert (a.result(), b.result()) == ("A", "B")
    with pytest.raises(MemoryError, match="c"):
        c.result()
    assert bench.batches == [["a"], ["b", "c"], ["b"], ["c"]]
