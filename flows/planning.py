"""The plan of a script, as `hoofbeat check` shows it, before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import EngineError, capabilities_of
from flows.campaign.rows import open_kit
from flows.campaign.sheet_quote import RowQuote, SheetQuote, quote_sheet
from flows.dailies.decisions import Minutes
from flows.errors import OrderError
from flows.money.amounts import NO_CAP, Cap, Rate
from flows.money.prices import load_prices, refuse_unpriced
from flows.money.quote import Quote, quote
from flows.order import CampaignOrder, Order
from flows.prepare import Production, prepare, references
from flows.settings import Settings
from flows.studio import Studio, open_studio
from review import Policy, PolicyError, load_policy
from storyboard import Notice, Plan, plan, read
from storyboard.plan import LanguagePlan
from storyboard.request import Aspect, Capabilities


def plan_of(
    script: Path, languages: tuple[str, ...], engine: str
) -> tuple[Plan, tuple[Notice, ...]]:
    """The plan and everything that reading and cueing noticed, each once.

    No languages means every language the script has any words in.
    """
    reading = read(script)
    served = _served(engine)
    references(reading.board, script.parent, served)
    found = plan(reading.board, languages or reading.board.all_languages(), served)
    return found, tuple(dict.fromkeys((*reading.notices, *found.notices)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a quote stands on beside the script or the sheet."""

    engine: str
    aspects: tuple[Aspect, ...] = ("9:16",)
    gate: str = "default"
    prices: str = "default"
    cap: Cap = NO_CAP
    """Held against the quote; in money, it has to be in the price table's currency."""


def quote_of(
    script: Path, languages: tuple[str, ...], terms: Terms
) -> tuple[Quote, tuple[str, ...]]:
    """What a script will cost, and the languages left out because lines have no words in them."""
    found, _ = plan_of(script, languages, terms.engine)
    opened = _open(terms)
    quoted = quote(
        found,
        opened.capabilities,
        opened.policy,
        aspects=len(terms.aspects),
        rate=opened.rate,
        prices=opened.prices,
    )
    return quoted, tuple(each.language for each in found.languages if each.missing)


def quote_sheet_of(order: CampaignOrder, cap: Cap, each: Callable[[RowQuote], None]) -> SheetQuote:
    """What a campaign will cost; every row is told to `each` on the way."""
    kit = open_kit(order)
    terms = Terms(engine=order.engine, gate=order.gate, prices=order.prices, cap=cap)
    opened = _open(terms)
    return quote_sheet(kit, opened.policy, rate=opened.rate, prices=opened.prices, each=each)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    capabilities: Capabilities
    policy: Policy
    rate: Rate | None
    prices: str


def _open(terms: Terms) -> _Opened:
    """OrderError for what the person who asked can mend."""
    capabilities = _served(terms.engine)
    table = load_prices(terms.prices)
    refuse_unpriced(terms.cap, table, capabilities.engine)
    try:
        policy = load_policy(terms.gate)
    except PolicyError as error:
        raise OrderError(str(error)) from error
    return _Opened(
        capabilities=capabilities,
        policy=policy,
        rate=table.rate(capabilities.engine),
        prices=str(table),
    )


def _served(engine: str) -> Capabilities:
    try:
        return capabilities_of(engine)
    except EngineError as error:
        raise OrderError(str(error)) from error


def look_ahead(order: Order, settings: Settings) -> tuple[Notice, ...]:
    """What the person should know before the work begins; the rooms' errors if it cannot begin.

    Everything is opened and checked once, so that a mistake is told before Prefect is started, and
    a script that cannot be read before an engine's weights are loaded.
    """
    read(order.script)
    with open_studio(order, settings) as studio:
        return lay_out(order, studio).notices


def lay_out(order: Order, studio: Studio) -> Production:
    """The work of an order, with the lines as people have reworded them in the vault."""
    return prepare(
        order,
        studio.engine.capabilities,
        studio.settings_digest,
        wording=lambda slug: Minutes(studio.vault.store, slug).read().wording(),
    )


COLUMNS = ("language", "#shots", "#silent", "#lines", "#film", "#made", "missing")


def rows(found: Plan) -> Iterator[tuple[str, ...]]:
    """One row per language, one of the sum over all takes."""
    for language in found.languages:
        yield _row(language)
    yield ("takes", str(found.takes), "", "", "", _seconds(found.made), "")


def _row(language: LanguagePlan) -> tuple[str, ...]:
    missing = ""
    if language.missing:
        first = language.missing[0]
        count = len(language.missing)
        missing = f"{count} line{'s' * (count > 1)}, first {first.file}:{first.line}"
    counts = (language.shots, language.silent_shots, language.lines)
    return (
        language.language,
        *map(str, counts),
        _seconds(language.seconds),
        _seconds(language.made),
        missing,
    )


def cost(found: Plan) -> str:
    """What it will take, in a sentence."""
    return (
        f"About {found.engine_seconds:.0f} s of the {found.engine} engine: "
        f"{found.preview_seconds:.0f} s of previews and {found.render_seconds:.0f} s of renders, "
        f"{found.parallel} at a time."
    )


def as_json(found: Plan, notices: tuple[Notice, ...]) -> dict[str, Any]:
    """The plan for machines; lengths in seconds."""
    return {
        "title": found.title,
        "engine": found.engine,
        "takes": found.takes,
        "made_s": float(found.made),
        "preview_s": found.preview_seconds,
        "render_s": found.render_seconds,
        "parallel": found.parallel,
        "languages": [
            {
                "language": each.language,
                "shots": each.shots,
                "silent_shots": each.silent_shots,
                "lines": each.lines,
                "film_s": float(each.seconds),
                "made_s": float(each.made),
                "missing": [{"file": at.file, "line": at.line} for at in each.missing],
            }
            for each in found.languages
        ],
        "warnings": [
            {"file": n.source.file, "line": n.source.line, "message": n.message} for n in notices
        ],
    }


def _seconds(value: Any) -> str:
    return f"{float(value):.1f} s"
