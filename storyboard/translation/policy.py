"""Which words may be spoken, by where they come from; asked before anything goes to an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import field_validator, model_validator

from storyboard.board import CardWords, Line, Origin, Storyboard, origin_of
from storyboard.document import Document
from storyboard.errors import LanguageError
from storyboard.languages import language as find_language

Demand = Literal["given", "approved", "machine"]
"""What words must be: the script's own; those, or words a person has approved; any at all."""

_MET_BY: Mapping[Demand, frozenset[Origin]] = {
    "given": frozenset({"given"}),
    "approved": frozenset({"given", "approved"}),
    "machine": frozenset(get_args(Origin)),
}


class TranslationPolicy(Document):
    """What is demanded of words in general, and in single languages."""

    otherwise: Demand = "machine"
    """In every language that is not named."""
    languages: dict[str, Demand] = {}
    """BCP-47 tag to what is demanded there."""

    @model_validator(mode="before")
    @classmethod
    def _as_typed(cls, given: Any) -> Any:
        """In a file it may stand as a person types it."""
        if not isinstance(given, str):
            return given
        try:
            return _parted(given)
        except LanguageError as error:
            raise ValueError(error.message) from error

    @field_validator("languages", mode="after")
    @classmethod
    def _tags(cls, languages: dict[str, Demand]) -> dict[str, Demand]:
        try:
            return {find_language(name).tag: demand for name, demand in languages.items()}
        except LanguageError as error:
            raise ValueError(error.message) from error

    def demand(self, tag: str) -> Demand:
        return self.languages.get(tag, self.otherwise)

    def __str__(self) -> str:
        named = (f"{tag}={demand}" for tag, demand in self.languages.items())
        return ",".join([self.otherwise, *named])


def read_policy(words: str) -> TranslationPolicy:
    """A policy as typed by a person: `approved`, or `approved,de=machine`.

    LanguageError for a word that is none of the three, or a language that is none of the seven.
    """
    return TranslationPolicy.model_validate(_parted(words))


def _parted(words: str) -> dict[str, Any]:
    otherwise: Demand = "machine"
    languages: dict[str, Demand] = {}
    for part in filter(None, (each.strip() for each in words.split(","))):
        name, named, demand = part.rpartition("=")
        if named:
            languages[find_language(name).tag] = _demand(demand)
        else:
            otherwise = _demand(part)
    return {"otherwise": otherwise, "languages": languages}


def _demand(word: str) -> Demand:
    for known in get_args(Demand):
        if word.strip().lower() == known:
            return known
    raise LanguageError(
        f"unknown translation policy {word.strip()!r}; known are {', '.join(get_args(Demand))}"
    )


def unmet(board: Storyboard, tag: str, policy: TranslationPolicy) -> tuple[Line | CardWords, ...]:
    """The lines whose words in that language the policy does not let to an engine.

    A line without words there is not among them: `storyboard.missing_lines` has those.
    """
    allowed = _MET_BY[policy.demand(tag)]
    return tuple(
        line
        for line in board.worded()
        if line.text.get(tag, "").strip() and origin_of(line, tag) not in allowed
    )


def refuse_unmet(board: Storyboard, tag: str, policy: TranslationPolicy) -> None:
    """LanguageError, at the first line, when the policy is not met in that language."""
    lines = unmet(board, tag, policy)
    if not lines:
        return
    language, demand = find_language(tag), policy.demand(tag)
    count = len(board.worded())
    raise LanguageError(
        f"{len(lines)} of {count} lines are not {demand} in {language.name} ({tag}), as the "
        f"translation policy demands; the first is {origin_of(lines[0], tag)}: send the lines out "
        "with `hoofbeat dialogue export`, bring them back approved, or choose another policy",
        lines[0].source,
    )
