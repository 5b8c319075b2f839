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

from engine.joint.manifest import on_meta
from engine.joint.transformer import Transformer

WORKING_BYTES = 6 * 2**30
"""Left free for activations: a 5 s preview needs under one, 1080p about five."""


class Way(StrEnum):
    ALL = "all resident"
    STAGED = "one stage at a time"
    STREAMED = "layer by layer"


def weight_bytes(build: Callable[[], nn.Module]) -> int:
    """Bytes of a part's parameters and buffers in their own dtypes, found without building it."""
    state = on_meta(build).state_dict()
    return sum(tensor.numel() * tensor.element_size() for tensor in state.values())


def plan(sizes: Mapping[str, int], budget: int, working: int = WORKING_BYTES) -> Way:
    """How parts of these sizes fit a device with `budget` bytes, `working` of them kept free."""
    room = budget - working
    if sum(sizes.values()) <= room:
        return Way.ALL
    return Way.STAGED if max(sizes.values()) <= room else Way.STREAMED


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
        part = self._here.pop(name, None) or self._stages[name].load()
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

    While a layer works the next is copied, on a stream of its own where the device has streams.
    Every step moves all layers once, so this pays with many samples per forward.
    """

    def __init__(self, model: Transformer, device: torch.device | str) -> None:
        self.model = model
        self._device = torch.device(device)
        self._layers: list[nn.Module] = list(model.block.layers)
        self._host = [self._kept(layer) for layer in self._layers]
        self._coming: dict[int, dict[str, Tensor]] = {}
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
        return len(self._coming)

    def close(self) -> None:
        """Stop streaming; layers stay where the host keeps them."""
        for hook in self._hooks:
            hook.remove()
        self._coming.clear()

    def _kept(self, layer: nn.Module) -> dict[str, Tensor]:
        """The layer's weights in host memory, pinned where that speeds copies up."""
        pin = self._device.type == "cuda"
        kept = {}
        for name, parameter in layer.named_parameters():
            host = parameter.detach().cpu()
            kept[name] = parameter.data = host.pin_memory() if pin else host
        return kept

    def _fetch(self, index: int) -> None:
        if index in self._coming:
            return
        with torch.cuda.stream(self._copies):
            self._coming[index] = {
                name: host.to(self._device, non_blocking=True, copy=True)
                for name, host in self._host[index].items()
            }

    def _arrive(self, index: int) -> Callable[..., None]:
        def hook(layer: nn.Module, _: object) -> None:
            self._fetch(index)
            if self._copies:
                torch.cuda.current_stream(self._device).wait_stream(self._copies)
            here = self._coming[index]
            for name, parameter in layer.named_parameters():
                parameter.data = here[name]
            self._fetch((index + 1) % len(self._layers))

        return hook

    def _leave(self, index: int) -> Callable[..., None]:
        def hook(layer: nn.Module, *_: object) -> None:
            here = self._coming.pop(index) if len(self._layers) > 1 else self._coming[index]
            for name, parameter in layer.named_parameters():
                if self._copies:
                    # Its memory must not be given to the next copy while this layer still works.
                    here[name].record_stream(torch.cuda.current_stream(self._device))
                parameter.data = self._host[index][name]

        return hook
