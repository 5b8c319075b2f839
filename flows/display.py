"""A run shown in a terminal: a bar per stage where one looks on, a line per piece elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
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
}


@contextmanager
def showing(console: Console) -> Iterator[None]:
    """Show the work inside as it goes."""
    if console.is_terminal:
        with _bars(console) as listener, listening(listener):
            yield
    else:
        with listening(_lines(console)):
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
            gained = share - shares.get((event.stage, event.name), 0.0)
            shares[event.stage, event.name] = share
            progress.update(bars[event.stage], advance=gained, last=event.name)
            if event.what == "failed":
                progress.console.print(f"[red]{event.name}: {event.detail}", markup=True)

        yield show


def _lines(console: Console) -> Listener:
    began = time.monotonic()
    lock = threading.Lock()
    done: dict[Stage, int] = {}
    planned: dict[Stage, int] = {}

    def show(event: Event) -> None:
        if event.what == "moved":
            return
        with lock:
            if event.what == "planned":
                planned[event.stage] = event.count
                return
            done[event.stage] = done.get(event.stage, 0) + 1
            of = f"{done[event.stage]}/{planned.get(event.stage, 0)}"
            clock = f"{time.monotonic() - began:6.1f} s"
            text = f"{clock}  {event.stage:8} {of:>7}  {event.what:6} {event.name} {event.detail}"
            console.print(text.rstrip(), markup=False, highlight=False, soft_wrap=True)

    return show
