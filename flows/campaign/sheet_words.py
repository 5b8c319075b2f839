"""All the words of a campaign as one storyboard, so that translators and people see them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from flows.campaign.rows import Kit, open_kit
from flows.order import CampaignOrder
from storyboard import Storyboard
from storyboard.board import Card, CardWords, Character, Line, Scene, Shot, Source
from storyboard.campaign.rows import Row, RowRefused
from storyboard.translation import Brief

W = TypeVar("W", Line, CardWords)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWords:
    """A sheet's words."""

    board: Storyboard
    """A scene for each row's ad; ids begin with the row's number."""
    brief: Brief
    """The names of the products and the brand, which are kept as they are in every language, and
    what the sheet's glossaries say."""
    refused: tuple[str, ...]
    """Why rows are not on the board."""


def sheet_words(order: CampaignOrder) -> SheetWords:
    """The words of every row that an ad can be made of; errors as of `open_kit`."""
    kit = open_kit(order)
    scenes: list[Scene] = []
    people: dict[str, Character] = {}
    names: dict[str, None] = dict.fromkeys(filter(None, [kit.brand.name]))
    terms: dict[str, dict[str, str]] = {}
    refused: list[str] = []
    language = ""
    for row in _rows(kit, refused):
        try:
            board = kit.film(row).board
        except RowRefused as error:
            refused += map(str, error.faults)
            continue
        language = language or board.language
        people |= {each.id: each for each in board.characters}
        names |= dict.fromkeys(row.texts["product"].values())
        for term, by_language in row.glossary.items():
            terms[term] = {**by_language, **terms.get(term, {})}
        scenes += (_numbered(scene, f"row-{row.number}") for scene in board.scenes)
    board = Storyboard(
        title=order.script.stem,
        slug=kit.slug,
        language=language or "en",
        characters=tuple(people.values()),
        scenes=tuple(scenes),
        source=Source(file=str(order.script), line=1),
    )
    brief = Brief(keep=tuple(names), glossary=terms)
    return SheetWords(board=board, brief=brief, refused=tuple(refused))


def _rows(kit: Kit, refused: list[str]) -> Iterator[Row]:
    for entry in kit.sheet.entries():
        if entry.row is not None:
            yield entry.row
        else:
            refused += map(str, entry.faults)


def _numbered(scene: Scene, row: str) -> Scene:
    shots = tuple(_shot(shot, row) for shot in scene.shots)
    return scene.model_copy(update={"id": f"{row}-{scene.id}", "shots": shots})


def _shot(shot: Shot, row: str) -> Shot:
    return shot.model_copy(
        update={
            "id": f"{row}-{shot.id}",
            "lines": tuple(_renamed(shot.lines, row)),
            "card": _card(shot.card, row) if shot.card else None,
        }
    )


def _card(card: Card, row: str) -> Card:
    return card.model_copy(update={"words": tuple(_renamed(card.words, row))})


def _renamed(worded: Iterable[W], row: str) -> Iterator[W]:
    for each in worded:
        yield each.model_copy(update={"id": f"{row}-{each.id}"})
