"""Digits, currencies, dates and units as each language writes them, by CLDR through Babel.

    money(Decimal("1299.5"), "USD", "de-DE")    1.299,50 $
    number(1299.5, "fr-FR")                     1 299,5
    day(date(2026, 11, 27), "ja-JP")            2026年11月27日
    measure(2.5, "kilogram", "de-DE")           2,5 kg

Spaces are no-break spaces, so that a caption does not part a number from its unit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

from storyboard.languages import language as find_language

# CLDR has no unit patterns for Cantonese; Hong Kong's written forms are the ones people know.
_LOCALES = {
    "en": "en_US",
    "cmn-Hans-CN": "zh_Hans_CN",
    "yue-Hant-HK": "zh_Hant_HK",
    "ja-JP": "ja_JP",
    "ko-KR": "ko_KR",
    "de-DE": "de_DE",
    "fr-FR": "fr_FR",
}

Number = int | float | Decimal


def number(value: Number, language: str) -> str:
    """A number with the language's separators."""
    return format_decimal(_exact(value), locale=_locale(language), decimal_quantization=False)


def money(value: Number, currency: str | None, language: str) -> str:
    """An amount of an ISO 4217 currency, or of one that is not named; whole amounts without .00."""
    amount, locale = _exact(value), _locale(language)
    pattern = locale.currency_formats["standard"].pattern if currency else "#,##0.00"
    if not amount % 1:
        pattern = pattern.replace(".00", "")
    if currency is None:
        return format_decimal(amount, pattern, locale=locale)
    return format_currency(amount, currency, pattern, locale=locale, currency_digits=False)


def percent(value: Number, language: str) -> str:
    """A share: 0.25 is 25 %."""
    return format_percent(_exact(value), locale=_locale(language), decimal_quantization=False)


def day(value: date, language: str) -> str:
    """A date in words, the year included."""
    return format_date(value, format="long", locale=_locale(language))


def measure(value: Number, unit: str, language: str) -> str:
    """An amount of a CLDR unit ("kilogram", "centimeter", "liter", "hour"), abbreviated.

    ValueError for a unit that CLDR does not know.
    """
    return format_unit(_exact(value), unit, length="short", locale=_locale(language))


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[find_language(language).tag])


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


# --- numbers in running text ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A number as it stands in a text."""

    text: str
    value: Decimal
    start: int


_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f\u2009 ]\d+)*", re.ASCII)


def numbers_in(text: str, language: str) -> tuple[Written, ...]:
    """The numbers written in digits, read with the language's own separators.

    Numbers that its separators cannot mean (1,299.50 in German) are read as English would, and
    what is left over, such as a version or a telephone number, digit group by digit group.
    """
    plain = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    return tuple(_numbers(plain, _locale(language)))


def _numbers(text: str, locale: Locale) -> Iterator[Written]:
    for match in _NUMBER.finditer(text):
        whole = match.group()
        for try_ in (locale, _locale("en")):
            value = _read(whole, try_)
            if value is not None:
                yield Written(text=whole, value=value, start=match.start())
                break
        else:
            for part in re.finditer(r"\d+", whole):
                start = match.start() + part.start()
                yield Written(text=part.group(), value=Decimal(part.group()), start=start)


def _read(text: str, locale: Locale) -> Decimal | None:
    """The number, or None where the grouping is not this locale's: groups are of three."""
    symbols = locale.number_symbols["latn"]
    group, point = symbols["group"], symbols["decimal"]
    groups = "\u00a0\u202f\u2009 " if group.isspace() else re.escape(group)
    rest = rf"(?:{re.escape(point)}\d+)?"
    form = rf"\d{{1,3}}(?:[{groups}]\d{{3}})+{rest}|\d+{rest}"
    if re.fullmatch(form, text) is None:
        return None
    return Decimal(re.sub(f"[{groups}]", "", text).replace(point, "."))


def rewritten(text: str, before: str, source: str, target: str) -> str:
    """The translation `text` with each number that stands in it as its source `before` wrote it
    written as the target language does: 1,299.50 becomes 1.299,50 in German."""
    for each in numbers_in(before, source):
        if not each.text.isdigit():
            decimals = max(-int(each.value.as_tuple().exponent), 0)
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            right = format_decimal(each.value, pattern, locale=_locale(target))
            text = re.sub(rf"(?<![\d.,]){re.escape(each.text)}(?![\d])", right, text)
    return text


_HAN_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_MYRIADS = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8}
_HAN_NUMBER = re.compile("[〇零一二三四五六七八九两兩十百千万萬億亿]+")


def han_numbers_in(text: str) -> frozenset[int]:
    """The whole numbers written in Chinese numerals: 三 and 二十四 are how people write them."""
    return frozenset(_han(match.group()) for match in _HAN_NUMBER.finditer(text))


def _han(numeral: str) -> int:
    if all(c in _HAN_DIGITS for c in numeral):  # 二〇二六: digit by digit
        return int("".join(str(_HAN_DIGITS[c]) for c in numeral))
    total = section = digit = 0
    for c in numeral:
        if c in _HAN_DIGITS:
            digit = _HAN_DIGITS[c]
        elif c in _HAN_TENS:
            section += (digit or 1) * _HAN_TENS[c]
            digit = 0
        else:
            total += max(section + digit, 1) * _HAN_MYRIADS[c]
            section = digit = 0
    return total + section + digit
