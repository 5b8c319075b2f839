"""All rows of a campaign as one storyboard, for whoever works on words and not on films.

A dialogue list knows words by what they say, so what is translated once here is found in every row
that says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from storyboard.board import Card, CardWords, Line, Scene, Shot, Storyboard
from storyboard.names import slug
from storyboard.translation.dialogue import speaker_of

W = TypeVar("W", Line, CardWords)


def anthology(ads: Iterable[tuple[str, Storyboard]], title: str) -> Storyboard:
    """Every line and every card's word of those ads once, each under its row's id; in the language
    of the first. It is not for filming."""
    gathered = _Gathered()
    scenes = [
        Scene(id=row, heading=board.title, shots=shots, source=board.source)
        for row, board in ads
        if (shots := tuple(gathered.shots(row, board)))
    ]
    return Storyboard(
        title=title,
        slug=slug(title, otherwise="campaign"),
        language=gathered.language,
        characters=gathered.first.characters if gathered.first else (),
        scenes=tuple(scenes),
    )


class _Gathered:
    """What has been met already."""

    def __init__(self) -> None:
        self.first: Storyboard | None = None
        self._met: set[tuple[str, str, str]] = set()

    @property
    def language(self) -> str:
        return self.first.language if self.first else "en"

    def shots(self, row: str, board: Storyboard) -> Iterable[Shot]:
        self.first = self.first or board
        for shot in board.shots():
            lines = tuple(self._new(row, board, shot.lines))
            words = tuple(self._new(row, board, shot.card.words)) if shot.card else ()
            card = Card(words=words) if words else None
            if lines or card:
                yield shot.model_copy(
                    update={"id": f"{row}-{shot.id}", "lines": lines, "card": card}
                )

    def _new(self, row: str, board: Storyboard, worded: Iterable[W]) -> Iterable[W]:
        for each in worded:
            own = each.text.get(board.language, "")
            said = (board.language, own, speaker_of(each))
            if own and said not in self._met:
                self._met.add(said)
                text = {
                    tag: words
                    for tag, words in each.text.items()
                    # What a row says in its own language is what is translated, whatever it also
                    # has in the language of the others.
                    if tag == board.language or tag != self.language
                }
                yield each.model_copy(update={"id": f"{row}-{each.id}", "text": text})
