"""A run shown in a terminal: a bar per stage where one looks on, a line per piece elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from flows.progress import Event, Listener, Stage, listening

_TITLES: dict[Stage, str] = {
    "preview": "Previews",
    "render": "Renders",
    "stitch": "Films",
    "row": "Rows",
}


@contextmanager
def showing(console: Console, *, only: Container[Stage] = tuple(_TITLES)) -> Iterator[None]:
    """Show the work inside as it goes; of a campaign only the rows, whose shots are too many."""

    def chosen(listener: Listener) -> Listener:
        return lambda event: listener(event) if event.stage in only else None

    if console.is_terminal:
        with _bars(console) as listener, listening(chosen(listener)):
            yield
    else:
        with listening(chosen(_lines(console))):
            yield


@contextmanager
def _bars(console: Console) -> Iterator[Listener]:
    columns = (
        TextColumn("{task.description:9}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[last]}"),
    )
    with Progress(*columns, console=console) as progress:
        bars: dict[Stage, TaskID] = {}
        shares: dict[tuple[Stage, str], float] = {}

        def show(event: Event) -> None:
            if event.what == "planned":
                title = _TITLES[event.stage]
                bars[event.stage] = progress.add_task(title, total=event.count, last="")
                return
            share = event.share if event.what == "moved" else 1.0
            before = shares.get((event.stage, event.name), 0.0)
            shares[event.stage, event.name] = max(share, before)  # another try starts from less
            last = escape(event.name)
            progress.update(bars[event.stage], advance=max(share - before, 0.0), last=last)
            if event.what in ("failed", "skipped"):
                said = f"{event.name} {event.what}: {event.detail}"
                progress.console.print(said, style="red", markup=False, highlight=False)

        yield show


def _lines(console: Console) -> Listener:
    began = time.monotonic()
    lock = threading.Lock()
    done: dict[Stage, set[str]] = {}
    planned: dict[Stage, int] = {}

    def show(event: Event) -> None:
        if event.what == "moved":
            return
        with lock:
            if event.what == "planned":
                planned[event.stage] = event.count
                return
            done.setdefault(event.stage, set()).add(event.name)  # each once, however many tries
            of = f"{len(done[event.stage])}/{planned.get(event.stage, 0)}"
            clock = f"{time.monotonic() - began:6.1f} s"
            text = f"{clock}  {event.stage:8} {of:>7}  {event.what:6} {event.name} {event.detail}"
            console.print(text.rstrip(), markup=False, highlight=False, soft_wrap=True)

    return show
