"""A Fountain script as a storyboard, by fixed rules: the same script always gives the same shots.

Every scene heading begins a scene; what stands before the first is an opening scene. A shot's id is
its scene's with its number in the scene, so that work on one scene leaves the others' ids alone.
What becomes a shot, and how it is framed: `storyboard.shots`. Who is who: `storyboard.casting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from storyboard.beats import Draft, Paragraph, SceneDraft, Speech, gather
from storyboard.board import Scene, Shot, Source, Storyboard, Transition
from storyboard.casting import Cast, cast_of
from storyboard.errors import LanguageError, Notice, ScriptError
from storyboard.fountain import TITLE_KEYS, Script, TitleValue
from storyboard.headings import STILL, setting
from storyboard.languages import language
from storyboard.names import distinct, slug
from storyboard.notes import SceneNote
from storyboard.recognise import recognise_language
from storyboard.shots import entry_of, shots_of


def board_of(script: Script, *, file: str, stem: str) -> tuple[Storyboard, tuple[Notice, ...]]:
    """The storyboard of a script, and what was noticed on the way.

    `stem` is the title of a script that gives none. ScriptError when nothing can be filmed, or a
    note of ours cannot be followed.
    """
    draft = gather(script, file)
    speeches = [b for scene in draft.scenes for b in scene.beats if isinstance(b, Speech)]
    actions = [b.text for scene in draft.scenes for b in scene.beats if isinstance(b, Paragraph)]
    cues = [(speech.name, speech.line) for speech in speeches]
    cast = cast_of(cues, actions, draft.people, file)
    tongue = _language(script, speeches, actions, file)
    scenes, notices = _scenes(draft, cast, tongue, file)
    if not any(scene.shots for scene in scenes):
        raise ScriptError(
            "nothing to film: the script has no action and no speech", Source(file=file, line=1)
        )
    if not any(speech.text for speech in speeches):
        notices.append(
            Notice(
                source=Source(file=file, line=1),
                message="nobody speaks in this script; a cue is a name in CAPITALS (or @Name) on a "
                "line of its own, with a blank line before it and the words right below",
            )
        )
    notices += [
        Notice(
            source=Source(file=file, line=speech.line),
            message=f"the script is itself in {tongue}; the {tongue} note is ignored",
        )
        for speech in speeches
        if tongue in speech.translations
    ]
    title = _titled(script, "title")
    words = title.text if title and title.text else stem
    board = Storyboard(
        title=words,
        slug=slug(words, otherwise="film"),
        language=tongue,
        credits=_credits(script),
        logline=value.text if (value := _titled(script, "logline")) else draft.synopsis,
        characters=cast.characters,
        scenes=tuple(scenes),
        source=Source(file=file, line=1),
    )
    noticed = [*script.notices, *draft.notices, *cast.notices, *notices]
    return board, tuple(sorted(noticed, key=lambda notice: notice.source.line))


def _titled(script: Script, key: str) -> TitleValue | None:
    return next((found for name in TITLE_KEYS[key] if (found := script.title(name))), None)


def _credits(script: Script) -> dict[str, str]:
    """The title page without what has a place of its own on the board."""
    placed = {name for key in ("title", "language", "logline") for name in TITLE_KEYS[key]}
    return {
        key: value.text
        for key, value in script.title_page.items()
        if key.casefold() not in placed and value.text
    }


def _language(script: Script, speeches: list[Speech], actions: list[str], file: str) -> str:
    named = _titled(script, "language")
    if named is not None and named.text:
        try:
            return language(named.text).tag
        except LanguageError as error:
            raise ScriptError(error.message, Source(file=file, line=named.line)) from error
    spoken = " ".join(speech.text for speech in speeches)
    return recognise_language(spoken or " ".join(actions))


# --- scenes --------------------------------------------------------------------------------------


def _scenes(draft: Draft, cast: Cast, tongue: str, file: str) -> tuple[list[Scene], list[Notice]]:
    scenes: list[Scene] = []
    notices: list[Notice] = []
    taken: dict[str, int] = {}
    entry: Transition = "cut"
    for part in draft.scenes:
        opening = not part.heading and part is draft.scenes[0]
        if opening and not any(isinstance(beat, Paragraph | Speech) for beat in part.beats):
            entry = entry_of(part.beats)
            continue
        scene_id = distinct("opening" if opening else _scene_id(part), taken)
        made = shots_of(
            part.beats, scene=scene_id, entry=entry, cast=cast, language=tongue, file=file
        )
        entry = made.entry
        time_before = scenes[-1].time_of_day if scenes else ""
        scenes.append(_scene(part, scene_id, made.shots, time_before, file))
        notices += [*made.notices, *_scene_notices(part, made.shots, file)]
    return scenes, notices


def _scene_id(part: SceneDraft) -> str:
    words = f"scene {part.number}" if part.number else part.heading
    return slug(words, otherwise="scene")


def _scene(
    part: SceneDraft, scene_id: str, shots: tuple[Shot, ...], time_before: str, file: str
) -> Scene:
    where = setting(part.heading)
    still = where.time_of_day.casefold() in STILL
    settled = {
        each.name: value
        for note in part.notes
        for each in fields(SceneNote)
        if (value := getattr(note, each.name)) is not None
    }
    placed = {"place": where.place, "time_of_day": time_before if still else where.time_of_day}
    return Scene(
        id=scene_id,
        heading=part.heading,
        interior=where.interior,
        shots=shots,
        source=Source(file=file, line=part.line),
        **(placed | settled),
    )


def _scene_notices(part: SceneDraft, shots: tuple[Shot, ...], file: str) -> Iterator[Notice]:
    source = Source(file=file, line=part.line)
    where = setting(part.heading)
    if where.crowded_dash:
        yield Notice(
            source=source,
            message=f"the heading has no spaces around its dash; read as the place "
            f"{where.place!r} and the time {where.time_of_day!r}",
        )
    if not shots:
        yield Notice(source=source, message="nothing happens in this scene; it makes no shot")
