"""The door: files, bytes and suffixes."""

import os
import re
from pathlib import Path

import pytest

from storyboard.errors import ScriptError
from storyboard.read import LARGEST, Form, read, read_text

SCRIPTS = Path(__file__).parent / "scripts"
GUIDE = Path(__file__).parents[2] / "docs" / "scripts.md"
SCRIPT = "Title: T\n\nBOB\nÄh, 灯.\n"


def refusal(path: Path) -> str:
    with pytest.raises(ScriptError) as caught:
        read(path)
    return str(caught.value)


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


def test_messages_have_the_path_and_the_board_the_bare_name() -> None:
    path = SCRIPTS / "wild.fountain"
    found = read(path)
    assert {notice.source.file for notice in found.notices} == {str(path)}
    assert str(found.notices[0]).startswith(f"{path}:4: warning: a second title page")
    assert {shot.source.file for shot in found.board.shots()} == {"wild.fountain"}


def test_a_script_means_the_same_wherever_it_lies(tmp_path: Path) -> None:
    copy = tmp_path / "wild.fountain"
    copy.write_bytes((SCRIPTS / "wild.fountain").read_bytes())
    assert read(copy).board == read(SCRIPTS / "wild.fountain").board


@pytest.mark.parametrize(
    ("form", "begins", "speeches"),
    [("fountain", "Title: Still", 1), ("yaml", "title: The Lamp", 1), ("shot list", "scene,", 2)],
)
def test_the_guides_examples_are_read_without_a_notice(
    form: Form, begins: str, speeches: int
) -> None:
    blocks = re.findall(r"```\w*\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if block.startswith(begins)]
    reading = read_text(example, form=form, file="guide")
    assert reading.notices == ()
    assert sum(len(shot.lines) for shot in reading.board.shots()) == speeches
    assert reading.board.languages() == ("en", "ja-JP")
