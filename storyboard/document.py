"""The base of every document of the house: frozen, closed to unknown keys, exact in time."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer


class Document(BaseModel):
    """A value that can be written, read back alone, and compared. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _exact(value: Any) -> Any:
    """Let YAML's 5, 5.2 and "26/5" mean moments; 5.2 is read as the decimal it shows."""
    if isinstance(value, float):
        return Fraction(str(value))
    if isinstance(value, str):
        # Fraction() itself would take "1/0" (ZeroDivisionError) and "1e999999999" (all memory).
        if _PLAIN.fullmatch(value.strip()) is None:
            raise ValueError(f"{value[:40]!r} is no number of seconds")
        return Fraction(value.strip())
    return value


_PLAIN = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40}|/0{0,39}[1-9]\d{0,39})?", re.ASCII)


def _show(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


Seconds = Annotated[
    Fraction,
    BeforeValidator(_exact),
    PlainSerializer(_show, return_type=int | str),
]
"""A moment or a length in seconds, exact; written as 6 or "29/5"."""


def digest(*parts: Any) -> str:
    """The sha256, in hex, of documents and plain JSON values, independent of key order.

    Two documents have the same digest exactly when they are equal; the house uses it as memory
    (the key of a take) and as version (of a production).
    """
    plain = [p.model_dump(mode="json") if isinstance(p, BaseModel) else p for p in parts]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
