"""Sentences to learn to speak from: our own, made by small grammars, in the spelling of each
language.

A grammar is a file of lists in `grammars`; a pattern such as "{subject} {past} {object}." takes one
entry of each list it names, and entries may name lists in turn.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from engine.interface import RequestRefused

HELD_OUT_SHARE = 0.1
"""Of all sentences: kept for the trial. Which ones follows from their text alone."""

SHORTEST, LONGEST = 3, 16
"""Words; of a language written without spaces, `CHARACTERS_A_WORD` characters are one."""

CHARACTERS_A_WORD = 2

Grammar = Mapping[str, Sequence[str]]

_NAMED = re.compile(r"\{(\w+)\}")
_UNSPACED = ("cmn-Hans-CN", "yue-Hant-HK", "ja-JP")
_TRIES = 2_000


def sentence(language: str, chance: random.Random, *, held_out: bool = False) -> str:
    """One sentence of 3 to 16 words in that language (a tag of `storyboard.languages`).

    Sentences with `held_out` never come without it, nor the other way round. RequestRefused for
    a language without a grammar.
    """
    grammar = _grammar(language)
    for _ in range(_TRIES):
        text = _expanded(chance.choice(grammar["sentence"]), grammar, chance)
        text = text[0].upper() + text[1:]
        if SHORTEST <= words_in(text, language) <= LONGEST and is_held_out(text) == held_out:
            return text
    raise AssertionError(f"the grammar of {language} makes no sentence that fits")


def is_held_out(text: str) -> bool:
    """Whether a sentence is kept for the trial; about one in ten is."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4]) < HELD_OUT_SHARE * 2**32


def words_in(text: str, language: str) -> float:
    if language in _UNSPACED:
        return sum(character.isalnum() for character in text) / CHARACTERS_A_WORD
    return sum(any(c.isalnum() for c in word) for word in text.split())


@cache
def _grammar(language: str) -> Grammar:
    path = files("engine.foal").joinpath("grammars", f"{language}.yaml")
    if not path.is_file():
        raise RequestRefused(f"there is no grammar of sentences for {language}")
    lists = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return {name: tuple(str(entry) for entry in entries) for name, entries in lists.items()}


def _expanded(pattern: str, grammar: Grammar, chance: random.Random) -> str:
    """The pattern with every list it names replaced by one of the entries, from left to right."""
    return _NAMED.sub(
        lambda named: _expanded(chance.choice(grammar[named[1]]), grammar, chance), pattern
    )
