"""How far a run has come, told to whoever listens: the terminal, a log, a test.

A listener is set for the length of a run; tasks find it through the context, which Prefect and
threads carry along, so no flow takes a display as a parameter.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Stage = Literal["preview", "render", "stitch", "row"]
What = Literal["planned", "moved", "made", "found", "failed", "skipped", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one piece of work."""

    stage: Stage
    what: What
    name: str = ""
    """Shot id, or language and aspect."""
    share: float = 0.0
    """For "moved": 0 to 1 of this piece."""
    count: int = 0
    """For "planned": how many pieces this stage has."""
    detail: str = ""


Listener = Callable[[Event], None]

_listener: ContextVar[Listener | None] = ContextVar("hoofbeat_progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every event of the work inside to the listener; it may be called from any thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def counting() -> Iterator[Counter[tuple[Stage, What]]]:
    """Count what happens inside, beside whoever listens already."""
    counts: Counter[tuple[Stage, What]] = Counter()
    outer, lock = _listener.get(), threading.Lock()

    def count(event: Event) -> None:
        with lock:
            counts[event.stage, event.what] += 1
        if outer is not None:
            outer(event)

    with listening(count):
        yield counts


def tell(stage: Stage, what: What, name: str = "", **fields: float | int | str) -> None:
    """Report an event; silent when nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(Event(stage=stage, what=what, name=name, **fields))  # type: ignore[arg-type]
