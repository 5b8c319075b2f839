"""The shot list: a sheet with a row per shot, as CSV or TSV, to a storyboard.

    scene,shot,framing,action,sound,speaker,delivery,text,text_ja,seconds,transition,cast,reference,
    place,time_of_day,language

The first row names the columns, in any order and case; only `scene` and something to film are
needed. A row that names the scene and shot of the row above adds a second line to it; a row with an
empty scene belongs to the scene above, one with an empty shot is a shot of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import cast, get_args

from storyboard.board import (
    Character,
    Framing,
    Line,
    Scene,
    Shot,
    Source,
    Storyboard,
    Transition,
)
from storyboard.checks import LONGEST_SHOT, reference_fault, together
from storyboard.errors import LanguageError, Notice, ScriptError
from storyboard.headings import setting
from storyboard.languages import language
from storyboard.names import distinct, is_nobody, slug
from storyboard.recognise import recognise_language

COLUMNS = (
    *("scene", "shot", "framing", "action", "sound", "speaker", "delivery", "text", "seconds"),
    *("transition", "cast", "reference", "place", "time_of_day", "language", "notes"),
)
"""Beside these, one `text_<language>` for each translation; `language` is that of `text`, the same
wherever it is filled; `notes` are for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row's cells by column, without outer spaces."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class _ShotDraft:
    rows: list[_Row]
    key: str
    """The shot column; empty for a row that is a shot of its own."""


@dataclass(slots=True)
class _SceneDraft:
    name: str
    line: int
    shots: list[_ShotDraft] = field(default_factory=list)


def read_shot_list(text: str, file: str) -> tuple[Storyboard, tuple[Notice, ...]]:
    """The storyboard of a shot list; ScriptError names every bad row and column."""
    rows = _rows(text, file)
    mistakes = [mistake for row in rows for mistake in _mistakes(row, file)]
    drafts, orphans = _drafts(rows, file)
    mistakes += [*orphans, *_language_mistakes(rows, file)]
    own = _own_language(rows) if not mistakes else ""
    mistakes += [mistake for row in rows if (mistake := _said_twice(row, own, file))]
    if mistakes:
        raise together(mistakes)
    people = _people(rows, file)
    notices = [notice for draft in drafts for notice in _notices(draft, file)]
    scenes = tuple(_scenes(drafts, own, people, file))
    if not any(row["text"] or _translations(row) for row in rows):
        notices.append(
            Notice(source=Source(file=file, line=1), message="nobody speaks in this shot list")
        )
    title = Path(file).stem.replace("_", " ")
    board = Storyboard(
        title=title,
        slug=slug(title, otherwise="film"),
        language=own,
        characters=tuple(people.values()),
        scenes=scenes,
        source=Source(file=file, line=1),
    )
    return board, tuple(notices)


# --- the sheet -----------------------------------------------------------------------------------


def _rows(text: str, file: str) -> list[_Row]:
    """The rows under the header that say anything, by the header's columns."""
    table = _table(text, file)
    while table and not any(cell.strip() for cell in table[0][1]):
        table.pop(0)
    if not table:
        raise ScriptError("the shot list has no row", Source(file=file, line=1))
    line, header = table[0]
    columns = _columns(header, Source(file=file, line=line))
    rows = []
    for line, cells in table[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        extra = [cell for cell in cells[len(columns) :] if cell.strip()]
        if extra:
            raise ScriptError(
                f"{len(cells)} cells under {len(columns)} columns; put a cell with the separator "
                f'in it in quotes ("...")',
                Source(file=file, line=line),
            )
        named = zip(columns, (cell.strip() for cell in cells), strict=False)
        rows.append(_Row(line=line, cells={column: cell for column, cell in named if cell}))
    if not rows:
        raise ScriptError("the shot list has no row under its header", Source(file=file, line=1))
    return rows


def _table(text: str, file: str) -> list[tuple[int, list[str]]]:
    """Rows of cells with the line each begins on."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next(line for line in text.split("\n") if line.strip())
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True, skipinitialspace=True)
    table: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for cells in reader:
            table.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ScriptError(
            f"not a table: {error}; a cell with quotes in it doubles them and stands in quotes",
            Source(file=file, line=begins),
        ) from error
    return table


def _columns(header: list[str], where: Source) -> list[str]:
    """The house's names of the header's columns; ScriptError for one it does not know."""
    columns = []
    while header and not header[-1].strip():
        header = header[:-1]
    for number, cell in enumerate(header, start=1):
        name = re.sub(r"[\s\-]+", "_", cell.strip().lower())
        if name.startswith("text_"):
            name = _text_column(cell.strip(), where)
        elif name not in COLUMNS:
            raise ScriptError(_unknown(cell, number), where)
        if name in columns:
            raise ScriptError(f"two columns are {name!r}; keep one", where)
        columns.append(name)
    if "scene" not in columns:
        raise ScriptError(_headless(columns), where)
    return columns


def _headless(columns: list[str]) -> str:
    return f"no column `scene` among {', '.join(columns)}; the first row must name the columns"


def _unknown(cell: str, number: int) -> str:
    near = get_close_matches(cell.strip().lower()[:60], COLUMNS, n=1)
    hint = f", did you mean `{near[0]}`?" if near else "."
    return (
        f"unknown column {number}, {cell.strip()[:40]!r}{hint} "
        f"Known: {', '.join(COLUMNS)}, text_<language>"
    )


def _text_column(cell: str, where: Source) -> str:
    try:
        return f"text_{language(cell[len('text_') :]).tag}"
    except LanguageError as error:
        raise ScriptError(f"column {cell[:40]!r}: {error.message}", where) from error


# --- a row ---------------------------------------------------------------------------------------


def _mistakes(row: _Row, file: str) -> Iterator[ScriptError]:
    """What is wrong in a row by itself."""

    def wrong(column: str, what: str) -> ScriptError:
        return ScriptError(f"column `{column}`: {what}", Source(file=file, line=row.line))

    for column, kinds in (("framing", get_args(Framing)), ("transition", get_args(Transition))):
        if row[column] and row[column].lower() not in kinds:
            yield wrong(column, f"{row[column][:40]!r} must be one of {', '.join(kinds)}")
    if row["seconds"] and _seconds(row) is None:
        yield wrong("seconds", f"{row['seconds'][:40]!r} must be a number up to {LONGEST_SHOT}")
    if row["reference"] and (fault := reference_fault(row["reference"])):
        yield wrong("reference", fault)
    spoken = row["text"] or _translations(row)
    if row["speaker"] and not _bare(row["speaker"]):
        yield wrong("speaker", f"{row['speaker'][:40]!r} names nobody; write the name before it")
    elif spoken and not row["speaker"]:
        yield wrong("speaker", "there are words, so say who speaks them")
    elif row["speaker"] and not spoken:
        yield wrong("text", f"{row['speaker'][:40]} speaks, so say the words")
    if not spoken and not row["action"]:
        yield wrong("action", "nothing to film; give an action or a text")


def _seconds(row: _Row) -> Fraction | None:
    words = row["seconds"].replace(",", ".").removesuffix("s").strip()
    if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", words, re.ASCII) is None:
        return None
    seconds = Fraction(words)
    return seconds if 0 < seconds <= LONGEST_SHOT else None


def _translations(row: _Row) -> dict[str, str]:
    return {
        column.removeprefix("text_"): _spoken(cell)
        for column, cell in row.cells.items()
        if column.startswith("text_")
    }


def _spoken(cell: str) -> str:
    return " ".join(cell.split())


def _names(cell: str) -> list[str]:
    """Names of a cast, none for one that says nobody."""
    names = [" ".join(name.split()) for name in re.split("[,;、/]", cell) if name.strip()]
    return [] if is_nobody(names) else names


# --- scenes and shots ----------------------------------------------------------------------------


def _drafts(rows: list[_Row], file: str) -> tuple[list[_SceneDraft], list[ScriptError]]:
    """Rows by scene and shot; a scene or shot that comes again later is continued there."""
    scenes: dict[str, _SceneDraft] = {}
    shots: dict[tuple[str, str], _ShotDraft] = {}
    mistakes: list[ScriptError] = []
    scene: _SceneDraft | None = None
    for row in rows:
        where = Source(file=file, line=row.line)
        if row["scene"]:
            scene = scenes.setdefault(row["scene"], _SceneDraft(row["scene"], row.line))
        if scene is None:
            mistakes.append(ScriptError("column `scene`: the first row must name its scene", where))
            continue
        key = (scene.name, row["shot"])
        if row["shot"] and key in shots:
            shots[key].rows.append(row)
            if not (row["text"] or _translations(row)):
                mistakes.append(
                    ScriptError(
                        f"column `shot`: {row['shot'][:40]!r} stands above already; a second row "
                        "of a shot adds a line",
                        where,
                    )
                )
            continue
        shot = _ShotDraft([row], row["shot"])
        scene.shots.append(shot)
        if row["shot"]:
            shots[key] = shot
    return list(scenes.values()), mistakes


def _language_mistakes(rows: list[_Row], file: str) -> Iterator[ScriptError]:
    """Rows whose language is none, or another than a row above gives."""
    said = ""
    for row in rows:
        where = Source(file=file, line=row.line)
        try:
            tag = language(row["language"]).tag if row["language"] else said
        except LanguageError as error:
            yield ScriptError(f"column `language`: {error.message}", where)
            continue
        if said and tag != said:
            yield ScriptError(f"column `language`: the sheet is in {said} already", where)
        said = said or tag


def _said_twice(row: _Row, own: str, file: str) -> ScriptError | None:
    """A row whose `text` and whose column for that same language hold different words."""
    other = row[f"text_{own}"]
    if not (row["text"] and other) or _spoken(row["text"]) == _spoken(other):
        return None
    return ScriptError(
        f"columns `text` and `text_{own}` both have {own} words here, and they differ; keep one, "
        "or say in a column `language` what `text` is in",
        Source(file=file, line=row.line),
    )


def _own_language(rows: list[_Row]) -> str:
    """The language the sheet states; else what the `text` column is in by its letters; without
    one, the first translation's."""
    if stated := next((row["language"] for row in rows if row["language"]), ""):
        return language(stated).tag
    if spoken := " ".join(row["text"] for row in rows if row["text"]):
        return recognise_language(spoken)
    first = next((tag for row in rows for tag in _translations(row)), None)
    return first or recognise_language(" ".join(row["action"] for row in rows))


def _people(rows: list[_Row], file: str) -> dict[str, Character]:
    """Characters by folded name, in order of appearance."""
    people: dict[str, Character] = {}
    taken: dict[str, int] = {}
    for row in rows:
        for name in [*_names(row["cast"]), *_names_of_speaker(row)]:
            if name.casefold() not in people:
                name_id = distinct(slug(name, otherwise="character"), taken)
                where = Source(file=file, line=row.line)
                people[name.casefold()] = Character(id=name_id, name=name, source=where)
    return people


def _names_of_speaker(row: _Row) -> list[str]:
    name = _bare(row["speaker"])
    return [name] if name else []


_HEARD = re.compile(r"\s*\((?:v\.?o\.?|o\.?s\.?|off)\)\s*$", re.IGNORECASE)


def _bare(speaker: str) -> str:
    return " ".join(_HEARD.sub("", speaker[:400]).split())


def _notices(draft: _SceneDraft, file: str) -> Iterator[Notice]:
    """Cells of a scene that contradict what was said of it above."""
    rows = [row for shot in draft.shots for row in shot.rows]
    for column in ("place", "time_of_day"):
        said = [(row.line, row[column]) for row in rows if row[column]]
        for line, words in said[1:]:
            if words != said[0][1]:
                message = f"scene {draft.name[:40]!r} has the {column} {said[0][1]!r} already"
                yield Notice(source=Source(file=file, line=line), message=message)


def _scenes(
    drafts: list[_SceneDraft], own: str, people: dict[str, Character], file: str
) -> Iterator[Scene]:
    taken: dict[str, int] = {}
    shot_ids: dict[str, int] = {}
    for draft in drafts:
        words = f"scene {draft.name}" if draft.name[0].isdigit() else draft.name
        scene_id = distinct(slug(words, otherwise="scene"), taken)
        rows = [row for shot in draft.shots for row in shot.rows]
        where = setting(draft.name)
        placed = where.place if where.place != draft.name else ""
        yield Scene(
            id=scene_id,
            heading=draft.name,
            interior=where.interior,
            place=next((row["place"] for row in rows if row["place"]), placed),
            time_of_day=next(
                (r["time_of_day"] for r in rows if r["time_of_day"]), where.time_of_day
            ),
            shots=tuple(
                _shot(shot, distinct(_shot_id(shot, scene_id, at), shot_ids), own, people, file)
                for at, shot in enumerate(draft.shots, start=1)
            ),
            source=Source(file=file, line=draft.line),
        )


def _shot_id(shot: _ShotDraft, scene_id: str, at: int) -> str:
    if not shot.key:
        return f"{scene_id}-{at:02}"
    if shot.key.isascii() and shot.key.isdigit() and len(shot.key) < 5:
        return f"{scene_id}-{int(shot.key):02}"
    return f"{scene_id}-{slug(shot.key, otherwise='shot')[:30].strip('-')}"


def _shot(
    draft: _ShotDraft, shot_id: str, own: str, people: dict[str, Character], file: str
) -> Shot:
    first = draft.rows[0]
    lines = tuple(_lines(draft, shot_id, own, people, file))
    named = [people[name.casefold()].id for row in draft.rows for name in _names(row["cast"])]
    speaking = [line.speaker for line in lines if not line.heard_only]
    emptied = first["cast"] and not _names(first["cast"])
    seen = tuple(dict.fromkeys(named or ([] if emptied else speaking)))
    framing = first["framing"].lower() or _framing(lines, seen)
    return Shot(
        id=shot_id,
        framing=cast(Framing, framing),
        action=_spoken(first["action"]),
        sound=first["sound"],
        cast=() if framing == "insert" and not named else seen,
        lines=lines,
        transition=cast(Transition, first["transition"].lower() or "cut"),
        seconds=_seconds(first) if first["seconds"] else None,
        reference=first["reference"] or None,
        source=Source(file=file, line=first.line),
    )


def _framing(lines: tuple[Line, ...], seen: tuple[str, ...]) -> Framing:
    """For a row that names none: wide without speech, by the number of people with it."""
    if not lines:
        return "wide"
    return "two-shot" if len(seen) == 2 else "medium"


def _lines(
    draft: _ShotDraft, shot_id: str, own: str, people: dict[str, Character], file: str
) -> Iterator[Line]:
    spoken = [row for row in draft.rows if row["speaker"]]
    for number, row in enumerate(spoken, start=1):
        words = {own: _spoken(row["text"])} if row["text"] else {}
        yield Line(
            id=f"{shot_id}.{number}",
            speaker=people[_bare(row["speaker"]).casefold()].id,
            text={**_translations(row), **words},
            delivery=row["delivery"].strip("()（）"),
            heard_only=_HEARD.search(row["speaker"][:400]) is not None,
            source=Source(file=file, line=row.line),
        )
