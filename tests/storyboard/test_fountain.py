"""Fountain's grammar, element by element."""

from pathlib import Path

import pytest

from storyboard.fountain import Element, Script, parse, strip_emphasis, unwrap

SCRIPTS = Path(__file__).parent / "scripts"


def read(text: str) -> Script:
    return parse(text, "x.fountain")


def kinds(text: str) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in read(text).elements]


def only(text: str, kind: str) -> Element:
    (found,) = [element for element in read(text).elements if element.kind == kind]
    return found


def test_every_kind_of_element_is_found_where_it_stands() -> None:
    script = parse((SCRIPTS / "grammar.fountain").read_text(), "grammar.fountain")
    assert [(e.kind, e.line) for e in script.elements] == [
        ("section", 15),
        ("synopsis", 17),
        ("heading", 19),
        ("action", 21),
        ("cue", 23),
        ("parenthetical", 24),
        ("dialogue", 25),
        ("parenthetical", 26),
        ("dialogue", 27),
        ("cue", 31),
        ("dialogue", 32),
        ("cue", 34),
        ("lyric", 35),
        ("lyric", 36),
        ("heading", 38),
        ("action", 40),
        ("note", 41),
        ("cue", 44),
        ("dialogue", 45),
        ("transition", 47),
        ("page break", 49),
        ("heading", 51),
        ("action", 53),
        ("centred", 55),
    ]
    assert script.notices == ()


def test_the_title_page_joins_indented_lines_and_knows_its_lines() -> None:
    script = parse((SCRIPTS / "grammar.fountain").read_text(), "grammar.fountain")
    title = script.title("title")
    assert title is not None
    assert (title.text, title.line) == ("The Night Ferry A play for two", 1)
    assert script.title_page["Draft date"].line == 6


@pytest.mark.parametrize(
    "heading",
    [
        *("INT. HOUSE - DAY", "EXT. PARK", "EST. CITY", "INT./EXT. CAR", "INT/EXT. CAR", "I/E CAR"),
        *("int. house", "Ext park", "I/E. CAR"),
    ],
)
def test_a_heading_needs_no_capitals(heading: str) -> None:
    assert kinds(f"{heading}\n\nRain.") == [("heading", heading), ("action", "Rain.")]


def test_a_forced_heading_has_one_dot_and_an_ellipsis_none() -> None:
    assert kinds(".SNIPER SCOPE\n\n...and then") == [
        ("heading", "SNIPER SCOPE"),
        ("action", "...and then"),
    ]


@pytest.mark.parametrize("number", ["1", "1A", "110A", "I-1-A", "1."])
def test_a_scene_number_is_taken_off_the_heading(number: str) -> None:
    heading = only(f"INT. HOUSE - DAY #{number}#\n\nRain.", "heading")
    assert (heading.text, heading.number) == ("INT. HOUSE - DAY", number)


def test_a_cue_needs_a_blank_line_before_it_and_none_after() -> None:
    assert kinds("Rain.\nBOB\nHi.") == [("action", "Rain.\nBOB\nHi.")]
    assert kinds("BOB\n\nHi.") == [("action", "BOB"), ("action", "Hi.")]
    assert kinds("BOB\nHi.") == [("cue", "BOB"), ("dialogue", "Hi.")]


def test_a_cue_has_at_least_one_letter_and_an_at_sign_forces_any() -> None:
    assert kinds("R2D2\nBeep.")[0] == ("cue", "R2D2")
    assert kinds("23\nBeep.")[0][0] == "action"
    assert kinds("@McCLANE\nYippie.")[0] == ("cue", "McCLANE")
    assert kinds("@小明\n你好。")[0] == ("cue", "小明")


def test_extensions_and_the_caret_are_no_part_of_the_name() -> None:
    cue = only("HANS (on the radio) (CONT'D) ^\nWhat was it?", "cue")
    assert (cue.text, cue.extensions, cue.dual) == ("HANS", ("on the radio", "CONT'D"), True)


def test_brackets_inside_dialogue_stay_dialogue() -> None:
    found = kinds("BOB\n(beat) I know. (laughs)\n(softly)\nNo.")
    assert found[1:] == [
        ("dialogue", "(beat) I know. (laughs)"),
        ("parenthetical", "softly"),
        ("dialogue", "No."),
    ]


def test_a_parenthetical_may_be_hard_wrapped() -> None:
    found = kinds("BOB\n(very\nsoftly)\nNo.")
    assert found[1:] == [("parenthetical", "very softly"), ("dialogue", "No.")]


def test_two_spaces_keep_a_blank_line_inside_a_speech() -> None:
    assert kinds("BOB\nOne.\n  \nTwo.\n\nRain.") == [
        ("cue", "BOB"),
        ("dialogue", "One.\n\nTwo."),
        ("action", "Rain."),
    ]


def test_transitions_end_in_to_or_are_forced() -> None:
    assert kinds("CUT TO:\n\nRain.")[0] == ("transition", "CUT TO:")
    assert kinds("> Burn to white.")[0] == ("transition", "Burn to white.")
    assert kinds("> THE END <") == [("centred", "THE END")]
    assert kinds("Cut to:")[0][0] == "action"


def test_an_exclamation_mark_forces_action() -> None:
    assert kinds("!SCANNING THE AISLES...\nWhere is he?") == [
        ("action", "SCANNING THE AISLES...\nWhere is he?")
    ]


def test_comments_are_taken_out_and_lines_still_count() -> None:
    text = "Rain. /* one\n\ntwo */ Wind. [[a note]] Snow.\n\nBOB\n/* x */\nHi.\n[[n\nm]]\nHo."
    script = read(text)
    said = [(e.kind, e.text, e.line) for e in script.elements if e.kind != "note"]
    assert said == [
        ("action", "Rain.\nWind. Snow.", 1),
        ("cue", "BOB", 5),
        ("dialogue", "Hi.\nHo.", 7),
    ]
    assert [(e.text, e.line) for e in script.elements if e.kind == "note"] == [
        ("a note", 3),
        ("n\nm", 8),
    ]


def test_an_unclosed_comment_is_text_with_a_notice() -> None:
    script = read("Rain [[ falls.\n\nWind /* blows.\n\nSnow.")
    assert [e.text for e in script.elements] == ["Rain [[ falls.", "Wind /* blows.", "Snow."]
    assert [n.source.line for n in script.notices] == [1, 3]


def test_a_note_may_span_a_line_of_two_spaces_but_no_blank_line() -> None:
    assert kinds("[[a\n  \nb]]")[0] == ("note", "a\n  \nb")
    assert kinds("[[a\n\nb]]") == [("action", "[[a"), ("action", "b]]")]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_gives_the_same_script(end: str) -> None:
    text = (SCRIPTS / "grammar.fountain").read_text()
    assert read("\ufeff" + text.replace("\n", end)) == read(text)


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("*a* **b** ***c*** _d_ _**e**_", "a b c d e"),
        (r"5 \* 3 and \_so on\_", "5 * 3 and _so on_"),
        ("5 * 3 * 2", "5 * 3 * 2"),
        ("f**k that s**t", "f**k that s**t"),
        ("snake_case_name", "snake_case_name"),
        ("a lone * star and _ line", "a lone * star and _ line"),
        ("他*真的*走了", "他真的走了"),
        ("*hard\nwrapped*", "hard\nwrapped"),
        ("****", "****"),
    ],
)
def test_emphasis_goes_and_everything_else_stays(marked: str, plain: str) -> None:
    assert strip_emphasis(marked) == plain


def test_hard_wrapped_lines_are_joined_by_the_scripts_own_rule() -> None:
    assert unwrap("one\n  two  \nthree") == "one two three"
    assert unwrap("三十年来\n第一次。") == "三十年来第一次。"
    assert unwrap("안녕\n하세요") == "안녕 하세요"
    assert unwrap("我用\nPython") == "我用 Python"


# --- files that break the rules ------------------------------------------------------------------


def notices(name: str) -> dict[int, str]:
    script = parse((SCRIPTS / name).read_text(), name)
    return {notice.source.line: notice.message for notice in script.notices}


def test_a_wild_script_is_read_as_it_was_meant_with_the_line_of_each_liberty() -> None:
    said = notices("wild.fountain")
    assert sorted(said) == [4, 10, 33, 41, 44]
    assert "second title page" in said[4]
    assert "also on line 34" in said[33]
    assert "DOG stands inside a speech" in said[41]


def test_a_second_title_page_wins() -> None:
    script = parse((SCRIPTS / "wild.fountain").read_text(), "wild.fountain")
    assert script.title_page["Title"].text == "The Copper Dog"
    assert script.title_page["Author"].text == "A. Writer"


def test_full_width_punctuation_and_unforced_cues_are_read_with_notices() -> None:
    script = parse((SCRIPTS / "wild_cjk.fountain").read_text(), "wild_cjk.fountain")
    cues = [e.text for e in script.elements if e.kind == "cue"]
    assert cues == ["阿梅", "老周", "老周", "阿梅"]
    assert [e.text for e in script.elements if e.kind == "parenthetical"] == ["低声", "喊"]
    assert sorted(notices("wild_cjk.fountain")) == [1, 4, 6, 10, 11, 16, 21, 24]


def test_full_width_headings_are_headings() -> None:
    script = read("INT。 病院 - 日\n\n雨。\n\nＥＸＴ． 港 - 夜\n\n雨。")
    assert [e.text for e in script.elements if e.kind == "heading"] == [
        "INT。 病院 - 日",
        "ＥＸＴ． 港 - 夜",
    ]
    assert [n.source.line for n in script.notices] == [1]
    assert "also on line 5" in script.notices[0].message


def test_a_mixed_case_name_with_voice_over_is_a_cue() -> None:
    script = read("McAvoy (V.O.)\nHello.")
    assert script.elements[0].kind == "cue"
    assert script.notices[0].source.line == 1


def test_words_before_a_colon_are_no_speaker_in_a_script_with_cues() -> None:
    text = "BOB\nHi.\n\nHis screen reads: HELLO.\n\nSUPER: Ten years later.\n\nSign: closed."
    assert [kind for kind, _ in kinds(text)] == ["cue", "dialogue", "action", "action", "action"]
