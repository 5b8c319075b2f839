"""The transformer that denoises picture and sound as one stream of tokens.

Names of modules are the names in published checkpoints, so a state dict loads as it is. Block
linears work in the dtype of their weights (bfloat16 as published, float32 to compare numbers);
the residual stream, norms, rotations, adapters and heads are float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.attention import Plan, attend, full_plan, local_plan
from engine.joint.config import TransformerConfig
from engine.joint.pointwise import gelu7, normed, rotate, swiglu7, unit_rms
from engine.joint.rotary import angles, bands
from engine.joint.tokens import (
    AUDIO,
    VIDEO,
    Clock,
    Extent,
    Layout,
    by_modality,
    clock_coordinates,
    coordinates,
    layout_of,
    pack_video,
    unpack_video,
)
from engine.joint.told import Told

Watch = Callable[[str, Tensor], None]
"""Told the name and value of each intermediate result, for tests and comparisons."""

ROWS_AT_ONCE = 16_384
"""Rows of one feed-forward pass; bounds its inner activations, 10 GB for a 1080p clip at once."""


@dataclass(frozen=True, slots=True)
class Latents:
    """One sample's picture `[channels, frames, height, width]` and sound `[latents, channels]`."""

    video: Tensor
    audio: Tensor


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that stays the same through a denoising loop, made once by `prepare`."""

    layout: Layout
    text: tuple[Tensor, ...]
    cosine: Tensor
    sine: Tensor
    modalities: Tensor
    full: Plan
    local: Plan
    told: Tensor | None = None
    """What a model with `config.told` adds to every token, whatever the noise."""


def _unwatched(name: str, value: Tensor) -> None:
    del name, value


class Norm(nn.Module):
    """RMS norm whose gain is one plus its weight; one weight per modality in modal layers."""

    def __init__(self, width: int, sets: int = 1) -> None:
        super().__init__()
        self.width = width
        self.weight = nn.Parameter(torch.zeros(width * sets))

    def gain(self) -> Tensor:
        """`[sets, width]`"""
        return self.weight.float().view(-1, self.width) + 1

    def rows(self, modalities: Tensor) -> Tensor:
        """The gain of every token's modality, `[tokens or 1, 1, width]`."""
        gain = self.gain()
        return (gain if len(gain) == 1 else gain[modalities])[:, None]

    def forward(self, x: Tensor, index: int = 0) -> Tensor:
        return normed(x, self.gain()[index])


class Linear(nn.Module):
    """A product without bias, `[sets * out, in]`, worked out in the dtype of the weight, or in
    `products` where that is set (`Transformer.multiply_in`)."""

    products: torch.dtype | None = None

    def __init__(self, inputs: int, outputs: int, sets: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.outputs = outputs
        self.weight = nn.Parameter(torch.empty(sets * outputs, inputs, dtype=dtype))
        if not self.weight.is_meta:
            nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x: Tensor, index: int = 0) -> Tensor:
        weight = self.weight.view(-1, self.outputs, x.shape[-1])[index]
        dtype = self.products or weight.dtype
        return functional.linear(x.to(dtype), weight.to(dtype))


def _each(x: Tensor, layout: Layout, modal: bool, work: Callable[[Tensor, int], Tensor]) -> Tensor:
    return by_modality(x, layout, work) if modal else work(x, 0)


class Attention(nn.Module):
    def __init__(self, config: TransformerConfig, layer: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.config = config
        self.modal = layer in config.modal_layers
        self.local = layer in config.local_layers
        sets = 3 if self.modal else 1
        inner, keys = config.heads * config.head_width, config.key_heads * config.head_width
        gates = config.heads if config.gated else 0
        self.parts = [inner + keys, keys, gates]
        self.pre_norm = Norm(config.width, sets)
        self.linear_qkv = Linear(config.width, sum(self.parts), sets, dtype)
        self.linear_proj = Linear(inner, config.width, sets, dtype)
        self.q_norm = Norm(config.head_width, sets)
        self.k_norm = Norm(config.head_width, sets)

    def forward(self, x: Tensor, context: Context, watch: Watch) -> Tensor:
        def project(rows: Tensor, index: int) -> Tensor:
            normed = self.pre_norm(rows, index)
            watch("pre_norm", normed)
            return self.linear_qkv(normed, index)

        qkv = _each(x, context.layout, self.modal, project)
        watch("qkv", qkv)
        turning, v, gate = qkv.split(self.parts, dim=-1)
        q, k = self._turned(turning, context)
        watch("q_rope", q)
        watch("k_rope", k)
        v = v.unflatten(-1, (-1, self.config.head_width))
        watch("v", v)
        plan = context.local if self.local else context.full
        seen = attend(q.to(qkv.dtype), k.to(qkv.dtype), v, plan)
        watch("core", seen)
        if self.config.gated:
            seen = (seen.float() * gate.float().sigmoid()[..., None]).to(qkv.dtype)
        out = _each(seen.flatten(1), context.layout, self.modal, self.linear_proj)
        watch("out", out)
        return out

    def _turned(self, both: Tensor, context: Context) -> tuple[Tensor, Tensor]:
        """Queries and keys `[tokens, heads, width]`, normed and rotated in one go, float32."""
        heads = [self.config.heads, self.config.key_heads]
        x = unit_rms(both.unflatten(-1, (-1, self.config.head_width)))
        q, k = x.split(heads, dim=1)
        q_gain, k_gain = (norm.rows(context.modalities) for norm in (self.q_norm, self.k_norm))
        if torch.is_grad_enabled():
            x = torch.cat([q * q_gain, k * k_gain], dim=1)
        else:
            q.mul_(q_gain)
            k.mul_(k_gain)
        q, k = rotate(x, context.cosine, context.sine).split(heads, dim=1)
        return q, k


class FeedForward(nn.Module):
    def __init__(self, config: TransformerConfig, layer: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.modal = layer in config.modal_layers
        plain = layer in config.gelu_layers
        self.activation = gelu7 if plain else swiglu7
        sets, inner = 3 if self.modal else 1, config.inner_width(layer)
        self.pre_norm = Norm(config.width, sets)
        self.up_gate_proj = Linear(config.width, inner if plain else 2 * inner, sets, dtype)
        self.down_proj = Linear(inner, config.width, sets, dtype)

    def forward(self, x: Tensor, context: Context, watch: Watch) -> Tensor:
        def work(rows: Tensor, index: int) -> Tensor:
            up = self.up_gate_proj(self.pre_norm(rows, index), index)
            watch("up", up)
            active = self.activation(up.float()).to(up.dtype)
            watch("act", active)
            return self.down_proj(active, index)

        def in_parts(rows: Tensor, index: int) -> Tensor:
            if len(rows) <= ROWS_AT_ONCE:
                return work(rows, index)
            return torch.cat([work(part, index) for part in rows.split(ROWS_AT_ONCE)])

        out = _each(x, context.layout, self.modal, in_parts).float()
        watch("out", out)
        return out


class Layer(nn.Module):
    def __init__(self, config: TransformerConfig, layer: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.modal = layer in config.modal_layers
        self.attention = Attention(config, layer, dtype)
        self.mlp = FeedForward(config, layer, dtype)
        self.normed_after = layer in config.post_norm_layers
        if self.normed_after:
            sets = 3 if self.modal else 1
            self.attn_post_norm = Norm(config.width, sets)
            self.mlp_post_norm = Norm(config.width, sets)

    def forward(self, x: Tensor, context: Context, watch: Watch) -> Tensor:
        seen = self.attention(x, context, lambda name, value: watch(f"attn.{name}", value))
        if self.normed_after:
            seen = _each(seen, context.layout, self.modal, self.attn_post_norm).to(seen.dtype)
        x = x + seen
        thought = self.mlp(x, context, lambda name, value: watch(f"mlp.{name}", value))
        if self.normed_after:
            thought = _each(thought, context.layout, self.modal, self.mlp_post_norm)
        return x + thought


class Rope(nn.Module):
    bands: Tensor

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("bands", bands(count))


class Adapter(nn.Module):
    """Each modality into the width of the stream, in float32."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.video_embedder = nn.Linear(config.video_features, config.width)
        self.text_embedder = nn.Linear(config.text_features, config.width)
        self.audio_embedder = nn.Linear(config.audio_features, config.width)
        self.rope = Rope(config.bands)


class Stack(nn.Module):
    def __init__(self, config: TransformerConfig, dtype: torch.dtype) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(config, i, dtype) for i in range(config.layers))


class Transformer(nn.Module):
    """Velocities of noisy latents. As published it is never told the noise level; it sees it."""

    def __init__(self, config: TransformerConfig, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.config = config
        self.adapter = Adapter(config)
        self.block = Stack(config, dtype)
        self.final_norm_video = Norm(config.width)
        self.final_norm_audio = Norm(config.width)
        self.final_linear_video = nn.Linear(config.width, config.video_features, bias=False)
        self.final_linear_audio = nn.Linear(config.width, config.audio_features, bias=False)
        if config.told:
            self.told = Told(config)

    def multiply_in(self, dtype: torch.dtype | None) -> Transformer:
        """Work products out in `dtype` whatever the weights are stored in; None undoes it."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.products = dtype
        return self

    def prepare(
        self,
        extents: Sequence[Extent],
        texts: Sequence[Tensor],
        *,
        clocks: Sequence[Clock | None] | None = None,
        samples_see_each_other: bool = False,
    ) -> Context:
        """The constants of a loop over samples of `extents` with text features `[tokens, C]`.

        `clocks` are those of the samples, where the config places tokens by a clock; texts that
        they say are padded are for a model without local layers, ValueError for another.
        `samples_see_each_other` is for comparison with the published code only.
        """
        config, layout = self.config, layout_of(extents)
        device = self.adapter.rope.bands.device
        clocks = clocks or [None] * len(extents)
        places = [
            clock_coordinates(extent, clock)
            if clock is not None
            else coordinates(extent, config.coordinates, config.text_offset)
            for extent, clock in zip(extents, clocks, strict=True)
        ]
        real_text = [clock.real_text for clock in clocks if clock and clock.real_text is not None]
        if real_text and config.local_layers:
            raise ValueError("local layers know of no padding; give texts as long as they are")
        theta = angles(torch.cat(places).to(device), self.adapter.rope.bands)
        return Context(
            layout=layout,
            text=tuple(self.adapter.text_embedder(text.float()) for text in texts),
            cosine=theta.cos(),
            sine=theta.sin(),
            modalities=layout.modalities(device),
            full=full_plan(
                layout,
                samples_see_each_other=samples_see_each_other,
                real_text=real_text or None,
                device=device,
            ),
            local=local_plan(layout, config.window_frames),
            told=self.told.constants(layout, texts, clocks) if config.told else None,
        )

    def forward(
        self,
        samples: Sequence[Latents],
        context: Context,
        watch: Watch = _unwatched,
        *,
        sigmas: Tensor | None = None,
    ) -> list[Latents]:
        """The velocity of every sample, float32, in the order and shapes they came in.

        `sigmas` are the samples' noise levels, above 0, `[samples]`; only a model that predicts
        clean latents, or is told, needs them.
        """
        made = self.predicted(samples, context, watch, sigmas=sigmas)
        if self.config.predicts == "velocity":
            return made
        assert sigmas is not None, "a clean latent and no noise level give no velocity"
        return [
            Latents((x.video - clean.video) / sigma, (x.audio - clean.audio) / sigma)
            for x, clean, sigma in zip(samples, made, sigmas, strict=True)
        ]

    def predicted(
        self,
        samples: Sequence[Latents],
        context: Context,
        watch: Watch = _unwatched,
        *,
        sigmas: Tensor | None = None,
    ) -> list[Latents]:
        """What the heads give of every sample: `config.predicts`."""
        x = self.embed(samples, context, sigmas)
        watch("adapter_x", x)
        return self.heads(self.through(x, context, watch), context, watch)

    def through(self, x: Tensor, context: Context, watch: Watch = _unwatched) -> Tensor:
        """The stream behind the last layer."""
        for index, layer in enumerate(self.block.layers):
            x = layer(x, context, lambda name, v, i=index: watch(f"layer{i}.{name}", v))
            watch(f"layer{index}.out", x)
        return x

    def embed(
        self, samples: Sequence[Latents], context: Context, sigmas: Tensor | None = None
    ) -> Tensor:
        """The float32 stream at the entry of the first layer."""
        rows = []
        for sample, text in zip(samples, context.text, strict=True):
            packed = pack_video(sample.video.float(), self.config.patch)
            rows += [
                self.adapter.video_embedder(packed),
                self.adapter.audio_embedder(sample.audio.float()),
                text,
            ]
        x = torch.cat(rows)
        if context.told is None:
            return x
        assert sigmas is not None, "this model is told the noise level"
        return x + context.told + self.told.noise(context.layout, sigmas)

    def heads(self, x: Tensor, context: Context, watch: Watch = _unwatched) -> list[Latents]:
        """Velocities from the stream behind the last layer; text rows are dropped."""
        video = self._head(x, context, VIDEO, watch)
        audio = self._head(x, context, AUDIO, watch)
        return [
            Latents(unpack_video(seen, extent, self.config.patch), heard)
            for seen, heard, extent in zip(video, audio, context.layout.extents, strict=True)
        ]

    def _head(self, x: Tensor, context: Context, modality: int, watch: Watch) -> tuple[Tensor, ...]:
        name = "video" if modality == VIDEO else "audio"
        runs = context.layout.of(modality)
        parts = x.split([run.stop - run.start for run in context.layout.runs])
        normed = getattr(self, f"final_norm_{name}")(torch.cat(parts[modality::3]))
        watch(f"final_norm_{name}", normed)
        out = getattr(self, f"final_linear_{name}")(normed)
        watch(f"tokens_{name}", out)
        return out.split([run.stop - run.start for run in runs])
