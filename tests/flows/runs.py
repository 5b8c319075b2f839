"""`hoofbeat` as a process of its own: started, listened to, killed, and the vault compared."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOOFBEAT = [sys.executable, "-c", "from flows.command_line.cli import main; main()"]

_EVENT = re.compile(r"(?P<stage>preview|render|stitch) +\d+/\d+ +(?P<what>made|found|failed)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    code: int
    said: str

    def count(self, stage: str, what: str) -> int:
        """How many pieces of a stage the run says it has made or found."""
        events = [match.groupdict() for match in _EVENT.finditer(self.said)]
        return sum(event == {"stage": stage, "what": what} for event in events)


LONGEST_S = 600
"""No run of a test takes a tenth of it; a machine at other work may take the rest."""


def run(arguments: Sequence[str | Path], environment: Mapping[str, str]) -> Run:
    """Run to the end."""
    done = subprocess.run(
        [*HOOFBEAT, *map(str, arguments)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    return Run(code=done.returncode, said=done.stdout + done.stderr)


def run_and_kill(
    arguments: Sequence[str | Path], environment: Mapping[str, str], *, after: str, times: int
) -> Run:
    """Run, and `kill -9` the whole process group when `after` has been said that many times."""
    process = subprocess.Popen(
        [*HOOFBEAT, *map(str, arguments)],
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    said, seen = "", 0
    for line in process.stderr:
        said += line
        seen += after in re.sub(r" +", " ", line)
        if seen == times:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.stderr.close()
    return Run(code=process.wait(), said=said)
