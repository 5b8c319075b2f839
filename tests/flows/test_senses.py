"""What a machine has for the gate to see and hear with, and what it is told of the rest."""

from __future__ import annotations

from pathlib import Path

from flows.senses import examine, open_senses
from flows.settings import Settings


def test_the_ears_that_ship_in_packages_are_opened_without_loading_them(tmp_path: Path) -> None:
    senses = open_senses(Settings(home=tmp_path, dailies=tmp_path / "nothing"))
    assert senses.activity is not None
    assert senses.recogniser is not None
    assert senses.recogniser.languages == {"en"}
    assert senses.faces is None, "no package ships models of faces"


def test_nothing_is_opened_where_none_is_wanted(tmp_path: Path) -> None:
    senses = open_senses(Settings(home=tmp_path, dailies=Path("none")))
    assert set(senses.names().values()) == {""}


def test_a_model_of_ones_own_comes_before_the_packaged_one(tmp_path: Path) -> None:
    speech = tmp_path / "speech"
    speech.mkdir()
    (speech / "model.bin").write_bytes(b"x")
    (speech / "vocabulary.txt").write_text("x\n" * 51_865)
    senses = open_senses(Settings(home=tmp_path, dailies=tmp_path))
    assert senses.recogniser is not None
    assert len(senses.recogniser.languages) == 7
    (speech / "model.bin").unlink()
    assert open_senses(Settings(home=tmp_path, dailies=tmp_path)).recogniser is None


def test_the_doctor_says_what_lacks_and_how_to_get_it(tmp_path: Path) -> None:
    found = {each.what: each for each in examine(Settings(home=tmp_path, dailies=tmp_path))}
    assert found["gate: speech"].fine
    assert found["gate: words"].found.startswith("Whisper tiny.en")
    faces = found["gate: faces"]
    assert not faces.fine
    assert str(tmp_path / "faces") in faces.found
    others = found["gate: words in other languages"]
    assert str(tmp_path / "speech") in others.remedy
