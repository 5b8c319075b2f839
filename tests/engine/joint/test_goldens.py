"""The published model's own numbers, where the golden files are at hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from engine.joint.__main__ import app
from engine.joint.cli import named_config
from engine.joint.manifest import manifest
from engine.joint.parity.run import check
from tests.engine.joint.conftest import GOLDENS, golden_files

needs_goldens = pytest.mark.skipif(
    not golden_files(), reason=f"no golden files in {GOLDENS}; set HOOFBEAT_GOLDENS to their folder"
)


@needs_goldens
@pytest.mark.parametrize("path", golden_files(), ids=lambda path: path.stem)
def test_every_stored_number_is_reproduced_within_its_tolerance(path: Path) -> None:
    line = check(path)
    assert line.passes, line.text
    values = re.search(r"\((\d+) values\)", line.text)
    with safe_open(path, "pt") as opened:
        stored = [n for n in opened.keys() if re.search(r"\b(f32|bf16|packed)\.", n)]  # noqa: SIM118
    assert values and int(values[1]) >= len(stored)


@needs_goldens
def test_what_a_file_leaves_out_is_not_missed(tmp_path: Path) -> None:
    """Half of the golden values of every kind of file taken away; the rest is still compared."""
    for path in golden_files():
        tensors = load_file(path)
        results = [n for n in tensors if re.search(r"\b(f32|bf16|packed)\.|uint8$|\.back\.v", n)]
        kept = {n: t for n, t in tensors.items() if n not in results[::2]}
        save_file(kept, tmp_path / path.name)
        shutil.copy(path.with_suffix(".json"), tmp_path)
        thinned = check(tmp_path / path.name)
        assert thinned.passes, f"{path.name}: {thinned.text}"


@needs_goldens
@pytest.mark.parametrize("engine", ["magihuman-distill", "magihuman-base"])
def test_the_full_size_engines_have_the_published_keys_and_shapes(engine: str) -> None:
    made = manifest(named_config(engine))
    published = {
        "transformer": ["dit_base", "dit_distill"],
        "upscale": ["dit_sr_540p", "dit_sr_1080p"],
        "turbo_decoder": ["turbo_vaed"],
        "video_vae": ["wan22_vae"],
        "audio_vae": ["stable_audio_vae"],
    }
    assert set(made) == set(published)
    for part, files in published.items():
        for file in files:
            keys = json.loads((GOLDENS / "manifests" / f"{file}.json").read_text())["keys"]
            wanted = {k: {"shape": v["shape"], "dtype": v["dtype"]} for k, v in keys.items()}
            assert made[part] == wanted, f"{part} is not {file}"


@needs_goldens
def test_parity_says_how_far_and_fails_when_a_weight_is_off(tmp_path: Path) -> None:
    """One weight of 1,500, moved by a hundredth, in a file that otherwise passes."""
    for ending in (".json", ".safetensors"):
        for name in ("data_proxy", "dit_shapes"):
            shutil.copy(GOLDENS / f"{name}{ending}", tmp_path)
    runner = CliRunner()
    right = runner.invoke(app, ["parity", str(tmp_path)])
    assert right.exit_code == 0, right.output
    assert right.output.splitlines()[-1] == "PASS: all 2 files within tolerance"
    path = tmp_path / "dit_shapes.safetensors"
    path.chmod(0o600)
    tensors = load_file(path)
    tensors["weights.block.layers.1.attention.q_norm.weight"][3] += 0.01
    save_file(tensors, path)
    wrong = runner.invoke(app, ["parity", str(tmp_path)])
    assert wrong.exit_code == 1
    assert "FAIL  dit_shapes" in wrong.output
    assert wrong.output.splitlines()[-1].startswith("FAIL: 1 of 2 files")


def test_a_file_of_no_known_kind_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    save_file({"odd": torch.zeros(1)}, tmp_path / "odd.safetensors")
    (tmp_path / "odd.json").write_text("{}")
    (tmp_path / "torn.safetensors").write_bytes(b"\x10")
    (tmp_path / "torn.json").write_text("{}")
    said = CliRunner().invoke(app, ["parity", str(tmp_path)])
    assert said.exit_code == 1
    assert "not a kind of golden file" in said.output
    assert "torn.safetensors: cannot be read" in said.output


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["parity", str(tmp_path)])
    assert said.exit_code == 1
    assert "no golden files" in said.output


def test_manifest_prints_json_and_nothing_else() -> None:
    said = CliRunner().invoke(app, ["manifest", "magihuman-distill"])
    assert said.exit_code == 0
    assert len(json.loads(said.stdout)["transformer"]) == 331


def test_an_unknown_engine_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("transformer: {layers: 4, wdith: 8}")
    said = CliRunner().invoke(app, ["manifest", str(tmp_path / "bad.yaml")])
    assert said.exit_code == 2
    assert "wdith" in said.output
