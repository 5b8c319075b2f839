"""What a run works with: engine, gate, delivery, vault, and a place to work."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import Engine, EngineError, capabilities_of, open_engine
from flows.errors import OrderError
from flows.money.amounts import NO_CAP, Cap
from flows.money.prices import Prices, load_prices, refuse_unpriced
from flows.money.purse import Budget, Purse
from flows.order import CampaignOrder, Order
from flows.senses import open_senses
from flows.settings import Settings
from flows.vault import Vault, open_vault
from media import Delivery, MediaError, load_delivery
from review import Policy, PolicyError, Senses, load_policy
from storage import open_store
from storyboard.document import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Opened once per run."""

    engine: Engine
    policy: Policy
    senses: Senses
    delivery: Delivery
    vault: Vault
    burn_captions: bool
    purse: Purse
    """What the run may spend; every engine call is paid from it."""
    prices: str
    """The price table it counts with, and its day."""
    scratch: Path
    """A folder of this run alone; gone when the run is over, or swept by a later one."""

    @property
    def settings_digest(self) -> str:
        """Stands for all that changes a film beside its script."""
        return digest(self.engine.fingerprint, self.policy, self.delivery, self.burn_captions)


@contextmanager
def open_studio(
    order: Order, settings: Settings, *, campaign: str | None = None, of_campaign: Cap = NO_CAP
) -> Iterator[Studio]:
    """Everything the order names, opened and checked; the rooms' own errors say what is wrong.

    A run of a campaign, by its name, is under the cap of all its runs too.
    """
    prices = load_prices(order.prices)
    budget = Budget(
        run=order.budget, month=settings.month_cap, campaign=campaign, of_campaign=of_campaign
    )
    policy, delivery = _rules(order)
    places = {"weights": settings.weights_folder, "features": settings.features}
    try:
        opened = open_engine(order.engine, **places)
    except EngineError as error:
        raise OrderError(str(error)) from error
    with (
        contextlib.closing(opened) as engine,
        open_vault(order.store, settings) as vault,
        _purse(vault, settings, budget, engine.capabilities.engine, prices) as purse,
        working_folder(settings.scratch) as scratch,
    ):
        yield Studio(
            engine=engine,
            policy=policy,
            senses=open_senses(settings),
            delivery=delivery,
            vault=vault,
            burn_captions=order.burn_captions,
            purse=purse,
            prices=str(prices),
            scratch=scratch,
        )


def refuse_unknown(order: CampaignOrder) -> None:
    """OrderError where the order names what is not there, or a cap that cannot be held; nothing is
    opened or made."""
    prices = load_prices(order.prices)
    _rules(order)
    try:
        engine = capabilities_of(order.engine).engine
    except EngineError as error:
        raise OrderError(str(error)) from error
    for cap in (order.budget, order.campaign_budget):
        refuse_unpriced(cap, prices, engine)
    open_store(order.store)
    folder = order.results_file.parent
    if not folder.is_dir():
        raise OrderError(f"there is no folder {folder} for the results")


def _rules(order: Order) -> tuple[Policy, Delivery]:
    """What the order wants its takes judged and its films delivered by."""
    try:
        return load_policy(order.gate), load_delivery(order.delivery)
    except (PolicyError, MediaError) as error:
        raise OrderError(str(error)) from error


@contextmanager
def _purse(
    vault: Vault, settings: Settings, budget: Budget, engine: str, prices: Prices
) -> Iterator[Purse]:
    for cap in (budget.run, budget.month, budget.of_campaign):
        refuse_unpriced(cap, prices, engine)
    purse = Purse(vault.store, settings.home, budget, engine=engine, rate=prices.rate(engine))
    with contextlib.closing(purse):
        yield purse


@contextmanager
def working_folder(root: Path) -> Iterator[Path]:
    """A working folder, held by a lock that the kernel frees however the process ends."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        folder = Path(tempfile.mkdtemp(prefix="new-", dir=root))
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Only a folder that is held gets the name that another run's sweep looks for.
        folder = folder.rename(root / folder.name.replace("new-", "run-", 1))
    except OSError as error:
        raise OrderError(
            f"cannot work in {root}: {error.strerror}; name another place with HOOFBEAT_HOME"
        ) from error
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Take away what runs that were killed have left."""
    for folder in root.glob("run-*"):
        try:
            lock = (folder / "lock").open("r+")
        except OSError:
            continue  # another run is sweeping it
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(folder, ignore_errors=True)
