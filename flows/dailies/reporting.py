"""The gate's report on a production, from what the vault has of its shots."""

from __future__ import annotations

from flows import vault
from flows.errors import OrderError
from flows.prepare import Production
from flows.settings import Settings
from flows.studio import Studio
from flows.vault import open_vault
from review.report import Shot, as_markdown
from storage import production_prefix
from storyboard.request import take_key

REPORT = "gate.md"


def shots(studio: Studio, production: Production) -> tuple[Shot, ...]:
    """Every shot of the production that has been at the gate, in the order of the script."""
    found = []
    for job in production.jobs.values():
        key = take_key(production.request(job, 0), studio.engine.fingerprint)
        choice = vault.find_choice(studio.vault, key)
        if choice is None:
            continue
        verdicts = [vault.find_verdict(studio.vault, each.take) for each in choice.candidates]
        kept = vault.find_take(studio.vault, choice.kept) if choice.kept else None
        found.append(
            Shot(
                choice=choice,
                verdicts=tuple(verdict for verdict in verdicts if verdict is not None),
                render_seconds=kept.engine_seconds.get("render", 0.0) if kept else 0.0,
            )
        )
    return tuple(found)


def publish(studio: Studio, production: Production, found: tuple[Shot, ...]) -> None:
    """Write the report beside the production's page, where there is anything to report."""
    if found:
        folder = production_prefix(production.board.slug, production.version)
        studio.vault.store.put(f"{folder}{REPORT}", as_markdown(found).encode())


def read(slug: str, store: str, settings: Settings) -> str:
    """The report of the production's newest run; OrderError where there is none."""
    with open_vault(store, settings, writing=False) as kept:
        kept.catalog.rebuild(kept.store)
        for line in kept.catalog.productions():  # newest first
            key = f"{production_prefix(line.slug, line.version)}{REPORT}"
            if line.slug == slug and kept.store.head(key) is not None:
                return kept.store.read(key).decode()
        known = ", ".join(dict.fromkeys(each.slug for each in kept.catalog.productions()))
    raise OrderError(f"no report on {slug!r} in {store}; productions there are: {known or 'none'}")
