"""The flow that makes films: every preview and its gate, every render, every cut.

Prefect drives; what was made is known from the vault alone. A flow is as green as what it
returns, so this one fails when a deliverable is missing, after delivering all the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.states import Completed

from flows import cutting, pages
from flows.dailies import dailies
from flows.drain import drain
from flows.errors import BudgetSpent, ProductionIncomplete
from flows.films import make_films
from flows.manifest import Manifest
from flows.money.amounts import Amount
from flows.order import Order
from flows.planning import lay_out
from flows.runner import to_the_end
from flows.settings import Settings
from flows.steps import Steps
from flows.studio import open_studio
from review.report import as_markdown, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """What a run delivered, newly or found in the vault."""

    manifests: tuple[Manifest, ...]
    page: str | None
    """URL of the result page; None where there is no film to show."""
    spent: Amount
    """By this run."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Shots that wait for a person, by title, to the key of the take that is asked about. The
    films that need them are not among the manifests."""
    gate: str = ""
    """What the gate let through, in a line; empty where nothing had to be made."""

    def facts(self) -> dict[str, str]:
        """Where to look, for the terminal."""
        films = {
            f"{manifest.language} {manifest.aspect}": f"{float(manifest.seconds):.1f} s"
            + (f", left out by the gate: {', '.join(manifest.omitted)}" if manifest.omitted else "")
            for manifest in self.manifests
        }
        gate = {"Gate": self.gate} if self.gate else {}
        spent = {"Spent": str(self.spent)} if self.spent.seconds else {}
        return films | gate | spent | ({"Watch": self.page} if self.page else {})


def make(order: Order) -> Produced:
    """Run the flow from a plain program; errors as of `to_the_end`."""
    return to_the_end(produce(order))


@flow(name="produce", persist_result=False)
async def produce(order: Order) -> Produced:
    """Make every film the order asks for.

    OrderError before any work if the order is wrong; ProductionIncomplete at the end if a
    deliverable is missing. Where films only wait for people, it ends well, and says so.
    """
    with open_studio(order, Settings()) as studio:
        production = lay_out(order, studio)
        steps = Steps(studio, production)
        films = await make_films(order, studio, production, steps)
        report = pages.report(production, films.delivered, films.missing, films.waiting)
        await acreate_markdown_artifact(key="report", markdown=report)
        await acreate_markdown_artifact(key="dailies", markdown=dailies.markdown(films.dailies))
        if films.screened:
            await acreate_markdown_artifact(key="gate", markdown=as_markdown(films.screened))
        await drain(steps.begun)
    if films.missing:
        told = {cutting.name(cut): why for cut, why in films.missing.items()}
        if studio.purse.shut is not None:
            raise BudgetSpent(told, studio.purse.shut)
        raise ProductionIncomplete(told)
    produced = Produced(
        manifests=tuple(films.delivered[cut] for cut in production.cuts if cut in films.delivered),
        page=films.page,
        spent=studio.purse.spent,
        waiting=films.asked,
        gate=summary(films.screened) if films.screened else "",
    )
    if films.waiting:
        # Neither failed nor delivered: Prefect shows it under this name, and gives what is in it.
        return Completed(name="Waiting", data=produced)  # type: ignore[return-value]
    return produced
