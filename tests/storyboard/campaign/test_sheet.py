"""Sheets of three kinds, tidy and not, to rows and faults."""

import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from storyboard.campaign import Entry, Price, SheetError, numbers, open_sheet, read_price
from storyboard.campaign.prices import PriceUnclear


def entries(tmp_path: Path, text: str | bytes, name: str = "s.csv") -> list[Entry]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(open_sheet(path).entries())


def faults(tmp_path: Path, text: str) -> list[str]:
    return [str(fault) for entry in entries(tmp_path, text) for fault in entry.faults]


# --- our own -------------------------------------------------------------------------------------


def test_a_sheet_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    """Mark, `sep=` line, semicolons, CRLF, odd case, misspellings, quoted newlines, empty rows."""
    sheet = (
        "\ufeffsep=;\r\n"
        "Row-ID; PRODCUT ;Headline;Headline_DE;Copy (yue);Pirce;IMAGE URL;Languages;Aspect;"
        "Duration\r\n"
        'lamp;Lamp;"Light,\r\nat last";Endlich Licht;有光喇;19,99 €;lamp.png;en|de ;9x16|1:1;'
        "15 s\r\n"
        ";;;;;;;;;\r\n"
        ";Chair;;;;;;;;\r\n"
    )
    lamp, chair = entries(tmp_path, sheet)
    assert lamp.row is not None and chair.row is not None
    assert (lamp.number, lamp.line, chair.number, chair.line) == (3, 3, 5, 6)
    assert lamp.row.texts == {
        "product": {"en": "Lamp"},
        "headline": {"en": "Light, at last", "de-DE": "Endlich Licht"},
        "copy": {"yue-Hant-HK": "有光喇"},
    }
    assert lamp.row.price == Price(amount=Decimal("19.99"), currency="EUR")
    assert (lamp.row.image, lamp.row.languages) == ("lamp.png", ("en", "de-DE"))
    assert (lamp.row.aspects, lamp.row.seconds) == (("9:16", "1:1"), 15)
    assert (lamp.row.id, chair.row.id) == ("lamp", "chair")


def test_a_glossary_has_a_translation_for_each_language_it_names(tmp_path: Path) -> None:
    (one,) = entries(
        tmp_path, "product,glossary\nLamp, lamp : de=Lampe|ja = 灯り ;lid: fr=le  dôme"
    )
    assert one.row is not None
    assert one.row.glossary == {
        "lamp": {"de-DE": "Lampe", "ja-JP": "灯り"},
        "lid": {"fr-FR": "le dôme"},
    }
    for wrong in ("lamp", "lamp: Lampe", "lamp: de=", ": de=Lampe", "lamp: it=lampada"):
        (said,) = faults(tmp_path, f"product,glossary\nLamp,{wrong}")
        assert "glossary" in said


def test_every_fault_of_every_row_is_named_with_its_remedy_and_good_rows_go_on(
    tmp_path: Path,
) -> None:
    sheet = (
        "row_id,product,price,image,languages,aspect,duration,due\n"
        "a,Lamp,12 or 13,ftp://x/y.png,it,2:1,20,soon\n"
        "a,Lamp,5 EUR,,,,,\n"
        "a,Chair,,../secret.png,,,,\n"
        "b,,,,,,,\n"
        "c,Desk,,,,,,,surplus\n"
        'd,"Des"k,,,,,,\n'
        "e,Stool,5 EUR,,,,,\n"
    )
    found = faults(tmp_path, sheet)
    assert [f.split(":")[0] for f in found] == [
        "row 2, column `price`",
        "row 2, column `image`",
        "row 2, column `languages`",
        "row 2, column `aspect`",
        "row 2, column `duration`",
        "row 2, column `due`",
        "row 3, column `row_id`",
        "row 4, column `row_id`",
        "row 4, column `image`",
        "row 5, column `product`",
        "row 6",
        "row 7",
    ]
    assert found[0] == ("row 2, column `price`: '12 or 13' is no price; write it as 19.99 EUR")
    assert found[4].endswith("give 6, 15, 30")
    assert [e.row.id for e in entries(tmp_path, sheet) if e.row] == ["e"]


def test_faults_name_columns_as_the_sheet_has_them(tmp_path: Path) -> None:
    assert faults(tmp_path, "Produkt;Preis\nLampe;billig\n")[0].startswith("row 2, column `Preis`")


def test_unknown_columns_are_passed_over_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("product,colour,headlne,headline_it\nLamp,red,x,y\n")
    said = [notice.message for notice in open_sheet(path).warnings]
    assert said == [
        "unknown column 'colour' is passed over",
        "unknown column 'headlne' is passed over; did you mean `headline`?",
        "unknown column 'headline_it' is passed over",
    ] or said[2].startswith("unknown column 'headline_it' is passed over")


def test_a_sheet_of_no_kind_lists_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("colour,size\nred,5\n")
    with pytest.raises(SheetError, match=r"no column `product`; found are colour, size\. "):
        open_sheet(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the sheet is empty"),
        (b"product\n", "no row under its header"),
        (b"product\nLampe f\xfcr\n", "byte 0xfc is not UTF-8 text; save the sheet as CSV UTF-8"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        entries(tmp_path, content)


def test_an_unclosed_quote_costs_its_row_and_not_the_sheet(tmp_path: Path) -> None:
    rows = "".join(f"r{i},Lamp {i},plain\n" for i in range(9000))
    found = entries(tmp_path, f'row_id,product,copy\nx,Lamp,"open\n{rows}')
    assert [f.code for e in found for f in e.faults] == ["quotes"] * len(
        [e for e in found if e.faults]
    )
    assert found[0].number == 2 and found[0].faults
    assert found[-1].row is not None and found[-1].row.id == "r8999"


def test_a_large_sheet_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    with path.open("w") as file:
        file.write("row_id,product,copy\n")
        file.writelines(f"r{i},Lamp {i},{'words ' * 150}\n" for i in range(3000))
    sheet = open_sheet(path)
    tracemalloc.start()
    assert sum(1 for entry in sheet.entries() if entry.row) == 3000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000 < path.stat().st_size / 2


def test_utf_16_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    (lamp,) = entries(tmp_path, "product\theadline\nランプ\t光\n".encode("utf-16"))
    assert lamp.row is not None
    assert (lamp.row.language, lamp.row.product) == ("ja-JP", "ランプ")


# --- a store's export ----------------------------------------------------------------------------

EXPORT = """Handle,Title,Body,Published,Gift card,Variant sku,Variant price,Image src
lamp,Brass Lamp,"<p>It <b>shines</b> &amp; shines.</p><ul><li>All night</li></ul><script>x</script>",TRUE,FALSE,1,20.50,https://cdn.example.com/l.png
lamp,,,,,2,18,
lamp,,,,,3,25,https://cdn.example.com/l2.png
gift,Gift,,TRUE,TRUE,4,10,
draft,Chair,,FALSE,FALSE,5,10,
late,Desk,,TRUE,FALSE,6,,
"""


def test_variants_under_one_handle_are_one_product_at_its_lowest_price(tmp_path: Path) -> None:
    found = entries(tmp_path, EXPORT)
    lamp = found[0].row
    assert lamp is not None
    assert lamp.texts == {
        "product": {"en": "Brass Lamp"},
        "copy": {"en": "It shines & shines. All night."},
    }
    assert lamp.price is not None
    assert (lamp.price.amount, lamp.price.lowest) == (Decimal("18"), True)
    assert [entry.variant_of for entry in found] == [None, 2, 2, None, None, None]
    assert [entry.row is not None for entry in found] == [True, False, False, False, False, True]
    assert [w.code for e in found[3:5] for w in e.warnings] == ["not-for-sale", "not-for-sale"]


# --- a merchant feed -----------------------------------------------------------------------------

FEED = """id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tsale_price\titem_group_id
1\tLamp\tIt shines.\thttps://e.com/1\thttps://e.com/1.png\tin stock\t20.00 USD\t15.00 USD\tg
2\tLamp, red\tIt shines.\thttps://e.com/2\t\tin stock\t20.00 USD\t\tg
3\tChair\t\thttps://e.com/3\t\tout of stock\t9 USD\t\t
"""
XML = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>1</g:id><title>Lamp &amp; Co</title>
<description>&lt;p&gt;It shines&lt;/p&gt;</description>
<link>https://e.com/1</link><g:price>15.00 USD</g:price>
<g:shipping><g:price>4.95 USD</g:price></g:shipping></item>
<item><g:id>2</g:id><g:structured_title><g:digital_source_type>x</g:digital_source_type>
<g:content>Red chair</g:content></g:structured_title><link>https://e.com/2</link></item>
</channel></rss>
"""


def test_a_tab_separated_feed_takes_the_sale_price_and_one_item_of_a_group(tmp_path: Path) -> None:
    first, second, third = entries(tmp_path, FEED, "feed.tsv")
    assert first.row is not None and first.row.price is not None
    assert (first.row.price.amount, first.row.price.currency) == (Decimal("15"), "USD")
    assert second.variant_of == 2
    assert [w.code for w in third.warnings] == ["not-for-sale"]


def test_an_xml_feed_is_the_same_feed(tmp_path: Path) -> None:
    first, second = entries(tmp_path, XML, "feed.xml")
    assert first.row is not None and second.row is not None
    assert first.row.texts == {"product": {"en": "Lamp & Co"}, "copy": {"en": "It shines."}}
    assert first.row.price == Price(amount=Decimal("15.00"), currency="USD")
    assert (second.row.product, second.number, second.line) == ("Red chair", 2, 7)


def test_a_feed_that_defines_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><item>&b;</item></rss>'
    with pytest.raises(SheetError, match="document type"):
        entries(tmp_path, bomb, "feed.xml")


# --- prices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "amount", "code"),
    [
        ("19.99 EUR", "19.99", "EUR"),
        ("€19,99", "19.99", "EUR"),
        ("1.299,00 €", "1299.00", "EUR"),
        ("USD 1,299.00", "1299.00", "USD"),
        ("$20", "20", "USD"),
        ("3,980円", "3980", "JPY"),
        ("₩1,299,000", "1299000", "KRW"),
        ("CHF 1'299.50", "1299.50", "CHF"),
        ("20", "20", None),
    ],
)
def test_prices_are_read_as_people_write_them(typed: str, amount: str, code: str | None) -> None:
    assert read_price(typed) == Price(amount=Decimal(amount), currency=code)


@pytest.mark.parametrize(
    "typed", ["1,299", "¥1980", "12-15 EUR", "free", "-5 EUR", "0", "9.99 JPY"]
)
def test_a_price_that_could_be_another_is_refused(typed: str) -> None:
    with pytest.raises(PriceUnclear):
        read_price(typed)


def test_a_brands_currency_settles_signs_and_bare_numbers() -> None:
    assert read_price("¥1980", "JPY").currency == "JPY"
    assert read_price("$5", "CAD").currency == "CAD"
    assert read_price("5", "EUR").currency == "EUR"


def test_rows_are_named_as_people_type_them() -> None:
    assert [n for span in numbers("3,7-9") for n in span] == [3, 7, 8, 9]
    for wrong in ("x", "9-7", "0", "3,,4", "1e9"):
        with pytest.raises(ValueError, match=r"is no "):
            numbers(wrong)
