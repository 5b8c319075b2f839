"""What is missing, damaged or unreadable in the vault is made again; nothing blocks a film."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flows import vault
from flows.settings import Settings
from storyboard.request import MediaFile, Take
from tests.flows.runs import Run, run

TALK = "Title: Talk\nLanguage: en\n\nINT. ROOM - DAY\n\nANN\nIt is late.\n"


@pytest.fixture
def order(tmp_path: Path, small_engine: Path) -> list[str | Path]:
    script = tmp_path / "talk.fountain"
    script.write_text(TALK)
    return ["produce", script, "--engine", small_engine, "--store", tmp_path / "vault"]


def _again(order: list[str | Path], environment: dict[str, str]) -> Run:
    """Another run that has to cut the film anew."""
    shutil.rmtree(Path(order[-1]) / "productions")
    return run(order, environment)


@pytest.mark.slow
def test_a_vault_that_lost_files_is_healed(
    order: list[str | Path], environment: dict[str, str]
) -> None:
    first = run(order, environment)
    assert first.code == 0, first.said
    (take,) = (Path(order[-1]) / "takes").glob("*/*")

    (take / "render.mp4").unlink()
    done = _again(order, environment)
    assert (done.code, done.count("preview", "found"), done.count("render", "made")) == (0, 1, 1)

    (take / "preview.json").write_text('{"key": 1')
    (take / "render.json").write_text('{"schema_version": 99}')
    (take / "verdict.json").write_text("[]")
    done = _again(order, environment)
    assert (done.code, done.count("preview", "made"), done.count("render", "made")) == (0, 1, 1)

    damaged = (take / "render.mp4").read_bytes()
    (take / "render.mp4").write_bytes(damaged[:-1] + bytes([damaged[-1] ^ 1]))
    done = _again(order, environment)
    assert done.code == 1
    assert "run again" in done.said
    done = run(order, environment)
    assert (done.code, done.count("render", "made")) == (0, 1), done.said


@pytest.mark.slow
def test_a_shot_the_policy_leaves_out_is_named(
    order: list[str | Path], environment: dict[str, str], tmp_path: Path
) -> None:
    never = (
        "name: never\nattempts: 1\non_exhausted: {}\nspeech:\n  loudness: {{pass: {{min: 0}}}}\n"
    )
    script = Path(order[1])
    script.write_text(
        TALK.replace(
            "ANN\n",
            "ANN looks at the clock for a long while. She sighs "
            "and puts on her coat and hat.\n\nANN\n",
        )
    )
    gate = tmp_path / "gate.yaml"
    gate.write_text(never.format("skip"))
    done = run([*order, "--gate", gate], environment)
    assert done.code == 0, done.said
    assert "left out by the gate: int-room-day-02" in done.said
    (manifest,) = (tmp_path / "vault").rglob("manifest.json")
    assert json.loads(manifest.read_text())["omitted"] == ["int-room-day-02"]

    gate.write_text(never.format("fail"))
    done = run([*order, "--gate", gate], environment)
    assert done.code == 1
    assert "no take passed the gate in 1" in done.said
    gate.write_text(never.format("best"))
    done = run([*order, "--gate", gate], environment)
    assert done.code == 0, done.said


def test_who_comes_second_leaves_the_first_take_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with vault.open_vault(str(tmp_path / "vault"), settings) as kept:
        first, second = (
            _take(tmp_path / name, content) for name, content in (("a", b"one"), ("b", b"two"))
        )
        assert vault.keep_preview(kept, first, tmp_path / "a") == first
        assert vault.keep_preview(kept, second, tmp_path / "b") == first
        assert vault.find_take(kept, first.key) == first
        brought = vault.bring(kept, first, "preview.mp4", tmp_path / "brought.mp4")
        assert brought.read_bytes() == b"one"


def _take(folder: Path, content: bytes) -> Take:
    import hashlib

    folder.mkdir()
    (folder / "preview.mp4").write_bytes(content)
    file = MediaFile(
        name="preview.mp4",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type="video/mp4",
    )
    return Take(key="ab" * 32, engine="e", fingerprint="f", seed=1, seconds=5, files=(file,))
