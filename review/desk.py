"""What the review page needs of the house; `flows` hands it in: a store is not ours to open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, get_args

from review.dailies import Dailies
from review.decisions import Decision, EditWish, LineEdit, Wish
from review.verdict import Verdict
from storyboard.request import Take

Shown = Literal["preview.mp4", "render.mp4", "poster.jpg"]
SHOWN: tuple[Shown, ...] = get_args(Shown)
"""The files of a take that are for people's eyes."""


class Desk(Protocol):
    """Productions to look at and decide on. Called from many threads."""

    def productions(self) -> Sequence[Dailies]:
        """Of every production the version last worked on: those that want a person first, the
        newest of them before older ones."""

    def dailies(self, slug: str, version: str) -> Dailies | None:
        """As they stand now; None where there are none under these names."""

    def verdict(self, take: str) -> Verdict | None: ...

    def take(self, take: str) -> Take | None:
        """The record of a take as far as it has been made."""

    def media(self, take: str, name: Shown) -> Path | None:
        """A file of a take, whole and checked; None where the vault has none."""

    def decide(self, slug: str, version: str, wish: Wish, *, by: str) -> Decision:
        """Write a decision down. DecisionRefused where it makes no sense, DecidedAlready where
        somebody has decided since the asker looked; then nothing is written."""

    def reword(self, slug: str, version: str, wish: EditWish, *, by: str) -> LineEdit:
        """Write other words for a line down; refusals as above."""
