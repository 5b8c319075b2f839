"""The full video autoencoder: causal in time, so a clip can be coded in pieces of any length.

Names of modules are the names in the published checkpoint. One frame stands alone at the start of
a clip, then four frames share a latent. `Memory` carries what a later piece must know of an
earlier one; a whole clip is one piece.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from einops import rearrange, reduce
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.config import LATENT_MEAN, LATENT_STD, VideoVAEConfig

PATCH = 2
FRAMES_PER_LATENT = 4


class Memory:
    """The last frames each causal layer saw of one clip, and whether it saw any."""

    def __init__(self) -> None:
        self.begins = True
        self._seen: dict[int, Tensor] = {}

    def before(self, layer: nn.Module, x: Tensor, frames: int) -> Tensor:
        """`x` with the `frames` that came before it, zeros where nothing did; and remembers."""
        past = self._seen.get(id(layer))
        if past is None:
            past = x.new_zeros(*x.shape[:2], frames, *x.shape[3:])
        joined = torch.cat([past, x], dim=2)
        self._seen[id(layer)] = joined[:, :, joined.shape[2] - frames :]
        return joined

    def starts(self, layer: nn.Module) -> bool:
        return id(layer) not in self._seen


class CausalConv(nn.Conv3d):
    """Sees only the past; space is padded by zeros so that sizes stay."""

    def __init__(self, inputs: int, outputs: int, kernel: int | tuple[int, int, int]) -> None:
        t, y, x = (kernel,) * 3 if isinstance(kernel, int) else kernel
        super().__init__(inputs, outputs, (t, y, x), padding=(0, y // 2, x // 2))

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        past = self.kernel_size[0] - 1
        if memory is None or past == 0:
            return super().forward(x)
        alone = x.shape[2] == 1 and memory.starts(self)
        x = memory.before(self, x, past)
        if alone:
            # Everything before a first frame is zero, so only the last tap of each filter counts.
            last = self.weight[:, :, -1]
            made = functional.conv2d(x[:, :, -1], last, self.bias, padding=self.padding[1:])
            return made[:, :, None]
        return super().forward(x)


class RMSNorm(nn.Module):
    """Channels to the length of their gain, `gamma` of shape `[channels, 1, 1(, 1)]`."""

    def __init__(self, channels: int, *, frames: bool) -> None:
        super().__init__()
        self.scale = channels**0.5
        self.gamma = nn.Parameter(torch.ones(channels, *(1,) * (3 if frames else 2)))

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(x, dim=1) * self.scale * self.gamma


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # Numbered as in the checkpoint, where activations and dropout take places of their own.
        self.residual = nn.ModuleDict(
            {
                "0": RMSNorm(inputs, frames=True),
                "2": CausalConv(inputs, outputs, 3),
                "3": RMSNorm(outputs, frames=True),
                "6": CausalConv(outputs, outputs, 3),
            }
        )
        self.changes = inputs != outputs
        if self.changes:
            self.shortcut = CausalConv(inputs, outputs, 1)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        parts = self.residual
        y = parts["2"](functional.silu(parts["0"](x)), memory)
        y = parts["6"](functional.silu(parts["3"](y)), memory)
        return y + (self.shortcut(x) if self.changes else x)


class FrameAttention(nn.Module):
    """Every position of a frame sees every other of the same frame; one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = RMSNorm(channels, frames=False)
        self.to_qkv = nn.Conv2d(channels, channels * 3, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        del memory
        batch, _, _, height, _ = x.shape
        frames = rearrange(x, "b c t h w -> (b t) c h w")
        q, k, v = rearrange(
            self.to_qkv(self.norm(frames)), "n (three c) h w -> three n 1 (h w) c", three=3
        )
        seen = functional.scaled_dot_product_attention(q, k, v)
        frames = frames + self.proj(rearrange(seen, "n 1 (h w) c -> n c h w", h=height))
        return rearrange(frames, "(b t) c h w -> b c t h w", b=batch)


def _per_frame(x: Tensor, work: nn.Module) -> Tensor:
    batch = len(x)
    made = work(rearrange(x, "b c t h w -> (b t) c h w"))
    return rearrange(made, "(b t) c h w -> b c t h w", b=batch)


class Shrink(nn.Module):
    """Half the rows and columns; half the frames too where `time`, except the clip's first."""

    def __init__(self, channels: int, *, time: bool) -> None:
        super().__init__()
        self.resample = nn.ModuleDict({"1": nn.Conv2d(channels, channels, 3, stride=2)})
        self.time = time
        if time:
            self.time_conv = nn.Conv3d(channels, channels, (3, 1, 1), stride=(2, 1, 1))

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        x = _per_frame(functional.pad(x, (0, 1, 0, 1)), self.resample["1"])
        if not self.time:
            return x
        first = memory.starts(self)
        joined = memory.before(self, x, 1)
        if not first:
            return self.time_conv(joined)
        alone, rest = x[:, :, :1], joined[:, :, 1:]
        return alone if x.shape[2] == 1 else torch.cat([alone, self.time_conv(rest)], dim=2)


class Grow(nn.Module):
    """Twice the rows and columns; twice the frames too where `time`, except the clip's first."""

    def __init__(self, channels: int, *, time: bool) -> None:
        super().__init__()
        self.resample = nn.ModuleDict({"1": nn.Conv2d(channels, channels, 3, padding=1)})
        self.time = time
        if time:
            self.time_conv = CausalConv(channels, 2 * channels, (3, 1, 1))

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        if self.time:
            # The first frame is not even context for the second: that one sees zeros before it.
            alone, rest = (x[:, :, :1], x[:, :, 1:]) if memory.begins else (x[:, :, :0], x)
            if rest.shape[2]:
                doubled = self.time_conv(rest, memory)
                rest = rearrange(doubled, "b (n c) t h w -> b c (t n) h w", n=2)
            x = torch.cat([alone, rest], dim=2)
        x = rearrange(x, "b c t h w -> b t c h w")
        batch = len(x)
        x = functional.interpolate(x.flatten(0, 1), scale_factor=2, mode="nearest-exact")
        return rearrange(self.resample["1"](x), "(b t) c h w -> b c t h w", b=batch)


def shrink_shortcut(x: Tensor, outputs: int, *, time: bool, space: bool) -> Tensor:
    """`x` folded into channels and averaged down to `outputs` of them; an odd clip gets a zero
    frame in front."""
    t, s = 2 if time else 1, 2 if space else 1
    if x.shape[2] % t:
        x = functional.pad(x, (0, 0, 0, 0, 1, 0))
    folded = rearrange(x, "b c (t u) (h y) (w x) -> b (c u y x) t h w", u=t, y=s, x=s)
    return reduce(folded, "b (o g) t h w -> b o t h w", "mean", o=outputs)


def grow_shortcut(x: Tensor, outputs: int, *, time: bool, begins: bool) -> Tensor:
    """`x` with its channels repeated and unfolded into time and space."""
    t = 2 if time else 1
    x = x.repeat_interleave(outputs * t * 4 // x.shape[1], dim=1)
    x = rearrange(x, "b (o u y x) t h w -> b o (t u) (h y) (w x)", u=t, y=2, x=2)
    return x[:, :, t - 1 :] if begins else x


class DownLevel(nn.Module):
    def __init__(self, inputs: int, outputs: int, blocks: int, *, time: bool, space: bool) -> None:
        super().__init__()
        self.outputs, self.time, self.space = outputs, time, space
        parts: list[nn.Module] = [
            Residual(inputs if i == 0 else outputs, outputs) for i in range(blocks)
        ]
        if space:
            parts.append(Shrink(outputs, time=time))
        self.downsamples = nn.ModuleList(parts)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        short = shrink_shortcut(x, self.outputs, time=self.time, space=self.space)
        for part in self.downsamples:
            x = part(x, memory)
        return x + short


class UpLevel(nn.Module):
    def __init__(self, inputs: int, outputs: int, blocks: int, *, time: bool, space: bool) -> None:
        super().__init__()
        self.outputs, self.time, self.space = outputs, time, space
        parts: list[nn.Module] = [
            Residual(inputs if i == 0 else outputs, outputs) for i in range(blocks)
        ]
        if space:
            parts.append(Grow(outputs, time=time))
        self.upsamples = nn.ModuleList(parts)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        entered = x
        for part in self.upsamples:
            x = part(x, memory)
        if not self.space:
            return x
        return x + grow_shortcut(entered, self.outputs, time=self.time, begins=memory.begins)


def _middle(channels: int) -> nn.ModuleList:
    return nn.ModuleList(
        [Residual(channels, channels), FrameAttention(channels), Residual(channels, channels)]
    )


def _head(inputs: int, outputs: int) -> nn.ModuleDict:
    return nn.ModuleDict({"0": RMSNorm(inputs, frames=True), "2": CausalConv(inputs, outputs, 3)})


class Encoder(nn.Module):
    def __init__(self, config: VideoVAEConfig) -> None:
        super().__init__()
        widths = [config.encoder_width * m for m in (1, *config.multipliers)]
        last = len(config.multipliers) - 1
        self.conv1 = CausalConv(3 * PATCH**2, widths[0], 3)
        self.downsamples = nn.ModuleList(
            DownLevel(
                a,
                b,
                config.residual_blocks,
                space=i < last,
                time=i < last and config.shrink_time[i],
            )
            for i, (a, b) in enumerate(itertools.pairwise(widths))
        )
        self.middle = _middle(widths[-1])
        self.head = _head(widths[-1], 2 * config.latent_channels)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        x = self.conv1(x, memory)
        for part in (*self.downsamples, *self.middle):
            x = part(x, memory)
        return self.head["2"](functional.silu(self.head["0"](x)), memory)


class Decoder(nn.Module):
    def __init__(self, config: VideoVAEConfig) -> None:
        super().__init__()
        multipliers = config.multipliers[::-1]
        widths = [config.decoder_width * m for m in (multipliers[0], *multipliers)]
        grow_time, last = config.shrink_time[::-1], len(multipliers) - 1
        self.conv1 = CausalConv(config.latent_channels, widths[0], 3)
        self.middle = _middle(widths[0])
        self.upsamples = nn.ModuleList(
            UpLevel(
                a, b, config.residual_blocks + 1, space=i < last, time=i < last and grow_time[i]
            )
            for i, (a, b) in enumerate(itertools.pairwise(widths))
        )
        self.head = _head(widths[-1], 3 * PATCH**2)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        x = self.conv1(x, memory)
        for part in (*self.middle, *self.upsamples):
            x = part(x, memory)
        return self.head["2"](functional.silu(self.head["0"](x)), memory)


def patchify(video: Tensor) -> Tensor:
    """Pictures into a quarter of the positions and four times the channels, column offset first."""
    return rearrange(video, "b c t (h q) (w r) -> b (c r q) t h w", q=PATCH, r=PATCH)


def unpatchify(packed: Tensor) -> Tensor:
    return rearrange(packed, "b (c r q) t h w -> b c t (h q) (w r)", q=PATCH, r=PATCH)


class VideoVAE(nn.Module):
    """Clips `[batch, 3, 1 + 4k, H, W]` in [-1, 1] to latents `[batch, 48, 1 + k, H/16, W/16]`."""

    def __init__(self, config: VideoVAEConfig) -> None:
        super().__init__()
        self.config = config
        both = 2 * config.latent_channels
        self.encoder = Encoder(config)
        self.conv1 = CausalConv(both, both, 1)
        self.conv2 = CausalConv(config.latent_channels, config.latent_channels, 1)
        self.decoder = Decoder(config)

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and one over the deviation, in the dtype of the weights, as published."""
        weight = self.conv2.weight
        mean, std = (
            torch.tensor(values, device=weight.device).view(1, -1, 1, 1, 1)
            for values in (LATENT_MEAN, LATENT_STD)
        )
        return mean.to(weight.dtype), (1 / std).to(weight.dtype)

    @torch.no_grad()
    def encode(self, video: Tensor) -> Tensor:
        """The mean latent, float32, deterministic; frames beyond the last whole four are left."""
        mean, per_std = self.statistics()
        coded = self.conv1(torch.cat(list(self.encode_pieces(video)), dim=2))
        middle = coded.chunk(2, dim=1)[0]
        return ((middle - mean) * per_std).float()

    @torch.no_grad()
    def encode_pieces(self, video: Tensor, latents: int | None = None) -> Iterator[Tensor]:
        """The encoder's output, `latents` at a time (all at once without)."""
        video = video.to(self.conv2.weight.dtype)
        video = video[:, :, : 1 + (video.shape[2] - 1) // FRAMES_PER_LATENT * FRAMES_PER_LATENT]
        memory, start = Memory(), 0
        while start < video.shape[2]:
            frames = video.shape[2] - start
            if latents is not None:
                frames = FRAMES_PER_LATENT * latents - (3 if memory.begins else 0)
            yield self.encoder(patchify(video[:, :, start : start + frames]), memory)
            memory.begins, start = False, start + frames

    @torch.no_grad()
    def decode_pieces(self, latent: Tensor, latents: int | None = None) -> Iterator[Tensor]:
        """Pictures before clamping, `latents` at a time (all at once without)."""
        memory = Memory()
        for piece in self.denormalised(latent).split(latents or latent.shape[2], dim=2):
            yield unpatchify(self.decoder(piece, memory))
            memory.begins = False

    @torch.no_grad()
    def denormalised(self, latent: Tensor) -> Tensor:
        """What the decoder is fed: the scaling undone, and one mix of channels."""
        mean, per_std = self.statistics()
        return self.conv2(latent.to(mean.dtype) / per_std + mean)

    def stream(self, latent: Tensor, latents: int = 1) -> Iterator[Tensor]:
        """Pictures in [-1, 1], float32, a few latents at a time."""
        for piece in self.decode_pieces(latent, latents):
            yield piece.float().clamp(-1, 1)

    def decode(self, latent: Tensor) -> Tensor:
        """The whole clip at once."""
        return torch.cat(list(self.stream(latent, latent.shape[2])), dim=2)
