"""What somebody asked for: one script, its languages and shapes, made how and kept where."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pydantic import field_validator

from flows.errors import OrderError
from flows.money.amounts import NO_CAP, Cap
from flows.settings import CAMPAIGN_ENGINE, EVERYDAY_ENGINE
from storyboard.campaign import AdSeconds
from storyboard.document import Document
from storyboard.request import Aspect
from storyboard.translation import TranslationPolicy


class Order(Document):
    """Everything `produce` needs to know; plain data, so a schedule can keep one."""

    script: Path
    languages: tuple[str, ...] = ()
    """BCP-47 tags; empty means every language the script has whole."""
    engine: str = EVERYDAY_ENGINE
    """A name in configs/engines, or a file."""
    aspects: tuple[Aspect, ...] = ("9:16",)
    gate: str = "default"
    """A name in configs/gates, or a file."""
    delivery: str = "social"
    """A name in configs/deliveries, or a file."""
    translations: TranslationPolicy = TranslationPolicy()
    """Which words may be spoken, by where they come from."""
    burn_captions: bool = False
    budget: Cap = NO_CAP
    """The most this run may spend."""
    prices: str = "default"
    """A name in configs/prices, or a file."""
    store: str = "out"
    """A folder, or s3://bucket/prefix."""


def read_aspects(names: str) -> tuple[Aspect, ...]:
    """Aspects of a comma list as typed by a person; OrderError lists the three for others."""
    typed = [name.strip().replace("x", ":") for name in names.split(",") if name.strip()]
    known = get_args(Aspect)
    for name in typed:
        if name not in known:
            raise OrderError(f"unknown aspect {name!r}; known are {', '.join(known)}")
    if not typed:
        raise OrderError("no aspect named; give a comma list such as 9:16,1:1")
    return tuple(dict.fromkeys(typed))  # type: ignore[arg-type]


def read_ad_seconds(typed: str) -> AdSeconds:
    """A length as typed by a person; OrderError lists the three for others."""
    known = get_args(AdSeconds)
    seconds = typed.strip().removesuffix("s").strip()
    if seconds not in map(str, known):
        raise OrderError(f"no ads of {typed!r} s; there are {', '.join(map(str, known))}")
    return int(seconds)  # type: ignore[return-value]


class CampaignOrder(Order):
    """A sheet in place of a script: rows x languages x aspects over one ad template.

    What a row says itself (languages, aspect, duration, template) goes before what is said here.
    """

    engine: str = CAMPAIGN_ENGINE
    template: str = "product"
    """A name in configs/ads, or a file."""
    brand: str | None = None
    """A name in configs/brands, or a file; None takes `brand.yaml` beside the sheet, or none."""
    seconds: AdSeconds = 15
    rows: str = ""
    """Such as 3,7-9; empty means all."""
    only_failed: bool = False
    """The rows that the results file has as not delivered, and new ones."""
    limit: int | None = None
    """The most rows to take up."""
    results: Path | None = None
    """None: beside the sheet."""
    campaign_budget: Cap = NO_CAP
    """The most that all runs of this campaign may spend together; `budget` is for one run."""

    @field_validator("seconds", mode="before")
    @classmethod
    def _a_number(cls, seconds: Any) -> Any:
        """Files of ours know words only."""
        return int(seconds) if isinstance(seconds, str) and seconds.isdigit() else seconds

    @property
    def results_file(self) -> Path:
        return self.results or self.script.with_name(f"{self.script.stem}.results.csv")
