"""Where this machine keeps things, and how Prefect is started: the one reader of the environment.

Secrets (AWS_*, keys of hosted engines and models) are not settings: the libraries that need them
read them, or `secret` hands them on.
"""

from __future__ import annotations

import getpass
import ipaddress
import os
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.errors import OrderError
from flows.money.amounts import Cap, read_cap
from storage import MayReach, is_public


def _default_home() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "hoofbeat"


EVERYDAY_ENGINE, CAMPAIGN_ENGINE = "foal", "animatic"
"""Where none is named. Product photos are pictures that foal has not learnt from, so it is not the
one to begin with them."""


class Settings(BaseSettings):
    """HOOFBEAT_HOME, HOOFBEAT_STORE, HOOFBEAT_ENGINE and so on, by the names below."""

    model_config = SettingsConfigDict(env_prefix="HOOFBEAT_", frozen=True, env_ignore_empty=True)

    home: Path = _default_home()
    """Scratch space, Prefect's own database, catalogs of vaults, and what was fetched."""
    store: str = "out"
    """The vault when a command names none."""
    engine: str = EVERYDAY_ENGINE
    """The engine when a command names none."""
    model: str = "local"
    """The language model when a command names none: a name in configs/models, or a file."""
    weights: Path | None = None
    """The folder of large engines' weights; not given, `weights` in the home."""

    dailies: Path | None = None
    """The folder of the gate's models; not given, `dailies` in the home. See `flows.senses`."""
    reviewer: str = ""
    """Who decides on takes from here; not given, the user's name on this machine."""
    review_token: SecretStr | None = None
    """What links to the review page are made from; not given, anew at every start."""

    prices: str = "default"
    """What engines cost, when a command names no table."""
    month_budget: str = ""
    """The most that may be spent in a month, such as 500EUR; not given, there is no limit."""
    month_budget_seconds: str = ""
    """The same in seconds of engine time."""

    private_networks: str = ""
    """Comma list of networks inside that a webhook may go to, such as 10.1.2.0/24; other addresses
    that are not public are refused."""

    @property
    def campaign_engine(self) -> str:
        """The engine of campaigns when a command names none."""
        return self.engine if "engine" in self.model_fields_set else CAMPAIGN_ENGINE

    @property
    def may_reach(self) -> MayReach:
        """OrderError where a network is none."""
        try:
            inside = [
                ipaddress.ip_network(each.strip(), strict=False)
                for each in self.private_networks.split(",")
                if each.strip()
            ]
        except ValueError as error:
            raise OrderError(f"HOOFBEAT_PRIVATE_NETWORKS: {error}") from error
        return lambda address: is_public(address) or any(address in each for each in inside)

    @property
    def month_cap(self) -> Cap:
        """OrderError where the month's budget is no sum of money, or no number of seconds."""
        typed = self.month_budget_seconds.strip()
        try:
            return read_cap(self.month_budget, float(typed) if typed else None)
        except ValueError as error:
            raise OrderError(
                f"HOOFBEAT_MONTH_BUDGET_SECONDS: {typed[:40]!r} is no number of seconds"
            ) from error

    @property
    def dailies_folder(self) -> Path:
        return self.dailies or self.home / "dailies"

    @property
    def weights_folder(self) -> Path:
        return self.weights or self.home / "weights"

    @property
    def features(self) -> Path:
        """What text encoders read of prompts, which is worth keeping between runs."""
        return self.home / "features"

    @property
    def pictures(self) -> Path:
        """Pictures of products, fetched from their addresses."""
        return self.home / "pictures"

    @property
    def person(self) -> str:
        """The name that decisions made here carry."""
        return self.reviewer or getpass.getuser()

    @property
    def scratch(self) -> Path:
        return self.home / "scratch"


def secret(name: str) -> str:
    """What that environment variable holds, for the one call that needs it; OrderError where it is
    not set. It is never kept, shown or logged."""
    found = secret_or_nothing(name)
    if not found:
        raise OrderError(f"the environment variable {name} is not set; it holds a secret")
    return found


def secret_or_nothing(name: str) -> str:
    """The same where there need be none."""
    return os.environ.get(name, "")


def prepare_prefect(settings: Settings) -> None:
    """Set Prefect up for this process; call before Prefect is first imported.

    A server the user has named (PREFECT_API_URL) is kept; otherwise Prefect starts one of its own
    for the length of the run. What the user has set is never overridden.
    """
    home = settings.home / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    for name, value in {
        "PREFECT_HOME": str(home.resolve()),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
        "PREFECT_SERVER_UI_ENABLED": "false",
        # Our own progress display and log speak to the user; Prefect's page has the task runs.
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
    }.items():
        os.environ.setdefault(name, value)
