"""A board of three lines with a product in it, and translators that say what a test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storyboard.board import Storyboard
from storyboard.language_model import Usage
from storyboard.read import read_text
from storyboard.translation import Brief, Passage, Rendering, Translation

KETTLE = """Title: The Kettle
Language: en

INT. KITCHEN - DAY

ANNA puts the kettle on.

ANNA
The water is ready in 3 minutes.

BEN
(pleased)
Then we should drink the tea.
[[de: Dann sollten wir den Tee trinken.]]

ANNA
Only with a Hoofbeat kettle.
"""

GERMAN = {
    "The water is ready in 3 minutes.": "Das Wasser ist in 3 Minuten fertig.",
    "Then we should drink the tea.": "Dann trinken wir doch den Tee.",
    "Only with a Hoofbeat kettle.": "Nur mit einem Kessel von Hoofbeat.",
}


def kettle(text: str = KETTLE) -> Storyboard:
    return read_text(text, form="fountain", file="kettle.fountain").board


class Phrasebook:
    """Translates by a table from source to one rendering, or to one for each try."""

    name = "phrasebook"

    def __init__(self, table: Mapping[str, str | Sequence[str]]) -> None:
        self.table = table
        self.asked: list[Passage] = []

    def translate(
        self, passages: Sequence[Passage], source: str, target: str, brief: Brief
    ) -> Translation:
        renderings = []
        for passage in passages:
            tries = sum(each.line == passage.line for each in self.asked)
            self.asked.append(passage)
            if (said := self.table.get(passage.text)) is not None:
                text = said if isinstance(said, str) else said[min(tries, len(said) - 1)]
                renderings.append(Rendering(line=passage.line, text=text, by=self.name))
        usage = Usage(requests=1, prompt_tokens=len(passages))
        return Translation(renderings=tuple(renderings), usage=usage)
