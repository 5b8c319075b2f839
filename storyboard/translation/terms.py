"""Finding a term in a text: whole words where words are spaced, anywhere where they are not."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def holds(text: str, term: str) -> bool:
    """Whether the text has the term, in any case; "lamp" is in "Lamps?" but not in "clamp".

    An ending is allowed behind a spaced term, as languages inflect: "Lampe" is in "Lampen".
    """
    return bool(term.strip()) and _pattern(_plain(term)).search(_plain(text)) is not None


def has(text: str, term: str) -> bool:
    """Whether a translation has the term, also inside a compound or behind an elision."""
    return _plain(term) in _plain(text)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str]:
    words = re.escape(term)
    if not _spaced(term[0]):
        return re.compile(words)
    # Endings are short; a longer tail is another word ("part" is not in "partnership").
    return re.compile(rf"(?<!\w){words}\w{{0,2}}(?!\w)")


def _spaced(letter: str) -> bool:
    """Whether words that begin with the letter have spaces around them; Han and kana have none."""
    return letter.isalnum() and not "\u2e80" <= letter <= "\ua4cf"
