"""What a preview and a render take, in a process of their own, through the doors of the engine."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.open import open_engine
from engine.process_memory import STATUS, status_bytes
from storyboard.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    preview_s: float
    render_s: float
    peak_gb: float
    """Of the process's memory, libraries and weights included."""
    threads: int


def cost_of(engine: str, request: Request, *, threads: int = 2) -> Cost:
    """Of one shot by the engine of that name or settings file, opened before the clock starts."""
    with multiprocessing.get_context("spawn").Pool(1) as one:
        return one.apply(_timed, (engine, request, threads))


def _timed(name: str, request: Request, threads: int) -> Cost:
    import torch

    torch.set_num_threads(threads)
    engine = open_engine(name)
    with TemporaryDirectory() as at:
        folder, started = Path(at), time.perf_counter()
        take = engine.preview(request, folder, lambda _: None)
        previewed = time.perf_counter()
        engine.render(take, request, folder, lambda _: None)
        rendered = time.perf_counter()
    engine.close()
    return Cost(
        preview_s=previewed - started,
        render_s=rendered - previewed,
        peak_gb=_peak_bytes() / 1e9,
        threads=threads,
    )


def _peak_bytes() -> int:
    """Of this process alone: on Linux the figure of getrusage begins with that of the process that
    started it."""
    if STATUS.exists():
        return status_bytes("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
