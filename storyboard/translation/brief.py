"""What a translator is told beside the words: glossary, names to keep, style, how long it may get.

glossary:
  lamp: {de: Lampe, ja: 灯り}
keep: [Hoofbeat, HB-20]
style:
  all: warm and plain; no slang
  de: informal du
stretch: 1.25
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from storyboard.document import Document
from storyboard.errors import LanguageError, ScriptError
from storyboard.languages import language
from storyboard.text_file import text_of
from storyboard.translation.terms import holds
from storyboard.yaml_tree import Tree, load

EVERYWHERE = "all"
"""In the place of a language: in every one."""


class Brief(Document):
    """Word for a translation job; languages are BCP-47 tags."""

    glossary: dict[str, dict[str, str]] = {}
    """Term of the source to its one right translation by language."""
    keep: tuple[str, ...] = ()
    """Names that are not translated: products, brands, people."""
    style: dict[str, str] = {}
    """By language, and under `all` in every one: register, tone, how the market is addressed."""
    stretch: float = Field(default=1.25, ge=0.5, le=3)
    """How much longer than its source a line may take to say, where its shot leaves the room."""

    def style_for(self, tag: str) -> str:
        said = (self.style.get(EVERYWHERE, ""), self.style.get(tag, ""))
        return "; ".join(filter(None, said))

    def terms_in(self, text: str, tag: str) -> dict[str, str]:
        """The glossary's terms that the text has, to their translation."""
        return {
            term: by_language[tag]
            for term, by_language in self.glossary.items()
            if tag in by_language and holds(text, term)
        }

    def kept_in(self, text: str) -> tuple[str, ...]:
        """The names the text has, the longest first: a name may be part of another."""
        found = {name for name in self.keep if name and name in text}
        return tuple(sorted(found, key=lambda name: (-len(name), name)))

    def over(self, other: Brief) -> Brief:
        """Both briefs as one; this one wins where both speak."""
        terms = {**other.glossary}
        for term, by_language in self.glossary.items():
            terms[term] = {**terms.get(term, {}), **by_language}
        given = self.model_fields_set
        return Brief(
            glossary=terms,
            keep=tuple(dict.fromkeys([*other.keep, *self.keep])),
            style={**other.style, **self.style},
            stretch=self.stretch if "stretch" in given else other.stretch,
        )


def load_brief(path: Path) -> Brief:
    """The brief in a YAML file; ScriptError says which line to mend."""
    return read_brief(text_of(path), str(path))


def read_brief(text: str, file: str) -> Brief:
    """The brief in a YAML text; languages may go by their aliases."""
    tree = load(text, file)
    if tree.value is None:
        return Brief()
    if not isinstance(tree.value, dict):
        raise ScriptError("a brief begins with keys, such as `glossary:`", tree.source(()))
    given: dict[str, Any] = dict(tree.value)
    if isinstance(given.get("glossary"), dict):
        given["glossary"] = {
            term: _tagged(words, ("glossary", term), tree) if isinstance(words, dict) else words
            for term, words in given["glossary"].items()
        }
    if isinstance(given.get("style"), dict):
        given["style"] = _tagged(given["style"], ("style",), tree)
    try:
        return Brief.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if part != "[key]")
        name = ".".join(map(str, place))
        raise ScriptError(f"`{name}` of the brief: {first['msg']}", tree.source(place)) from error


def _tagged(given: Mapping[str, Any], place: tuple[str, ...], tree: Tree) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, words in given.items():
        try:
            tag = name if name == EVERYWHERE else language(name).tag
        except LanguageError as error:
            raise ScriptError(error.message, tree.source((*place, name))) from error
        made[tag] = words
    return made
