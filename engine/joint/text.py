"""Prompts to features, by the encoder half of T5Gemma.

The only door to `transformers`, which is optional. Only the encoder's tensors are read from the
checkpoint. A prompt is encoded whole and then cut, never padded before, because the encoder looks
both ways; features are kept by the content of the prompt.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Mapping
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

_log = logging.getLogger(__name__)

PREFIX = "model."
NO_CAP = None
"""Published features were made by an attention that ignores the configured cap on its scores."""


class Encode(Protocol):
    """Features `[tokens, channels]`, float32, of one prompt."""

    def __call__(self, prompt: str) -> Tensor: ...


def trimmed(features: Tensor, longest: int) -> Tensor:
    """Features `[tokens, channels]` as the transformer takes them: by way of float16, and cut.

    Published features went that way too; what would overflow there is held to the largest number.
    """
    limit = torch.finfo(torch.float16).max
    return features[:longest].clamp(-limit, limit).to(torch.float16).float()


class T5Gemma:
    """The encoder, from a folder with `config.json`, `tokenizer.json` and shards.

    Raises EngineUnavailable without the library, WeightsError for a folder that holds another model
    or a damaged one. Nothing is ever fetched, and no code in the folder is run.
    """

    def __init__(
        self, folder: Path, config: TextConfig, *, device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:  # fmt: skip
        library = _library()
        self._longest = config.longest
        self._device = device
        self._model = _encoder(library, folder, device, dtype)
        self._tokenizer = _opened(library.AutoTokenizer, folder)

    def __call__(self, prompt: str) -> Tensor:
        ids = self._tokenizer(prompt, return_tensors="pt").input_ids
        over = ids.shape[1] - self._longest
        if over > 0:
            _log.warning("the last %d of %d tokens of a prompt are cut: %.80s", over,
                         ids.shape[1], prompt)  # fmt: skip
        return trimmed(self.features(ids.to(self._device))[0], self._longest)

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


def _opened(kind: Any, folder: Path) -> Any:
    """What the library makes of the folder's description of a `kind`."""
    if not folder.is_dir():
        # The library would take the path for a name on the network.
        raise WeightsError(f"{folder}: not there; see docs/magihuman.md for how to get it")
    invalid: type[Exception] = import_module("huggingface_hub.errors").StrictDataclassError
    try:
        return kind.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, invalid) as error:
        first = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise WeightsError(f"{folder}: holds no T5Gemma, get it again: {first}") from error


def _encoder(library: Any, folder: Path, device: torch.device | str, dtype: torch.dtype) -> Any:
    """The encoder built on meta and filled with its own tensors alone."""
    settings = _opened(library.AutoConfig, folder)
    if not isinstance(settings, library.T5GemmaConfig):
        raise WeightsError(f"{folder}: holds a {settings.model_type}, not the T5Gemma it needs")
    settings.is_encoder_decoder = False
    settings.encoder.attn_logit_softcapping = NO_CAP
    with torch.device("meta"):
        model = library.T5GemmaEncoderModel(settings)
    state = {
        name: tensor.to(device, dtype)
        for name, tensor in _tensors(folder, model.state_dict()).items()
    }
    model.load_state_dict(state, assign=True)
    _derived_buffers(library, model, settings, device)
    return model.eval()


def _tensors(folder: Path, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The `wanted` tensors of the checkpoint, mapped; what else it holds is left alone."""
    weights = open_weights(folder)
    names = {n.removeprefix(PREFIX): n for n in weights.names}
    missing = sorted(wanted.keys() - names.keys())
    if missing:
        raise WeightsError(f"{folder}: lacks {len(missing)} tensors of the encoder: {missing[0]}")
    found = {name: weights.get(names[name]) for name in wanted}
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape:
            raise WeightsError(
                f"{folder}: {name} has shape {list(tensor.shape)}, but its config.json says "
                f"{list(wanted[name].shape)}; get both again"
            )
    return found


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
    """Features kept in a folder by the prompt and by `encoder`, which names what made them.

    They are kept in sixteen bits, which is all that is in them (`trimmed`).
    """

    def __init__(self, encode: Callable[[], Encode], folder: Path, encoder: str) -> None:
        self._open = encode
        self._encode: Encode | None = None
        self._folder = folder
        self._encoder = encoder

    def __call__(self, prompt: str) -> Tensor:
        """The features; the encoder is opened only for a prompt that is not yet known."""
        path = self._folder / f"{self.key(prompt)}.safetensors"
        try:
            return load_file(path)["features"].float()
        except (OSError, SafetensorError, KeyError):
            features = self._made(prompt)
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{uuid.uuid4().hex}")  # others may be making the same
        save_file({"features": features.to(torch.float16).contiguous()}, part)
        part.replace(path)
        return features

    def key(self, prompt: str) -> str:
        said = json.dumps([self._encoder, prompt], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    def _made(self, prompt: str) -> Tensor:
        if self._encode is None:
            self._encode = self._open()
        return self._encode(prompt)
