"""`hoofbeat`: the house from a terminal. Output for people; `--json` for machines; exit codes.

0 done · 1 something is missing, the rest is kept · 2 the order is wrong, nothing was begun
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.settings import Settings, prepare_prefect
from flows.terminal import MISSING, mistakes, print_facts, print_json, print_table, say

app = typer.Typer(
    name="hoofbeat",
    help="Script in, finished film out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_settings = Settings()

Script = Annotated[
    Path, typer.Argument(help="A Fountain script, a storyboard (YAML) or a shot list (CSV).")
]
Languages = Annotated[
    str,
    typer.Option(help="Comma list, such as en,ja,cmn. Default: every language the script has."),
]
EngineName = Annotated[
    str, typer.Option("--engine", help="A name from `hoofbeat engines`, or a YAML file.")
]
StoreName = Annotated[
    str, typer.Option("--store", help="The vault: a folder, or s3://bucket/prefix.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def main() -> None:
    """The entry point of the `hoofbeat` command."""
    app()


@app.command()
def produce(
    script: Script,
    languages: Languages = "",
    engine: EngineName = _settings.engine,
    aspect: Annotated[str, typer.Option(help="Comma list of 9:16, 16:9, 1:1.")] = "9:16",
    gate: Annotated[str, typer.Option(help="A name in configs/gates, or a file.")] = "default",
    delivery: Annotated[
        str, typer.Option(help="A name in configs/deliveries, or a file.")
    ] = "social",
    burn_captions: Annotated[bool, typer.Option(help="Captions in the picture.")] = False,
    store: StoreName = _settings.store,
    as_json: AsJson = False,
) -> None:
    """Make the films of a script, one per language and aspect."""
    from flows.display import showing
    from flows.order import Order, read_aspects
    from flows.studio import look_ahead
    from storyboard import read_languages

    with mistakes():
        order = Order(
            script=script,
            languages=read_languages(languages) if languages else (),
            engine=engine,
            aspects=read_aspects(aspect),
            gate=gate,
            delivery=delivery,
            burn_captions=burn_captions,
            store=store,
        )
        for notice in look_ahead(order):
            say(str(notice))
        prepare_prefect(_settings)
        from flows.produce import produce as flow

        with showing(Console(stderr=True)):
            produced = asyncio.run(flow(order))
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in produced.manifests])
        return
    print_facts(produced.facts())


@app.command()
def check(
    script: Script,
    languages: Languages = "",
    engine: EngineName = _settings.engine,
    as_json: AsJson = False,
) -> None:
    """Read a script and print the plan: shots, lengths, what is missing, what it will take."""
    from flows.planning import plan_of, rows
    from storyboard import read_languages

    with mistakes():
        plan = plan_of(script, read_languages(languages) if languages else (), engine)
    for notice in plan.notices:
        say(str(notice))
    if as_json:
        print_json(plan.model_dump(mode="json"))
    else:
        columns, table = rows(plan)
        print_table(columns, table, title=plan.title)
    if plan.missing:
        raise typer.Exit(MISSING)


@app.command()
def status(store: StoreName = _settings.store, as_json: AsJson = False) -> None:
    """What lies in a vault: productions, how far they are, what they have delivered."""
    from flows.standing import standing

    with mistakes():
        found = standing(store, _settings)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    print_table(
        ("production", "version", "engine", "#takes", "#rendered", "films", "begun"),
        [each.row() for each in found],
    )


@app.command()
def engines(as_json: AsJson = False) -> None:
    """The engines that can be asked for, and what each can serve."""
    from flows.doctor import engine_findings

    with mistakes():
        found = list(engine_findings())
    if as_json:
        print_json([finding.as_json() for finding in found])
        return
    for finding in found:
        print_facts({finding.what: finding.found})


@app.command()
def doctor(store: StoreName = _settings.store, as_json: AsJson = False) -> None:
    """What this machine has, what is missing, and how to get it."""
    from flows.doctor import examine

    findings = examine(_settings, store)
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            mark = "ok" if finding.fine else ("--" if finding.need == "optional" else "MISSING")
            remedy = "" if finding.fine else f" → {finding.remedy}"
            print_facts({f"{mark:8}{finding.what:18}": finding.found + remedy})
    if any(not finding.fine and finding.need == "needed" for finding in findings):
        raise typer.Exit(MISSING)
