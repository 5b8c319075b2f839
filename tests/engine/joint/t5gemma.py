"""A text encoder of a few thousand random weights, on disk as the published one is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

WORDS = ("a", "b", "Tom", "is", "in", "the", "picture", "indoors", "He", "speaks", ".")


def saved_model(folder: Path) -> torch.nn.Module:
    """A random encoder and decoder of three layers, saved as published, with a toy tokenizer."""
    library = pytest.importorskip("transformers", reason="the extra `magihuman` is not installed")
    half = {
        "vocab_size": 16, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "sliding_window": 16,
        "query_pre_attn_scalar": 8, "attn_logit_softcapping": 50.0,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
    }  # fmt: skip
    settings = library.T5GemmaConfig(encoder=half, decoder=dict(half), vocab_size=16)
    model = library.T5GemmaModel(settings).eval()
    for weight in model.requires_grad_(False).parameters():
        weight.normal_(std=0.2)
    state = {f"model.{n}": t.contiguous() for n, t in model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    settings.save_pretrained(folder)
    words = library.PreTrainedTokenizerFast(
        tokenizer_object=_toy_tokenizer(), unk_token="<unk>", bos_token="<bos>"
    )
    words.save_pretrained(folder)
    return model  # type: ignore[no-any-return]


def _toy_tokenizer():  # type: ignore[no-untyped-def]
    from tokenizers import Tokenizer, models, pre_tokenizers

    known = {"<unk>": 0, "<bos>": 2} | {word: 3 + n for n, word in enumerate(WORDS)}
    words = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return words
