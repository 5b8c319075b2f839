"""The doors of every engine, and what can go wrong behind them.

EngineError
├── EngineUnavailable     a part is missing here; says which and how to get it
├── RequestRefused        the engine cannot serve this request, and says why
└── GenerationFailed      it tried and failed; `retryable` says whether trying again can help
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from storyboard.request import Capabilities, Request, Take

Progress = Callable[[float], None]
"""Called with the share of the work that is done, 0 to 1, from any thread."""


class EngineError(RuntimeError):
    retryable = False


class EngineUnavailable(EngineError):
    pass


class RequestRefused(EngineError):
    pass


class GenerationFailed(EngineError):
    retryable = True


class Engine(Protocol):
    """Words in, moving and sounding pictures out; safe in `capabilities.parallel` threads."""

    capabilities: Capabilities
    fingerprint: str
    """Names engine, version, weights and settings: whatever changes the bytes changes this."""

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """Write preview.mp4, poster.jpg (and latents, where kept) into `folder`.

        It exists, and holds the pictures that the request names as references/<sha256>.
        """

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """Write render.mp4 of exactly the take whose preview files lie in `folder`."""

    def close(self) -> None:
        """Give back what the engine holds; it is not called again."""
