"""Engine time and what it costs: amounts, rates and caps. Values only."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError

from flows.errors import OrderError
from storyboard.document import Document

_MONEY = re.compile(r"(?P<amount>\d{1,12}(?:\.\d{1,6})?) ?(?P<currency>[A-Za-z]{3})", re.ASCII)


class Money(Document):
    """A sum in one currency."""

    amount: Decimal = Field(ge=0, allow_inf_nan=False)
    currency: str = Field(pattern="^[A-Z]{3}$")
    """ISO 4217."""

    def __str__(self) -> str:
        return f"{shown(self.amount)} {self.currency}"


def read_money(text: str) -> Money:
    """ "20EUR", "20 eur" or "0.50 USD"; ValueError says how a sum is written."""
    found = _MONEY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r} is no sum of money; write one as 20EUR or 12.50USD")
    return Money(amount=Decimal(found["amount"]), currency=found["currency"].upper())


def shown(amount: Decimal) -> str:
    """An amount for people: cents, and more digits where cents would say nothing."""
    if amount and amount < 1:
        return f"{amount.quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


def _money(value: Any) -> Any:
    return read_money(value) if isinstance(value, str) else value


Sum = Annotated[
    Money,
    BeforeValidator(_money),
    PlainSerializer(lambda money: f"{money.amount:f}{money.currency}", return_type=str),
]
"""Money as documents write it: 20EUR."""


def read_cap(money: str, seconds: float | None) -> Cap:
    """A cap as somebody typed it, "" and None for none; OrderError says how it is written."""
    try:
        return Cap(money=read_money(money) if money else None, seconds=seconds)
    except ValidationError as error:
        raise OrderError(f"{seconds:g} seconds cannot be a budget; give 0 or more") from error
    except ValueError as error:
        raise OrderError(str(error)) from error


class Amount(Document):
    """Engine time and the money for it, which may be of several engines and currencies."""

    seconds: float = 0.0
    money: dict[str, Decimal] = {}
    """By currency."""

    def __add__(self, other: Amount) -> Amount:
        currencies = self.money.keys() | other.money.keys()
        return Amount(
            seconds=self.seconds + other.seconds,
            money={
                each: self.money.get(each, Decimal(0)) + other.money.get(each, Decimal(0))
                for each in sorted(currencies)
            },
        )

    def __sub__(self, other: Amount) -> Amount:
        return self + Amount(
            seconds=-other.seconds, money={each: -sum_ for each, sum_ in other.money.items()}
        )

    @property
    def sums(self) -> str:
        """The money, for people."""
        return ", ".join(f"{shown(sum_)} {currency}" for currency, sum_ in self.money.items())

    def __str__(self) -> str:
        time = f"{self.seconds:.1f} s of engine time"
        return f"{time}, {self.sums}" if self.money else time


class Rate(Document):
    """What an engine's time costs."""

    per_hour: Decimal = Field(ge=0, allow_inf_nan=False)
    currency: str = Field(pattern="^[A-Z]{3}$")

    def of(self, seconds: float) -> Money:
        amount = self.per_hour * Decimal(repr(seconds)) / 3600
        return Money(amount=amount.quantize(Decimal("0.000001")), currency=self.currency)


def amount(seconds: float, rate: Rate | None) -> Amount:
    """So much engine time at that rate; without a rate, no money is known of it."""
    if rate is None:
        return Amount(seconds=seconds)
    return Amount(seconds=seconds, money={rate.currency: rate.of(seconds).amount})


class Cap(Document):
    """The most that may be spent; what is not given is not limited."""

    money: Sum | None = None
    seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Of engine time."""

    def __bool__(self) -> bool:
        return self.money is not None or self.seconds is not None

    def __str__(self) -> str:
        seconds = None if self.seconds is None else f"{self.seconds:g} s of engine time"
        return " and ".join(str(each) for each in (self.money, seconds) if each is not None)

    def room(self, used: Amount, rate: Rate | None) -> float:
        """Seconds of engine time at that rate that are left beside what is used; never negative,
        infinite without a cap.

        The rate is in the cap's currency: see `refuse_unpriced`.
        """
        rooms = [float("inf")]
        if self.seconds is not None:
            rooms.append(self.seconds - used.seconds)
        if self.money is not None and rate is not None and rate.per_hour:
            left = self.money.amount - used.money.get(self.money.currency, Decimal(0))
            rooms.append(float(left * 3600 / rate.per_hour))
        return max(min(rooms), 0.0)


NO_CAP = Cap()
"""Nothing is limited."""
