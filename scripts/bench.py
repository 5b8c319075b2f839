"""`make bench`: how long a film takes from the command on, and what it needs, by number of shots.

    python scripts/bench.py 10 100 --engine animatic

Prints a Markdown table for docs/lab.md. The script is made up: one speech per shot, so nothing is
shared between shots. Times are wall time; memory is the largest process's.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"([\d.]+) s +(preview|render|stitch) +(\d+)/(\d+) +made")
SPEECH = "The number of this shot is {}, and it will not be forgotten before the tide."


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    shots: int
    first_preview_s: float
    previews_s: float
    renders_s: float
    stitch_s: float
    whole_s: float
    peak_mb: float
    film_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("shots", nargs="*", type=int, default=[10, 30])
    parser.add_argument("--engine", default="animatic")
    arguments = parser.parse_args()
    print("| shots | film | first preview | previews | renders | cut | whole | peak memory |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for shots in arguments.shots:
        print(_row(_measure(shots, arguments.engine)), flush=True)


def _measure(shots: int, engine: str) -> Measured:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "bench.fountain"
        script.write_text(_script(shots), encoding="utf-8")
        # Prefect's database is made once per machine, so it is not part of the measurement.
        home = Path(tempfile.gettempdir()) / "hoofbeat-bench"
        command: list[str | Path] = [Path(sys.executable).parent / "hoofbeat", "produce", script]
        command += ["--engine", engine, "--store", folder / "out"]
        environment = os.environ | {"HOOFBEAT_HOME": str(home)}
        with (folder / "said").open("w") as said, (folder / "ended").open("w") as ended:
            began = time.monotonic()
            process = subprocess.Popen(command, env=environment, stdout=ended, stderr=said)
            # Of this process and those it waited for alone: getrusage has the largest of all films.
            _, status, used = os.wait4(process.pid, 0)
            whole = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        told = [(folder / name).read_text(encoding="utf-8") for name in ("said", "ended")]
    if process.returncode != 0:
        sys.exit(told[0][-2000:])
    return _read(shots, whole, used.ru_maxrss / 1024, *told)


def _read(shots: int, whole: float, peak_mb: float, said: str, ended: str) -> Measured:
    times: dict[str, list[float]] = {"preview": [], "render": [], "stitch": []}
    for seconds, stage, _, _ in LINE.findall(said):
        times[stage].append(float(seconds))
    clock = float(re.findall(r"([\d.]+) s", said)[-1])
    before = whole - clock  # what passed before the display's clock began
    return Measured(
        shots=shots,
        first_preview_s=before + times["preview"][0],
        previews_s=times["preview"][-1] - times["preview"][0],
        renders_s=times["render"][-1] - times["preview"][-1],
        stitch_s=times["stitch"][-1] - times["render"][-1],
        whole_s=whole,
        peak_mb=peak_mb,
        film_s=float(re.findall(r"([\d.]+) s", ended)[0]),
    )


def _script(shots: int) -> str:
    """Speeches of different people in different scenes, so that none share a shot."""
    scenes = (
        f"INT. OFFICE {number} - DAY\n\nMIA\n{SPEECH.format(number)}\n"
        for number in range(1, shots + 1)
    )
    return "Title: Bench\nLanguage: en\n\n" + "\n".join(scenes)


def _row(found: Measured) -> str:
    seconds = (
        found.film_s,
        found.first_preview_s,
        found.previews_s,
        found.renders_s,
        found.stitch_s,
        found.whole_s,
    )
    cells = [str(found.shots), *(f"{each:.1f} s" for each in seconds), f"{found.peak_mb:.0f} MB"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
