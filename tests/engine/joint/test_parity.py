"""Parity with golden files of other sizes, settings and spellings than those at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from typer.testing import CliRunner

from engine.joint.__main__ import app
from engine.joint.config import TransformerConfig
from engine.joint.parity.fixture import FixtureError
from engine.joint.parity.formula import formula
from engine.joint.parity.run import check
from engine.joint.parity.scores import Scores
from engine.joint.sampler import add_noise, flow_schedule
from tests.engine.joint.conftest import TINY
from tests.engine.joint.goldens import Shape, write_forward

SHAPES = {
    "wide.": Shape(video=(2, 2, 10), audio=7, text=3, filling=4),
    "long.": Shape(video=(6, 4, 2), audio=21, text=11),
    "still.": Shape(video=(2, 2, 2), audio=1, text=1),
}
CONFIGS = {
    "deep": replace(TINY, layers=7, modal_layers=(0, 1, 5, 6), gelu_layers=(0, 1)),
    "one layer": replace(TINY, layers=1, modal_layers=(), gelu_layers=()),
    "one head": replace(TINY, heads=1, key_heads=1, head_width=24),
    "heads of odd width": replace(TINY, heads=6, key_heads=3, head_width=20, width=36),
    "two frames a patch": replace(TINY, patch=(2, 2, 2), video_features=32),
    "patches of one": replace(TINY, patch=(1, 1, 1)),
    "an upscaler": replace(TINY, coordinates="v1", text_offset=3),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_model_of_other_sizes_is_compared(tmp_path: Path, config: TransformerConfig) -> None:
    shapes = dict(SHAPES)
    if config.coordinates == "v1":
        del shapes["still."]  # the published code has no place for a single word there
    line = check(write_forward(tmp_path, config, shapes))
    assert line.passes, line.text
    assert f"({len(shapes) * 9} values)" in line.text


def changed(folder: Path, change: Callable[[dict[str, Tensor], dict[str, Any]], None]) -> Path:
    """The pair `forward` of that folder, after `change`."""
    path = folder / "forward.safetensors"
    tensors, about = load_file(path), json.loads(path.with_suffix(".json").read_text())
    change(tensors, about)
    save_file(tensors, path)
    path.with_suffix(".json").write_text(json.dumps(about))
    return path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("long.f32.out.audio", 2e-5),
        ("long.bf16.out.video", 0.3),
        ("wide.packed.coords", 1e-6),
        ("wide.packed.modality", 1),
    ],
)
def test_one_number_that_is_off_is_found(tmp_path: Path, name: str, value: float) -> None:
    write_forward(tmp_path, TINY, SHAPES)

    def off(tensors: dict[str, Tensor], _: dict[str, Any]) -> None:
        stored = tensors[name]
        stored.view(-1)[1] += value * stored.abs().max() if stored.is_floating_point() else value

    line = check(changed(tmp_path, off))
    assert not line.passes
    assert name in line.text


def test_a_case_may_have_a_configuration_of_its_own(tmp_path: Path) -> None:
    """As `model_<case>`, and with its tolerance under the case's name without the dot."""
    write_forward(tmp_path, TINY, {"only.": SHAPES["wide."]})

    def moved(_: dict[str, Tensor], about: dict[str, Any]) -> None:
        about["config"] = {f"{name}_only": value for name, value in about["config"].items()}
        about["tolerance"]["only"] = about["tolerance"].pop("only.")

    assert check(changed(tmp_path, moved)).passes


def test_files_below_the_folder_count_and_one_without_its_words_fails(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    write_forward(tmp_path / "more", TINY, SHAPES)
    save_file({"odd": torch.zeros(1)}, tmp_path / "alone.safetensors")
    said = CliRunner().invoke(app, ["parity", str(tmp_path)])
    assert said.exit_code == 1
    assert "ok    more/forward" in said.output
    assert "alone.safetensors: has no" in said.output
    (tmp_path / "alone.safetensors").unlink()
    assert CliRunner().invoke(app, ["parity", str(tmp_path)]).exit_code == 0


def test_noise_of_a_schedule_that_the_file_does_not_hold_is_compared(tmp_path: Path) -> None:
    schedule = flow_schedule(11, 3.0)
    at = [2, 7]
    x, noise = torch.randn(2, 2, 3), torch.randn(2, 2, 3)
    sigmas = [schedule.sigmas[i] for i in at]
    out = [add_noise(*each) for each in zip(x, noise, sigmas, strict=True)]
    stored = {
        "add_noise.x": x,
        "add_noise.noise": noise,
        "add_noise.timesteps": torch.tensor([schedule.timesteps[i] for i in at]),
        "add_noise.out": torch.stack(out),
    }
    stored["sched.n5_shift5.timesteps"] = torch.tensor(flow_schedule(5, 5.0).timesteps)
    stored["sched.n5_shift5.sigmas"] = torch.tensor(flow_schedule(5, 5.0).sigmas)
    save_file(stored, tmp_path / "noise.safetensors")
    (tmp_path / "noise.json").write_text("{}")
    line = check(tmp_path / "noise.safetensors")
    assert line.passes and "(3 values)" in line.text
    save_file(
        stored | {"add_noise.out": stored["add_noise.out"] * 1.001}, tmp_path / "noise.safetensors"
    )
    assert not check(tmp_path / "noise.safetensors").passes


def test_a_formula_is_worked_out_and_nothing_else_is() -> None:
    toy = formula("-0.7*tanh(x) + c/2 + 2**sigma", {"tanh": lambda x: x + 1})
    assert toy(x=1.0, c=4.0, sigma=3) == pytest.approx(-1.4 + 2 + 8)
    for odd in ("__import__('os')", "x.real", "open(x)", "[x]", "x if c else 1", "x +"):
        with pytest.raises(FixtureError, match="formula"):
            formula(odd, {})(x=1, c=1)


@pytest.mark.parametrize(
    ("ours", "golden", "passes"),
    [
        (9.9999, 10.0005, True),  # near a whole number
        (29.99, 30.02, True),  # as far as our value is from the golden one
        (20.4, 22.4, False),  # two apart is never excused
    ],
)
def test_a_byte_may_fall_either_way_only_where_its_value_says_so(
    ours: float, golden: float, passes: bool
) -> None:
    values = torch.tensor([ours]), torch.tensor([golden])
    made, want = (each.to(torch.uint8) for each in values)
    assert made != want
    scores = Scores()
    scores.pixels("byte", made, want, values, 1e-3)
    assert scores.passes == passes
