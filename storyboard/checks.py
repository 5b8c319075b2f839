"""What must hold between the parts of a storyboard, whichever file it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from storyboard.board import Shot, Storyboard
from storyboard.errors import ScriptError
from storyboard.names import is_safe

MOST = 10
"""Mistakes that are spelled out at a time."""

LONGEST_SHOT = 60
"""Seconds an author may ask for; what an engine can make in one go is less and its own affair."""


def reference_fault(path: str) -> str | None:
    """Why a picture's path is refused, or None: it must stay inside the script's folder."""
    parts = PurePosixPath(path).parts
    outside = path.startswith(("/", "~")) or ".." in parts or "\\" in path or ":" in path
    unfit = not parts or len(path) > 400 or any(ord(c) < 32 for c in path)
    if outside or unfit:
        return (
            f"the picture {path[:60]!r} must be a path relative to the script, with / between "
            "folders and without .."
        )
    return None


def faults(board: Storyboard) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every broken cross-reference: where in the document, and what."""
    people = {character.id for character in board.characters}
    yield from _id_faults(board)
    for at, character in enumerate(board.characters):
        if character.reference and (fault := reference_fault(character.reference)):
            yield ("characters", at, "reference"), fault
    for i, scene in enumerate(board.scenes):
        for j, shot in enumerate(scene.shots):
            here = ("scenes", i, "shots", j)
            if shot.reference and (fault := reference_fault(shot.reference)):
                yield (*here, "reference"), fault
            if shot.seconds is not None and not 0 < shot.seconds <= LONGEST_SHOT:
                fault = f"a shot of {shot.seconds} s; give more than 0 and at most {LONGEST_SHOT}"
                yield (*here, "seconds"), fault
            if shot.card:
                for fault in _card_faults(shot):
                    yield (*here, "card"), fault
                for k, words in enumerate(shot.card.words):
                    if strange := words.origin.keys() - words.text.keys():
                        yield (*here, "card", "words", k, "origin"), _no_words(strange)
            for number, who in enumerate(shot.cast):
                if who not in people:
                    yield (*here, "cast", number), _stranger(who, people)
            for k, line in enumerate(shot.lines):
                if not any(words.strip() for words in line.text.values()):
                    yield (*here, "lines", k, "text"), "a line without words"
                if strange := line.origin.keys() - line.text.keys():
                    yield (*here, "lines", k, "origin"), _no_words(strange)
                if line.speaker not in people:
                    where = (*here, "lines", k, "speaker")
                    yield where, _stranger(line.speaker, people)


def _no_words(tags: Iterable[str]) -> str:
    return f"an origin for {', '.join(sorted(tags))}, but no words in it"


def together(errors: list[ScriptError]) -> ScriptError:
    """Several mistakes as one error, at the first of them; at most `MOST` are spelled out."""
    first, *others = sorted(errors, key=lambda error: error.source.line)
    said = [first.message, *(f"  line {e.source.line}: {e.message}" for e in others[: MOST - 1])]
    if len(others) >= MOST:
        said.append(f"  and {len(others) + 1 - MOST} more")
    return ScriptError("\n".join(said), first.source)


def _card_faults(shot: Shot) -> Iterator[str]:
    """What a card cannot go with, and files it must not name."""
    if shot.lines or shot.reference or shot.cast or shot.action:
        yield "a card stands in a shot by itself, without action, cast, lines and reference"
    if shot.seconds is None:
        yield "a card needs `seconds`"
    assert shot.card is not None
    roles = [words.role for words in shot.card.words]
    if len(set(roles)) < len(roles):
        yield "a card has each role once"
    if not any(words.has_words() for words in shot.card.words):
        yield "a card without words"
    files = (shot.card.logo, shot.card.picture, shot.card.backdrop, shot.card.font)
    yield from filter(None, map(reference_fault, filter(None, files)))


def _stranger(who: str, people: set[str]) -> str:
    known = ", ".join(sorted(people)) or "none"
    return f"no character {who[:40]!r} on this board; known are {known}"


def _id_faults(board: Storyboard) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Ids that are unsafe or used twice; scenes, shots, lines and characters each on their own."""
    seen: dict[str, set[str]] = {"character": set(), "scene": set(), "shot": set(), "line": set()}

    def fault(kind: str, name: str) -> str | None:
        plain = name.replace(".", "-") if kind == "line" else name
        if not is_safe(plain):
            return f"the {kind} id {name[:40]!r} may have only a-z, 0-9 and single hyphens"
        if name in seen[kind]:
            return f"the {kind} id {name!r} is used twice"
        seen[kind].add(name)
        return None

    if not is_safe(board.slug):
        yield ("slug",), f"the slug {board.slug[:40]!r} may have only a-z, 0-9 and -"
    for at, character in enumerate(board.characters):
        if found := fault("character", character.id):
            yield ("characters", at, "id"), found
    for i, scene in enumerate(board.scenes):
        if found := fault("scene", scene.id):
            yield ("scenes", i, "id"), found
        for j, shot in enumerate(scene.shots):
            if found := fault("shot", shot.id):
                yield ("scenes", i, "shots", j, "id"), found
            for k, line in enumerate(shot.lines):
                if found := fault("line", line.id):
                    yield ("scenes", i, "shots", j, "lines", k, "id"), found
            for k, words in enumerate(shot.card.words if shot.card else ()):
                if found := fault("line", words.id):
                    yield ("scenes", i, "shots", j, "card", "words", k, "id"), found
