"""The joint engine's verbs behind the one command line of the engines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.__main__ import main
from storyboard.request import Take
from tests.engine.joint.tiny import TINY_ENGINE, tiny_shot


def engine(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=os.environ | environment, timeout=120
    )


def test_a_manifest_is_json_and_nothing_else() -> None:
    done = engine("manifest", TINY_ENGINE)
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout)
    assert parts.keys() == {"transformer", "upscale", "turbo_decoder", "video_vae", "audio_vae"}
    key = "block.layers.1.attention.linear_qkv.weight"
    assert parts["transformer"][key] == {"shape": [132, 64], "dtype": "bfloat16"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("made: 2026-22-11\n", "cannot be read as YAML"),
        ("joint: " + 100_000 * "[", "nested too deeply"),
    ],
)
def test_a_file_that_is_no_engine_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    done = engine("manifest", path)
    assert done.returncode == 2
    assert said in done.stderr


def test_parity_of_no_folder_is_refused() -> None:
    done = engine("parity", "/nowhere")
    assert done.returncode == 2
    assert "not a folder" in done.stderr


def test_listing_loads_no_torch() -> None:
    code = (
        "import sys; import engine.__main__ as e; e.main(['list']); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split()[-1] == "False"
    assert "magihuman-distill" in done.stdout.split()


def test_what_a_large_engine_lacks_is_told_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engine import open_engine, EngineUnavailable\n"
        "try: open_engine('magihuman-distill', weights=Path(sys.argv[1]))\n"
        "except EngineUnavailable: print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(verb in said for verb in ("list", "make", "parity", "manifest", "bench"))


def test_a_take_is_made_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "shot.json").write_text(tiny_shot().model_dump_json())
    done = engine(
        "make", tmp_path / "shot.json", "--engine", TINY_ENGINE, "--folder", tmp_path / "out",
        "--render", "--times", "2", OMP_NUM_THREADS="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("render 100%") == 2
    assert Take.model_validate_json(done.stdout).rendered


def test_weights_are_looked_for_where_the_environment_says(tmp_path: Path) -> None:
    (tmp_path / "shot.json").write_text(tiny_shot().model_dump_json())
    done = engine(
        "make", tmp_path / "shot.json", "--engine", "magihuman-distill",
        HOOFBEAT_WEIGHTS=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 1
    assert f"missing in {tmp_path}" in done.stderr
    assert done.stderr.count("\n") == 1
