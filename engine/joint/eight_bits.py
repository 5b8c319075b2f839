"""Products stored in eight bits, a scale per row; everything that must stay exact stays."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import ScalingType

from engine.joint.transformer import Linear, Transformer

EIGHT_BITS = torch.float8_e4m3fn
LARGEST = torch.finfo(EIGHT_BITS).max
STEP = 16
"""Tensor cores take products in eight bits whose sides are multiples of it; ours are not (13652
inner features, 7208 rows of queries, keys, values and gates), so zeros fill them up."""


def in_eight_bits(model: Transformer) -> Transformer:
    """The model with the weights of its block products rounded to E4M3, in place.

    Norms, adapters, heads and rotary bands are no `Linear` of ours and keep their bits. Half the
    memory of bfloat16, at about 3 % error of a product; for small cards, not for parity.
    """
    for owner in list(model.modules()):
        for name, child in list(owner.named_children()):
            if isinstance(child, Linear):
                setattr(owner, name, EightBits(child))
    return model


def quantise_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """`x` in E4M3 and the float32 scale of each row (all axes but the last) to multiply it by.

    An element is off by at most a sixteenth of itself, or 2^-10 of its row's scale near zero.
    """
    wide = x.float()
    scale = (wide.abs().amax(dim=-1) / LARGEST).clamp(min=torch.finfo().tiny)
    return (wide / scale[..., None]).to(EIGHT_BITS), scale


def filled_up(x: Tensor) -> Tensor:
    """`x` with its last axis filled up with zeros to a multiple of `STEP`."""
    return functional.pad(x, (0, -x.shape[-1] % STEP))


def multiplies_eight_bits(device: torch.device) -> bool:
    """Whether the device multiplies E4M3 with a scale per row: Hopper and later."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (9, 0)


class EightBits(nn.Module):
    """A `Linear` with its weights packed; works in the dtype the `Linear` worked in."""

    packed: Tensor
    scale: Tensor

    def __init__(self, linear: Linear) -> None:
        super().__init__()
        self.outputs, self.dtype = linear.outputs, linear.products or linear.weight.dtype
        weight = linear.weight.detach().unflatten(0, (-1, linear.outputs))
        weight = functional.pad(filled_up(weight), (0, 0, 0, -linear.outputs % STEP))
        packed, scale = quantise_rows(weight)
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer("scale", scale, persistent=False)

    def forward(self, x: Tensor, index: int = 0) -> Tensor:
        packed, scale = self.packed[index], self.scale[index]
        multiply = as_packed if multiplies_eight_bits(x.device) else widened
        return multiply(x, packed, scale, self.dtype)[..., : self.outputs]


def widened(x: Tensor, packed: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """The product with the weights widened on the way: their error, and no other."""
    made = functional.linear(x.to(dtype), packed[:, : x.shape[-1]].to(dtype))
    return (made * scale).to(dtype)


def as_packed(x: Tensor, packed: Tensor, scale: Tensor, dtype: torch.dtype) -> Tensor:
    """The product in eight bits, `x` rounded to them too, a scale per token."""
    rows, factors = quantise_rows(filled_up(x))
    made = functional.scaled_mm(
        rows, packed.t(), factors[:, None], ScalingType.RowWise, scale[None], ScalingType.RowWise,
        output_dtype=torch.bfloat16,
    )  # fmt: skip
    return made.to(dtype)
