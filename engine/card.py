"""A graphics card, for asking what an engine would take on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """By the name its driver gives it."""

    name: str
    memory_bytes: int
