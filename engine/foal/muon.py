"""Muon for any stack of matrices: momentum whose singular values are brought to one.

After Jordan et al., 2024 (the quintic Newton-Schulz iteration and its numbers), with the step
scaled to that of Adam as Moonshot's report of 2025 has it. torch.optim.Muon takes single matrices
only; convolutions and the three weight sets of a modal layer are several in one tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=_B, alpha=_C), x, beta=_A)
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
            alike: dict[tuple[int, int], list[tuple[nn.Parameter, Tensor]]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    ahead = self._ahead(parameter, group["momentum"])
                    parameter.mul_(1 - group["lr"] * group["decay"])
                    alike.setdefault((ahead.shape[1], ahead.shape[2]), []).append(
                        (parameter, ahead)
                    )
            for shape, pairs in alike.items():
                self._move(pairs, group["lr"] * 0.2 * max(shape) ** 0.5)

    def _ahead(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """Where the gradients lead, as `[n, rows, columns]`."""
        gradient, state = parameter.grad, self.state[parameter]
        assert gradient is not None
        if not state:
            state["speed"] = torch.zeros_like(parameter)
        speed = state["speed"].lerp_(gradient, 1 - momentum)
        ahead = gradient.lerp(speed, momentum)
        return ahead.flatten(1).unflatten(0, (self._sets.get(parameter, 1), -1))

    @staticmethod
    def _move(pairs: Sequence[tuple[nn.Parameter, Tensor]], rate: float) -> None:
        """All matrices of one shape at once, which costs half of one after another."""
        steps = orthogonal(torch.cat([ahead for _, ahead in pairs]))
        own = steps.split([len(ahead) for _, ahead in pairs])
        for (parameter, _), step in zip(pairs, own, strict=True):
            parameter.add_(step.reshape(parameter.shape), alpha=-rate)
