"""Shot lists as CSV and TSV."""

from fractions import Fraction
from pathlib import Path

import pytest

from storyboard.board import Storyboard
from storyboard.errors import ScriptError
from storyboard.read import read, read_text
from storyboard.shot_list import read_shot_list

SCRIPTS = Path(__file__).parent / "scripts"


def board(text: str) -> Storyboard:
    return read_text(text, form="shot list", file="x.csv").board


def refusal(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        read_shot_list(text, "x.csv")
    return str(caught.value)


def test_a_spreadsheets_own_csv_is_read() -> None:
    """Byte order mark, semicolons, decimal commas, CRLF, quoted newlines, odd header case."""
    made = read(SCRIPTS / "lamp.csv").board
    rain, talk, stare, buoy = made.shots()
    assert [scene.id for scene in made.scenes] == ["int-kitchen", "harbour"]
    assert made.scenes[0].time_of_day == "night"
    assert (rain.id, rain.seconds, rain.sound) == ("int-kitchen-01", Fraction(11, 2), "rain")
    assert [line.text for line in talk.lines] == [
        {"en": 'The lamp is "out".', "ja-JP": "消えた。"},
        {"en": "No.", "ja-JP": "いいえ。"},
    ]
    assert [line.heard_only for line in talk.lines] == [True, False]
    assert talk.cast == ("jun",)
    assert stare.cast == ("mia",)
    assert (buoy.id, buoy.framing, buoy.source.line) == ("harbour-a", "insert", 7)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_separator_gives_the_same_board(separator: str) -> None:
    rows = [["Scene", "SPEAKER", "Text"], ["1", "Mia", "Hello."]]
    made = board("\n".join(separator.join(row) for row in rows))
    assert made.shots()[0].lines[0].text == {"en": "Hello."}
    assert made.scenes[0].id == "scene-1"


def test_without_a_text_column_the_first_translation_is_the_script() -> None:
    made = board("scene,speaker,text_zh,text_de\n1,Mia,灯灭了。,Aus.\n")
    assert made.language == "cmn-Hans-CN"
    assert made.languages() == ("cmn-Hans-CN", "de-DE")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sene,action\n1,x\n", "unknown column 1, 'sene', did you mean `scene`?"),
        ("action\nx\n", "no column `scene`"),
        ("scene,scene\n1,x\n", "two columns are 'scene'"),
        ("scene,text_xx\n1,x\n", "unknown language 'xx'"),
        ("scene,text_ja,text_jp\n1,x,y\n", "two columns are 'text_ja-JP'"),
        ("scene,action\n", "no row under its header"),
        ("scene,action\n1,a,b,c\n", "x.csv:2: error: 4 cells under 2 columns"),
        ('scene,action\n1,"a\n', "x.csv:2: error: not a table"),
        ("scene,action\n,a\n", "x.csv:2: error: column `scene`"),
        ("scene,action\n1,\n2,b\n3,\n", "nobody"),
        (",,,\n,,\n", "no row"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused(text: str, said: str) -> None:
    if said == "nobody":
        said = "nothing to film"
    assert said in refusal(text)


def test_every_bad_row_is_named_with_its_column() -> None:
    said = refusal(
        "scene,shot,framing,action,speaker,text,seconds,reference,transition\n"
        "1,1,wider,a,,,,,\n1,2,,,,hello,,,\n1,3,,,Mia,,,,\n1,4,,a,,,soon,,\n"
        "1,5,,a,,,,../x.png,wipe\n1,1,,again,,,,,\n"
    )
    assert said.startswith("x.csv:2: error: column `framing`: 'wider' must be one of wide, medium")
    for line, column in ((3, "speaker"), (4, "text"), (5, "seconds"), (6, "reference")):
        assert f"line {line}: column `{column}`" in said
    assert "line 6: column `transition`" in said
    assert "line 7: column `shot`" in said


@pytest.mark.parametrize("rest", ["Hello.,", ",She waits."])
def test_a_speaker_who_is_only_heard_needs_a_name(rest: str) -> None:
    assert refusal(f"scene,speaker,text,action\n1,Mia,Hi.,\n1,(V.O.),{rest}\n") == (
        "x.csv:3: error: column `speaker`: '(V.O.)' names nobody; write the name before it"
    )


def test_a_scene_that_contradicts_itself_is_noticed() -> None:
    _, notices = read_shot_list("scene,action,place\n1,a,roof\n1,b,cellar\n", "x.csv")
    assert any(n.source.line == 3 and "roof" in n.message for n in notices)


def test_nobody_speaking_is_noticed() -> None:
    _, notices = read_shot_list("scene,action\n1,a\n", "x.csv")
    assert any("nobody speaks" in notice.message for notice in notices)


def test_words_twice_in_one_language_are_refused_unless_they_agree() -> None:
    head = "scene,speaker,text,text_en,language\n"
    said = refusal(head + "1,Mia,The lamp is out,The lamp has gone out,\n1,Jun,No.,No.,\n")
    assert said.startswith("x.csv:2: error: columns `text` and `text_en` both have en words here")
    assert "\n" not in said
    stated = board(head + "1,Mia,Die Lampe,The lamp,de\n1,Jun,Nein.,No.,\n")
    assert stated.language == "de-DE"
    assert stated.shots()[0].lines[0].text == {"de-DE": "Die Lampe", "en": "The lamp"}


def test_a_sheet_states_one_language_and_one_that_is_known() -> None:
    said = refusal("scene,speaker,text,language\n1,A,a,de\n1,A,b,\n1,A,c,German\n1,A,d,fr\n")
    assert said == "x.csv:5: error: column `language`: the sheet is in de-DE already"
    said = refusal("scene,speaker,text,language\n1,A,a,\n1,A,b,Elvish\n")
    assert said.startswith("x.csv:3: error: column `language`: unknown language 'Elvish'")


@pytest.mark.parametrize("word", ["nobody", "Nobody", "none"])
def test_nobody_in_the_cast_empties_the_picture(word: str) -> None:
    made = board(f"scene,action,speaker,text,cast\n1,Rain,,,{word}\n1,,Mia,Hello.,{word}\n")
    assert [shot.cast for shot in made.shots()] == [(), ()]
    assert [person.name for person in made.characters] == ["Mia"]
