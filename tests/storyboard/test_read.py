"""The door: files, bytes and suffixes."""

import os
import re
from pathlib import Path

import pytest

from storyboard.cue import cue
from storyboard.errors import ScriptError
from storyboard.read import Form, read, read_text
from storyboard.text_file import LARGEST
from storyboard.yaml_board import write_yaml
from tests.storyboard.films import ENGINE

SCRIPTS = Path(__file__).parent / "scripts"
GUIDE = Path(__file__).parents[2] / "docs" / "scripts.md"
SHOT = "scenes: [{shots: [{lines: [{speaker: MIA, text: Hello.}]}]}]\n"
SCRIPT = "Title: T\n\nBOB\nÄh, 灯.\n"


def refusal(path: Path) -> str:
    with pytest.raises(ScriptError) as caught:
        read(path)
    return str(caught.value)


def guides_example(begins: str) -> str:
    blocks = re.findall(r"```\w*\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if block.startswith(begins)]
    return example


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_common_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.fountain"
    path.write_text(SCRIPT, encoding=encoding)
    assert list(read(path).board.shots()[0].lines[0].text.values()) == ["Äh, 灯."]


@pytest.mark.parametrize("suffix", [".fountain", ".FOUNTAIN", ".spmd", ".txt"])
def test_fountain_goes_by_several_suffixes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(SCRIPT)
    assert read(path).board.title == "T"


def test_bytes_that_are_no_text_are_located(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_bytes(b"Title: T\n\nBOB\n\xc4h.\n")
    assert f"{path}:4: error: byte 14 (0xc4) is not UTF-8 text" in refusal(path)
    path.write_bytes(b"\x89PNG\x00\x00")
    assert "UTF-8" in refusal(path)
    path.write_bytes(b"PK\x00\x00")
    assert "no text file" in refusal(path)
    path.write_bytes(b"\xff\xfeA")
    assert "UTF-16" in refusal(path)


@pytest.mark.parametrize("name", ["\udcff.csv", "\udcff.fountain", "\udcff/a.yaml"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(SCRIPT)
    assert "a name in this path is not UTF-8" in refusal(path)


@pytest.mark.parametrize("content", ["", "\n\n  \t\n", "\ufeff"])
@pytest.mark.parametrize("suffix", [".fountain", ".yaml", ".csv"])
def test_an_empty_script_says_so(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text(content, encoding="utf-8")
    assert "the file is empty" in refusal(path)


def test_what_is_no_script_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "none.fountain")
    assert "this is a folder" in refusal(tmp_path)
    (tmp_path / "a.docx").write_text("x")
    assert ".fountain, .spmd or .txt" in refusal(tmp_path / "a.docx")
    assert "file without suffix" in refusal(tmp_path / "script")
    assert "cannot be read" in refusal(tmp_path / f"{'x' * 300}.fountain")
    (tmp_path / "big.txt").write_bytes(b"a" * (LARGEST + 1))
    assert "split the script" in refusal(tmp_path / "big.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_text(SCRIPT)
    path.chmod(0)
    assert "cannot be read" in refusal(path)


def test_every_message_about_a_script_has_the_path_as_given() -> None:
    path = SCRIPTS / "wild.fountain"
    found = read(path)
    assert {notice.source.file for notice in found.notices} == {str(path)}
    assert str(found.notices[0]).startswith(f"{path}:4: warning: a second title page")
    board = found.board
    placed = [board, *board.characters, *board.scenes, *board.shots()]
    placed += [line for shot in board.shots() for line in shot.lines]
    assert {each.source.file for each in placed} == {str(path)}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.fountain", "Title: A\n\n[[character: MIA; ref: mia.png]]\n\nMIA\nHello.\n", 3),
        ("a.yaml", "characters:\n  - name: MIA\n    reference: mia.png\n" + SHOT, 2),
    ],
)
def test_a_portrait_is_noticed_where_it_is_named(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    path = tmp_path / name
    path.write_text(text)
    (notice,) = cue(read(path).board, "en", ENGINE)[1]
    assert str(notice).startswith(f"{path}:{line}: warning: engine sketch follows no portraits")


def test_a_photograph_that_will_not_stay_one_is_noticed_where_it_is_named() -> None:
    text = "INT. HALL - DAY\n\n[[shot: close; ref: mia.png]]\nMIA waits.\n"
    board = read_text(text, form="fountain", file="a.fountain").board
    draws = ENGINE.model_copy(update={"first_frames": True, "photographs": False})
    (notice,) = cue(board, "en", draws)[1]
    assert str(notice).startswith("a.fountain:4: warning: ")
    assert "engine sketch goes on from drawings of its own kind alone: if the first" in str(notice)
    assert "(mia.png) is another picture" in str(notice)
    keeps = draws.model_copy(update={"photographs": True})
    assert cue(board, "en", keeps)[1] == ()


def test_a_person_of_a_sheet_or_of_a_cue_has_the_line_they_come_in() -> None:
    sheet = read_text("scene,speaker,text\n1,Mia,a\n1,Jun,b\n", form="shot list", file="x.csv")
    assert [each.source.line for each in sheet.board.characters] == [2, 3]
    script = read_text("BOB\nHi.\n\nANN\nHo.\n", form="fountain", file="x.fountain")
    assert [each.source.line for each in script.board.characters] == [1, 4]


@pytest.mark.parametrize("name", ["wild.fountain", "lamp.yaml", "lamp.csv"])
def test_a_script_means_the_same_wherever_it_lies(tmp_path: Path, name: str) -> None:
    copy = tmp_path / name
    copy.write_bytes((SCRIPTS / name).read_bytes())
    there, here = read(copy).board, read(SCRIPTS / name).board
    assert there.content() == here.content()
    assert write_yaml(there) == write_yaml(here)
    assert f"source: {{file: {name}, " in write_yaml(there).replace('"', "")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "a.fountain"
    os.mkfifo(pipe)
    assert refusal(pipe) == f"{pipe}:1: error: this is no regular file; save it as one"


@pytest.mark.parametrize(
    ("form", "begins", "speeches"),
    [("fountain", "Title: Still", 1), ("yaml", "title: The Lamp", 1), ("shot list", "scene,", 2)],
)
def test_the_guides_examples_are_read_without_a_notice(
    form: Form, begins: str, speeches: int
) -> None:
    reading = read_text(guides_example(begins), form=form, file="guide")
    assert reading.notices == ()
    assert sum(len(shot.lines) for shot in reading.board.shots()) == speeches
    assert reading.board.languages() == ("en", "ja-JP")


def test_the_guides_card_may_stand_behind_its_shots() -> None:
    text = guides_example("title: The Lamp") + guides_example("      - seconds: 3\n")
    board = read_text(text, form="yaml", file="guide").board
    card = board.shots()[-1].card
    assert card is not None
    assert card.words[1].text == {"en": "€49.90", "ja-JP": "￥7,900"}
    assert board.languages() == ("en", "ja-JP")
