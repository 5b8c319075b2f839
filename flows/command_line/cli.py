"""`hoofbeat`: the house from a terminal. Output for people; `--json` for machines; exit codes.

0 done · 1 something is missing, the rest is kept · 2 the order is wrong, nothing was begun ·
3 all is made that could be, and people are asked about the rest · 4 some rows of a campaign failed,
the others are delivered · 5 a cap on spending was reached, the rest is kept
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flows.command_line import words_cli
from flows.command_line.campaign_cli import campaign
from flows.command_line.options import (
    AdSeconds,
    AsJson,
    Aspects,
    BrandName,
    Budget,
    BudgetSeconds,
    BurnCaptions,
    DeliveryName,
    EngineName,
    GateName,
    PricesName,
    Script,
    StoreName,
    Translations,
)
from flows.command_line.terminal import (
    MISSING,
    OUT_OF_BUDGET,
    WAITING,
    mistakes,
    print_facts,
    print_json,
    print_table,
    say,
)
from flows.settings import Settings, prepare_prefect

if TYPE_CHECKING:
    from flows.campaign.sheet_quote import RowQuote
    from review.decisions import Kind

app = typer.Typer(
    name="hoofbeat",
    help="Script in, finished film out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

gate = typer.Typer(
    help="What the gate thinks of a take, and of a production.", no_args_is_help=True
)
app.add_typer(gate, name="gate")
app.command()(words_cli.translate)
app.command()(words_cli.draft)
app.command()(words_cli.describe)
app.add_typer(words_cli.dialogue, name="dialogue")
app.add_typer(campaign, name="campaign")

_settings = Settings()

Languages = Annotated[
    str,
    typer.Option(help="Comma list, such as en,ja,cmn. Default: every language the script has."),
]


def main() -> None:
    """The entry point of the `hoofbeat` command."""
    app()


@app.command()
def produce(
    script: Script,
    languages: Languages = "",
    engine: EngineName = _settings.engine,
    aspect: Aspects = "9:16",
    policy: GateName = "default",
    delivery: DeliveryName = "social",
    translations: Translations = "machine",
    burn_captions: BurnCaptions = False,
    budget: Budget = "",
    budget_seconds: BudgetSeconds = None,
    prices: PricesName = _settings.prices,
    store: StoreName = _settings.store,
    as_json: AsJson = False,
) -> None:
    """Make the films of a script, one per language and aspect."""
    from flows.display import showing
    from flows.money.amounts import read_cap
    from flows.order import Order, read_aspects
    from flows.planning import look_ahead
    from storyboard import read_languages
    from storyboard.translation import read_policy

    with mistakes():
        order = Order(
            script=script,
            languages=read_languages(languages) if languages else (),
            engine=engine,
            aspects=read_aspects(aspect),
            gate=policy,
            delivery=delivery,
            translations=read_policy(translations),
            burn_captions=burn_captions,
            budget=read_cap(budget, budget_seconds),
            prices=prices,
            store=store,
        )
        for notice in look_ahead(order, _settings):
            say(str(notice))
        prepare_prefect(_settings)
        from flows.produce import make

        with showing(Console(stderr=True)):
            produced = make(order)
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in produced.manifests])
    else:
        print_facts(produced.facts())
    if produced.waiting:
        for shot, key in produced.waiting.items():
            say(f"waits for a person: {shot}, take {key[:12]}")
        say(
            f"Look and decide with `hoofbeat review --store {store}`; then the same command again "
            "goes on from there."
        )
        raise typer.Exit(WAITING)


@app.command()
def check(
    script: Script,
    languages: Languages = "",
    engine: EngineName = _settings.engine,
    as_json: AsJson = False,
) -> None:
    """Read a script and print the plan: shots, lengths, what is missing, what it will take."""
    from flows import planning
    from storyboard import read_languages

    with mistakes():
        tags = read_languages(languages) if languages else ()
        plan, notices = planning.plan_of(script, tags, engine)
    for notice in notices:
        say(str(notice))
    if as_json:
        print_json(planning.as_json(plan, notices))
    else:
        print_table(planning.COLUMNS, planning.rows(plan), title=plan.title)
        typer.echo(planning.cost(plan))
    if not plan.complete:
        raise typer.Exit(MISSING)


@app.command()
def plan(
    script: Script,
    languages: Languages = "",
    engine: Annotated[
        str,
        typer.Option(
            help="A name from `hoofbeat engines`, or a YAML file. Default: the one that `produce` "
            "or `campaign run` would use."
        ),
    ] = "",
    aspect: Aspects = "9:16",
    policy: GateName = "default",
    template: Annotated[
        str, typer.Option(help="Of a sheet: a name in configs/ads, or a file.")
    ] = "product",
    brand: BrandName = "",
    seconds: AdSeconds = "15",
    cards: Annotated[int, typer.Option(min=1, help="How many such engines work at once.")] = 1,
    prices: PricesName = _settings.prices,
    budget: Annotated[str, typer.Option(help="Say whether it fits, such as 20EUR.")] = "",
    budget_seconds: Annotated[
        float | None, typer.Option(help="Say whether it fits into so much engine time.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Quote what the films of a script or a campaign sheet will take: engine time, time on the
    clock, money. With --json, the rows of a sheet come first, one object a line."""
    from flows import planning
    from flows.campaign import sheet_quote
    from flows.money import quote
    from flows.money.amounts import Amount, read_cap
    from flows.order import CampaignOrder, read_ad_seconds, read_aspects
    from storyboard import read_languages

    with mistakes():
        tags = read_languages(languages) if languages else ()
        cap, aspects = read_cap(budget, budget_seconds), read_aspects(aspect)
        if sheet_quote.is_sheet(script):
            order = CampaignOrder(
                script=script,
                languages=tags,
                engine=engine or _settings.campaign_engine,
                aspects=aspects,
                gate=policy,
                prices=prices,
                template=template,
                brand=brand or None,
                seconds=read_ad_seconds(seconds),
            )
            whole = planning.quote_sheet_of(order, cap, _row_teller(as_json))
            quoted, unmade = whole.whole(), whole.refused
            if not as_json:
                shown = f"{whole.rows} rows; the dearest"
                print_table(sheet_quote.COLUMNS, sheet_quote.rows(whole), title=shown)
        else:
            terms = planning.Terms(
                engine=engine or _settings.engine,
                aspects=aspects,
                gate=policy,
                prices=prices,
                cap=cap,
            )
            quoted, left_out = planning.quote_of(script, tags, terms)
            unmade = len(left_out)
            for tag in left_out:
                say(f"left out: {tag}, in which lines have no words; `hoofbeat check` names them")
    if as_json:
        print_json(quote.as_json(quoted, cards))
    else:
        print_table(quote.COLUMNS, quote.rows(quoted), title=quoted.title)
        typer.echo(quote.summary(quoted, cards))
    if quoted.seconds > cap.room(Amount(), quoted.rate):
        say(f"That is more than the budget of {cap}.")
        raise typer.Exit(OUT_OF_BUDGET)
    if unmade:
        raise typer.Exit(MISSING)


def _row_teller(as_json: bool) -> Callable[[RowQuote], None]:
    """Tells what is wrong with a row to the person, or every row to a machine."""

    def tell(row: RowQuote) -> None:
        if as_json:
            typer.echo(json.dumps(row.as_json(), ensure_ascii=False))
        for fault in () if as_json else row.faults:
            say(f"error: {fault}")

    return tell


@app.command()
def serve(
    schedules: Annotated[Path, typer.Argument(help="A YAML file of schedules.")],
    check_only: Annotated[
        bool, typer.Option("--check", help="Say when each fires next, and serve nothing.")
    ] = False,
) -> None:
    """Make films by the clock, until stopped: only what is new or changed is made."""
    with mistakes():
        prepare_prefect(_settings)
        from flows.schedules import serving
        from flows.schedules.schedule import read_schedules

        kept = read_schedules(schedules, _settings)
        print_table(serving.COLUMNS, map(serving.row, kept))
        if not check_only:
            serving.serve(kept, _settings)


@app.command()
def status(store: StoreName = _settings.store, as_json: AsJson = False) -> None:
    """What lies in a vault: productions, how far they are, what they have delivered."""
    from flows.command_line import standing

    with mistakes():
        found = standing.productions(store, _settings)
    if as_json:
        print_json([standing.as_json(each) for each in found])
    elif found:
        print_table(standing.COLUMNS, map(standing.row, found))
        typer.echo(f"Spent in {standing.month(store, _settings)}")
    else:
        typer.echo(f"Nothing has been produced in {store} yet.")


@app.command()
def sweep(store: StoreName = _settings.store) -> None:
    """Remove from a vault what killed runs have left half-written, a day old or more."""
    from storage import open_store

    with mistakes():
        typer.echo(f"{open_store(store).sweep()} leftovers removed")


@gate.command("explain")
def explain_take(
    take: Annotated[str, typer.Argument(help="A take's key, or its first characters.")],
    store: StoreName = _settings.store,
) -> None:
    """Each figure the gate measured on a take beside its band, and why the verdict fell."""
    from flows.command_line.standing import verdict_of
    from review import explain

    with mistakes():
        typer.echo(explain(verdict_of(take, store, _settings)))


@gate.command("report")
def report_on(
    production: Annotated[str, typer.Argument(help="Its name, as `hoofbeat status` lists it.")],
    store: StoreName = _settings.store,
) -> None:
    """How much of a production passed, of what and why not, what it cost, and its worst takes."""
    from flows.dailies.reporting import read

    with mistakes():
        sys.stdout.write(read(production, store, _settings))


Take = Annotated[str, typer.Argument(help="A take's key, or its first characters.")]
Note = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]
Reviewer = Annotated[
    str, typer.Option("--as", help="Who decides. Default: HOOFBEAT_REVIEWER, or your user name.")
]
Overrule = Annotated[
    bool, typer.Option("--overrule", help="Decide although somebody else already has.")
]


@app.command()
def review(
    store: StoreName = _settings.store,
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine by link.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 8440,
    guests: Annotated[
        list[str] | None,
        typer.Option("--for", help="A link of their own for this person; may be repeated."),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="Only print the shots that want a person.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at takes on a page and decide on them: approve, retry, reject, pick, reword."""
    from flows.command_line import reviewing

    with mistakes():
        if list_:
            rows = list(reviewing.wanted(store, _settings))
        else:
            reviewing.serve(
                store, _settings, host=host, port=port, names=guests or [], say=typer.echo
            )
            return
    if as_json:
        names = [column.lstrip("#") for column in reviewing.COLUMNS]
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        print_table(reviewing.COLUMNS, rows)
    else:
        typer.echo("No shot wants a person.")


@app.command()
def approve(
    take: Take,
    note: Note = "",
    reviewer: Reviewer = "",
    overrule: Overrule = False,
    store: StoreName = _settings.store,
) -> None:
    """Let this very take be rendered."""
    _decide("approve", take, note, reviewer, overrule, store)


@app.command()
def retry(
    take: Take,
    note: Note = "",
    reviewer: Reviewer = "",
    overrule: Overrule = False,
    store: StoreName = _settings.store,
) -> None:
    """Have the next run make new takes of this take's shot, with other seeds."""
    _decide("retry", take, note, reviewer, overrule, store)


@app.command()
def reject(
    take: Take,
    note: Note = "",
    reviewer: Reviewer = "",
    overrule: Overrule = False,
    store: StoreName = _settings.store,
) -> None:
    """Reject this take's shot: no take of it will do. The gate's policy says what follows."""
    _decide("reject", take, note, reviewer, overrule, store)


@app.command()
def undo(
    take: Take,
    note: Note = "",
    reviewer: Reviewer = "",
    store: StoreName = _settings.store,
) -> None:
    """Take back the last decision about this take's shot."""
    _decide("undo", take, note, reviewer, False, store)


def _decide(kind: Kind, take: str, note: str, reviewer: str, overrule: bool, store: str) -> None:
    from flows.command_line import reviewing

    with mistakes():
        by = reviewer or _settings.person
        typer.echo(
            reviewing.decide(kind, take, store, _settings, note=note, by=by, overrule=overrule)
        )


@app.command()
def engines(as_json: AsJson = False) -> None:
    """The engines that can be asked for, and what each can serve."""
    from flows.command_line import doctor as doctors

    found = list(doctors.engines(_settings))
    if as_json:
        print_json([finding.as_json() for finding in found])
    else:
        print_table(("engine", "state", "serves"), map(doctors.engine_row, found))


@app.command()
def doctor(store: StoreName = _settings.store, as_json: AsJson = False) -> None:
    """What this machine has, what is missing, and how to get it."""
    from flows.command_line import doctor as doctors

    findings = doctors.examine(_settings, store)
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        print_table(("", "what", "found"), map(doctors.row, findings))
    if any(not finding.fine and finding.need == "needed" for finding in findings):
        raise typer.Exit(MISSING)
