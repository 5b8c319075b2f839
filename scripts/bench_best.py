"""`make bench-best`: what the best of four candidates gains over the first.

    python scripts/bench_best.py --shots 40 --folder out/bench-best

Previews of talking shots by the animatic engine, of which half are broken by seed, from hardly to
beyond doubt (`engine/breaking.py`); measured without models and judged by the default gate.
Prints Markdown for docs/lab.md. What was judged is kept in the folder, so a run that was broken
off goes on.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import mean

from bench_shots import requests

from engine import EngineError, open_engine
from engine.breaking import BreakingEngine, BreakingSettings
from review import best, judge, load_policy, measure
from review.verdict import Verdict
from storyboard.compose import seed_of
from storyboard.request import Request

CANDIDATES = 4
SETTINGS = BreakingSettings(engine="animatic", share=0.5, mildest=0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shots", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("out/bench-best"))
    arguments = parser.parse_args()
    engine = BreakingEngine(SETTINGS, open_engine(SETTINGS.engine))
    shots = [request for _, request in islice(requests(engine.capabilities), arguments.shots)]
    verdicts = [
        [
            _verdict(engine, _attempt(request, number), arguments.folder)
            for number in range(CANDIDATES)
        ]
        for request in shots
    ]
    engine.close()
    _print(verdicts)


def _attempt(request: Request, number: int) -> Request:
    return request.model_copy(update={"seed": seed_of(request, number)})


def _verdict(engine: BreakingEngine, request: Request, folder: Path) -> Verdict:
    work = folder / f"{request.seed}"
    kept = work / "verdict.json"
    if kept.is_file():
        return Verdict.model_validate_json(kept.read_text())
    work.mkdir(parents=True, exist_ok=True)
    try:
        engine.preview(request, work, lambda _: None)
    except EngineError as error:
        raise SystemExit(f"{error}: with mild breaks an engine always makes a take") from error
    figures = measure(work / "preview.mp4", request)
    verdict = judge(figures, load_policy("default"), request, take="bench", at=datetime.now(UTC))
    kept.write_text(verdict.model_dump_json())
    return verdict


def _print(verdicts: list[list[Verdict]]) -> None:
    print("| Kept | Mean score | Passed the gate | Without a doubt |")
    print("| --- | ---: | ---: | ---: |")
    for name, count in (("the first", 1), ("best of 2", 2), ("best of 4", CANDIDATES)):
        kept = [tried[best(tried[:count])] for tried in verdicts]
        passed = sum(verdict.outcome == "pass" for verdict in kept)
        sure = sum(verdict.outcome == "pass" and not verdict.doubtful for verdict in kept)
        score = mean(verdict.score for verdict in kept)
        print(f"| {name} | {score:.3f} | {passed}/{len(kept)} | {sure}/{len(kept)} |")
    gains = [tried[best(tried)].score - tried[0].score for tried in verdicts]
    better, worse = sum(gain > 1e-9 for gain in gains), sum(gain < -1e-9 for gain in gains)
    print(f"\nbest of 4 scored higher on {better} of {len(gains)} shots, lower on {worse}")
    print(json.dumps({"gains": [round(gain, 3) for gain in gains]}))


if __name__ == "__main__":
    main()
