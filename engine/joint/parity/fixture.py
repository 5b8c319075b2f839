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
        entry = self.tolerance.get(case)
        return entry if isinstance(entry, dict) else self.tolerance


def read_fixture(path: Path) -> Fixture:
    """The pair whose tensors are at `path`."""
    try:
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        tensors = load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise FixtureError(f"{path.name}: cannot be read: {error}") from error
    return Fixture(
        name=path.stem,
        tensors=tensors,
        config=about.get("config") or {},
        tolerance=about.get("tolerance") or {},
        extra=about.get("extra") or {},
    )


def fixtures(folder: Path) -> Iterator[Path]:
    """The tensor files of every pair in `folder`, in order of name."""
    return (p for p in sorted(folder.glob("*.safetensors")) if p.with_suffix(".json").is_file())


def number(tensor: Tensor) -> int:
    return int(tensor.item())


def in_float32(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same weights, widened, for comparing at full precision."""
    return {k: v.float() if v.dtype == torch.bfloat16 else v for k, v in state.items()}
