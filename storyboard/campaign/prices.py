"""Prices as people and shops write them, to exact amounts, and back to words in each language."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, list_currencies

from storyboard.amounts import money
from storyboard.campaign.rows import Price
from storyboard.languages import LANGUAGES

_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₩": "KRW",
    "원": "KRW",
    "円": "JPY",
    "元": "CNY",
    "HK$": "HKD",
    "US$": "USD",
    "NT$": "TWD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "S$": "SGD",
    "RMB": "CNY",
    "CN¥": "CNY",
    "JP¥": "JPY",
}
_SHARED = {"$": ("USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD"), "¥": ("JPY", "CNY")}
"""Signs of several currencies; a brand's own decides among them."""

_NUMBER = re.compile(r"\d[\d.,'’ \u00a0\u202f]*")
_PARTS = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<sep>[.,'’ \u00a0\u202f])\d{3})*|\d+)(?:[.,](?P<cents>\d{1,2}))?"
)


class PriceUnclear(ValueError):
    """Not a price, or two; `remedy` says how to write it."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message, self.remedy = message, remedy
        super().__init__(f"{message}; {remedy}")


def read_price(typed: str, currency: str | None = None) -> Price:
    """The price in `19.99 EUR`, `€19,99`, `1.299,00 €`, `$20` or `20`.

    `currency` is what a price without one, or with a sign of several, is in. PriceUnclear where it
    could be read in two ways or in none.
    """
    text = " ".join(typed.split())
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        raise PriceUnclear(f"{typed[:40]!r} is no price", "write it as 19.99 EUR")
    number = found[0].group().rstrip(" .,\u00a0\u202f'’")
    sign = (text[: found[0].start()] + text[found[0].start() + len(number) :]).strip(" .,")
    code = _code(sign, typed, currency)
    amount = _amount(number, typed, coins=code is None or get_currency_precision(code) > 0)
    if amount <= 0 or amount > 10**9:
        raise PriceUnclear(f"{typed[:40]!r} is no price to sell at", "write it as 19.99 EUR")
    if code and amount != round(amount, get_currency_precision(code)):
        raise PriceUnclear(
            f"{typed[:40]!r}: {code} has no such small coins", f"round it, in {code}"
        )
    return Price(amount=amount, currency=code)


def _amount(number: str, typed: str, *, coins: bool) -> Decimal:
    """`coins` is whether the currency is parted at all, so that 1.299 may be a fraction of it."""
    parts = _PARTS.fullmatch(number)
    if parts is None:
        raise PriceUnclear(f"{typed[:40]!r} is no price", "write it as 1299.00 EUR")
    whole, cents, separator = parts["whole"], parts["cents"], parts["sep"]
    if (
        coins
        and separator
        and separator in ".,"
        and not cents
        and len(re.findall(r"[.,]", whole)) == 1
    ):
        digits = re.sub(r"\D", "", whole)
        raise PriceUnclear(
            f"{typed[:40]!r} may be a thousand or a fraction", f"write {digits} or {digits}.00"
        )
    return Decimal(re.sub(r"\D", "", whole) + (f".{cents}" if cents else ""))


def _code(sign: str, typed: str, own: str | None) -> str | None:
    if not sign:
        return own
    if (code := sign.upper()) in _codes():
        return code
    if (code := _SIGNS.get(sign.upper(), "")) in _codes():
        return code
    if sign in _SHARED:
        if own in _SHARED[sign]:
            return own
        if sign == "$":
            return "USD"
        raise PriceUnclear(
            f"{typed[:40]!r} may be yen or yuan", "write JPY or CNY behind the number"
        )
    raise PriceUnclear(f"{typed[:40]!r}: {sign[:20]!r} is no currency", "write it as 19.99 EUR")


def is_currency(code: str) -> bool:
    """Whether it is a code of ISO 4217 in capitals."""
    return code in _codes()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def priced(price: Price) -> dict[str, str]:
    """The price as readers of each of the seven languages write it: CLDR's patterns, by Babel.

    Whole amounts go without their zeros, as shops show them.
    """
    words = dict(_priced(price.amount, price.currency))
    return {tag: _FROM[tag].format(said) for tag, said in words.items()} if price.lowest else words


_FROM = {
    "en": "from {}",
    "cmn-Hans-CN": "{} 起",
    "yue-Hant-HK": "{} 起",
    "ja-JP": "{}から",
    "ko-KR": "{}부터",
    "de-DE": "ab {}",
    "fr-FR": "dès {}",
}


@lru_cache(maxsize=4096)
def _priced(amount: Decimal, currency: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((each.tag, money(amount, currency, each.tag)) for each in LANGUAGES)
