"""What words are written with: whether there is anything to speak, and in which script."""

from __future__ import annotations

import unicodedata


def speakable(text: str) -> bool:
    """Whether anything in it can be said: a letter or a digit, however it is written (NFKC).

    An ellipsis, other punctuation and emoji cannot.
    """
    return any(c.isalnum() for each in text for c in unicodedata.normalize("NFKC", each))
