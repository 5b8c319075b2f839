"""What lies in a vault, as `hoofbeat status` shows it, read from the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows import vault
from flows.errors import OrderError
from flows.money.amounts import Amount, Cap
from flows.money.ledger import Account, find_statement, month_name
from flows.settings import Settings
from flows.vault import VERDICT, open_vault
from review import Verdict
from storage import ProductionLine

COLUMNS = (
    *("production", "version", "engine", "#takes", "#rendered", "#films"),
    *("#engine time", "#cost", "state", "begun"),
)


def productions(store: str, settings: Settings) -> list[ProductionLine]:
    """Newest first. The catalog is brought up to date with the vault first, since other machines
    work on it too.
    """
    with open_vault(store, settings, writing=False) as kept:
        kept.catalog.rebuild(kept.store)
        return kept.catalog.productions()


def month(store: str, settings: Settings) -> Month:
    """What was spent in this vault this month, whatever has become of the runs."""
    with open_vault(store, settings, writing=False) as kept:
        name = month_name(datetime.now(UTC))
        account = Account(kept.store, name, settings.month_cap, gone=lambda _: False)
        page = account.read()
        statements = [find_statement(kept.store, run) for run in page.held]
        working = sum((each.cost for each in statements if each), Amount())
        return Month(
            name=name.partition("/")[2],
            spent=page.spent + working,
            held=page.used - page.spent,
            runs=len(page.held),
            cap=account.cap,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The book of one month."""

    name: str
    """2026-11, by the clock of Greenwich."""
    spent: Amount
    held: Amount
    """What runs that have not settled yet have spoken for, spent or not."""
    runs: int
    """How many those are."""
    cap: Cap

    def __str__(self) -> str:
        of = f" of {self.cap}" if self.cap else ""
        held = f"; {self.runs} runs hold {self.held}" if self.runs else ""
        return f"{self.name}: {self.spent}{of}{held}"


def verdict_of(take: str, store: str, settings: Settings) -> Verdict:
    """The verdict on the take whose key begins so; OrderError when that is not one take."""
    with open_vault(store, settings, writing=False) as kept:
        keys = [key for key in kept.store.keys(f"takes/{take[:2]}") if key.endswith(VERDICT)]
        names = [name for key in keys if (name := key.split("/")[-2]).startswith(take)]
        if len(names) != 1:
            found = f"{len(names)} takes begin with" if names else "no judged take begins with"
            raise OrderError(f"{found} {take!r} in {store}; the result page shows each take's key")
        verdict = vault.find_verdict(kept, names[0])
        assert verdict is not None, "its record was just listed"
        return verdict


def row(line: ProductionLine) -> tuple[str, ...]:
    begun = line.created.astimezone().strftime("%Y-%m-%d %H:%M") if line.created else ""
    counts = (f"{line.previewed}/{line.takes}", str(line.rendered), str(line.deliverables))
    spent = Amount.model_validate(line.spent)
    costs = (f"{spent.seconds:.1f} s", spent.sums)
    return (line.slug, line.version, line.engine or "", *counts, *costs, line.status, begun)


def as_json(line: ProductionLine) -> dict[str, Any]:
    fields = {name: getattr(line, name) for name in line.__dataclass_fields__}
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in fields.items()}
