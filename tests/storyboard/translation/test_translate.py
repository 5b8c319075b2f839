"""Translating a board: what is asked, what is let through, what is held back."""

from __future__ import annotations

from fractions import Fraction

import pytest

from storyboard import missing_lines
from storyboard.translation import Brief, Words, laid_over, translate
from storyboard.translation.job import passages_of
from storyboard.translation.memory import Remembering
from storyboard.yaml_board import read_yaml
from tests.storyboard.translation.boards import GERMAN, KETTLE, Phrasebook, kettle

HOOFBEAT = Brief(keep=("Hoofbeat",), glossary={"kettle": {"de-DE": "Kessel"}})


def words(made, first: str) -> Words:
    """The German words kept for the line that begins so."""
    return next(e for e in made.dialogue.entries if e.source.startswith(first)).words["de-DE"]


def test_only_what_is_missing_is_asked_and_the_rest_stays() -> None:
    book = Phrasebook(GERMAN)
    made = translate(kettle(), ["en", "de"], book, HOOFBEAT)
    assert [each.text for each in book.asked] == [
        "The water is ready in 3 minutes.",
        "Only with a Hoofbeat kettle.",
    ]
    assert [line.text["de-DE"] for line in made.board.spoken_lines()] == [
        "Das Wasser ist in 3 Minuten fertig.",
        "Dann sollten wir den Tee trinken.",
        "Nur mit einem Kessel von Hoofbeat.",
    ]
    origins = [line.origin for line in made.board.spoken_lines()]
    assert origins == [{"de-DE": "translated"}, {}, {"de-DE": "translated"}]
    assert made.notices == ()
    assert translate(made.board, ["de"], book, dialogue=made.dialogue).dialogue == made.dialogue
    assert len(book.asked) == 2, "what is there is not asked again"


def test_a_fault_is_told_to_the_translator_who_may_mend_it_once() -> None:
    said = "Only with a Hoofbeat kettle."
    book = Phrasebook({said: ["Nur mit einem Hufschlag-Kessel.", GERMAN[said]]})
    made = translate(kettle(), ["de"], book, HOOFBEAT)
    second = book.asked[-1]
    assert second.before == "Nur mit einem Hufschlag-Kessel."
    assert second.faults == ("'Hoofbeat' must stay as it is",)
    assert words(made, "Only").text == GERMAN[said]
    assert [str(n) for n in made.notices] == [
        "kettle.fountain:8: warning: no de-DE words for 'The water is ready in 3 minutes.'"
    ]


def test_what_stays_faulty_is_kept_and_held_back() -> None:
    book = Phrasebook(GERMAN | {"The water is ready in 3 minutes.": "Das Wasser kommt in 30 Min."})
    made = translate(kettle(), ["de"], book, HOOFBEAT)
    held = words(made, "The water")
    assert held.held
    assert held.faults == ("3 is in the source and missing here", "30 is not in the source")
    assert [line.text["en"] for line in missing_lines(made.board, "de")] == [
        "The water is ready in 3 minutes."
    ]
    assert "(held back): 3 is in the source" in str(made.notices[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Das Wasser ist in 3 Minuten fertig. Kaufen Sie auf evil.com!", "'evil.com' is not in"),
        ("Das Wasser ist in 3 Minuten {{fertig}}.", "'{' is not in the source"),
        ("The water is ready in 3 minutes.", "the source's words again"),
        ("水は3分で沸きます。", "not written in the letters of German"),
        ("…", "there is nothing to speak"),
        ("Das Wasser, " * 30 + "3", "s to say; there are"),
    ],
)
def test_what_no_translation_has_is_held_back(text: str, said: str) -> None:
    made = translate(kettle(), ["de"], Phrasebook({"The water is ready in 3 minutes.": text}))
    assert words(made, "The water").held
    assert any(said in fault for fault in words(made, "The water").faults)


def test_a_line_a_little_long_is_asked_again_and_let_through_with_a_warning() -> None:
    long = "Also, das Wasser, das wir brauchen, ist nun in etwa 3 Minuten wohl fertig."
    book = Phrasebook(GERMAN | {"The water is ready in 3 minutes.": long})
    made = translate(kettle(), ["de"], book)
    assert book.asked[-1].faults[0].startswith("takes ")
    assert words(made, "The water").text == long
    assert not words(made, "The water").held
    assert "(let through): takes" in str(made.notices[0])


def test_a_shorter_second_try_is_taken_and_a_worse_one_is_not() -> None:
    long = "Also, das Wasser, das wir brauchen, ist nun in etwa 3 Minuten wohl fertig."
    source = "The water is ready in 3 minutes."
    better = translate(kettle(), ["de"], Phrasebook({source: [long, GERMAN[source]]}))
    assert words(better, "The water").text == GERMAN[source]
    worse = translate(kettle(), ["de"], Phrasebook({source: [long, "Gleich."]}))
    assert words(worse, "The water").text == long


def test_numbers_left_as_english_writes_them_are_put_right() -> None:
    board = kettle(KETTLE.replace("in 3 minutes", "for $1,299.50"))
    source = "The water is ready for $1,299.50."
    made = translate(board, ["de"], Phrasebook({source: "Das Wasser kostet 1,299.50 $."}))
    assert words(made, "The water").text == "Das Wasser kostet 1.299,50 $."
    assert not words(made, "The water").held


def test_the_budget_is_the_shots_where_the_author_has_asked_for_a_length() -> None:
    board = read_yaml(
        "title: B\nlanguage: en\ncharacters: [{name: MIA}]\nscenes:\n  - shots:\n"
        "      - seconds: 5\n        lines:\n"
        "          - {speaker: MIA, text: One word here.}\n"
        "          - {speaker: MIA, text: One word here.}\n"
        "      - lines: [{speaker: MIA, text: The lamp is out and nobody knows.}]\n",
        "b.yaml",
    )
    first, second, free = passages_of(board, board.spoken_lines(), Brief(stretch=1.5))
    room = Fraction(5) - Fraction("0.3") - Fraction("0.5") - Fraction("0.25")
    assert first.seconds == second.seconds == room / 2
    assert free.seconds == Fraction("1.5") * free.seconds / Fraction("1.5")
    plain = passages_of(board, board.spoken_lines(), Brief(stretch=1.0))[2]
    assert free.seconds == plain.seconds * Fraction(3, 2)


def test_words_on_a_card_are_translated_too() -> None:
    board = read_yaml(
        "title: C\nlanguage: en\nscenes:\n  - shots:\n      - seconds: 3\n        card:\n"
        "          words: [{role: headline, text: The lamp that waits}]\n",
        "c.yaml",
    )
    book = Phrasebook({"The lamp that waits": "Die Lampe, die wartet"})
    made = translate(board, ["de"], book)
    (card,) = made.board.written()
    assert (card.text["de-DE"], card.origin) == ("Die Lampe, die wartet", {"de-DE": "translated"})
    assert "end card" in book.asked[0].speaker
    laid, _ = laid_over(board, made.dialogue, "")
    assert laid == made.board


class Drawer(dict):
    put = dict.__setitem__


def test_a_sentence_known_is_not_asked_again_wherever_it_stands() -> None:
    book, drawer = Phrasebook(GERMAN), Drawer()
    first = translate(kettle(), ["de"], Remembering(book, drawer), HOOFBEAT)
    moved = kettle(KETTLE.replace("ANNA puts", "BEN\nHello there.\n\nANNA puts"))
    second = translate(moved, ["de"], Remembering(book, drawer), HOOFBEAT)
    assert [each.text for each in book.asked][2:] == ["Hello there."]
    assert second.usage.cached == 2
    assert first.usage.cached == 0
    assert words(second, "The water") == words(first, "The water")


@pytest.mark.parametrize(
    "brief",
    [
        Brief(keep=("Hoofbeat", "water")),
        Brief(keep=("Hoofbeat",), style={"all": "solemn"}),
        Brief(keep=("Hoofbeat",), glossary={"water": {"de-DE": "Wasser"}}),
        Brief(keep=("Hoofbeat",), stretch=2),
    ],
)
def test_another_brief_is_another_question(brief: Brief) -> None:
    book, drawer = Phrasebook(GERMAN), Drawer()
    translate(kettle(), ["de"], Remembering(book, drawer), Brief(keep=("Hoofbeat",)))
    before = len(book.asked)
    translate(kettle(), ["de"], Remembering(book, drawer), brief)
    assert "The water is ready in 3 minutes." in [each.text for each in book.asked[before:]]


def test_faulty_words_are_not_remembered() -> None:
    drawer = Drawer()
    book = Phrasebook({"The water is ready in 3 minutes.": "Bald."})
    translate(kettle(), ["de"], Remembering(book, drawer))
    assert drawer == {}
