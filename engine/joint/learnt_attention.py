"""Attention that learns, on a processor: its gradient as four products of matrices.

scaled_dot_product_attention spares the memory of the probabilities and works them out again on
the way back, which on a processor takes some three times as long as keeping them. For the short
sequences that a small model learns from, they are kept. An operator of its own, so that a compiler
takes it as it is.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


@torch.library.custom_op("hoofbeat::attend", mutates_args=())
def _attend(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None) -> tuple[Tensor, Tensor]:
    scores = torch.matmul(q, k.transpose(-1, -2))
    if hidden is not None:
        scores.masked_fill_(hidden[:, None, None], float("-inf"))
    probabilities = scores.softmax(dim=-1)
    return torch.matmul(probabilities, v), probabilities


@_attend.register_fake
def _(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None) -> tuple[Tensor, Tensor]:
    del hidden
    return torch.empty_like(v), q.new_empty(*q.shape[:-1], k.shape[-2])


@torch.library.custom_op("hoofbeat::attend_back", mutates_args=())
def _attend_back(
    q: Tensor, k: Tensor, v: Tensor, probabilities: Tensor, wanted: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    for_values = torch.matmul(probabilities.transpose(-1, -2), wanted)
    blame = torch.matmul(wanted, v.transpose(-1, -2))
    blame = torch.ops.aten._softmax_backward_data(blame, probabilities, -1, blame.dtype)
    return torch.matmul(blame, k), torch.matmul(blame.transpose(-1, -2), q), for_values


@_attend_back.register_fake
def _(
    q: Tensor, k: Tensor, v: Tensor, probabilities: Tensor, wanted: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    del probabilities, wanted
    return torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(*inputs[:3], output[1])


def _back(ctx: Any, wanted: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
    return (*_attend_back(*ctx.saved_tensors, wanted.contiguous()), None)


_attend.register_autograd(_back, setup_context=_keep)


def attend(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None) -> Tensor:
    """Exact softmax of `[batch, heads, tokens, width]`; nobody sees where `hidden [batch, tokens]`
    is true."""
    q = q * q.shape[-1] ** -0.5
    out: Tensor = _attend(q.contiguous(), k.contiguous(), v.contiguous(), hidden)[0]
    return out
