"""Who is who: cue names, introductions and notes to characters.

A character is who has a cue, whom a note describes, or whom the action introduces in capitals with
an age (`MIA, 34` or `MIA (34, ...)`). One name is another's when it is the end of exactly one
longer name that the action introduces (BOB, where it says CYBER BOB, 40) and is never introduced
itself; a note about it keeps it apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storyboard.board import Character, Source
from storyboard.errors import Notice
from storyboard.fountain import is_cjk, is_hangul
from storyboard.names import distinct, slug
from storyboard.notes import CharacterNote


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text."""

    name: str
    """Folded, as `fold` gives it."""
    start: int
    end: int


def fold(name: str) -> str:
    """A name as it is compared: case and inner spaces do not count."""
    return " ".join(name.casefold().split())


@dataclass(slots=True)
class Index:
    """Finds names in running text, in one pass however many names there are."""

    spaced: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Words of a name to the name; found on word boundaries."""
    solid: dict[str, str] = field(default_factory=dict)
    """Names of scripts that put no spaces between words; found anywhere."""

    @classmethod
    def of(cls, names: Iterable[str]) -> Index:
        index = cls()
        for name in names:
            if any(is_cjk(c) or is_hangul(c) for c in name):
                index.solid[fold(name)] = fold(name)
            elif words := tuple(re.findall(r"\w+", name.casefold())):
                index.spaced.setdefault(words[:8], fold(name))
        return index

    def mentions(self, text: str) -> list[Mention]:
        """Names in order, the longest where several begin at one place."""
        found = [*self._spaced(text), *self._solid(text)]
        return sorted(found, key=lambda mention: mention.start)

    def _spaced(self, text: str) -> Iterator[Mention]:
        words = [(m.group().casefold(), m.start(), m.end()) for m in re.finditer(r"\w+", text)]
        lengths = sorted({len(name) for name in self.spaced}, reverse=True)
        at = 0
        while at < len(words):
            for length in lengths:
                key = tuple(word for word, _, _ in words[at : at + length])
                if len(key) == length and key in self.spaced:
                    yield Mention(self.spaced[key], words[at][1], words[at + length - 1][2])
                    at += length - 1
                    break
            at += 1

    def _solid(self, text: str) -> Iterator[Mention]:
        lengths = sorted({len(name) for name in self.solid if len(name) <= 20}, reverse=True)
        at = 0
        while lengths and at < len(text):
            for length in lengths:
                name = self.solid.get(text[at : at + length].casefold())
                if name is not None:
                    yield Mention(name, at, at + length)
                    at += length - 1
                    break
            at += 1


@dataclass(slots=True)
class Cast:
    """The characters of a script, and how to find them by name."""

    characters: tuple[Character, ...]
    ids: dict[str, str]
    """Folded name or alias to character id."""
    index: Index
    notices: list[Notice]

    def id_of(self, name: str) -> str | None:
        """The id of that name, alias or id."""
        return self.ids.get(fold(name))

    def of(self, cue: str) -> str:
        """The id of a cue of this script."""
        return self.ids[fold(cue)]

    def seen_in(self, text: str) -> list[str]:
        """Ids of the characters a text names, in order of mention."""
        named = (self.ids[mention.name] for mention in self.index.mentions(text))
        return list(dict.fromkeys(named))


def cast_of(
    cues: list[tuple[str, int]], actions: list[str], notes: list[CharacterNote], file: str
) -> Cast:
    """The cast of a script: (cue name, line) of every speech, every paragraph, every note."""
    shown: dict[str, str] = {}
    lines: dict[str, int] = {}
    for note in notes:
        shown.setdefault(fold(note.name), note.name)
    for name, line in cues:
        shown.setdefault(fold(name), name)
        lines.setdefault(fold(name), line)
    for name in _introduced_with_age(actions):
        shown.setdefault(fold(name), name)
    looks = _introductions(shown, actions)
    same = _aliases(shown, actions, looks, notes)
    return _assemble(shown, lines, looks, same, notes, file)


def _assemble(
    shown: dict[str, str],
    lines: dict[str, int],
    looks: dict[str, str],
    same: dict[str, str],
    notes: list[CharacterNote],
    file: str,
) -> Cast:
    described = {fold(note.name): note for note in notes}
    taken: dict[str, int] = {}
    characters: list[Character] = []
    ids: dict[str, str] = {}
    for name in dict.fromkeys(same.get(each, each) for each in shown):
        others = [other for other, whole in same.items() if whole == name]
        note = described.get(name)
        character = Character(
            id=distinct(slug(shown[name], otherwise="character"), taken),
            name=shown[name],
            looks=(note.looks if note else "") or looks.get(name, ""),
            voice=note.voice if note else "",
            reference=note.reference if note else None,
            aliases=tuple(shown.get(other, other) for other in others),
            source=note.source if note else Source(file=file, line=lines.get(name, 1)),
        )
        characters.append(character)
        ids |= dict.fromkeys([name, *others], character.id)
    index = Index.of(ids)
    for character in characters:
        ids.setdefault(character.id, character.id)
    declared = {fold(other) for note in notes for other in note.also}
    notices = [
        Notice(
            source=Source(file=file, line=lines.get(other, 1)),
            message=f"{shown[other]} is taken for {shown[whole]}; "
            f"[[character: {shown[other]}]] keeps them apart",
        )
        for other, whole in same.items()
        if other not in declared
    ]
    return Cast(characters=tuple(characters), ids=ids, index=index, notices=notices)


def _aliases(
    shown: dict[str, str], actions: list[str], looks: dict[str, str], notes: list[CharacterNote]
) -> dict[str, str]:
    """Folded name to the folded name of the same person."""
    declared = {fold(note.name) for note in notes}
    same = {}
    for note in notes:
        for other in note.also:
            if fold(other) not in declared:
                same[fold(other)] = fold(note.name)
                shown.setdefault(fold(other), other)
    tails: dict[str, list[str]] = {}
    for name in shown:
        words = name.split()
        for start in range(1, min(len(words), 8)):
            tails.setdefault(" ".join(words[start:]), []).append(name)
    alone = _named_alone_in_capitals(shown, actions)
    for name in shown:
        longer = tails.get(name, [])
        if len(longer) != 1 or name in declared or name in same or longer[0] in same:
            continue
        if longer[0] in looks and name not in looks and name not in alone:
            same[name] = longer[0]
    return {name: whole for name, whole in same.items() if whole not in same}


def _named_alone_in_capitals(shown: dict[str, str], actions: list[str]) -> set[str]:
    """Names the action writes in capitals on their own: people introduced, however briefly."""
    index = Index.of(shown)
    return {
        mention.name
        for text in actions
        for mention in index.mentions(text)
        if text[mention.start : mention.end].isupper()
    }


# --- introductions -------------------------------------------------------------------------------

_WITH_AGE = re.compile(
    r"(?<![\w'’])([A-Z][A-Z'’.\-]{1,20}(?: [A-Z][A-Z'’.\-]{0,20}){0,3})(?:, ?| \()(?=\d{1,3}\b)"
)


def _introduced_with_age(actions: list[str]) -> Iterator[str]:
    for text in actions:
        for match in _WITH_AGE.finditer(text):
            yield match.group(1)


def _introductions(shown: dict[str, str], actions: list[str]) -> dict[str, str]:
    """Folded name to looks: what stands in brackets or behind the comma after a name in capitals
    (or a name and an age), the first time it does."""
    index = Index.of(shown)
    looks: dict[str, str] = {}
    tried: dict[str, int] = {}
    for text in actions:
        for mention in index.mentions(text):
            tried[mention.name] = tried.get(mention.name, 0) + 1
            if mention.name in looks or tried[mention.name] > 20:
                continue
            said = text[mention.start : mention.end]
            after = text[mention.end : mention.end + 600]
            aged = re.match(r"\s?[(（,，]\s?\d", after) is not None
            capitals = said.isupper() and (after[:1] == "," or after[:2] == " (")
            if (aged or capitals) and (found := _looks(after)):
                looks[mention.name] = found
    return looks


_VERBS_ALONE = {"enters", "stands", "sits", "waits", "walks", "smiles", "sleeps", "runs", "looks"}
_STOPS = {"who", "which", "that", "is", "are", "was", "has", "whose", "as", "while", "then"}


def _looks(after: str) -> str:
    """The looks in what follows a name: brackets whole, or pieces up to a verb or another name.

    A piece ends the looks when its first word is `who`, `which`, `is`, ... or reads as a verb (ends
    in a single s and has words behind it): "a white man, mild, goofy, strolls through the park".
    """
    if bracket := re.match(r"\s?[(（]([^()（）]{1,200})[)）]", after):
        return bracket.group(1).strip()
    sentence = re.split(r"[.;!?。；！？]", after.lstrip(", "), maxsplit=1)[0]
    kept: list[str] = []
    for piece in sentence.split(","):
        words = piece.split()
        if not words:
            continue
        first = words[0].casefold()
        verb = first.endswith("s") and not first.endswith(("ss", "us")) and len(words) > 1
        named = len(words[0]) > 1 and words[0].isupper()
        if named or first in _STOPS or first in _VERBS_ALONE or (verb and first[-2:] != "'s"):
            break
        cut = next((n for n, word in enumerate(words) if word.casefold() in _STOPS), len(words))
        kept.append(" ".join(words[:cut]))
        if cut < len(words):
            break
    looks = ", ".join(kept)
    return looks if len(looks) <= 200 and not looks.isupper() else ""
