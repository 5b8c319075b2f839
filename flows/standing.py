"""What lies in a vault, as `hoofbeat status` shows it, read from the catalog."""

from __future__ import annotations

from typing import Any

from flows.settings import Settings
from flows.vault import open_vault
from storage import ProductionLine

COLUMNS = ("production", "version", "engine", "#takes", "#rendered", "#files", "state", "begun")


def productions(store: str, settings: Settings) -> list[ProductionLine]:
    """Newest first. A catalog that was never filled is made from the vault first."""
    with open_vault(store, settings) as vault:
        if vault.catalog.fresh:
            vault.catalog.rebuild(vault.store)
        return vault.catalog.productions()


def row(line: ProductionLine) -> tuple[str, ...]:
    begun = line.created.astimezone().strftime("%Y-%m-%d %H:%M") if line.created else ""
    counts = (f"{line.previewed}/{line.takes}", str(line.rendered), str(line.deliverables))
    return (line.slug, line.version, line.engine or "", *counts, line.status, begun)


def as_json(line: ProductionLine) -> dict[str, Any]:
    fields = {name: getattr(line, name) for name in line.__dataclass_fields__}
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in fields.items()}
