"""Safe names: what becomes an id, or a part of a path, out of words a person wrote."""

from __future__ import annotations

import re
import unicodedata

from storyboard.document import digest

SAFE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Every id and slug of the house, as a full match."""

LONGEST = 60

# Windows opens a device for these, whatever the folder.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}

# Letters that NFKD leaves whole although they have a customary ASCII form.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def slug(words: str, *, otherwise: str) -> str:
    """A safe name of at most 60 characters, never empty and the same for the same words.

    "Café Noir" gives cafe-noir. Words with a letter that has no ASCII form (映画) give
    `<otherwise>-<6 hex of their digest>`, so that no two titles fall together by losing letters.
    """
    folded = unicodedata.normalize("NFKD", words.casefold().translate(_LETTERS))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    made = "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST].strip("-")
    lost = any(c.isalnum() and not c.isascii() for c in plain)
    if lost or not made or made in _DEVICES:
        return f"{otherwise}-{digest(words)[:6]}"
    return made


def distinct(name: str, taken: dict[str, int]) -> str:
    """`name`, or `name-2`, `name-3`, ... when taken; the answer is added to `taken`.

    `taken` maps each name to the last number given behind it, so that ten thousand scenes with one
    heading cost no more than ten thousand scenes.
    """
    made, count = name, taken.get(name, 0)
    while made in taken:
        count += 1
        made = f"{name[: LONGEST - 8].rstrip('-')}-{max(count, 2)}"
    taken[name] = max(count, 1)
    taken.setdefault(made, 1)
    return made


def is_safe(name: str) -> bool:
    """Whether it can be an id or a slug as it stands."""
    return len(name) <= 100 and SAFE.fullmatch(name) is not None and name not in _DEVICES
