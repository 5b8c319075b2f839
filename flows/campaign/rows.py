"""One row's way: from the sheet to a production, and from what came of that to its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine import EngineError, capabilities_of
from flows.campaign.pictures import BrandFiles, brand_files, row_pictures
from flows.campaign.results import Outcome
from flows.errors import OrderError
from flows.order import CampaignOrder
from flows.prepare import Production, lay_out_reading
from flows.settings import Settings
from flows.studio import Studio
from review import LineEdit
from storage import Downloads, deliverable_prefix
from storyboard import Notice, Reading, Storyboard, StoryboardError, missing_lines
from storyboard.board import Shot, Source
from storyboard.campaign import (
    Ad,
    Brand,
    Fault,
    Film,
    Row,
    RowRefused,
    Sheet,
    brand_beside,
    film,
    load_ad,
    load_brand,
    open_sheet,
    overlong,
)
from storyboard.names import slug
from storyboard.request import Capabilities
from storyboard.translation import (
    DialogueList,
    TranslationPolicy,
    beside,
    load_dialogue,
    overlaid,
    unmet,
)

if TYPE_CHECKING:  # a sheet is looked through without Prefect
    from flows.films import Films


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What every row of a campaign is made with: sheet, template, brand, and the engine's reach."""

    order: CampaignOrder
    sheet: Sheet
    ads: Mapping[str, Ad]
    """The campaign's template; those that rows name are added as they are met."""
    brand: Brand
    brand_folder: Path
    dialogue: DialogueList
    """Words in other languages that are kept beside the sheet."""
    capabilities: Capabilities
    slug: str
    """What the slug of every film begins with."""

    def film(self, row: Row) -> Film:
        """The row's ad as a storyboard; RowRefused says what is wrong with the row."""
        return film(
            row,
            self._ad(row),
            self.brand,
            seconds=self.order.seconds,
            languages=self.languages(row),
            campaign=self.slug,
            file=str(self.order.script),
        )

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What there is to know ahead of all rows."""
        if not self.capabilities.redraws:
            return self.sheet.warnings
        cartoon = Notice(
            source=Source(file=str(self.order.script), line=1),
            message=f"engine {self.capabilities.engine} makes a cartoon of every picture that a "
            "shot begins with; another engine, such as animatic, shows it as it is",
        )
        return (*self.sheet.warnings, cartoon)

    def languages(self, row: Row) -> tuple[str, ...]:
        return row.languages or self.order.languages or (row.language,)

    def _ad(self, row: Row) -> Ad:
        name = row.template or self.order.template
        if name not in self.ads:
            try:
                # A template that a sheet names is one of the house's own: a path is the
                # operator's to give, not the sheet's.
                if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
                    raise StoryboardError("a row names a template by its name, not by a path")
                self.ads[name] = load_ad(name)  # type: ignore[index]
            except StoryboardError as error:
                raise RowRefused((_bad_template(row, error),)) from error
        return self.ads[name]


def _bad_template(row: Row, error: StoryboardError) -> Fault:
    return row.fault(
        "template",
        "template",
        str(error),
        "name one of configs/ads, or leave it empty",
    )


def open_kit(order: CampaignOrder) -> Kit:
    """Everything the order names, read and checked; OrderError, SheetError or KitError where the
    person who ordered must mend something. No row is read yet."""
    try:
        capabilities = capabilities_of(order.engine)
    except EngineError as error:
        raise OrderError(str(error)) from error
    ad = load_ad(order.template)
    brand, folder = load_brand(order.brand or brand_beside(order.script))
    sheet = open_sheet(
        order.script, currency=brand.currency, language=brand.language, fields=ad.worded_fields()
    )
    return Kit(
        order=order,
        sheet=sheet,
        ads={order.template: ad},
        brand=brand,
        brand_folder=folder,
        dialogue=load_dialogue(beside(order.script)),
        capabilities=capabilities,
        slug=slug(order.script.stem, otherwise="campaign")[:40].strip("-"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """A row that is ready to be made, with what must be left out."""

    row: Row
    board: Storyboard
    languages: tuple[str, ...]
    """Those it has words in, that may be spoken."""
    unspoken: Fault | None
    """Why there is no film in others that were asked for."""
    warnings: tuple[Fault, ...]


def plan_row(kit: Kit, row: Row) -> RowPlan:
    """The row in its template; RowRefused where no film can be made of it."""
    made = kit.film(row)
    asked = kit.languages(row)
    board, _ = overlaid(made.board, kit.dialogue)
    policy = kit.order.translations
    spoken = tuple(
        tag for tag in asked if not missing_lines(board, tag) and not unmet(board, tag, policy)
    )
    silent = tuple(tag for tag in asked if tag not in spoken)
    if not spoken:
        raise RowRefused((wordless(row, board, silent, policy),))
    translated = [tag for tag in spoken if missing_lines(made.board, tag)]
    faults = tuple(f for tag in translated for f in overlong(board, row, made.seconds, tag))
    if faults:
        raise RowRefused(faults)
    if unserved := tuple(_unserved(kit, row, spoken)):
        raise RowRefused(unserved)
    return RowPlan(
        row=row,
        board=board,
        languages=spoken,
        unspoken=wordless(row, board, silent, policy) if silent else None,
        warnings=made.warnings,
    )


def wordless(
    row: Row, board: Storyboard, tags: tuple[str, ...], policy: TranslationPolicy
) -> Fault:
    """That the row has not all its words in some languages, or none that may be spoken."""
    held = [tag for tag in tags if not missing_lines(board, tag)]
    if len(held) == len(tags):
        return row.fault(
            "",
            "policy",
            "words that the translation policy does not let through: "
            + ", ".join(f"in {tag}, where they must be {policy.demand(tag)}" for tag in held),
            "send them out with `hoofbeat dialogue export` and bring them back approved",
        )
    lacking = list(dict.fromkeys(each.id for tag in tags for each in missing_lines(board, tag)))
    words = next(
        (text for tag in tags for each in missing_lines(board, tag) for text in each.text.values()),
        "",
    )
    return row.fault(
        "",
        "words",
        f"no words in {', '.join(tags)} for {', '.join(lacking)}"
        + (f", such as {words[:40]!r}" if words else ""),
        "fill columns such as "
        + ", ".join(f"`copy_{tag}`" for tag in tags[:2])
        + ", or have them translated",
    )


def _unserved(kit: Kit, row: Row, tags: tuple[str, ...]) -> Iterator[Fault]:
    """What the engine does not speak, and the shapes it does not make."""
    can = kit.capabilities
    strange = [tag for tag in tags if tag not in can.languages]
    odd = [each for each in row.aspects or kit.order.aspects if each not in can.aspects]
    for column, what, known in (
        ("languages", strange, can.languages),
        ("aspect", odd, tuple(can.aspects)),
    ):
        if what:
            yield row.fault(
                column,
                column.rstrip("s"),
                f"the engine {can.engine} does not make {', '.join(what)}",
                f"give some of {', '.join(known)}, or choose another engine",
            )


class RowRoom:
    """Where rows of one campaign become productions of one studio."""

    def __init__(
        self,
        kit: Kit,
        studio: Studio,
        downloads: Downloads,
        wording: Callable[[str], tuple[LineEdit, ...]],
        frames: Path,
    ) -> None:
        """OrderError for a file of the brand that is not there."""
        self._kit = kit
        self._studio = studio
        self._downloads = downloads
        self._wording = wording
        self._frames = frames
        can = studio.engine.capabilities
        self._brand: BrandFiles = brand_files(
            kit.brand, kit.brand_folder, downloads, portraits=can.portraits
        )

    def lay_out(self, plan: RowPlan, folder: Path) -> tuple[Production, tuple[Fault, ...]]:
        """The production of a row, its pictures in `folder`, and what there is to warn of."""
        row, can = plan.row, self._studio.engine.capabilities
        aspects = row.aspects or self._kit.order.aspects
        sizes = {aspect: can.aspects[aspect][1] for aspect in aspects if aspect in can.aspects}
        found = row_pictures(
            row,
            self._kit.order.script.parent,
            self._kit.brand,
            self._brand,
            self._downloads,
            folder,
            sizes,
            known=self._frames,
        )
        board = plan.board if found.found else _without_product(plan.board)
        order = self._kit.order.model_copy(update={"languages": plan.languages, "aspects": aspects})
        production = lay_out_reading(
            Reading(board=board, notices=()),
            found.pictures,
            order,
            can,
            self._studio.settings_digest,
            self._wording,
            variation=row.seed,
        )
        noticed = (
            row.fault(
                "", "noticed", each.message, "look at the film, and mend the row if it matters"
            )
            for each in production.notices
        )
        return production, (*plan.warnings, *found.warnings, *noticed)


def _without_product(board: Storyboard) -> Storyboard:
    """A card that would show a card in place of the product shows its words alone."""

    def bare(shot: Shot) -> Shot:
        if shot.card is None:
            return shot
        return shot.model_copy(update={"card": shot.card.model_copy(update={"picture": None})})

    scenes = tuple(
        scene.model_copy(update={"shots": tuple(map(bare, scene.shots))}) for scene in board.scenes
    )
    return board.model_copy(update={"scenes": scenes})


@contextmanager
def downloads_of(settings: Settings) -> Iterator[Downloads]:
    """This machine's cache of fetched pictures."""
    made = Downloads(settings.pictures)
    try:
        yield made
    finally:
        made.close()


def refused(faults: tuple[Fault, ...]) -> Outcome:
    """Of a row that is wrong in itself; every fault is told, the first gives the code."""
    first = faults[0]
    return Outcome(
        status="invalid",
        stage="validate",
        code=first.code,
        message="; ".join(_at(fault) + fault.message for fault in faults),
        remedy="; ".join(dict.fromkeys(fault.remedy for fault in faults)),
    )


def _at(fault: Fault) -> str:
    return f"column {fault.column}: " if fault.column else ""


def outcome_of(plan: RowPlan, films: Films, studio: Studio, warnings: tuple[Fault, ...]) -> Outcome:
    """What came of a row whose production was made."""
    store = studio.vault.store.url.partition("?")[0]
    manifests = list(films.delivered.values())
    takes = {shot.take: shot.engine_seconds for each in manifests for shot in each.shots}
    tried = sum(len(look.shot.takes) for look in films.dailies.looks)
    places = [
        f"{store}/{deliverable_prefix(m.slug, m.version, m.language, m.aspect)}{m.files[0].name}"
        for m in manifests
    ]
    return replace(
        warned(_ending(plan, films, studio.purse.shut), warnings),
        gpu_seconds=f"{sum(takes.values()):.1f}",
        cost=str(rate.of(sum(takes.values()))) if (rate := studio.purse.rate) else "",
        attempts=str(tried),
        films=" | ".join(places),
        page=films.page or "",
    )


def warned(ending: Outcome, warnings: tuple[Fault, ...]) -> Outcome:
    """With what went otherwise than asked; the code and the remedy are of what is graver."""
    if not warnings:
        return ending
    said = (ending.message, *(f"warning: {fault.message}" for fault in warnings))
    graver = ending if ending.code else warnings[0]
    message = "; ".join(filter(None, said))
    return replace(ending, message=message, code=graver.code, remedy=graver.remedy)


def _ending(plan: RowPlan, films: Films, shut: str | None) -> Outcome:
    """How it ended, and what there is to do about it; `shut` says why the run pays for nothing
    more, where it does not."""
    if films.missing and shut is not None:
        return Outcome(
            status="partial" if films.delivered else "not reached",
            stage="takes",
            code="budget",
            message=shut,
            remedy="give a larger budget and run again with --only-failed; what was made is kept",
        )
    if films.missing:
        stage = "takes" if films.lost else "cut"
        return Outcome(
            status="partial" if films.delivered else "failed",
            stage=stage,
            code=stage,
            message="; ".join(f"{' '.join(cut)}: {why}" for cut, why in films.missing.items()),
            remedy="run again with --only-failed; what was made is kept",
        )
    if plan.unspoken:
        fault = plan.unspoken
        return Outcome(
            status="partial",
            stage="words",
            code=fault.code,
            message=fault.message,
            remedy=fault.remedy,
        )
    if films.waiting:
        return Outcome(
            status="waiting",
            stage="takes",
            code="people",
            message="; ".join(f"{' '.join(cut)}: {why}" for cut, why in films.waiting.items()),
            remedy="look at the previews and decide, then run again",
        )
    return Outcome(status="delivered", stage="done")
