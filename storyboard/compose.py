"""From a shot on the cue sheet to the request an engine is given, prompt and seed included."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NoReturn

from jinja2 import PackageLoader, StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from storyboard.board import Character, Framing, Scene, Storyboard
from storyboard.cues import CueLine, CueShot
from storyboard.document import digest
from storyboard.errors import LanguageError, StoryboardError
from storyboard.languages import language as find_language
from storyboard.request import Aspect, Capabilities, Figure, Request, Speech

_FRAMINGS: dict[Framing, str] = {
    "wide": "It is a wide shot that takes in the whole body and much of the surroundings.",
    "medium": "It is a medium shot from the waist up, the subject in the centre of the frame.",
    "close": "It is a close-up of head and shoulders that fills most of the frame.",
    "two-shot": "It is a medium two-shot, both people side by side from the waist up.",
    "insert": "It is a close insert of one object that fills most of the frame.",
}
_LIGHT: tuple[tuple[str, str], ...] = (
    ("night", "The light is dim and cool, from one side, with deep soft shadows."),
    ("midnight", "The light is dim and cool, from one side, with deep soft shadows."),
    ("dawn", "The light is low, pale and slightly warm, with long soft shadows."),
    ("morning", "The light is low, clear and slightly warm, with soft shadows."),
    ("dusk", "The light is low and amber, from one side, with long soft shadows."),
    ("evening", "The light is low and amber, from one side, with long soft shadows."),
    ("sunset", "The light is low and amber, from one side, with long soft shadows."),
)
_DAYLIGHT = "The light is bright and even, with soft shadows."

_CJK = r"[\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_BETWEEN_CJK = re.compile(rf"(?<={_CJK})(?={_CJK})")


def compose(
    board: Storyboard,
    shot: CueShot,
    language: str,
    capabilities: Capabilities,
    aspect: Aspect,
    *,
    attempt: int = 0,
    references: Mapping[str, str] | None = None,
) -> Request:
    """Everything one take of `shot` needs. `references` maps each picture's path to its sha256.

    The seed is the first 31 bits of the digest of all else in the request and the attempt: the same
    shot is always the same request, a retry is another, and a shot nobody speaks in is equal in
    every language. StoryboardError when the engine cannot serve the shot, or a picture the board
    names is not among the references.
    """
    tag = find_language(language).tag if shot.lines else None
    _refuse_aspect(capabilities, aspect)
    check_servable(board, shot, language, capabilities)
    figures = _figures(board, shot, references or {}, portraits=capabilities.portraits)
    scene = _scene(board, shot)
    preview_size, render_size = capabilities.aspects[aspect]
    request = Request(
        prompt=_prompt(scene, shot, figures, tag),
        language=tag,
        place=scene.place,
        interior=scene.interior,
        time_of_day=scene.time_of_day,
        framing=shot.framing,
        action=shot.action,
        sound=_sound(scene, shot),
        figures=tuple(figures.values()),
        speeches=_speeches(shot, list(figures)),
        seconds=shot.seconds,
        frame_rate=capabilities.frame_rate,
        aspect=aspect,
        preview_size=preview_size,
        render_size=render_size,
        seed=0,
        reference=_picture(shot, shot.reference, references or {}),
    )
    return request.model_copy(update={"seed": seed_of(request, attempt)})


def seed_of(request: Request, attempt: int) -> int:
    """31 bits from the digest of the request, its own seed set aside, and the attempt."""
    return int(digest(request.model_copy(update={"seed": 0}), attempt)[:8], 16) >> 1


def _refuse_aspect(can: Capabilities, aspect: Aspect) -> None:
    if aspect not in can.aspects:
        known = ", ".join(can.aspects)
        raise StoryboardError(f"engine {can.engine} does not make {aspect}; it makes {known}")


def check_servable(board: Storyboard, shot: CueShot, language: str, can: Capabilities) -> None:
    """StoryboardError for the first thing about the shot that the engine does not do."""
    tag = find_language(language).tag
    if shot.lines and tag not in can.languages:
        known = ", ".join(can.languages)
        raise LanguageError(
            f"engine {can.engine} does not speak {tag}; it speaks {known}", shot.source
        )
    _refuse_over(shot, can, "speeches", len(shot.lines), can.speeches_per_shot)
    speakers = len({line.speaker for line in shot.lines})
    _refuse_over(shot, can, "speakers", speakers, can.speakers_per_shot)
    _refuse_over(shot, can, "characters in the picture", len(shot.cast), can.figures_per_shot)
    if not can.shortest <= shot.seconds <= can.longest:
        _refuse(shot, f"lasts {shot.seconds} s; {can.engine} makes {can.shortest} to {can.longest}")
    if shot.reference and not can.first_frames:
        _refuse(
            shot,
            f"begins with the picture {shot.reference}, which engine {can.engine} cannot do: "
            "take it out of the script or choose another engine",
        )


def _refuse_over(shot: CueShot, can: Capabilities, what: str, count: int, most: int) -> None:
    if count > most:
        _refuse(shot, f"has {count} {what}; engine {can.engine} makes at most {most}")


def _refuse(shot: CueShot, why: str) -> NoReturn:
    raise StoryboardError(f"shot {shot.id} {why}", shot.source)


def _scene(board: Storyboard, shot: CueShot) -> Scene:
    for scene in board.scenes:
        if scene.id == shot.scene:
            return scene
    _refuse(shot, f"belongs to scene {shot.scene}, which the storyboard does not have")


def _character(board: Storyboard, shot: CueShot, character_id: str) -> Character:
    try:
        return board.character(character_id)
    except KeyError:
        _refuse(shot, f"names {character_id!r}, who is not among the characters")


_FigureKey = tuple[str, bool]
"""A character's id, and whether that figure is in the picture; a voice-over's owner may be both."""


def _figures(
    board: Storyboard, shot: CueShot, references: Mapping[str, str], *, portraits: bool
) -> dict[_FigureKey, Figure]:
    """Who is in the picture, left to right, then who is only heard."""
    figures = {}
    for key in dict.fromkeys([*((c, True) for c in shot.cast), *map(_speaker, shot.lines)]):
        character_id, seen = key
        character = _character(board, shot, character_id)
        figures[key] = Figure(
            name=character.name,
            looks=character.looks,
            voice=character.voice,
            reference=_picture(
                shot, character.reference if seen and portraits else None, references
            ),
            in_picture=seen,
        )
    return figures


def _speaker(line: CueLine) -> _FigureKey:
    return line.speaker, not line.heard_only


def _picture(shot: CueShot, path: str | None, references: Mapping[str, str]) -> str | None:
    if path is None:
        return None
    if path not in references:
        _refuse(shot, f"names the picture {path}, which was not read")
    return references[path]


def _sound(scene: Scene, shot: CueShot) -> str:
    return shot.sound or scene.sound


def _speeches(shot: CueShot, figures: Sequence[_FigureKey]) -> tuple[Speech, ...]:
    return tuple(
        Speech(
            speaker=figures.index(_speaker(line)),
            text=line.text.strip(),
            delivery=line.delivery,
            start=line.start,
            end=line.end,
        )
        for line in shot.lines
    )


def _prompt(
    scene: Scene, shot: CueShot, figures: Mapping[_FigureKey, Figure], tag: str | None
) -> str:
    """English prose, then the dialogue, then the sound, as the published model was trained on."""
    speaking = {_speaker(line) for line in shot.lines}
    seen = {key: figure for key, figure in figures.items() if figure.in_picture}
    return _template().render(
        seen=list(seen.values()),
        setting=_setting(scene),
        framing=_FRAMINGS[shot.framing],
        light=_light(scene),
        action=shot.action,
        speeches=[
            {
                "figure": figures[_speaker(line)],
                "delivery": line.delivery,
                "text": spaced(" ".join(line.text.split())),
            }
            for line in shot.lines
        ],
        listeners=[figure for key, figure in seen.items() if speaking and key not in speaking],
        language=find_language(tag).name if tag else "",
        sound=_sound(scene, shot),
    )


def _setting(scene: Scene) -> str:
    where = "indoors" if scene.interior else "outdoors"
    place = f", at this place: {scene.place}" if scene.place else ""
    return f"{where}{place}"


def _light(scene: Scene) -> str:
    time = scene.time_of_day.lower()
    return next((light for word, light in _LIGHT if word in time), _DAYLIGHT)


def spaced(text: str) -> str:
    """One space between neighbouring CJK characters; punctuation stays where it is."""
    return _BETWEEN_CJK.sub(" ", text)


def _phrase(text: str) -> str:
    """As part of a sentence: one line, no full stop."""
    return " ".join(text.split()).rstrip(".。 ")


def _sentence(text: str) -> str:
    said = " ".join(text.split())
    return said if said.endswith((".", "!", "?", "。", "！", "？", "…")) else f"{said}."


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = SandboxedEnvironment(
        loader=PackageLoader("storyboard", "prompts"),
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=False,
    )
    environment.filters["phrase"] = _phrase
    environment.filters["sentence"] = _sentence
    return environment.get_template("shot.j2")
