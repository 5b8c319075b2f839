"""Tiny models of every part, and where golden files are looked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.joint.config import TransformerConfig
from engine.joint.transformer import Transformer

GOLDENS = Path(
    os.environ.get("HOOFBEAT_GOLDENS") or Path(__file__).parents[4] / "shared" / "goldens"
)


def golden_files() -> list[Path]:
    return sorted(GOLDENS.glob("*.safetensors"))


@pytest.fixture(autouse=True, scope="module")
def _one_core() -> Iterator[None]:
    """Also for what a module makes once: on two cores sums are added in another order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _same_numbers_every_time() -> Iterator[None]:
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(7)
        yield


TINY = TransformerConfig(
    layers=4,
    width=64,
    heads=4,
    key_heads=2,
    head_width=16,
    video_features=16,
    audio_features=6,
    text_features=10,
    modal_layers=(0, 3),
    gelu_layers=(0,),
)


@pytest.fixture
def tiny() -> Transformer:
    return randomised(Transformer(TINY, dtype=torch.float32))


def randomised(model: Transformer) -> Transformer:
    """Norm weights off their starting zeros, so that mixing up modalities shows."""
    for name, weight in model.named_parameters():
        if "norm" in name:
            weight.normal_(std=0.3)
    return model.eval()
