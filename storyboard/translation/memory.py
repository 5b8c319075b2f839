"""Translations that are known: the same question is not asked, or paid for, twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storyboard.document import digest
from storyboard.language_model import Usage
from storyboard.translation.brief import Brief
from storyboard.translation.door import Passage, Rendering, Translation, Translator
from storyboard.translation.model import INSTRUCTIONS, most_units
from storyboard.translation.proof import proofread


class Memory(Protocol):
    """Texts by the digest of all that went into them."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, text: str) -> None: ...


class Remembering:
    """A translator that looks into a memory first, and adds to it what passes the second pass."""

    def __init__(self, translator: Translator, memory: Memory) -> None:
        self._translator = translator
        self._memory = memory
        self.name = translator.name

    def translate(
        self, passages: Sequence[Passage], source: str, target: str, brief: Brief
    ) -> Translation:
        known = {
            passage.line: text
            for passage in passages
            if not passage.faults
            and (text := self._memory.get(self._key(passage, source, target, brief)))
        }
        asked = [passage for passage in passages if passage.line not in known]
        fresh = Translation()
        if asked:
            fresh = self._translator.translate(asked, source, target, brief)
        self._learn(asked, fresh, source, target, brief)
        found = (Rendering(line=line, text=text, by=self.name) for line, text in known.items())
        return Translation(
            renderings=(*found, *fresh.renderings),
            usage=fresh.usage + Usage(cached=len(known)),
            failures=fresh.failures,
        )

    def _learn(
        self, asked: Sequence[Passage], made: Translation, source: str, target: str, brief: Brief
    ) -> None:
        texts = {rendering.line: rendering.text for rendering in made.renderings}
        for passage in asked:
            text = texts.get(passage.line, "")
            if text and not proofread(passage, text, source, target, brief):
                self._memory.put(self._key(passage, source, target, brief), text)

    def _key(self, passage: Passage, source: str, target: str, brief: Brief) -> str:
        """All that the answer depends on; not the line's id, so that ten thousand rows with one
        sentence ask once."""
        return digest(
            *(INSTRUCTIONS, self.name, source, target),
            *(passage.text, passage.speaker, passage.delivery, passage.action),
            most_units(passage, target),
            brief.terms_in(passage.text, target),
            brief.kept_in(passage.text),
            brief.style_for(target),
        )
