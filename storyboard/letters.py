"""What words are written with: whether there is anything to speak, and in which script."""

from __future__ import annotations

import re
import unicodedata


def speakable(text: str) -> bool:
    """Whether anything in it can be said: a letter or a digit, however it is written (NFKC).

    An ellipsis, other punctuation and emoji cannot.
    """
    return any(c.isalnum() for each in text for c in unicodedata.normalize("NFKC", each))


def shorten(text: str) -> str:
    """At most 40 characters of it, for messages."""
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


_LETTERS = {
    "CJK": {"cmn", "yue", "ja"},
    "IDEOGRAPHIC": {"cmn", "yue", "ja"},
    "HIRAGANA": {"ja"},
    "KATAKANA": {"ja"},
    "HANGUL": {"ko"},
    "LATIN": {"en", "de", "fr"},
}
"""First word of a letter's Unicode name to the languages written in such letters."""

FOREIGN_LETTERS = 4
"""As many are more than a name."""


def foreign(text: str, tag: str) -> bool:
    """Whether the words cannot be in that language, going by their letters alone.

    True for at least `FOREIGN_LETTERS` letters of scripts the language is not written in, when
    they are more than its own. Latin letters are at home in every language, as names and loan
    words are written in them: they are foreign only where there are two words and nothing else.
    """
    language = tag.split("-")[0]
    plain = unicodedata.normalize("NFKC", text)
    scripts = [re.split("[ -]", unicodedata.name(c, "?"))[0] for c in plain if c.isalpha()]
    own = sum(language in _LETTERS.get(script, ()) for script in scripts)
    latin = scripts.count("LATIN")
    if latin == len(scripts):
        return not own and latin >= FOREIGN_LETTERS and len(plain.split()) > 1
    strange = len(scripts) - own - (0 if language in _LETTERS["LATIN"] else latin)
    return strange >= FOREIGN_LETTERS and strange > own
