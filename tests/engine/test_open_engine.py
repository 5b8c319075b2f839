from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.interface import EngineUnavailable
from engine.open import engine_names, open_engine

SETTINGS = """\
kind: animatic
aspects:
  "9:16": {preview: [128, 224], render: [216, 384]}
"""


def settings(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_animatic_is_one_of_the_engines() -> None:
    assert "animatic" in engine_names()
    can = open_engine("animatic").capabilities
    assert can.engine == "animatic"
    assert can.aspects == {
        "9:16": ((256, 448), (1080, 1920)),
        "16:9": ((448, 256), (1920, 1080)),
        "1:1": ((256, 256), (1080, 1080)),
    }


def test_an_engine_opens_from_a_file_of_ones_own(tmp_path: Path) -> None:
    can = open_engine(settings(tmp_path, SETTINGS)).capabilities
    assert can.aspects == {"9:16": ((128, 224), (216, 384))}


def test_settings_that_change_no_byte_leave_the_takes_made_valid(tmp_path: Path) -> None:
    other = open_engine(settings(tmp_path, SETTINGS + "parallel: 4\n"))
    assert other.fingerprint == open_engine("animatic").fingerprint


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(EngineUnavailable, match=r"unknown engine 'sora'; known are .*animatic"):
        open_engine("sora")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SETTINGS + "colour: blue\n", "mine.yaml: colour: Extra inputs are not permitted"),
        (SETTINGS + "a: [1\nb: 2\n", "mine.yaml:5: is not YAML"),
        ("kind: happy\n", "mine.yaml: unknown kind of engine 'happy'; known are animatic"),
        ("kind: {a: b}\n", r"mine.yaml: unknown kind of engine {'a': 'b'}; known are animatic"),
        (
            SETTINGS + "made: 2026-22-11\n",
            "mine.yaml: a date or number in it cannot be .month must",
        ),
        (SETTINGS + "a: " + 3000 * "[", "mine.yaml: is nested too deeply"),
        ("", "mine.yaml: holds no settings"),
        (SETTINGS.replace("128", "127"), "mine.yaml: aspects.9:16.preview.0: .* must be even"),
        (SETTINGS.replace("9:16", "4:3"), "mine.yaml: aspects.4:3"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EngineUnavailable, match=said) as caught:
        open_engine(settings(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_settings_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"gone.yaml: cannot be read: No such file"):
        open_engine(str(tmp_path / "gone.yaml"))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(EngineUnavailable, match=r"bytes.yaml: cannot be read: it is not UTF-8"):
        open_engine(str(tmp_path / "bytes.yaml"))


def test_listing_engines_loads_nothing_heavy() -> None:
    code = "import engine.open, sys; engine.open.engine_names(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    heavy = {"torch", "numpy", "PIL", "ffmpeg", "prefect", "espeakng_loader", "pyopenjtalk"}
    assert "engine.open" in loaded.split()
    assert not heavy & set(loaded.split())
