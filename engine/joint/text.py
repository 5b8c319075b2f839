"""Prompts to features, by the encoder half of T5Gemma.

The only door to `transformers`, which is optional. Only the encoder's tensors are read from the
checkpoint. A prompt is encoded whole and then cut, never padded before, because the encoder looks
both ways; features are kept by the content of the prompt.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.interface import EngineUnavailable
from engine.joint.config import TextConfig
from engine.joint.weights import WeightsError, open_weights

PREFIX = "model."
ENCODER = "encoder."
NO_CAP = None
"""Published features were made by an attention that ignores the configured cap on its scores."""


class Encode(Protocol):
    """Features `[tokens, channels]`, float32, of one prompt."""

    def __call__(self, prompt: str) -> Tensor: ...


def trimmed(features: Tensor, longest: int) -> Tensor:
    """Features `[tokens, channels]` as the transformer takes them: by way of float16, and cut."""
    return features.to(torch.float16).float()[:longest]


class T5Gemma:
    """The encoder, from a folder with `config.json`, `tokenizer.json` and shards."""

    def __init__(
        self, folder: Path, config: TextConfig, *, device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:  # fmt: skip
        library = _library()
        self._config = config
        self._device = device
        self._tokenizer = _opened(library.AutoTokenizer.from_pretrained, folder)
        self._model = _encoder(library, folder, device, dtype)

    def __call__(self, prompt: str) -> Tensor:
        ids = self._tokenizer(prompt, return_tensors="pt").input_ids.to(self._device)
        return trimmed(self.features(ids)[0], self._config.longest)

    @torch.no_grad()
    def features(self, ids: Tensor) -> Tensor:
        """Hidden states behind the last norm, `[batch, tokens, channels]`."""
        made: Tensor = self._model(input_ids=ids).last_hidden_state
        return made


def _library() -> Any:
    try:
        return import_module("transformers")
    except ImportError as missing:
        raise EngineUnavailable(
            "the text encoder needs the package transformers: pip install 'hoofbeat[magihuman]'"
        ) from missing


def _opened(open_it: Callable[[str], Any], folder: Path) -> Any:
    try:
        return open_it(str(folder))
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{folder}: holds no T5Gemma: {first}") from error


def _encoder(library: Any, folder: Path, device: torch.device | str, dtype: torch.dtype) -> Any:
    """The encoder built on meta and filled with its own tensors alone."""
    settings = _opened(library.AutoConfig.from_pretrained, folder)
    settings.is_encoder_decoder = False
    settings.encoder.attn_logit_softcapping = NO_CAP
    with torch.device("meta"):
        model = library.T5GemmaEncoderModel(settings)
    weights = open_weights(folder)
    names = {n.removeprefix(PREFIX): n for n in weights.names}
    wanted = [name for name in model.state_dict() if name.startswith(ENCODER)]
    missing = sorted(set(wanted) - names.keys())
    if missing:
        raise WeightsError(f"{folder}: lacks {len(missing)} tensors of the encoder: {missing[0]}")
    state = {name: weights.get(names[name]).to(device, dtype) for name in wanted}
    model.load_state_dict(state, assign=True)
    _derived_buffers(library, model, settings, device)
    return model.eval()


def _derived_buffers(library: Any, model: Any, settings: Any, device: torch.device | str) -> None:
    """Buffers that checkpoints leave out are computed, off meta, by a model without layers."""
    shallow = copy.deepcopy(settings)
    shallow.encoder.num_hidden_layers = 0
    shallow.encoder.layer_types = []
    shallow.encoder.vocab_size = 1
    small = library.T5GemmaEncoderModel(shallow)
    computed = dict(small.named_buffers())
    for name, buffer in list(model.named_buffers()):
        if buffer.is_meta:
            owner, _, short = name.rpartition(".")
            model.get_submodule(owner).register_buffer(
                short, computed[name].to(device), persistent=False
            )


class Remembered:
    """Features kept in a folder by the prompt and by `encoder`, which names what made them."""

    def __init__(self, encode: Callable[[], Encode], folder: Path, encoder: str) -> None:
        self._open = encode
        self._encode: Encode | None = None
        self._folder = folder
        self._encoder = encoder

    def __call__(self, prompt: str) -> Tensor:
        """The features; the encoder is opened only for a prompt that is not yet known."""
        path = self._folder / f"{self.key(prompt)}.safetensors"
        try:
            return load_file(path)["features"]
        except (OSError, SafetensorError, KeyError):
            features = self._made(prompt)
        self._folder.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(".part")
        save_file({"features": features.contiguous()}, whole)
        whole.replace(path)
        return features

    def key(self, prompt: str) -> str:
        said = json.dumps([self._encoder, prompt], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    def _made(self, prompt: str) -> Tensor:
        if self._encode is None:
            self._encode = self._open()
        return self._encode(prompt)
