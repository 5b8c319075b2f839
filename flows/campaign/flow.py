"""The flow of a campaign: every row of a sheet to its films, a chunk of rows at a time.

All rows are validated before anything is spent. A row that fails takes no other with it. What is
held in memory is one chunk, however long the sheet is; what was made is known from the vault, so
that a changed row makes what changed in it, and a run that was stopped goes on.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact

from flows.campaign.results import Outcome, Results, Status, faulty, owed, writing
from flows.campaign.rows import (
    Kit,
    RowRoom,
    downloads_of,
    open_kit,
    outcome_of,
    plan_row,
    refused,
)
from flows.campaign.validation import Chooser, validate
from flows.dailies.decisions import Minutes
from flows.drain import drain
from flows.errors import BudgetSpent, OrderError, RowsFailed
from flows.films import make_films
from flows.money.amounts import Amount
from flows.order import CampaignOrder
from flows.progress import What, tell
from flows.runner import to_the_end
from flows.settings import Settings
from flows.steps import Floor, Steps
from flows.studio import Studio, open_studio
from review import LineEdit
from storage import StoreError
from storyboard.campaign import Entry, RowRefused

T = TypeVar("T")

CHUNK = 8
"""Rows made side by side: enough that an engine loads its weights seldom, few enough to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigned:
    """What a run of a campaign came to."""

    counts: dict[Status, int]
    results: str
    """Where the results file lies."""
    spent: Amount
    """By this run."""

    @property
    def waiting(self) -> int:
        """Rows whose films wait for people."""
        return self.counts.get("waiting", 0)

    def facts(self) -> dict[str, str]:
        told = {f"rows {status}": str(count) for status, count in self.counts.items()}
        spent = {"Spent": str(self.spent)} if self.spent.seconds else {}
        return told | spent | {"Results": self.results}


def make(order: CampaignOrder) -> Campaigned:
    """Run the flow from a plain program; errors as of `to_the_end`."""
    return to_the_end(campaign(order))


@flow(name="campaign", persist_result=False)
async def campaign(order: CampaignOrder) -> Campaigned:
    """Make every film that the sheet asks for.

    OrderError before any work if the order is wrong; RowsFailed at the end if rows failed, after
    all others were delivered and the results written; BudgetSpent where a cap was reached.
    """
    settings = Settings()
    kit = open_kit(order)
    with (
        open_studio(
            order, settings, campaign=kit.slug, of_campaign=order.campaign_budget
        ) as studio,
        downloads_of(settings) as downloads,
    ):
        words, frames = partial(_wording, studio), settings.pictures / "framed"
        room = RowRoom(kit, studio, downloads, words, frames)
        validated = await asyncio.to_thread(validate, kit)
        tell("row", "planned", count=validated.chosen + validated.refused)
        chooser = Chooser(order)
        with writing(order.results_file, kit.sheet) as results:
            await _all_rows(kit, studio, room, chooser, results)
        _keep_results(kit, studio)
        await acreate_markdown_artifact(key="campaign", markdown=_report(kit, results))
    counts = dict(results.counts)
    if studio.purse.shut is not None:
        unmade = f"the rows that {order.results_file} does not have as delivered"
        raise BudgetSpent({unmade: studio.purse.shut}, studio.purse.shut)
    if bad := faulty(counts):
        raise RowsFailed(bad, owed(counts), str(order.results_file))
    return Campaigned(counts=counts, results=str(order.results_file), spent=studio.purse.spent)


async def _all_rows(
    kit: Kit, studio: Studio, room: RowRoom, chooser: Chooser, results: Results
) -> None:
    """Chunk after chunk. Where one breaks the run off, its rows and all behind it are told as not
    reached."""
    entries = kit.sheet.entries()
    untold: list[Entry] = []
    try:
        for chunk in _chunks(entries, CHUNK):
            untold = chunk
            wanted = {entry.number for entry in chunk if chooser.takes(entry)}
            rows = [entry for entry in chunk if entry.number in wanted and entry.row]
            if studio.purse.shut is not None:  # what was begun is at its end; the rest waits
                rows = []
            made = await _chunk(kit, studio, room, rows) if rows else {}
            untold = []
            for entry in chunk:
                taken = entry.number in wanted
                told = made.get(entry.number) or _told(entry, chooser, taken)
                results.add(entry, told, taken=taken)
    except BaseException:
        for entry in chain(untold, entries):
            results.add(entry, _told(entry, chooser, wanted=False), taken=False)
        raise


def _told(entry: Entry, chooser: Chooser, wanted: bool) -> Outcome:
    """What there is to say of a row of which nothing was made now."""
    if entry.variant_of is not None:
        return Outcome(status="variant", message=f"of row {entry.variant_of}")
    if entry.faults:
        return refused(entry.faults)
    if entry.row is None:
        said = entry.warnings[0]
        return Outcome(
            status="skipped",
            stage="validate",
            code=said.code,
            message=said.message,
            remedy=said.remedy,
        )
    before = chooser.former.of(entry)
    if before is not None and not wanted:
        return before
    return Outcome(status="not reached", remedy="run again")


async def _chunk(
    kit: Kit, studio: Studio, room: RowRoom, entries: Sequence[Entry]
) -> dict[int, Outcome]:
    """The rows of one chunk, as a flow of their own in Prefect's eyes."""

    async def rows(first: int, last: int) -> dict[int, Outcome]:  # noqa: ARG001 (Prefect shows them)
        floor = Floor(studio, len(entries))
        begun: list[Steps] = []
        outcomes = await asyncio.gather(
            *(_row(kit, studio, room, entry, floor, begun) for entry in entries)
        )
        await drain(sum(steps.begun for steps in begun))
        return {entry.number: made for entry, made in zip(entries, outcomes, strict=True)}

    as_flow = flow(name="rows", persist_result=False, validate_parameters=False)(rows)
    return await as_flow(entries[0].number, entries[-1].number)


async def _row(
    kit: Kit, studio: Studio, room: RowRoom, entry: Entry, floor: Floor, begun: list[Steps]
) -> Outcome:
    """One row, to its end; whatever is wrong with it stays with it."""
    assert entry.row is not None
    steps: Steps | None = None
    folder = studio.scratch / f"row-{entry.number}"
    try:
        plan = await asyncio.to_thread(plan_row, kit, entry.row)
        production, warnings = await asyncio.to_thread(room.lay_out, plan, folder)
        steps = Steps(studio, production, floor)
        begun.append(steps)
        films = await make_films(kit.order, studio, production, steps)
        outcome = outcome_of(plan, films, studio, warnings)
    except RowRefused as error:
        outcome = refused(error.faults)
    except OrderError as error:
        outcome = Outcome(
            status="failed",
            stage="validate",
            code="order",
            message=str(error),
            remedy="mend the row",
        )
    finally:
        steps.previewed() if steps else floor.leave()
        shutil.rmtree(folder, ignore_errors=True)
    _tell(entry, outcome)
    return outcome


def _tell(entry: Entry, outcome: Outcome) -> None:
    assert entry.row is not None
    fine = outcome.status == "delivered"
    what: What = "made" if fine else "waiting" if outcome.status == "waiting" else "failed"
    why = outcome.message if fine else f"{outcome.code}: {outcome.message}"
    tell("row", what, f"row {entry.number} {entry.row.id}", detail=why)


def _wording(studio: Studio, name: str) -> tuple[LineEdit, ...]:
    return tuple(Minutes(studio.vault.store, name).read().wording())


def _keep_results(kit: Kit, studio: Studio) -> None:
    """A copy beside the films; the one on this machine is what counts."""
    with suppress(StoreError):
        studio.vault.store.put(f"campaigns/{kit.slug}/results.csv", kit.order.results_file)


def _report(kit: Kit, results: Results) -> str:
    rows = [f"# {kit.slug}", "", "| Rows | |", "| --- | ---: |"]
    rows += [f"| {status} | {count} |" for status, count in results.counts.items()]
    return "\n".join(rows)


def _chunks(entries: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(entries)
    while chunk := list(islice(iterator, size)):
        yield chunk
