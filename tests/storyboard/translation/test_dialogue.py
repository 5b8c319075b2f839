"""The dialogue list: words kept beside a script, found again by the words they translate."""

from __future__ import annotations

from pathlib import Path

import pytest

from storyboard import missing_lines, read
from storyboard.errors import ScriptError
from storyboard.translation import DialogueList, Words, beside, laid_over, load_dialogue
from tests.storyboard.translation.boards import KETTLE, kettle


def lines(board):
    return {line.text["en"]: line for line in board.spoken_lines()}


def listed(board, **german: Words) -> DialogueList:
    """A list with German words by the first word of the English line."""
    by_first = {line.text["en"].split()[0]: line.id for line in board.spoken_lines()}
    return DialogueList().with_words(
        board, {by_first[first]: {"de-DE": words} for first, words in german.items()}
    )


def german(board, dialogue: DialogueList) -> list[str]:
    laid, _ = laid_over(board, dialogue, "")
    return [line.text.get("de-DE", "-") for line in laid.spoken_lines()]


THEN = "Dann sollten wir den Tee trinken."


def test_words_are_laid_where_the_script_has_none() -> None:
    board = kettle()
    dialogue = listed(board, The=Words(text="Gleich."), Then=Words(text="Nie."))
    assert german(board, dialogue) == ["Gleich.", THEN, "-"]
    laid, _ = laid_over(board, dialogue, "")
    assert [line.origin for line in laid.spoken_lines()] == [{"de-DE": "translated"}, {}, {}]


def test_a_line_that_moves_keeps_its_words() -> None:
    board = kettle()
    dialogue = listed(board, The=Words(text="Gleich."))
    moved = kettle(KETTLE.replace("ANNA puts", "BEN\nHello there.\n\nANNA puts"))
    ids = [each.spoken_lines()[n].id for each, n in ((board, 0), (moved, 1))]
    assert ids[0] != ids[1], "the line before must have moved it"
    assert german(moved, dialogue) == ["-", "Gleich.", THEN, "-"]


def test_a_line_that_changes_loses_its_words_and_the_reader_is_told() -> None:
    dialogue = listed(kettle(), The=Words(text="Das Wasser ist in 3 Minuten fertig."))
    changed = kettle(KETTLE.replace("3 minutes", "5 minutes"))
    laid, notices = laid_over(changed, dialogue, "kettle.fountain.dialogue.json")
    assert missing_lines(laid, "de")[0].text["en"] == "The water is ready in 5 minutes."
    assert "'The water is ready in 3 minutes.'" in str(notices[0])


def test_the_same_words_by_two_people_keep_their_own_translations() -> None:
    script = KETTLE.replace("Only with a Hoofbeat kettle.", "Yes.") + "\nBEN\nYes.\n"
    board = kettle(script)
    anna, ben = [line for line in board.spoken_lines() if line.text["en"] == "Yes."]
    dialogue = DialogueList().with_words(
        board, {anna.id: {"ja-JP": Words(text="ええ。")}, ben.id: {"ja-JP": Words(text="うん。")}}
    )
    later = kettle(script.replace("ANNA puts the kettle on.", "BEN\nHello there.\n\nANNA waits."))
    laid, _ = laid_over(later, dialogue, "")
    yes = [line for line in laid.spoken_lines() if line.text["en"] == "Yes."]
    assert [(line.speaker, line.text["ja-JP"]) for line in yes] == [
        ("anna", "ええ。"),
        ("ben", "うん。"),
    ]


def test_the_scripts_own_words_win_unless_the_edit_was_of_just_those() -> None:
    board = kettle()
    edit = Words(text="Dann trinken wir Tee.", origin="edited", instead_of=THEN)
    assert german(board, listed(board, Then=edit))[1] == "Dann trinken wir Tee."
    stale = edit.model_copy(update={"instead_of": "Etwas anderes."})
    assert german(board, listed(board, Then=stale))[1] == THEN


def test_faulty_words_are_held_back_until_a_person_takes_them() -> None:
    board = kettle()
    faulty = Words(text="In 30 Minuten.", faults=("30 is not in the source",))
    assert german(board, listed(board, The=faulty))[0] == "-"
    _, notices = laid_over(board, listed(board, The=faulty), "")
    assert str(notices[0]).startswith("kettle.fountain:8: warning: the de-DE words 'In 30 Min")
    taken = faulty.model_copy(update={"origin": "approved"})
    assert german(board, listed(board, The=taken))[0] == "In 30 Minuten."


def test_a_line_that_is_gone_stays_in_the_list_for_a_script_that_is_changed_back() -> None:
    dialogue = listed(kettle(), The=Words(text="Gleich."))
    changed = kettle(KETTLE.replace("3 minutes", "5 minutes"))
    whole = dialogue.with_words(changed, {})
    assert german(kettle(), whole)[0] == "Gleich."


def test_reading_a_script_reads_what_is_kept_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "kettle.fountain"
    script.write_text(KETTLE, encoding="utf-8")
    dialogue = listed(kettle(), The=Words(text="Gleich."))
    beside(script).write_text(dialogue.model_dump_json(), encoding="utf-8")
    assert load_dialogue(beside(script)) == dialogue
    assert read(script).board.spoken_lines()[0].text["de-DE"] == "Gleich."


@pytest.mark.parametrize("text", ["", "{", '{"entries": [{"line": 1}]}', '{"schema_version": 2}'])
def test_a_damaged_list_is_an_error_and_not_a_film_without_words(tmp_path: Path, text: str) -> None:
    script = tmp_path / "kettle.fountain"
    script.write_text(KETTLE, encoding="utf-8")
    beside(script).write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError, match="dialogue list is damaged"):
        read(script)
