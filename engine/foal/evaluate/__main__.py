"""`python -m engine.foal.evaluate`: the trial of the small engine, or a check of its measures."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from engine.foal.engine import FoalEngine
from engine.foal.evaluate import everyday, report
from engine.foal.evaluate.broken import WAYS
from engine.foal.evaluate.columns import Foal, Tried
from engine.foal.evaluate.cost import cost_of
from engine.foal.evaluate.examiners import examiners
from engine.foal.evaluate.measure import Examiners, Measured, measured
from engine.foal.evaluate.scores import TRUTH, Heard, Row, Verdict, rows, verdicts
from engine.foal.evaluate.trial import (
    Outcome,
    by_column,
    facts,
    outcome_of,
    rehearsals,
)
from engine.foal.evaluate.words import open_recogniser
from engine.foal.plan import Rehearsal
from engine.foal.teacher import taught
from engine.interface import EngineError, EngineUnavailable
from engine.open import open_engine

app = typer.Typer(add_completion=False, help=__doc__)
console = Console()

Shards = Annotated[Path, typer.Option(help="Where shots to learn from are kept, or made.")]
Kept = Annotated[Path, typer.Option(help="Where the examiners are kept.")]
Threads = Annotated[int, typer.Option(min=1, help="Cores to work on.")]
Words = Annotated[bool, typer.Option(help="Ask the English recogniser too (hoofbeat[dailies]).")]

_SHARDS, _KEPT = Path(".foal"), Path(".foal/examiners")


@app.command()
def trial(
    engine: Annotated[str, typer.Option(help="Name or settings file of the engine.")] = "foal",
    clips: Annotated[int, typer.Option(min=1, help="Held-out shots.")] = 24,
    each_language: Annotated[int, typer.Option(min=0, help="At least, of those that speak.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("out/foal-trial"),
    shards: Shards = _SHARDS,
    kept: Kept = _KEPT,
    threads: Threads = 2,
    words: Words = True,
    costs: Annotated[bool, typer.Option(help="Time a preview and a render too.")] = True,
) -> None:
    """Held-out shots in three columns, every measure of each, and the bars."""
    torch.set_num_threads(threads)
    judges = _judges(kept, shards, words)
    tried = Foal(_opened(engine))
    tests = [_told(tried, judges, each) for each in rehearsals(clips, each_language)]
    lines = _everyday(tried) if words else []
    table = rows(by_column(tests), lines)
    peopled = next((t.rehearsal for t in tests if t.rehearsal.stage.marks), tests[0].rehearsal)
    cost = cost_of(engine, peopled.request, threads=threads) if costs else None
    once = facts(tried, peopled, cost)
    found = verdicts(table, once)
    about = {"engine": tried.engine.fingerprint, "shots": str(len(tests))}
    page = report.write(
        out, about=about, tests=tests, table=table, facts=once, verdicts=found, everyday=lines
    )
    console.print(_measures(table), _bars(found))
    console.print(f"The report is {page}")


@app.command()
def check(
    clips: Annotated[int, typer.Option(min=1, help="Held-out shots.")] = 8,
    each_language: Annotated[int, typer.Option(min=0, help="At least, of those that speak.")] = 0,
    shards: Shards = _SHARDS,
    kept: Kept = _KEPT,
    threads: Threads = 2,
    words: Words = True,
) -> None:
    """What the measures say of the teacher's own clips, and of the same clips broken on purpose."""
    torch.set_num_threads(threads)
    judges = _judges(kept, shards, words)
    found: dict[str, list[Measured]] = {name: [] for name in (TRUTH, *WAYS)}
    for rehearsal in rehearsals(clips, each_language):
        truth = taught(rehearsal)
        found[TRUTH].append(measured(judges, rehearsal, truth, truth))
        for name, breaking in WAYS.items():
            clip = breaking(rehearsal, truth)
            found[name].append(measured(judges, rehearsal, truth, clip))
        console.print(f"{len(found[TRUTH])}: {_named(rehearsal)}")
    console.print(_measures(rows(found)))


@app.command()
def teach(shards: Shards = _SHARDS, kept: Kept = _KEPT, threads: Threads = 2) -> None:
    """Teach the examiners that are not kept yet; the other commands do it when they must."""
    torch.set_num_threads(threads)
    _judges(kept, shards, words=False)


def _everyday(tried: Tried) -> list[Heard]:
    console.print("everyday English")
    return [everyday.heard(tried, each) for each in everyday.spoken()]


def _opened(name: str) -> FoalEngine:
    engine = open_engine(name)
    if not isinstance(engine, FoalEngine):
        raise EngineUnavailable(f"{name} is no engine of the kind that this trial is for")
    return engine


def _judges(kept: Path, shards: Path, words: bool) -> Examiners:
    if words:
        open_recogniser()  # before minutes are spent on clips that it could not hear
    return examiners(kept, shards, console.print, words=words)


def _told(tried: Tried, judges: Examiners, rehearsal: Rehearsal) -> Outcome:
    console.print(_named(rehearsal))
    return outcome_of(tried, judges, rehearsal)


def _named(rehearsal: Rehearsal) -> str:
    request = rehearsal.request
    return f"{request.framing}, {request.place}, {request.language or 'nobody speaks'}"


def _measures(table: Iterable[Row]) -> Table:
    lines = list(table)
    drawn = Table("measure", *lines[0].scores, "over")
    for row in lines:
        scores = ["–" if each is None else f"{each:.3f}" for each in row.scores.values()]
        drawn.add_row(row.name, *scores, str(row.count))
    return drawn


def _bars(found: Iterable[Verdict]) -> Table:
    drawn = Table("bar", "found", "floor", "", "aim", "")
    for line in found:
        drawn.add_row(
            line.what, line.found, line.floor, _met(line.floor_met), line.aim, _met(line.aim_met)
        )
    return drawn


def _met(met: bool | None) -> str:
    return "not known" if met is None else "[green]met[/]" if met else "[red]missed[/]"


if __name__ == "__main__":
    try:
        app()
    except EngineError as error:
        console.print(f"[red]{error}[/]")
        sys.exit(1)
