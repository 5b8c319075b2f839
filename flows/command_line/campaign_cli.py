"""`hoofbeat campaign`: a sheet of products from a terminal."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

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
    StoreName,
    Translations,
)
from flows.command_line.terminal import ROWS_FAILED, WAITING, mistakes, print_facts, print_json, say
from flows.settings import Settings, prepare_prefect

campaign = typer.Typer(help="Ads for every row of a sheet.", no_args_is_help=True)

_settings = Settings()


@campaign.command()
def run(
    sheet: Annotated[
        Path,
        typer.Argument(help="A campaign sheet, a Shopify export, a merchant feed (CSV, TSV, XML)."),
    ],
    template: Annotated[str, typer.Option(help="A name in configs/ads, or a file.")] = "product",
    brand: BrandName = "",
    seconds: AdSeconds = "15",
    languages: Annotated[
        str, typer.Option(help="Comma list, such as en,ja. Default: each row's own.")
    ] = "",
    aspect: Aspects = "9:16",
    translations: Translations = "machine",
    rows: Annotated[str, typer.Option(help="Rows as the spreadsheet counts: 3,7-9.")] = "",
    only_failed: Annotated[
        bool, typer.Option("--only-failed", help="What the results file has not as delivered.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="The most rows to take up.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look through all rows; make nothing.")
    ] = False,
    results: Annotated[
        Path | None, typer.Option(help="Where results go. Default: SHEET.results.csv.")
    ] = None,
    engine: EngineName = _settings.campaign_engine,
    gate: GateName = "default",
    delivery: DeliveryName = "social",
    burn_captions: BurnCaptions = False,
    budget: Budget = "",
    budget_seconds: BudgetSeconds = None,
    campaign_budget: Annotated[
        str, typer.Option(help="The most all runs of this campaign may spend together.")
    ] = "",
    prices: PricesName = _settings.prices,
    store: StoreName = _settings.store,
    as_json: AsJson = False,
) -> None:
    """Make the ads of a sheet; a row that is wrong is told and takes no other with it."""
    from flows.campaign.rows import open_kit
    from flows.campaign.validation import validate
    from flows.display import showing
    from flows.money.amounts import read_cap
    from flows.order import CampaignOrder, read_ad_seconds, read_aspects
    from flows.studio import refuse_unknown
    from storyboard import read_languages
    from storyboard.translation import read_policy

    with mistakes():
        order = CampaignOrder(
            script=sheet,
            template=template,
            brand=brand or None,
            seconds=read_ad_seconds(seconds),
            languages=read_languages(languages) if languages else (),
            aspects=read_aspects(aspect),
            translations=read_policy(translations),
            rows=rows,
            only_failed=only_failed,
            limit=limit,
            results=results,
            engine=engine,
            gate=gate,
            delivery=delivery,
            burn_captions=burn_captions,
            budget=read_cap(budget, budget_seconds),
            campaign_budget=read_cap(campaign_budget, None),
            prices=prices,
            store=store,
        )
        kit = open_kit(order)
        for notice in kit.notices:
            say(str(notice))
        found = validate(kit)
        for fault in found.faults:
            say(fault.located(str(sheet)))
        if found.bad > len(found.faults):
            say(f"{sheet}: and more; the results file has all")
        say(found.summary())
        if dry_run:
            refuse_unknown(order)
            raise typer.Exit(ROWS_FAILED if found.bad else 0)
        prepare_prefect(_settings)
        from flows.campaign.flow import make

        with showing(Console(stderr=True), only=("row",)):
            done = make(order)
    if as_json:
        print_json({"rows": done.counts, "results": done.results})
    else:
        print_facts(done.facts())
    if done.waiting:
        say(
            f"Rows that wait for a person: {done.waiting}. Look and decide with `hoofbeat review "
            f"--store {store}`; then the same command again goes on from there."
        )
        raise typer.Exit(WAITING)


@campaign.command()
def template() -> None:
    """Print an example sheet, to be filled."""
    example = files("configs").joinpath("campaign-example.csv")
    sys.stdout.write(example.read_text(encoding="utf-8"))
