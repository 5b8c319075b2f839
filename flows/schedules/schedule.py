"""What is to be made again and again, and when: a file for `hoofbeat serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prefect.client.schemas.schedules import CronSchedule
from pydantic import Field, field_validator, model_validator

from flows.errors import OrderError
from flows.order import CampaignOrder, Order
from flows.settings import Settings
from storyboard.campaign.files import read_document
from storyboard.document import Document
from storyboard.languages import language

Name = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,59}$")]
"""Small letters, digits and hyphens, so that it can stand in keys and addresses."""

FROM_ENVIRONMENT = "env:"


class Webhook(Document):
    """Who is told when a scheduled run is over."""

    url: str = Field(pattern="^(https?://|env:).+")
    """The address itself, or `env:NAME` where it is a secret too."""
    secret: str = Field(pattern="^env:[A-Z][A-Z0-9_]*$")
    """`env:NAME`: the variable that holds the signing secret, never the secret itself."""
    on: tuple[Literal["finished", "failed"], ...] = ("finished", "failed")


class Schedule(Document):
    """One order that is made by the clock."""

    name: Name
    cron: str
    """Five fields: minute, hour, day of the month, month, day of the week."""
    timezone: str = "UTC"
    """An IANA name, such as Europe/Berlin: the hour is the one on the wall there."""
    catch_up: Literal["once", "skip"] = "once"
    """What becomes of firings that were missed while nobody served: one run for all of them, or
    none."""
    overlap: Literal["skip", "wait"] = "skip"
    """What becomes of a firing while the last run is still going: it is left out, or waits."""
    order: Order | None = None
    """A script to produce."""
    campaign: CampaignOrder | None = None
    """Or a sheet to run; one of the two."""
    webhook: Webhook | None = None

    @field_validator("cron", mode="after")
    @classmethod
    def _five_fields(cls, cron: str) -> str:
        if len(cron.split()) != 5:
            raise ValueError(f"{cron[:40]!r} has not five fields, such as 0 3 * * 1-5")
        CronSchedule(cron=cron)
        return cron

    @field_validator("timezone", mode="after")
    @classmethod
    def _known(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise ValueError(
                f"there is no time zone {timezone[:40]!r}; name one as Europe/Berlin"
            ) from error
        return timezone

    @model_validator(mode="after")
    def _one_work(self) -> Schedule:
        if (self.order is None) == (self.campaign is None):
            raise ValueError("give an order (of a script) or a campaign (of a sheet), and not both")
        return self

    @property
    def work(self) -> Order:
        """Whichever it is."""
        found = self.order or self.campaign
        assert found is not None, "the validator saw to it"
        return found

    @field_validator("order", "campaign", mode="after")
    @classmethod
    def _tags(cls, order: Order | None) -> Order | None:
        if order is None:
            return None
        tags = tuple(dict.fromkeys(language(name).tag for name in order.languages))
        return order.model_copy(update={"languages": tags})


class ScheduleFile(Document):
    """Schedules that one `hoofbeat serve` keeps."""

    schedules: tuple[Schedule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> ScheduleFile:
        names = [each.name for each in self.schedules]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two schedules are called {name}; give each a name of its own")
        return self


def read_schedules(path: Path, settings: Settings) -> tuple[Schedule, ...]:
    """The schedules of a file. Paths in it are read from where the file lies; an order that names
    no engine, store or prices takes those of the settings. OrderError names file and line of what
    is wrong."""
    found = read_document(path, ScheduleFile)
    folder = path.resolve().parent
    for each in found.schedules:
        script = folder / each.work.script
        if not script.is_file():
            raise OrderError(f"{path}: schedule {each.name}: there is no {script}")
    return tuple(_placed(each, folder, settings) for each in found.schedules)


def _placed(schedule: Schedule, folder: Path, settings: Settings) -> Schedule:
    """What the settings name where the order does not is read from where this runs."""
    named = schedule.work.model_fields_set
    usual = {"engine", "prices", "store"} & settings.model_fields_set - named
    work = schedule.work.model_copy(update={field: getattr(settings, field) for field in usual})
    below = dict.fromkeys(usual, Path.cwd())
    files = {
        field: str(below.get(field, folder) / str(value))
        for field in ("engine", "gate", "delivery", "prices", "template", "brand")
        if str(value := getattr(work, field, None)).endswith((".yaml", ".yml"))
    }
    store = work.store if "://" in work.store else str(below.get("store", folder) / work.store)
    here = work.model_copy(update={**files, "script": folder / work.script, "store": store})
    if isinstance(here, CampaignOrder) and here.results is not None:
        here = here.model_copy(update={"results": folder / here.results})
    return schedule.model_copy(update={"order" if schedule.order else "campaign": here})
