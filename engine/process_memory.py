"""What Linux says of the memory of this process, which getrusage mixes with its parent's."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")
"""There on Linux only."""


def status_bytes(name: str) -> int:
    """The figure of that name, as VmRSS (now) or VmHWM (the peak)."""
    lines = STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024
