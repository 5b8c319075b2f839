"""People's words for single lines, put into the storyboard of a run; the script stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review import LineEdit
from storyboard import Notice, Storyboard
from storyboard.board import Line, Origin, Scene, Shot


def reworded(board: Storyboard, edits: Iterable[LineEdit]) -> tuple[Storyboard, tuple[Notice, ...]]:
    """The board with every edit that still fits, and a notice for each that does not.

    An edit fits as long as the script has the words that it was made for.
    """
    by_line: dict[str, list[LineEdit]] = {}
    for edit in edits:
        by_line.setdefault(edit.line, []).append(edit)
    if not by_line:
        return board, ()
    notices = tuple(
        Notice(
            source=line.source,
            message=(
                f"{edit.by} reworded this line in {edit.language}, for words that the script has "
                "changed since; the script's are taken"
            ),
        )
        for line in board.spoken_lines()
        for edit in by_line.get(line.id, ())
        if line.text.get(edit.language) != edit.was
    )
    return _board(board, by_line), notices


def _board(board: Storyboard, edits: Mapping[str, list[LineEdit]]) -> Storyboard:
    return board.model_copy(
        update={"scenes": tuple(_scene(scene, edits) for scene in board.scenes)}
    )


def _scene(scene: Scene, edits: Mapping[str, list[LineEdit]]) -> Scene:
    return scene.model_copy(update={"shots": tuple(_shot(shot, edits) for shot in scene.shots)})


def _shot(shot: Shot, edits: Mapping[str, list[LineEdit]]) -> Shot:
    if not any(line.id in edits for line in shot.lines):
        return shot
    lines = tuple(_line(line, edits.get(line.id, [])) for line in shot.lines)
    return shot.model_copy(update={"lines": lines})


def _line(line: Line, edits: Iterable[LineEdit]) -> Line:
    fitting = {e.language: e.text for e in edits if line.text.get(e.language) == e.was}
    # Who decides on takes and gives words for one has said that they may be spoken.
    origin: dict[str, Origin] = dict.fromkeys(fitting, "approved")
    update = {"text": {**line.text, **fitting}, "origin": {**line.origin, **origin}}
    return line.model_copy(update=update)
