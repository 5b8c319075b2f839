"""Muon for any stack of matrices: momentum whose singular values are brought to one.

After Jordan et al., 2024 (the quintic Newton-Schulz iteration and its numbers), with the step
scaled to that of Adam as Moonshot's report of 2025 has it. torch.optim.Muon takes single matrices
only; convolutions and the three weight sets of a modal layer are several in one tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

_A, _B, _C = 3.4445, -4.7750, 2.0315
_STEPS = 5


def orthogonal(matrices: Tensor) -> Tensor:
    """`[n, rows, columns]` with all singular values near one, in bfloat16 arithmetic."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = _A * x + (_B * square + _C * square @ square) @ x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Parameters of two axes or more; `sets` maps one to how many matrices its rows are."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        sets: Mapping[nn.Parameter, int] | None = None,
    ) -> None:
        self._sets: dict[Any, int] = dict(sets or {})
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: Tensor, group: Mapping[str, float]) -> None:
        state = self.state[parameter]
        if not state:
            state["speed"] = torch.zeros_like(parameter)
        gradient = parameter.grad
        assert gradient is not None
        speed = state["speed"]
        speed.lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(speed, group["momentum"])
        matrices = ahead.flatten(1).unflatten(0, (self._sets.get(parameter, 1), -1))
        step = orthogonal(matrices)
        scale = 0.2 * max(matrices.shape[1:]) ** 0.5
        parameter.mul_(1 - group["lr"] * group["decay"])
        parameter.add_(step.flatten(0, 1).view(ahead.shape), alpha=-group["lr"] * scale)
