"""A row on its way to a production: its words, its pictures, what is left out and why."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageDraw

from flows.campaign.pictures import BrandFiles, RowPictures, row_pictures
from flows.campaign.results import Outcome
from flows.campaign.rows import Kit, RowRoom, open_kit, plan_row, warned
from flows.order import CampaignOrder
from storage import Downloads
from storyboard.campaign import PRODUCT, Brand, Row, RowRefused
from storyboard.translation import read_policy

SIZES = {"9:16": (90, 160), "1:1": (90, 90)}


def kit_of(folder: Path, sheet: str, **more: object) -> Kit:
    path = folder / "s.csv"
    path.write_text(sheet, encoding="utf-8")
    return open_kit(CampaignOrder(script=path, **more))  # type: ignore[arg-type]


def row_of(kit: Kit) -> Row:
    row = next(entry.row for entry in kit.sheet.entries())
    assert row is not None
    return row


def keep(folder: Path, source: str, german: str, origin: str) -> None:
    """What a translator has left beside the sheet."""
    words = {"de-DE": {"text": german, "origin": origin}}
    entry = {"line": "x", "speaker": "presenter", "language": "en", "source": source}
    entries = [entry | {"words": words}]
    (folder / "s.csv.dialogue.json").write_text(json.dumps({"entries": entries}))


# --- words ---------------------------------------------------------------------------------------

SHEET = "product,headline,languages\nLamp,Light at last,en|de\n"


def test_a_language_without_words_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    plan = plan_row(kit := kit_of(tmp_path, SHEET), row_of(kit))
    assert plan.languages == ("en",)
    assert plan.unspoken is not None
    assert (plan.unspoken.code, plan.unspoken.row) == ("words", 2)
    assert "no words in de-DE for hook.1, such as 'Light at last.'" in plan.unspoken.message


@pytest.mark.parametrize(("engine", "told"), [("foal", 1), ("animatic", 0)])
def test_what_an_engine_does_otherwise_than_asked_is_told_with_its_row(
    tmp_path: Path, engine: str, told: int
) -> None:
    Image.new("RGB", (90, 90), "red").save(tmp_path / "lamp.png")
    sheet = "product,headline,image,duration\nLamp,Light at last,lamp.png,6\n"
    kit = kit_of(tmp_path, sheet, engine=engine)
    studio: Any = SimpleNamespace(
        engine=SimpleNamespace(capabilities=kit.capabilities), settings_digest=""
    )
    downloads = Downloads(tmp_path / "pictures")
    room = RowRoom(kit, studio, downloads, lambda _: (), tmp_path / "frames")
    (tmp_path / "row").mkdir()
    _, warnings = room.lay_out(plan_row(kit, row_of(kit)), tmp_path / "row")
    downloads.close()
    assert [each.code for each in warnings] == ["noticed"] * told
    assert all("drawings of its own kind" in each.message for each in warnings)


def test_a_row_that_waits_tells_its_warnings_too(tmp_path: Path) -> None:
    kit = kit_of(tmp_path, SHEET)
    warnings = (row_of(kit).fault("", "picture", "no picture", "give one"),)
    waits = Outcome(status="waiting", code="people", message="en: one shot", remedy="decide")
    told = warned(waits, warnings)
    assert (told.code, told.remedy) == ("people", "decide")
    assert told.message == "en: one shot; warning: no picture"
    told = warned(Outcome(status="delivered"), warnings)
    assert (told.code, told.message, told.remedy) == ("picture", "warning: no picture", "give one")
    assert warned(waits, ()) == waits


def test_words_kept_beside_the_sheet_are_laid_over_its_rows(tmp_path: Path) -> None:
    keep(tmp_path, "Light at last.", "Endlich Licht.", "translated")
    plan = plan_row(kit := kit_of(tmp_path, SHEET), row_of(kit))
    assert plan.languages == ("en", "de-DE") and plan.unspoken is None
    assert plan.board.spoken_lines()[0].text["de-DE"] == "Endlich Licht."


def test_no_word_goes_to_an_engine_before_the_policy_lets_it(tmp_path: Path) -> None:
    keep(tmp_path, "Light at last.", "Endlich Licht.", "translated")
    strict = {"translations": read_policy("approved")}
    plan = plan_row(kit := kit_of(tmp_path, SHEET, **strict), row_of(kit))
    assert plan.languages == ("en",)
    assert plan.unspoken is not None and plan.unspoken.code == "policy"
    assert "in de-DE, where they must be approved" in plan.unspoken.message
    keep(tmp_path, "Light at last.", "Endlich Licht.", "approved")
    plan = plan_row(kit := kit_of(tmp_path, SHEET, **strict), row_of(kit))
    assert plan.languages == ("en", "de-DE")


def test_a_translation_too_long_for_the_ad_is_a_fault(tmp_path: Path) -> None:
    long = "Endlich gibt es Licht für die ganze lange und sehr dunkle Nacht"
    keep(tmp_path, "Light at last.", long, "approved")
    with pytest.raises(RowRefused, match=r"takes .* to say in de-DE"):
        plan_row(kit := kit_of(tmp_path, SHEET), row_of(kit))


def test_what_the_engine_does_not_make_is_a_fault_before_anything_is_spent(tmp_path: Path) -> None:
    engine = tmp_path / "tall.yaml"
    engine.write_text(
        'kind: animatic\naspects: {"9:16": {preview: [64, 112], render: [64, 112]}}\n'
    )
    kit = kit_of(tmp_path, "product,aspect\nLamp,1:1\n", engine=str(engine))
    with pytest.raises(RowRefused, match="column `aspect`: the engine animatic does not make 1:1"):
        plan_row(kit, row_of(kit))


# --- pictures ------------------------------------------------------------------------------------


def pictured(folder: Path, image: str | None) -> RowPictures:
    row = Row(
        number=2, line=2, id="x", language="en", texts={"product": {"en": "Lamp"}}, image=image
    )
    downloads = Downloads(folder / "cache")
    none = BrandFiles(given={}, files={})
    made = folder / "made"
    found = row_pictures(row, folder, Brand(), none, downloads, made, SIZES, known=folder / "known")
    downloads.close()
    return found


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    picture = Image.new("RGB", (120, 120), "white")
    ImageDraw.Draw(picture).ellipse((30, 30, 90, 90), fill="red")
    picture.save(tmp_path / "lamp.png")
    return tmp_path


def test_a_product_has_a_picture_for_each_aspect(lamp: Path) -> None:
    found = pictured(lamp, "lamp.png")
    assert found.found and not found.warnings
    for aspect, size in SIZES.items():
        sha256 = found.pictures.framed[aspect][PRODUCT]
        with Image.open(found.pictures.files[sha256]) as picture:
            assert picture.size == size


def test_what_was_framed_before_is_not_drawn_until_it_is_asked_for(lamp: Path) -> None:
    before = pictured(lamp, "lamp.png")
    for file in (lamp / "made").iterdir():
        file.unlink()
    again = pictured(lamp, "lamp.png")
    assert again.pictures.framed == before.pictures.framed
    assert not list((lamp / "made").iterdir()), "known from its note alone"
    sha256 = again.pictures.framed["9:16"][PRODUCT]
    assert again.pictures.files[sha256].exists()
    assert [file.name for file in (lamp / "made").iterdir()] == ["9x16.png"]


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, "no picture, so a card with the product's name is drawn"),
        ("gone.png", "gone.png: No such file or directory, so a card"),
        ("s.txt", "is no PNG, JPEG or WebP picture that can be read, so a card"),
        ("http://127.0.0.1:9/x.png", "not on the open internet"),
        ("http://no-such-host.invalid/x.png", "there is no host no-such-host.invalid, so a card"),
        ("link.png", "leads out of the folder"),
    ],
)
def test_a_product_without_a_picture_gets_a_card_and_a_warning(
    lamp: Path, image: str | None, said: str
) -> None:
    (lamp / "s.txt").write_text("no picture")
    (lamp / "link.png").symlink_to("/etc/hostname")
    found = pictured(lamp, image)
    assert not found.found
    (warning,) = found.warnings
    assert said in warning.message and warning.column == "image"
    assert found.pictures.files[found.pictures.framed["1:1"][PRODUCT]].exists()
