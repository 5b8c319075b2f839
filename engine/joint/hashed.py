"""Prompts to features without a model, for engines with random weights: they understand nothing."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from engine.joint.config import TextConfig
from engine.joint.text import trimmed


class Hashed:
    """An `Encode` that gives equal words equal features and other words others."""

    def __init__(self, config: TextConfig) -> None:
        self._config = config

    def __call__(self, prompt: str) -> Tensor:
        words = prompt.split() or [""]
        rows = torch.stack([self._row(word) for word in words])
        return trimmed(rows, self._config.longest)

    def _row(self, word: str) -> Tensor:
        number = int.from_bytes(hashlib.sha256(word.encode()).digest()[:7])
        return torch.randn(self._config.features, generator=torch.Generator().manual_seed(number))
