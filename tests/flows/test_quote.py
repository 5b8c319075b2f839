"""What a production will cost, asked before it is begun."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows import planning
from flows.campaign import sheet_quote
from flows.errors import OrderError
from flows.money import quote
from flows.money.amounts import NO_CAP, read_cap, read_money
from flows.money.prices import load_prices
from flows.money.quote import previews_per_shot
from flows.order import CampaignOrder
from review import Policy
from storyboard.campaign.files import KitError

PRICES = """name: ours
checked: 2026-11-01
currency: EUR
per_hour: {animatic: 36}
"""


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(PRICES, encoding="utf-8")
    return path


def quoted(script: Path, prices: Path | str = "default", **others: object) -> quote.Quote:
    terms = planning.Terms(engine="animatic", prices=str(prices), **others)  # type: ignore[arg-type]
    found, _ = planning.quote_of(script, (), terms)
    return found


def test_a_shot_nobody_speaks_in_is_quoted_once_for_all_languages(script: Path) -> None:
    lines = {line.language: line for line in quoted(script).lines}
    assert {tag: line.takes for tag, line in lines.items()} == {"en": 2, "de-DE": 2, "all": 1}
    plan, _ = planning.plan_of(script, (), "animatic")
    assert sum(line.film for line in lines.values()) == plan.made
    assert sum(line.renders for line in lines.values()) == pytest.approx(plan.render_seconds)


def test_money_is_engine_time_at_the_tables_price(script: Path, prices: Path) -> None:
    found = quoted(script, prices)
    assert float(found.likely.money["EUR"]) == pytest.approx(found.seconds / 100, abs=1e-5)
    assert found.prices == "ours of 2026-11-01"


def test_every_aspect_has_takes_of_its_own(script: Path) -> None:
    once, twice = quoted(script), quoted(script, aspects=("9:16", "1:1"))
    assert twice.seconds == pytest.approx(2 * once.seconds)
    assert quote.total(twice.lines).takes == 2 * quote.total(once.lines).takes


def test_the_gate_is_reckoned_with() -> None:
    once = Policy(name="once", candidates=1, attempts=1)
    three_rounds = Policy(name="three", candidates=1, attempts=3)
    best_of_four = Policy(name="four", candidates=4, attempts=3)
    assert previews_per_shot(once) == 1
    assert previews_per_shot(three_rounds) == pytest.approx(1 + 0.1 + 0.01)
    assert 4 < previews_per_shot(best_of_four) < 4.001


def test_at_most_every_attempt_of_every_shot_is_used_up(script: Path) -> None:
    found = quoted(script)
    previews = sum(float(line.film) for line in found.lines) * 0.4
    renders = sum(line.renders for line in found.lines)
    assert found.most.seconds == pytest.approx(3 * previews + renders)


def test_more_cards_are_quicker_until_one_shot_is_all_that_is_left(script: Path) -> None:
    found = quoted(script)
    assert found.wall(1) == pytest.approx(found.seconds / 2), "the animatic makes two at once"
    assert found.wall(2) == pytest.approx(found.wall(1) / 2)
    assert found.wall(1000) == found.longest > 0


def test_a_cap_in_money_needs_a_price_in_its_currency(script: Path, prices: Path) -> None:
    quoted(script, prices, cap=read_cap("1EUR", None))
    with pytest.raises(OrderError, match=r"in EUR.*USD"):
        quoted(script, prices, cap=read_cap("1USD", None))
    prices.write_text(PRICES.replace("animatic", "another"))
    with pytest.raises(OrderError, match="does not know the engine animatic"):
        quoted(script, prices, cap=read_cap("1EUR", None))
    assert quoted(script, prices).rate is None


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        ("per_hour: {animatic: 36}", "per_hour: {animatic: -1}", "prices.yaml:4: error"),
        ("currency: EUR", "currency: euro", "prices.yaml:3: error"),
        ("checked: 2026-11-01", "checked: lately", "prices.yaml:2: error"),
        ("name: ours", "nome: ours", "prices.yaml:1: error: `nome`: unknown key"),
    ],
)
def test_a_price_table_that_is_wrong_is_told_by_file_and_line(
    prices: Path, wrong: str, line: str, said: str
) -> None:
    prices.write_text(PRICES.replace(wrong, line))
    with pytest.raises(KitError, match=said):
        load_prices(str(prices))


def test_an_unknown_price_table_names_the_known() -> None:
    with pytest.raises(KitError, match="known are default"):
        load_prices("cheap")


@pytest.mark.parametrize("typed", ["20EUR", "20 eur", " 20.00EUR "])
def test_a_sum_is_read_as_people_write_it(typed: str) -> None:
    assert str(read_money(typed)) == "20.00 EUR"


@pytest.mark.parametrize("typed", ["20", "EUR", "-1EUR", "1e9EUR", "20€", "1,50EUR", "nanEUR"])
def test_what_is_no_sum_is_refused(typed: str) -> None:
    with pytest.raises(OrderError, match="write one as 20EUR"):
        read_cap(typed, None)


def test_plan_says_whether_it_fits_the_budget(script: Path) -> None:
    from flows.command_line.cli import app

    plenty = CliRunner().invoke(app, ["plan", str(script), "--budget", "10USD"])
    assert plenty.exit_code == 0 and "together" in plenty.output
    short = CliRunner().invoke(app, ["plan", str(script), "--budget-seconds", "10"])
    assert short.exit_code == 5
    both = CliRunner().invoke(
        app, ["plan", str(script), "--languages", "en,ja", "--budget-seconds", "10"]
    )
    assert both.exit_code == 5 and "more than the budget" in both.output
    unspoken = CliRunner().invoke(app, ["plan", str(script), "--languages", "en,ja"])
    assert unspoken.exit_code == 1


SHEET = """row_id;product;copy;price;languages;copy_de
lamp;Lamp;Night becomes evening.;20 EUR;en|de;Die Nacht wird zum Abend.
rug;Rug;Soft.;cheap;en;
chair;Chair;Sit down.;30 EUR;;
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def sheet_quoted(
    sheet: Path, languages: tuple[str, ...] = ()
) -> tuple[sheet_quote.SheetQuote, list[sheet_quote.RowQuote]]:
    rows: list[sheet_quote.RowQuote] = []
    order = CampaignOrder(script=sheet, languages=languages)
    return planning.quote_sheet_of(order, NO_CAP, rows.append), rows


def test_a_sheet_is_quoted_row_by_row_with_the_ad_of_15_seconds(sheet: Path) -> None:
    found, rows = sheet_quoted(sheet)
    assert (found.rows, found.refused) == (2, 1)
    lamp, rug, chair = rows
    assert (lamp.languages, chair.languages) == (("en", "de-DE"), ("en",))
    assert lamp.seconds > chair.seconds > 0
    assert "column `price`" in rug.faults[0] and rug.cost is None
    assert found.whole().seconds == pytest.approx(sum(row.seconds for row in rows))


def test_a_sheet_is_quoted_with_the_brand_that_is_named(sheet: Path, tmp_path: Path) -> None:
    from flows.command_line.cli import app

    sheet.write_text("product;price\nLamp;¥1980\n", encoding="utf-8")
    (tmp_path / "studio").mkdir()
    brand = tmp_path / "studio" / "brand.yaml"
    brand.write_text("currency: JPY\n")
    unclear = CliRunner().invoke(app, ["plan", str(sheet)])
    assert unclear.exit_code == 1 and "yen or yuan" in unclear.output
    named = CliRunner().invoke(app, ["plan", str(sheet), "--brand", str(brand)])
    assert named.exit_code == 0, named.output


def test_words_still_to_be_translated_are_taken_to_be_as_long_as_the_rows_own(
    sheet: Path,
) -> None:
    sheet.write_text(SHEET.replace("en|de", ""))
    found, _ = sheet_quoted(sheet, ("en", "ja-JP"))
    lines = {line.language: line for line in found.whole().lines}
    assert lines["ja-JP"].takes == lines["en"].takes
    assert lines["ja-JP"].renders == pytest.approx(lines["en"].renders)
    only_foreign, _ = sheet_quoted(sheet, ("ja-JP",))
    assert {line.language for line in only_foreign.whole().lines} == {"ja-JP"}


def test_a_shot_list_is_no_sheet_though_it_ends_the_same(sheet: Path, script: Path) -> None:
    shots = Path("tests/storyboard/scripts/lamp.csv")
    assert [sheet_quote.is_sheet(path) for path in (sheet, shots, script)] == [True, False, False]


def test_the_dearest_rows_are_kept_and_no_others(sheet: Path) -> None:
    rows = "".join(f"r{n};Thing {n};Night becomes evening.;20 EUR;;\n" for n in range(30))
    sheet.write_text(SHEET + rows)
    found, _ = sheet_quoted(sheet)
    assert len(found.dearest) == sheet_quote.SHOWN
    assert next(row[0] for row in sheet_quote.rows(found)) == "2", "two languages are dearest"
