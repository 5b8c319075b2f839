"""Which weights are on the device: all, one stage at a time, or one layer at a time.

A stage is a part that works alone for a while (text, base, upscaler, decoders). A worker drains a
stage for a whole batch before the next, so weights are loaded once per drain and not per clip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn

from engine.joint.config import TransformerConfig
from engine.joint.manifest import on_meta
from engine.joint.transformer import Transformer

WORKING_BYTES = 6 * 2**30
"""Left free for activations: a 5 s preview needs under one, 1080p about five."""


class Way(StrEnum):
    ALL = "all resident"
    STAGED = "one stage at a time"
    STREAMED = "layer by layer"


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a part on the device: whole, and layer by layer where it can be streamed."""

    whole: int
    streamed: int | None = None

    @property
    def halved(self) -> Size:
        """With its products in eight bits, or about that."""
        return Size(self.whole // 2, None if self.streamed is None else self.streamed // 2)


@dataclass(frozen=True, slots=True)
class ResidencyPlan:
    """How each part is brought to the device, and how many bytes the parts have together."""

    room: int
    ways: Mapping[str, Way]
    bytes: Mapping[str, int]
    """What each part takes there, going its way."""

    def __str__(self) -> str:
        """`base and upscale layer by layer, text one stage at a time`"""
        told = [
            (" and ".join(name for name, its in self.ways.items() if its is way), way)
            for way in dict.fromkeys(self.ways.values())
        ]
        return ", ".join(f"{names} {way}" for names, way in told)

    @property
    def lacks(self) -> dict[str, int]:
        """Parts that do not fit even alone, with the bytes that each is short of."""
        return {name: size - self.room for name, size in self.bytes.items() if size > self.room}


def plan_residency(
    sizes: Mapping[str, Size], budget: int, working: int = WORKING_BYTES
) -> ResidencyPlan:
    """How parts of these sizes fit a device with `budget` bytes, `working` of them kept free.

    A part is streamed only where it does not fit alone; the others stay as long as there is room.
    """
    room = budget - working
    if sum(size.whole for size in sizes.values()) <= room:
        ways = dict.fromkeys(sizes, Way.ALL)
    else:
        ways = {name: _way(size, room) for name, size in sizes.items()}
    return ResidencyPlan(room, ways, {name: _taken(sizes[name], way) for name, way in ways.items()})


def _way(size: Size, room: int) -> Way:
    return Way.STAGED if size.whole <= room or size.streamed is None else Way.STREAMED


def _taken(size: Size, way: Way) -> int:
    return size.streamed if way is Way.STREAMED and size.streamed is not None else size.whole


def state_bytes(module: nn.Module) -> int:
    """Bytes of a module's parameters and buffers."""
    return sum(t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers()))


def weight_bytes(build: Callable[[], nn.Module]) -> int:
    """Bytes of a part's parameters and buffers in their own dtypes, found without building it."""
    return state_bytes(on_meta(build))


def transformer_size(config: TransformerConfig) -> Size:
    """Whole; streamed, all but its layers and the two neighbours that are largest together."""
    model = on_meta(lambda: Transformer(config))
    whole, layers = state_bytes(model), [state_bytes(layer) for layer in layers_of(model)]
    pairs = [a + b for a, b in zip(layers, layers[1:] + layers[:1], strict=True)]
    return Size(whole, whole - sum(layers) + max(pairs))


def layers_of(model: nn.Module) -> list[nn.Module]:
    assert isinstance(model, Transformer)
    return list(model.block.layers)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part: how it is brought to the device, and how much of it that takes."""

    load: Callable[[], nn.Module]
    bytes: int


class Stages:
    """Parts on the device, fetched when asked for; those unused longest make room."""

    def __init__(self, stages: Mapping[str, Stage], budget: int) -> None:
        self._stages = dict(stages)
        self._budget = budget
        self._here: dict[str, nn.Module] = {}

    @property
    def resident(self) -> tuple[str, ...]:
        """Names of the parts on the device, the one used last at the end."""
        return tuple(self._here)

    def get(self, name: str) -> nn.Module:
        """The part, on the device. One that is too large alone is loaded alone all the same."""
        if name not in self._here:
            self._make_room(self._stages[name].bytes)
        part = self._here.pop(name) if name in self._here else self._stages[name].load()
        self._here[name] = part
        return part

    def _make_room(self, wanted: int) -> None:
        while self._here and self._used() + wanted > self._budget:
            del self._here[next(iter(self._here))]

    def _used(self) -> int:
        return sum(self._stages[name].bytes for name in self._here)

    def drop(self) -> None:
        """Give everything back."""
        self._here.clear()


class Streamed:
    """A transformer whose layers live in host memory and visit the device one at a time.

    While a layer works the next is copied, on a stream of its own where the device has streams; the
    host waits for the layer before, so there are never more than two. Every step moves all layers
    once, so this pays with many samples per forward.
    """

    def __init__(self, model: Transformer, device: torch.device | str) -> None:
        self.model = model
        self._device = torch.device(device)
        self._layers = layers_of(model)
        self._host = [self._kept(layer) for layer in self._layers]
        self._coming: dict[int, dict[str, Tensor]] = {}
        self._leaving: tuple[dict[str, Tensor], torch.cuda.Event | None] | None = None
        cuda = self._device.type == "cuda"
        self._copies = torch.cuda.Stream(self._device) if cuda else None
        for part in (model.adapter, model.final_norm_video, model.final_norm_audio,
                     model.final_linear_video, model.final_linear_audio):  # fmt: skip
            part.to(self._device)
        self._hooks = [
            hook
            for index, layer in enumerate(self._layers)
            for hook in (
                layer.register_forward_pre_hook(self._arrive(index)),
                layer.register_forward_hook(self._leave(index)),
            )
        ]

    @property
    def on_device(self) -> int:
        """How many layers' weights are on the device now."""
        return len(self._coming) + (self._leaving is not None)

    def close(self) -> None:
        """Stop streaming; layers stay where the host keeps them."""
        for hook in self._hooks:
            hook.remove()
        self._free()
        self._coming.clear()

    def _kept(self, layer: nn.Module) -> dict[str, Tensor]:
        """The layer's weights in host memory, pinned where that speeds copies up."""
        pin = self._device.type == "cuda"
        kept = {}
        for name, weight in _weights(layer).items():
            host = weight.detach().cpu()
            kept[name] = weight.data = host.pin_memory() if pin else host
        return kept

    def _fetch(self, index: int) -> None:
        if index in self._coming:
            return
        with torch.cuda.stream(self._copies):
            self._coming[index] = {
                name: host.to(self._device, non_blocking=True, copy=True)
                for name, host in self._host[index].items()
            }

    def _free(self) -> None:
        """Wait for the layer before, and let its memory go. The host has to wait: it runs far ahead
        of the device, and would have copies of all layers made before the first has worked."""
        if self._leaving is not None and self._leaving[1] is not None:
            self._leaving[1].synchronize()
        self._leaving = None

    def _arrive(self, index: int) -> Callable[..., None]:
        def hook(layer: nn.Module, _: object) -> None:
            self._fetch(index)
            if self._copies:
                torch.cuda.current_stream(self._device).wait_stream(self._copies)
            for name, weight in _weights(layer).items():
                weight.data = self._coming[index][name]

        return hook

    def _leave(self, index: int) -> Callable[..., None]:
        def hook(layer: nn.Module, *_: object) -> None:
            for name, weight in _weights(layer).items():
                weight.data = self._host[index][name]
            self._free()
            self._fetch((index + 1) % len(self._layers))
            worked = None
            if self._copies:
                worked = torch.cuda.current_stream(self._device).record_event()
            self._leaving = self._coming.pop(index), worked

        return hook


def _weights(layer: nn.Module) -> dict[str, Tensor]:
    """Parameters, and buffers such as the scales of weights in eight bits."""
    return {**dict(layer.named_parameters()), **dict(layer.named_buffers())}
