"""Numbers, money, dates and units in each of the seven languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.amounts import (
    day,
    han_numbers_in,
    measure,
    money,
    number,
    numbers_in,
    percent,
    rewritten,
)
from storyboard.languages import LANGUAGES

TAGS = [each.tag for each in LANGUAGES]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


WRITTEN = {
    "en": ["12,999.5", "€1,299.50", "$15", "November 27, 2026", "2.5 kg", "25%"],
    "cmn-Hans-CN": ["12,999.5", "€1,299.50", "US$15", "2026年11月27日", "2.5 kg", "25%"],
    "yue-Hant-HK": ["12,999.5", "€1,299.50", "US$15", "2026年11月27日", "2.5 公斤", "25%"],
    "ja-JP": ["12,999.5", "€1,299.50", "$15", "2026年11月27日", "2.5 kg", "25%"],
    "ko-KR": ["12,999.5", "€1,299.50", "US$15", "2026년 11월 27일", "2.5kg", "25%"],
    "de-DE": ["12.999,5", "1.299,50 €", "15 $", "27. November 2026", "2,5 kg", "25 %"],
    "fr-FR": ["12 999,5", "1 299,50 €", "15 $US", "27 novembre 2026", "2,5 kg", "25 %"],
}


@pytest.mark.parametrize("tag", TAGS)
def test_each_language_writes_amounts_its_own_way(tag: str) -> None:
    made = [
        number(12999.5, tag),
        money(Decimal("1299.50"), "EUR", tag),
        money(15, "USD", tag),
        day(date(2026, 11, 27), tag),
        measure(2.5, "kilogram", tag),
        percent(Decimal("0.25"), tag),
    ]
    assert [plain(each) for each in made] == WRITTEN[tag]


def test_a_currency_without_cents_has_none() -> None:
    assert money(Decimal(1500), "JPY", "ja-JP") == "￥1,500"


def test_an_amount_does_not_break_at_a_line_end() -> None:
    assert " " not in money(15, "EUR", "de-DE") + money(1299.5, "EUR", "fr-FR")


@pytest.mark.parametrize("tag", TAGS)
@given(value=st.decimals(min_value=0, max_value=10**9, places=2))
def test_what_is_written_is_read_back(tag: str, value: Decimal) -> None:
    (read,) = numbers_in(f"x {number(value, tag)} y", tag)
    assert read.value == value


@pytest.mark.parametrize(
    ("text", "tag", "values"),
    [
        ("Nur 1.299,50 € für 3,5 kg!", "de", ["1299.50", "3.5"]),
        ("statt $1,299.50", "de", ["1299.50"]),
        ("１２時、３０％オフ", "ja", ["12", "30"]),
        ("call 555-1234 by 18:30", "en", ["555", "1234", "18", "30"]),
        ("v1.2.3", "en", ["1", "2", "3"]),
        ("no number", "en", []),
    ],
)
def test_numbers_are_found_as_people_write_them(text: str, tag: str, values: list[str]) -> None:
    assert [str(each.value) for each in numbers_in(text, tag)] == values


def test_a_number_left_as_the_source_wrote_it_is_written_as_the_language_does() -> None:
    before = "Only $1,299.50 for 12,000 cups in 3 sizes."
    made = rewritten("Nur 1,299.50 $ für 12,000 Tassen in 3 Größen.", before, "en", "de")
    assert made == "Nur 1.299,50 $ für 12.000 Tassen in 3 Größen."
    assert rewritten(made, before, "en", "de") == made


@pytest.mark.parametrize(
    ("text", "values"),
    [("二十四小時", {24}), ("二〇二六年十一月", {2026, 11}), ("一万二千円", {12000}), ("十", {10})],
)
def test_chinese_numerals_are_read(text: str, values: set[int]) -> None:
    assert han_numbers_in(text) == values
