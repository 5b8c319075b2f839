"""A sheet of ads from a terminal: what is made, what is told, and what a change makes anew."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from flows.command_line.cli import app
from tests.flows.runs import Run, run

SHEET = """row_id;Product;Headline;Price;Image;Languages;Duration
lamp;Brass Lamp;Light at last;19,99 EUR;lamp.png;en;6
mug;Still Mug;Coffee that waits;cheap;;en;6
chair;Oak Chair;Sit down;45 EUR;gone.png;en;6
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    picture = Image.new("RGB", (300, 300), (255, 255, 255))
    ImageDraw.Draw(picture).ellipse((60, 60, 240, 240), fill=(200, 30, 40))
    picture.save(tmp_path / "lamp.png")
    (tmp_path / "brand.yaml").write_text('colours: {ground: "#003366"}\n')
    path = tmp_path / "spring.csv"
    path.write_text(SHEET, encoding="utf-8-sig")
    return path


def results(sheet: Path) -> dict[str, dict[str, str]]:
    """By row number."""
    with sheet.with_name("spring.results.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["ad_row"]: row for row in csv.DictReader(file)}


def takes(vault: Path) -> dict[str, str]:
    """Every take by its key, to what made it."""
    records = vault.glob("takes/*/*/render.json")
    return {path.parent.name: json.loads(path.read_text())["engine"] for path in records}


def test_good_rows_are_delivered_bad_ones_told_and_changes_made_alone(
    sheet: Path, small_engine: Path, environment: dict[str, str]
) -> None:
    vault = sheet.parent / "vault"

    def campaign(*more: str) -> Run:
        order = ["campaign", "run", sheet, "--engine", small_engine, "--store", vault, *more]
        return run(order, environment)

    # A row that is wrong takes no other with it, and has the exit code of its own.
    done = campaign()
    assert done.code == 4, done.said
    assert "spring.csv:3: error: row 3, column `Price`: 'cheap' is no price" in done.said
    told = results(sheet)
    assert [told[n]["ad_status"] for n in "234"] == ["delivered", "invalid", "delivered"]
    assert (told["3"]["ad_code"], told["3"]["ad_stage"]) == ("price", "validate")
    assert told["3"]["Product"] == "Still Mug", "the results mirror the sheet"
    assert "19.99" in told["3"]["ad_remedy"]
    assert "gone.png" in told["4"]["ad_message"], "a missing picture is a warning"
    assert float(told["2"]["ad_gpu_seconds"]) > 0 and told["2"]["ad_attempts"] == "1"
    films = [Path(told[n]["ad_films"].removeprefix("file://")) for n in "24"]
    assert all(film.stat().st_size > 10_000 for film in films)
    assert (vault / "campaigns" / "spring" / "results.csv").exists()
    first = takes(vault)
    assert sorted(first.values()) == ["animatic", "animatic", "card", "card"]

    # Another price makes that row's end card anew and asks the engine for nothing; the mended row
    # is made; the row that is not taken up keeps what is known of it.
    mended = SHEET.replace("19,99", "29,99").replace("cheap", "7 EUR").replace("Sit down", "Sit")
    sheet.write_text(mended, encoding="utf-8-sig")
    done = campaign("--rows", "2-3")
    assert done.code == 0, done.said
    assert "2/2  made" in done.said
    second = takes(vault)
    assert first.keys() < second.keys()
    assert sorted(second[key] for key in second.keys() - first.keys()) == [
        "animatic",
        "card",
        "card",
    ]
    assert {row["ad_status"] for row in results(sheet).values()} == {"delivered"}
    assert results(sheet)["4"]["ad_films"] == told["4"]["ad_films"]


def test_rows_that_wait_for_people_have_the_exit_code_of_waiting(
    sheet: Path, small_engine: Path, environment: dict[str, str]
) -> None:
    gate = sheet.with_name("seen.yaml")
    gate.write_text("name: seen\nattempts: 1\npeople: always\n")
    order = ["campaign", "run", sheet, "--rows", "2", "--gate", gate, "--engine", small_engine]
    done = run([*order, "--store", sheet.parent / "vault"], environment)
    assert done.code == 3, done.said
    assert "hoofbeat review" in done.said
    assert results(sheet)["2"]["ad_status"] == "waiting"


def test_a_prefect_server_that_does_not_answer_is_named(
    sheet: Path, small_engine: Path, environment: dict[str, str]
) -> None:
    environment |= {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    order = ["campaign", "run", sheet, "--engine", small_engine, "--store", sheet.parent / "vault"]
    done = run(order, environment)
    assert done.code == 2, done.said
    assert "http://127.0.0.1:9/api" in done.said and "Traceback" not in done.said


# --- without Prefect -----------------------------------------------------------------------------


def test_a_dry_run_looks_through_all_rows_and_makes_nothing(sheet: Path) -> None:
    order = ["campaign", "run", str(sheet), "--dry-run", "--store", str(sheet.parent / "vault")]
    result = CliRunner().invoke(app, order)
    assert result.exit_code == 4
    assert "2 rows are good, 1 are not; 2 will be made" in result.stderr
    assert not (sheet.parent / "vault").exists()
    assert not sheet.with_name("spring.results.csv").exists()


@pytest.mark.parametrize(("engine", "told"), [("foal", True), ("animatic", False)])
def test_that_an_engine_keeps_no_photographs_is_told_before_anything_is_made(
    sheet: Path, engine: str, told: bool
) -> None:
    order = ["campaign", "run", str(sheet), "--dry-run", "--engine", engine]
    result = CliRunner().invoke(app, order)
    said = [line for line in result.stderr.splitlines() if "makes a cartoon" in line]
    assert [line.partition("spring.csv")[2][:24] for line in said] == [
        ":1: warning: engine foal"
    ] * told


def test_the_example_sheet_that_is_printed_is_a_good_one(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["campaign", "template"])
    assert printed.exit_code == 0
    (tmp_path / "mine.csv").write_text(printed.stdout, encoding="utf-8")
    result = CliRunner().invoke(app, ["campaign", "run", str(tmp_path / "mine.csv"), "--dry-run"])
    assert result.exit_code == 0, result.output


def test_the_fifty_rows_to_try_have_six_faults_each_told_precisely() -> None:
    sheet = Path(__file__).parents[2] / "examples" / "campaign" / "products.csv"
    result = CliRunner().invoke(app, ["campaign", "run", str(sheet), "--dry-run"])
    assert result.exit_code == 4
    told = [
        line.split(": error: ")[1] for line in result.stderr.splitlines() if ": error: " in line
    ]
    assert [line.split(":")[0] for line in told] == [
        "row 8, column `Product`",
        "row 15, column `price`",
        "row 22, column `languages`",
        "row 35, column `Row ID`",
        "row 43, column `copy`",
        "row 50, column `duration`",
    ]
    assert "44 rows are good, 6 are not" in result.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--rows", "x"], "--rows: 'x' is no row"),
        (["--rows", "90"], "--rows: the sheet has no such row"),
        (["--template", "none"], "nothing named 'none' in configs/ads"),
        (["--seconds", "20"], "no ads of '20' s"),
        (["--brand", "none.yaml"], "none.yaml:1: error: cannot be read"),
        (["--dry-run", "--gate", "none"], "none"),
        (["--dry-run", "--delivery", "none"], "none"),
        (["--dry-run", "--prices", "none"], "none"),
        (["--dry-run", "--engine", "none"], "unknown engine 'none'"),
        (["--dry-run", "--store", "ftp://films"], "ftp"),
        (["--dry-run", "--budget", "20EUR"], "give the cap in USD"),
        (["--dry-run", "--results", "none/r.csv"], "no folder none"),
    ],
)
def test_a_wrong_order_is_one_sentence(sheet: Path, more: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["campaign", "run", str(sheet), *more])
    assert result.exit_code == 2, result.output
    assert said in result.stderr and "Traceback" not in result.stderr


def test_a_row_cannot_name_a_template_by_a_path(sheet: Path) -> None:
    sheet.write_text("product,template\nLamp,../../secret.yaml\n")
    result = CliRunner().invoke(app, ["campaign", "run", str(sheet), "--dry-run"])
    assert "row 2, column `template`: a row names a template by its name" in result.stderr
