"""The words of a campaign's sheet: translated once, kept beside it, and spoken by its rows."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.campaign.rows import open_kit, plan_row
from flows.order import CampaignOrder
from flows.words import wording
from storyboard.translation import Brief, Passage, Rendering, Translation

EXAMPLE = Path(__file__).parents[2] / "examples" / "campaign"


class Parrot:
    """Says "Voici" before the words, which is no French and all that this needs."""

    name = "parrot"

    def __init__(self) -> None:
        self.asked: list[Passage] = []

    def translate(
        self, passages: Sequence[Passage], source: str, target: str, brief: Brief
    ) -> Translation:
        self.asked += passages
        made = (Rendering(line=p.line, text=f"Voici {p.text}", by="parrot") for p in passages)
        return Translation(renderings=tuple(made))


@pytest.fixture
def order(tmp_path: Path) -> CampaignOrder:
    shutil.copytree(EXAMPLE, tmp_path / "campaign")
    sheet = tmp_path / "campaign" / "products.csv"
    return CampaignOrder(script=sheet, languages=("fr-FR",))


def test_a_sheets_words_are_translated_and_its_rows_speak_them(order: CampaignOrder) -> None:
    parrot = Parrot()
    work = wording.work_of(order.script, None, order)
    before = order.script.read_bytes()
    assert "Harbour Lamp" in work.brief.keep
    made = wording.translate(work, ["fr-FR"], parrot)
    assert made.board.languages()[-1] == "fr-FR", "every word of every row"
    assert parrot.asked
    assert order.script.read_bytes() == before
    kept = json.loads((order.script.parent / "products.csv.dialogue.json").read_text("utf-8"))
    assert kept["entries"]

    kit = open_kit(order)
    (row,) = [e.row for e in kit.sheet.entries() if e.row and e.row.id == "field-stove"]
    french = plan_row(kit, row.model_copy(update={"languages": ("fr-FR",)}))
    assert french.languages == ("fr-FR",)
    assert "Voici" in french.board.spoken_lines()[0].text["fr-FR"]

    again = Parrot()
    wording.translate(wording.work_of(order.script, None, order), ["fr-FR"], again)
    assert again.asked == []


def test_a_sheets_glossary_reaches_the_translator_behind_the_brief(
    order: CampaignOrder, tmp_path: Path
) -> None:
    rows = list(csv.reader(order.script.read_text("utf-8-sig").splitlines(), delimiter=";"))
    rows[0].append("Glossary")
    rows[1].append("lamp: de=Lampe | fr=lampe")
    rows[2].append("stove: fr=réchaud; lamp: de=Leuchte")
    with order.script.open("w", encoding="utf-8", newline="") as sheet:
        csv.writer(sheet, delimiter=";").writerows(rows)
    told = tmp_path / "brief.yaml"
    told.write_text("glossary: {stove: {fr: poêle}}", encoding="utf-8")
    assert wording.work_of(order.script, told, order).brief.glossary == {
        "lamp": {"de-DE": "Lampe", "fr-FR": "lampe"},
        "stove": {"fr-FR": "poêle"},
    }


def test_the_words_of_a_sheet_are_those_its_brand_adds(
    order: CampaignOrder, tmp_path: Path
) -> None:
    from flows.command_line.cli import app

    brand = tmp_path / "studio.yaml"
    brand.write_text("small_print: {en: While stocks last.}\n")
    asked = ["dialogue", "export", str(order.script), "--template", "product", "--languages", "fr"]
    asked += ["--as", "csv", "--brand", str(brand)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    (sheet,) = order.script.parent.glob("*.dialogue.csv")
    assert "While stocks last." in sheet.read_text("utf-8-sig")
