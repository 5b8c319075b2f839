"""Ours against the plain implementation: seconds per step, memory, loading, operations counted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.utils.flop_counter import FlopCounterMode

from engine.joint.bench.work import SIZES, WAYS, Size, model_of, sample_of, step_of
from engine.joint.config import TransformerConfig
from engine.joint.transformer import Latents, Transformer
from engine.joint.weights import load, open_weights

ROUNDS = 9
AGREEMENT = 1e-5
SLOWEST = 0.95
"""Ours may take this little longer than the plain way, which is the noise of measuring."""


def run(sizes: list[str], say: Callable[[str], None]) -> bool:
    """Measure and say; whether ours is nowhere slower than 0.95 of the plain way or larger."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        verdicts = [_measured(name, SIZES[name], say) for name in sizes]
    finally:
        torch.set_num_threads(threads)
    return all(verdicts)


@torch.no_grad()
def _measured(name: str, size: Size, say: Callable[[str], None]) -> bool:
    model, sample = model_of(size), sample_of(size)
    steps = {way: step_of(way, model, sample) for way in WAYS}
    _agree({way: step() for way, step in steps.items()})
    seconds = _alternately(steps)
    memory = {way: _peak(way, name) for way in WAYS}
    flops, arithmetic = _counted(steps["ours"]), expected_flops(size)
    say(f"{name}: {size.config.layers} layers of {size.config.width}, {_tokens(size)} tokens")
    for way in WAYS:
        ratio = seconds["plain"] / seconds[way]
        say(f"  {way:<11}{seconds[way]:8.4f} s/step {ratio:6.2f}x {memory[way] / 2**20:7.0f} MiB")
    say(f"  operations {flops / 1e9:.3f} G counted, {arithmetic / 1e9:.3f} G by arithmetic")
    for way, took in _loading(model).items():
        say(f"  load, {way:<6}{took:8.4f} s")
    return seconds["plain"] / seconds["ours"] >= SLOWEST and memory["ours"] <= memory["plain"]


def _agree(made: dict[str, Latents]) -> None:
    want = made["plain"]
    for way, got in made.items():
        error = (got.video - want.video).abs().max() / want.video.abs().max()
        if error > AGREEMENT:
            raise AssertionError(f"{way} differs from plain by {error:.1e}; nothing to compare")


def _alternately(steps: dict[str, Callable[[], Latents]]) -> dict[str, float]:
    """The best processor time of each, taken in turns so that a busy machine slows all alike."""
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(ROUNDS):
        for way, step in steps.items():
            start = time.process_time()
            step()
            best[way] = min(best[way], time.process_time() - start)
    return best


def _peak(way: str, size: str) -> int:
    command = [sys.executable, "-m", "engine.joint.bench.memory", way, size]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _counted(step: Callable[[], Latents]) -> int:
    mapping = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention_flops}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        step()
    return counter.get_total_flops()


def _attention_flops(q: list[int], k: list[int], *_: object, **__: object) -> int:
    batch, heads, queries, width = q
    return 4 * batch * heads * queries * k[2] * width


def _tokens(size: Size) -> str:
    frames, rows, columns = size.video
    shared = frames * rows * columns // 4 + size.audio
    return f"{shared + size.text} and {shared + 2 * size.text}"


def expected_flops(size: Size) -> int:
    """Two per weight a token meets, and 4 N^2 width of attention per layer, for both prompts."""
    config = size.config
    frames, rows, columns = size.video
    video = frames * rows * columns // 4
    total = 0
    for text in (size.text, 2 * size.text):
        tokens = video + size.audio + text
        total += sum(2 * tokens * _met(config, layer) for layer in range(config.layers))
        total += 4 * tokens**2 * config.heads * config.head_width * config.layers
        total += 4 * video * config.video_features * config.width
        total += 4 * size.audio * config.audio_features * config.width
    return total


def _met(config: TransformerConfig, layer: int) -> int:
    """Weights of a layer's products that one token meets."""
    inner, keys = config.heads * config.head_width, config.key_heads * config.head_width
    wide = config.inner_width(layer)
    ups = wide if layer in config.gelu_layers else 2 * wide
    attention = config.width * (inner + 2 * keys + config.heads) + inner * config.width
    return attention + config.width * ups + wide * config.width


def _loading(model: Transformer) -> dict[str, float]:
    """Seconds from a file to a model, ours and by filling an initialised one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_file(model.state_dict(), path)
        build = lambda: Transformer(model.config, dtype=torch.float32)  # noqa: E731

        def plain() -> None:
            build().load_state_dict(load_file(path))

        took = {}
        for way, work in (("ours", lambda: load(build, open_weights(path))), ("plain", plain)):
            work()
            start = time.perf_counter()
            work()
            took[way] = time.perf_counter() - start
    return took
