"""The device that settings name, and its memory."""

from __future__ import annotations

import os
from typing import Any

import torch

from engine.interface import EngineUnavailable
from engine.joint.settings import JointSettings

AUTO = "auto"
"""The first CUDA card, or the processor where there is none."""


def device_of(settings: JointSettings, rank: int = 0) -> torch.device:
    """The device the settings name, of several cards the one of that process; EngineUnavailable
    when this machine has none of that name, or not as many."""
    name = _whole(settings.device)
    if name == "cuda" and settings.processes > 1:
        if torch.cuda.device_count() < settings.processes:
            raise EngineUnavailable(
                f"{settings.name}: `processes: {settings.processes}`, but this machine has "
                f"{torch.cuda.device_count()} cards; set as many"
            )
        name = f"cuda:{rank}"
    return device_named(name, settings.name)


def device_named(name: str, engine: str) -> torch.device:
    """EngineUnavailable, which names the engine, when this machine has no device of that name."""
    try:
        device = torch.device(_whole(name))
    except RuntimeError as unknown:
        raise EngineUnavailable(f"{engine}: there is no device {name!r}") from unknown
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EngineUnavailable(
            f"{engine}: this machine has no {name}; set `device: auto` or another card"
        )
    return device


def _whole(name: str) -> str:
    if name != AUTO:
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def memory_bytes(device: torch.device) -> int:
    """All the memory of a card, or of the machine."""
    if device.type == "cuda":
        properties: Any = torch.cuda.get_device_properties(device)
        return int(properties.total_memory)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
