"""Attention kernels for cards, taken where they are installed: the fastest first.

All of them are flash attention over sequences of different lengths, in sixteen bits. None of them
was run by us: this house has no card (docs/magihuman.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, int, int], Tensor]
"""Queries, keys and values `[tokens, heads, width]` of several sequences, the bounds of the
sequences' queries and of their keys (int32, from 0), the longest of each; grouped key heads."""

WIDEST_HEAD = 256
HOPPER = (9, 0)


def fastest(q: Tensor) -> Kernel | None:
    """For queries like `q`; None where scaled_dot_product_attention is all there is."""
    width = q.shape[-1]
    suits = q.dtype in (torch.bfloat16, torch.float16) and width % 8 == 0 and width <= WIDEST_HEAD
    return _installed(q.device) if q.device.type == "cuda" and suits else None


@cache
def _installed(device: torch.device) -> Kernel:
    """FlashAttention 3 on Hopper, FlashAttention 2, or the one that comes with torch."""
    hopper = torch.cuda.get_device_capability(device) >= HOPPER
    if hopper and find_spec("flash_attn_interface"):
        return _outputs_only(import_module("flash_attn_interface").flash_attn_varlen_func)
    if find_spec("flash_attn"):
        return _outputs_only(import_module("flash_attn").flash_attn_varlen_func)
    varlen: Any = import_module("torch.nn.attention.varlen").varlen_attn
    return lambda *given: varlen(*given, enable_gqa=True)


def _outputs_only(function: Callable[..., Any]) -> Kernel:
    """Some versions give the sums of the softmax too."""

    def kernel(*given: Any) -> Tensor:
        made = function(*given)
        out: Tensor = made[0] if isinstance(made, tuple) else made
        return out

    return kernel
