"""The house's own notes in a Fountain script, which other programs pass over.

    [[shot: close; seconds: 6; sound: waves; transition: dissolve; cast: mia, jun; ref: mia.png]]
    [[scene: sound: rain on glass; place: a lamp room; time: night]]
    [[character: MIA; looks: woman, 34, red coat; voice: low, calm; ref: mia.png; also: MIA CHEN]]
    [[ja: 灯台は、もう光らない。]]

`key=value` is the same as `key: value`. A note that begins with none of these is for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from fractions import Fraction
from typing import TypeVar

from storyboard.board import Framing, Source, Transition
from storyboard.checks import reference_fault
from storyboard.errors import LanguageError, ScriptError
from storyboard.languages import language


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotNote:
    """What an author settled for one shot; None leaves it to the rules."""

    framing: Framing | None = None
    seconds: Fraction | None = None
    action: str | None = None
    sound: str | None = None
    transition: Transition | None = None
    cast: tuple[str, ...] | None = None
    """Names as written; `cast: nobody` is an empty tuple."""
    reference: str | None = None
    source: Source = field(default_factory=Source)

    def over(self, earlier: ShotNote | None) -> ShotNote:
        """Both notes as one; this one wins where both speak."""
        if earlier is None:
            return self
        said = {
            each.name: value
            for note in (earlier, self)
            for each in fields(ShotNote)
            if (value := getattr(note, each.name)) is not None
        }
        return ShotNote(**said)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneNote:
    """What an author settled for a whole scene."""

    sound: str | None = None
    place: str | None = None
    time_of_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacterNote:
    """Someone, as the author describes them."""

    name: str
    looks: str = ""
    voice: str = ""
    reference: str | None = None
    also: tuple[str, ...] = ()
    """Other cue names of theirs."""
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationNote:
    """The words of the speech it stands in or behind, in another language."""

    language: str
    text: str
    source: Source


Choice = TypeVar("Choice", Framing, Transition)

Note = ShotNote | SceneNote | CharacterNote | TranslationNote

_OURS = re.compile(r"\s*(shot|scene|character)\s*[:：](.*)", re.IGNORECASE | re.DOTALL)
_TONGUE = re.compile(r"\s*([^\s:：]{2,12})\s*[:：](.*)", re.DOTALL)
_PAIR = re.compile(r"\s*([^:：=;]*?)\s*[:：=]\s*(.*)", re.DOTALL)
_LENGTH = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*(?:s|sec|seconds)?", re.IGNORECASE)

_FRAMINGS: dict[str, Framing] = {
    "wide": "wide",
    "ws": "wide",
    "long": "wide",
    "medium": "medium",
    "mid": "medium",
    "ms": "medium",
    "close": "close",
    "close-up": "close",
    "closeup": "close",
    "cu": "close",
    "two-shot": "two-shot",
    "two shot": "two-shot",
    "two": "two-shot",
    "insert": "insert",
}
_TRANSITIONS: dict[str, Transition] = {"cut": "cut", "dissolve": "dissolve", "fade": "fade"}

_KEYS = {
    "shot": {
        **{"framing": "framing", "shot": "framing", "seconds": "seconds", "action": "action"},
        **{"sound": "sound", "transition": "transition", "cast": "cast"},
        **{"ref": "reference", "reference": "reference"},
    },
    "scene": {"sound": "sound", "place": "place", "time": "time_of_day"},
    "character": {
        **{"name": "name", "looks": "looks", "voice": "voice", "also": "also"},
        **{"ref": "reference", "reference": "reference"},
    },
}
_BARE = {"shot": "framing", "character": "name"}
"""What a first part without a key means."""


def read_note(text: str, source: Source) -> Note | None:
    """What a note settles, or None for a note that is for people.

    ScriptError for a note of ours with an unknown key or a value that cannot be.
    """
    ours = _OURS.fullmatch(text)
    if ours is None:
        return _translation(text, source)
    kind = ours.group(1).lower()
    values = _values(kind, ours.group(2), source)
    if kind == "shot":
        return _shot(values, source)
    if kind == "scene":
        return SceneNote(**values)
    return _character(values, source)


def _translation(text: str, source: Source) -> TranslationNote | None:
    match = _TONGUE.fullmatch(text)
    if match is None:
        return None
    try:
        tag = language(match.group(1)).tag
    except LanguageError:
        return None
    return TranslationNote(language=tag, text=match.group(2).strip(), source=source)


def _values(kind: str, body: str, source: Source) -> dict[str, str]:
    """The note's keys and values, in the keys' names of the dataclasses above."""
    known = _KEYS[kind]
    found: dict[str, str] = {}
    for number, part in enumerate(re.split("[;；]", body)):
        part = " ".join(part.split())
        pair = _PAIR.fullmatch(part)
        if not part:
            continue
        if pair is not None:
            key, value = pair.group(1).lower(), pair.group(2)
        elif number == 0 and kind in _BARE:
            key, value = _BARE[kind], part
        else:
            raise ScriptError(
                f"{part[:40]!r} in the {kind} note has no key; write `key: value`, with one of "
                f"{_listed(known)}",
                source,
            )
        if key not in known:
            raise ScriptError(_unknown(kind, key, known), source)
        if known[key] in found:
            raise ScriptError(f"the {kind} note says {key} twice; keep one", source)
        found[known[key]] = value
    return found


def _unknown(kind: str, key: str, known: dict[str, str]) -> str:
    near = get_close_matches(key, known, n=1)
    hint = f", did you mean {near[0]!r}?" if near else "."
    return (
        f"unknown key {key[:40]!r} in the {kind} note{hint} "
        f"It knows {_listed(known)}; a note for people must not begin with `{kind}:`"
    )


def _listed(known: dict[str, str]) -> str:
    return ", ".join(known)


def _shot(values: dict[str, str], source: Source) -> ShotNote:
    cast = values.get("cast")
    return ShotNote(
        framing=_one_of(_FRAMINGS, values.get("framing"), "framing", source),
        seconds=_seconds(values.get("seconds"), source),
        action=values.get("action"),
        sound=values.get("sound"),
        transition=_one_of(_TRANSITIONS, values.get("transition"), "transition", source),
        cast=None if cast is None else _names(cast),
        reference=_reference(values.get("reference"), source),
        source=source,
    )


def _character(values: dict[str, str], source: Source) -> CharacterNote:
    name = values.get("name", "")
    if not name:
        raise ScriptError("the character note names nobody; write [[character: MIA; ...]]", source)
    return CharacterNote(
        name=name,
        looks=values.get("looks", ""),
        voice=values.get("voice", ""),
        reference=_reference(values.get("reference"), source),
        also=_names(values.get("also", "")),
        source=source,
    )


def _names(words: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in re.split("[,，、]", words) if name.strip())
    return () if tuple(n.lower() for n in names) in {("nobody",), ("none",)} else names


def _one_of(known: dict[str, Choice], word: str | None, what: str, source: Source) -> Choice | None:
    if word is None:
        return None
    if word.lower() not in known:
        choices = ", ".join(dict.fromkeys(str(value) for value in known.values()))
        raise ScriptError(f"unknown {what} {word[:40]!r}; it can be {choices}", source)
    return known[word.lower()]


def _seconds(word: str | None, source: Source) -> Fraction | None:
    if word is None:
        return None
    match = _LENGTH.fullmatch(word)
    if match is None or not 0 < Fraction(match.group(1)) <= 60:
        raise ScriptError(f"{word[:40]!r} is no length; give seconds up to 60, such as 6.5", source)
    return Fraction(match.group(1))


def _reference(path: str | None, source: Source) -> str | None:
    if path is not None and (fault := reference_fault(path)):
        raise ScriptError(fault, source)
    return path
