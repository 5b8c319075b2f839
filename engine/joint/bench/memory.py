"""Peak memory of one way at one size, in a process of its own: `python -m ... WAY SIZE`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from engine.joint.bench.work import SIZES, model_of, sample_of, step_of
from engine.process_memory import status_bytes


def peak_bytes(way: str, size_name: str) -> int:
    """How much two steps add, at their peak, to a process that has torch and the weights.

    Linux only: elsewhere nobody keeps the peak, and it is 0.
    """
    torch.set_num_threads(1)
    size = SIZES[size_name]
    model, sample = model_of(size), sample_of(size)
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        return 0
    with torch.no_grad():
        step = step_of(way, model, sample)
        reset.write_text("5")  # the peak so far is forgotten
        before = status_bytes("VmRSS")
        step()
        step()
    return status_bytes("VmHWM") - before


if __name__ == "__main__":
    sys.stdout.write(str(peak_bytes(sys.argv[1], sys.argv[2])))
