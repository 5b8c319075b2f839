"""The float32 arithmetic between products: norms, activations, rotations, gates.

Each works in place on what it made itself when nothing learns, which spares a pass over memory and
an allocation per step of the formula; with gradients on it is the plain formula. Same numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPS = 1e-6
CLAMP, STEEPNESS = 7.0, 1.702


def unit_rms(x: Tensor) -> Tensor:
    """`x` in float32 with the mean square of its last axis brought to one."""
    x = x.float()
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + EPS)


def normed(x: Tensor, gain: Tensor) -> Tensor:
    """`unit_rms(x) * gain`"""
    return scaled(unit_rms(x), gain)


def scaled(x: Tensor, gain: Tensor) -> Tensor:
    """`x * gain`, where `x` may be overwritten."""
    return x * gain if torch.is_grad_enabled() else x.mul_(gain)


def swiglu7(u: Tensor) -> Tensor:
    """Gates in even features, linear terms in odd ones, both held to 7; float32 in and out."""
    gate, linear = u.unflatten(-1, (-1, 2)).unbind(-1)
    gate, linear = gate.clamp(max=CLAMP), linear.clamp(-CLAMP, CLAMP)
    if torch.is_grad_enabled():
        return gate * torch.sigmoid(STEEPNESS * gate) * (linear + 1)
    return gate.mul_((gate * STEEPNESS).sigmoid_()).mul_(linear.add_(1))


def gelu7(u: Tensor) -> Tensor:
    """The sigmoid approximation of GELU with its input held to 7; float32 in and out."""
    u = u.clamp(max=CLAMP)
    if torch.is_grad_enabled():
        return u * torch.sigmoid(STEEPNESS * u)
    return u.mul_((u * STEEPNESS).sigmoid_())


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Heads `[tokens, heads, width]` turned by `[tokens, angles]`; `x` may be overwritten.

    Feature i turns with feature i + angles (halves, not neighbours); the rest passes through.
    """
    turning = cosine.shape[-1]
    cosine, sine = cosine[:, None], sine[:, None]
    first, second, rest = x.split([turning, turning, x.shape[-1] - 2 * turning], dim=-1)
    if torch.is_grad_enabled():
        turned = [first * cosine - second * sine, second * cosine + first * sine, rest]
        return torch.cat(turned, dim=-1)
    before = first.clone()
    first.mul_(cosine).addcmul_(second, sine, value=-1)
    second.mul_(cosine).addcmul_(before, sine)
    return x
