"""The transformer written straight from its specification, to measure ours against.

The published code's way of working, well written: one padded matrix of tokens, tables made in every
forward, rows sorted by modality and gathered back around every attention, one forward per prompt.
It reads the same weights and gives the same numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.joint.rotary import angles
from engine.joint.tokens import coordinates, extent_of, pack_video, unpack_video
from engine.joint.transformer import Latents, Transformer

EPS = 1e-6
CLAMP, STEEPNESS = 7.0, 1.702


def swiglu7(u: Tensor) -> Tensor:
    gate, linear = u[..., ::2].clamp(max=CLAMP), u[..., 1::2].clamp(-CLAMP, CLAMP)
    return gate * torch.sigmoid(STEEPNESS * gate) * (linear + 1)


def gelu7(u: Tensor) -> Tensor:
    u = u.clamp(max=CLAMP)
    return u * torch.sigmoid(STEEPNESS * u)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    turning = cosine.shape[-1]
    cosine, sine = cosine[:, None], sine[:, None]
    first, second, rest = x.split([turning, turning, x.shape[-1] - 2 * turning], dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine, rest], dim=-1)


class Plain:
    """One sample's velocity per call, from the weights of `model`."""

    def __init__(self, model: Transformer) -> None:
        self.config = model.config
        self.weights = model.state_dict()

    @torch.no_grad()
    def __call__(self, sample: Latents, text: Tensor) -> Latents:
        config = self.config
        extent = extent_of(sample.video, sample.audio, text, config.patch)
        parts = [pack_video(sample.video, config.patch), sample.audio, text]
        widest = max(part.shape[1] for part in parts)
        tokens = torch.cat([functional.pad(p, (0, widest - p.shape[1])) for p in parts])
        counts = torch.tensor([len(part) for part in parts])
        modality = torch.arange(3).repeat_interleave(counts)
        places = coordinates(extent, config.coordinates, config.text_offset)
        theta = angles(places, self.weights["adapter.rope.bands"])
        x = self._adapted(tokens, modality, [part.shape[1] for part in parts])
        order = torch.argsort(modality, stable=True)
        back = torch.argsort(order)
        x = x[order]
        counts_of = torch.bincount(modality[order], minlength=3).tolist()
        for layer in range(config.layers):
            x = x + self._attention(x, layer, counts_of, order, back, theta)
            x = x + self._feed_forward(x, layer, counts_of)
        x = x[back]
        video = self._head(x[modality == 0], "video")
        audio = self._head(x[modality == 1], "audio")
        return Latents(unpack_video(video, extent, config.patch), audio)

    def _adapted(self, tokens: Tensor, modality: Tensor, widths: list[int]) -> Tensor:
        x = tokens.new_zeros(len(tokens), self.config.width)
        for index, name in enumerate(("video", "audio", "text")):
            weight = self.weights[f"adapter.{name}_embedder.weight"]
            bias = self.weights[f"adapter.{name}_embedder.bias"]
            mask = modality == index
            x[mask] = functional.linear(tokens[mask][:, : widths[index]], weight, bias)
        return x

    def _head(self, x: Tensor, name: str) -> Tensor:
        normed = self._norm(x, f"final_norm_{name}", [len(x)])
        return functional.linear(normed, self.weights[f"final_linear_{name}.weight"])

    def _norm(self, x: Tensor, name: str, counts: list[int]) -> Tensor:
        gain = self.weights[f"{name}.weight"].float() + 1
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + EPS)
        if gain.numel() == x.shape[-1]:
            return wide * gain
        parts = zip(wide.split(counts), gain.chunk(3), strict=True)
        return torch.cat([rows * part for rows, part in parts])

    def _linear(self, x: Tensor, name: str, counts: list[int], modal: bool) -> Tensor:
        weight = self.weights[f"{name}.weight"]
        x = x.to(weight.dtype)
        if not modal:
            return functional.linear(x, weight)
        parts = zip(x.split(counts), weight.chunk(3), strict=True)
        return torch.cat([functional.linear(rows, part) for rows, part in parts])

    def _attention(
        self, x: Tensor, layer: int, counts: list[int], order: Tensor, back: Tensor, theta: Tensor
    ) -> Tensor:
        config, name = self.config, f"block.layers.{layer}.attention"
        modal, width = layer in config.modal_layers, config.head_width
        qkv = self._linear(
            self._norm(x, f"{name}.pre_norm", counts), f"{name}.linear_qkv", counts, modal
        )
        inner, keys = config.heads * width, config.key_heads * width
        wide = qkv.float()
        q, k, v, gate = wide.split([inner, keys, keys, config.heads], dim=-1)
        q, k, v = (part.unflatten(-1, (-1, width)) for part in (q, k, v))
        q = self._norm(q, f"{name}.q_norm", counts)[back]
        k = self._norm(k, f"{name}.k_norm", counts)[back]
        cosine, sine = theta.cos(), theta.sin()
        q, k, v = rotate(q, cosine, sine), rotate(k, cosine, sine), v[back]
        q, k, v = (part.to(qkv.dtype).transpose(0, 1)[None] for part in (q, k, v))
        seen = functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
        seen = seen[0].transpose(0, 1)[order]
        seen = (seen.float() * gate.sigmoid()[..., None]).to(qkv.dtype)
        return self._linear(seen.flatten(1), f"{name}.linear_proj", counts, modal)

    def _feed_forward(self, x: Tensor, layer: int, counts: list[int]) -> Tensor:
        name, modal = f"block.layers.{layer}.mlp", layer in self.config.modal_layers
        normed = self._norm(x, f"{name}.pre_norm", counts)
        up = self._linear(normed, f"{name}.up_gate_proj", counts, modal)
        act = gelu7 if layer in self.config.gelu_layers else swiglu7
        active = act(up.float()).to(up.dtype)
        return self._linear(active, f"{name}.down_proj", counts, modal).float()
