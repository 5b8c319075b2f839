"""What engines cost: dated tables in configs/prices, or a file of the user's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from flows.errors import OrderError
from flows.money.amounts import Cap, Rate
from storyboard.campaign.files import place_of, read_document
from storyboard.document import Document

PerHour = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class Prices(Document):
    """What an hour of each engine's time costs."""

    name: str
    checked: date
    """When the prices were last looked up."""
    currency: str = Field(pattern="^[A-Z]{3}$")
    per_hour: dict[str, PerHour]
    """By the engine's name, as its capabilities say it."""

    def __str__(self) -> str:
        return f"{self.name} of {self.checked.isoformat()}"

    def rate(self, engine: str) -> Rate | None:
        """None where the table does not know the engine."""
        price = self.per_hour.get(engine)
        return None if price is None else Rate(per_hour=price, currency=self.currency)


def load_prices(name_or_path: str) -> Prices:
    """The table of that name, or in that YAML file; KitError names the line that is wrong, or the
    tables there are."""
    return read_document(place_of(name_or_path, "prices"), Prices)


def refuse_unpriced(cap: Cap, prices: Prices, engine: str) -> None:
    """OrderError where a cap in money cannot be held, for want of a price in its currency."""
    if cap.money is None:
        return
    if prices.rate(engine) is None:
        raise OrderError(
            f"the price table {prices.name} does not know the engine {engine}, so {cap.money} "
            "cannot be a cap: add it in a table of your own (--prices), or cap engine time "
            "with --budget-seconds"
        )
    if cap.money.currency != prices.currency:
        raise OrderError(
            f"the cap is {cap.money} and the price table {prices.name} is in {prices.currency}: "
            f"give the cap in {prices.currency}, or a table in {cap.money.currency} with --prices"
        )
