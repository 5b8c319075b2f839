"""A row in a template: words, lengths, what depends on what."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from storyboard import cue, film_seconds, missing_lines, read_text, write_yaml
from storyboard.campaign import Brand, Price, Row, RowRefused, film, load_ad, load_brand
from storyboard.campaign.ad import Ad
from storyboard.campaign.files import KitError
from storyboard.request import Capabilities

CAN = Capabilities(
    engine="test",
    languages=("en", "de-DE", "ja-JP", "fr-FR", "ko-KR", "cmn-Hans-CN", "yue-Hant-HK"),
    aspects={"9:16": ((64, 112), (64, 112))},
    first_frames=True,
)
ALL = CAN.languages
GUIDE = Path(__file__).parents[3] / "docs" / "campaigns.md"


def row(**fields: Any) -> Row:
    given = {
        "number": 2,
        "line": 2,
        "id": "lamp",
        "language": "en",
        "texts": {
            "product": {"en": "Brass Lamp"},
            "headline": {"en": "Light at last", "de-DE": "Endlich Licht"},
            "copy": {"en": "It shines all night."},
        },
        "price": Price(amount=Decimal("19.99"), currency="EUR"),
        "image": "lamp.png",
    }
    return Row(**(given | fields))


@pytest.fixture(scope="module")
def ad() -> Ad:
    return load_ad("product")


def words(board: Any, tag: str) -> list[str]:
    return [each.text.get(tag, "-") for each in board.worded()]


def test_an_ad_says_what_the_row_says_in_each_language_it_says_it_in(ad: Ad) -> None:
    board = film(row(), ad, Brand(), seconds=15, languages=("en", "de-DE"), campaign="spring").board
    assert words(board, "en") == [
        "Light at last.",
        "It shines all night.",
        "Get yours today.",
        "Brass Lamp",
        "€19.99",
        "Get yours today",
    ]
    assert words(board, "de-DE") == [
        "Endlich Licht.",
        "-",
        "Jetzt bestellen.",
        "Brass Lamp",
        "19,99\xa0€",
        "Jetzt bestellen",
    ]
    assert [line.id for line in missing_lines(board, "de")] == ["demonstration.1"]
    assert (board.slug, board.language) == ("spring-lamp", "en")


@pytest.mark.parametrize("seconds", [6, 15, 30])
@pytest.mark.parametrize("proof", [True, False])
def test_an_ad_is_as_long_as_it_says_in_all_seven_languages(
    ad: Ad, seconds: Any, proof: bool
) -> None:
    """With the house's own words; those of the row are held to it in another test."""
    texts = {"product": {"en": "Brass Lamp"}} | (
        {"proof": dict.fromkeys(ALL, "5/5")} if proof else {}
    )
    board = film(row(texts=texts), ad, Brand(), seconds=seconds, languages=ALL, campaign="c").board
    for tag in ALL:
        sheet, notices = cue(board, tag, CAN)
        assert film_seconds(sheet) == seconds
        assert not [n for n in notices if "letters" not in n.message]
        assert sheet.shots[-1].card is not None
    assert sum(shot.card is None for shot in sheet.shots) == {6: 1, 15: 3, 30: 5}[seconds]


def test_words_too_long_for_the_ad_are_a_fault_of_their_column(ad: Ad) -> None:
    long = "It shines all night and day, costs next to nothing and never gets even a bit hot."
    texts = row().texts | {"copy": {"en": long}}
    with pytest.raises(RowRefused) as refused:
        film(row(texts=texts), ad, Brand(), seconds=15, languages=("en",), campaign="c")
    (fault,) = refused.value.faults
    assert (fault.column, fault.code) == ("copy", "too-long")
    assert "has 4.2 s; shorten it by about" in str(fault)
    film(row(texts=texts), ad, Brand(), seconds=30, languages=("en",), campaign="c")


def test_a_translation_too_long_is_a_fault_of_its_own_column(ad: Ad) -> None:
    long = "Endlich Licht, das die ganze lange Nacht für Sie und Ihre Familie leuchtet"
    texts = row().texts | {"headline": {"en": "Light at last", "de-DE": long}}
    with pytest.raises(RowRefused) as refused:
        film(row(texts=texts), ad, Brand(), seconds=15, languages=("de-DE",), campaign="c")
    assert refused.value.faults[0].column == "headline_de-DE"


def test_a_shops_description_is_cut_to_the_ad_and_said_to_be(ad: Ad) -> None:
    long = "It shines all night. And it does a hundred other things that no ad has time for."
    texts = {"product": {"en": "Lamp"}, "copy": {"en": long}}
    made = film(
        row(texts=texts, trimmed=True), ad, Brand(), seconds=15, languages=("en",), campaign="c"
    )
    assert "It shines all night." in words(made.board, "en")
    assert [warning.code for warning in made.warnings] == ["cut"]


def test_another_price_changes_the_end_card_alone(ad: Ad) -> None:
    dear = Price(amount=Decimal("29.99"), currency="EUR")
    boards = [
        film(each, ad, Brand(), seconds=15, languages=ALL, campaign="c").board
        for each in (row(), row(price=dear))
    ]
    sheets = [cue(board, "en", CAN)[0] for board in boards]
    changed = [a.id for a, b in zip(sheets[0].shots, sheets[1].shots, strict=True) if a != b]
    assert changed == ["end-card"]


def test_braces_in_a_products_name_are_words(ad: Ad) -> None:
    name = '{{ 7 * 7 }} {% raw %} "x": [y'
    texts = {"product": {"en": name}}
    board = film(row(texts=texts), ad, Brand(), seconds=30, languages=("en",), campaign="c").board
    assert board.title == name
    assert read_text(write_yaml(board), form="yaml", file="x.yaml").board.title == name


def test_a_missing_field_that_the_template_needs_is_a_fault(ad: Ad) -> None:
    needy = ad.model_copy(
        update={
            "fields": ad.fields
            | {"proof": ad.fields["proof"].model_copy(update={"required": True})}
        }
    )
    with pytest.raises(RowRefused, match=r"row 2, column `proof`: the template product needs it"):
        film(row(), needy, Brand(), seconds=15, languages=("en",), campaign="c")


# --- templates and brands as files ---------------------------------------------------------------

TEMPLATE = """name: t
fields: {product: {kind: name}}
presenter: {name: X}
forms:
  - seconds: 6
    scenes:
      - heading: INT. ROOM - DAY
        shots:
          - {part: hook, action: "%s", seconds: 6}
"""


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("{{ secret }}", "uses 'secret', which `fields` does not declare"),
        ("{{ product", "is no Jinja2"),
    ],
)
def test_a_template_that_reaches_beyond_its_fields_is_refused(
    tmp_path: Path, action: str, said: str
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE % action)
    with pytest.raises(KitError, match=said):
        load_ad(str(path))


def test_the_guides_template_is_one_and_makes_an_ad(tmp_path: Path) -> None:
    guide = GUIDE.read_text("utf-8").split("## Templates")[1]
    path = tmp_path / "kitchen.yaml"
    path.write_text(guide.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    made = film(
        row(), load_ad(str(path)), Brand(), seconds=15, languages=("en", "de-DE"), campaign="c"
    )
    assert [shot.id for shot in made.board.shots()] == ["hook", "demonstration", "end-card"]
    assert words(made.board, "de-DE")[0] == "Endlich Licht."


def test_a_template_cannot_reach_into_python(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE % "{{ product.__class__.__mro__ }}")
    with pytest.raises(RowRefused, match="cannot be filled"):
        film(row(), load_ad(str(path)), Brand(), seconds=6, languages=("en",), campaign="c")


def test_a_brand_with_colours_nobody_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text('name: Pale\ncolours: {ground: "#ffffff", ink: "#EEEEEE"}\n')
    with pytest.raises(KitError, match=r"brand.yaml:2: error: `colours`: .* contrast of 1\.2"):
        load_brand(str(path))


def test_a_brands_files_stay_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text("logo: ../../etc/logo.png\n")
    with pytest.raises(KitError, match=r"must be a path relative to the brand file"):
        load_brand(str(path))
