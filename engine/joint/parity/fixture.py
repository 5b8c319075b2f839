"""Golden files: pairs of `X.safetensors` and `X.json`, read and told apart by what they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

BF16_SLACK = 1.5


class FixtureError(ValueError):
    """A golden file cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One pair. `config`, `tolerance` and `extra` are the JSON's own, of whatever shape."""

    name: str
    tensors: dict[str, Tensor]
    config: dict[str, Any]
    tolerance: dict[str, Any]
    extra: dict[str, Any]

    def weights(self, prefix: str = "weights.") -> dict[str, Tensor]:
        """The state dict stored under `prefix`."""
        return self.under(prefix)

    def under(self, prefix: str) -> dict[str, Tensor]:
        """Everything whose name starts with `prefix`, named without it."""
        return {k[len(prefix) :]: v for k, v in self.tensors.items() if k.startswith(prefix)}

    def cases(self, ending: str) -> list[str]:
        """The case prefixes ('' or 'name.') of all tensors called `<prefix><ending>`."""
        found = [k[: -len(ending)] for k in self.tensors if k.endswith(ending)]
        return [prefix for prefix in found if not prefix or prefix.endswith(".")]

    def gates(self, case: str) -> dict[str, Any]:
        """The tolerance entry of a case; the one unnamed case may have its at the top."""
        entry = self.tolerance.get(case) or self.tolerance.get(case.rstrip("."))
        return entry if isinstance(entry, dict) else self.tolerance

    def settings(self, name: str, case: str) -> Any:
        """The part of the configuration called `name`: a case's own (`name_case`, or inside what
        stands under the case), else the file's."""
        short = case.rstrip(".")
        inside = self.config.get(short)
        own = self.config.get(f"{name}_{short}") if short else None
        return own or (inside.get(name) if isinstance(inside, dict) else None) or self.config[name]

    def rms_gate(self, case: str, kind: str = "") -> float:
        """How far a bfloat16 result may be from the stored one: half again as far as that is from
        float32 (of `kind`, where a case has several)."""
        return BF16_SLACK * float(self.gates(case)[f"bf16_vs_f32{kind}"]["rms_rel"])

    def coded_gate(self, case: str, stated: float) -> float:
        """The stated tolerance of an autoencoder in float32, or twice what the file itself says
        that float32 is away from float64, where that is more."""
        known = [v for k, v in self.gates(case).items() if k.endswith("f32_vs_f64")]
        return max([stated, *(2 * float(each["rel_to_max"]) for each in known)])


def read_fixture(path: Path) -> Fixture:
    """The pair whose tensors are at `path`."""
    try:
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        tensors = load_file(path)
        sections = [about.get(name) or {} for name in ("config", "tolerance", "extra")]
    except FileNotFoundError as gone:
        raise FixtureError(f"{path.name}: has no {gone.filename} that describes it") from gone
    except (OSError, ValueError, AttributeError, SafetensorError) as error:
        raise FixtureError(f"{path.name}: cannot be read: {error}") from error
    return Fixture(
        name=path.stem,
        tensors=tensors,
        config=sections[0],
        tolerance=sections[1],
        extra=sections[2],
    )


def fixtures(folder: Path) -> Iterator[Path]:
    """The tensor files in `folder` and below, in order of name."""
    return iter(sorted(folder.rglob("*.safetensors")))


def number(tensor: Tensor) -> int:
    return int(tensor.item())


def in_float32(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights, widened, for comparing at full precision."""
    return {k: v.float() if v.dtype == torch.bfloat16 else v for k, v in state.items()}
