"""Packing and the transformer's forward against their goldens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.joint.attention import local_plan
from engine.joint.config import TransformerConfig
from engine.joint.parity.fixture import Fixture, in_float32
from engine.joint.parity.published import transformer_config
from engine.joint.parity.scores import Scores
from engine.joint.tokens import (
    Extent,
    coordinates,
    extent_of,
    frame_windows,
    layout_of,
    pack_video,
    pad_or_trim,
    place,
    unpack_video,
)
from engine.joint.transformer import Context, Latents, Transformer

FORWARD = 1e-5
"""The gate on every stored value of a float32 forward."""


def samples_of(fixture: Fixture, case: str) -> tuple[list[Latents], list[Tensor]]:
    """The samples of a case, each with its valid audio and text rows only."""
    given = fixture.under(f"{case}in.")
    heard, read = (given[f"{kind}_feat_len"].flatten().tolist() for kind in ("audio", "txt"))
    latents = [
        Latents(video, audio[:count])
        for video, audio, count in zip(
            given["latent_video"], given["latent_audio"], heard, strict=True
        )
    ]
    return latents, [text[:n] for text, n in zip(given["txt_feat"], read, strict=True)]


# --- packing ------------------------------------------------------------------------------------


def packing(fixture: Fixture) -> Scores:
    scores = Scores()
    for case in fixture.cases("in.latent_video"):
        settings = fixture.settings("data_proxy", case)
        _packed(fixture, case, settings, scores)
        _unpacked(fixture, case, settings, scores)
    for name, arguments in fixture.extra.get("coords", {}).items():
        made = place(
            tuple(arguments["shape"]),
            tuple(arguments["ref_feat_shape"]),
            tuple(arguments["offset_thw"]),
        )
        scores.exact(name, made, fixture.tensors.get(name))
    for case in fixture.cases("out"):
        if case.startswith("pad_or_trim."):
            stored = fixture.under(case)
            rows, real = pad_or_trim(stored["in"][0], stored["out"].shape[1])
            scores.exact(f"{case}out", rows[None], stored["out"])
            scores.exact(f"{case}len", torch.tensor(real), stored.get("len"))
    return scores


def _patch(settings: dict[str, Any]) -> tuple[int, int, int]:
    return settings["t_patch_size"], settings["patch_size"], settings["patch_size"]


def packed_check(
    fixture: Fixture, case: str, settings: dict[str, Any], scores: Scores
) -> list[Extent]:
    """Order, places, modalities and ranges of a packed case, exactly."""
    latents, texts = samples_of(fixture, case)
    stored = fixture.under(f"{case}packed.")
    patch = _patch(settings)
    extents = [
        extent_of(s.video, s.audio, text, patch) for s, text in zip(latents, texts, strict=True)
    ]
    rows = [
        part
        for s, text in zip(latents, texts, strict=True)
        for part in (pack_video(s.video, patch), s.audio, text)
    ]
    width = max(part.shape[1] for part in rows)
    padded = [functional.pad(part, (0, width - part.shape[1])) for part in rows]
    scores.exact(f"{case}packed.x", torch.cat(padded), stored.get("x"))
    places = [
        coordinates(e, settings["coords_style"], settings.get("text_offset", 0)) for e in extents
    ]
    scores.exact(f"{case}packed.coords", torch.cat(places), stored.get("coords"))
    layout = layout_of(extents)
    scores.exact(f"{case}packed.modality", layout.modalities(), stored.get("modality"))
    bounds = torch.tensor([0, *(rows.stop for rows in layout.samples)])
    scores.exact(f"{case}packed.cu_seqlens", bounds, stored.get("cu_seqlens"))
    longest = torch.tensor(max(extent.tokens for extent in extents))
    scores.exact(f"{case}packed.max_seqlen", longest, stored.get("max_seqlen"))
    if {"q_ranges", "k_ranges"} & stored.keys():
        queries, keys = _ranges(extents[0], settings["frame_receptive_field"])
        scores.exact(f"{case}packed.q_ranges", queries, stored.get("q_ranges"))
        scores.exact(f"{case}packed.k_ranges", keys, stored.get("k_ranges"))
    if "local_mask" in stored:
        mask = local_plan(layout, settings["frame_receptive_field"]).mask(layout.length)
        scores.exact(f"{case}packed.local_mask", mask.to(torch.uint8), stored.get("local_mask"))
    return extents


def _packed(fixture: Fixture, case: str, settings: dict[str, Any], scores: Scores) -> None:
    latents, _ = samples_of(fixture, case)
    tokens = torch.stack([pack_video(s.video, _patch(settings)) for s in latents])
    scores.exact(f"{case}video_tokens", tokens, fixture.tensors.get(f"{case}video_tokens"))
    packed_check(fixture, case, settings, scores)


def _ranges(extent: Extent, radius: int) -> tuple[Tensor, Tensor]:
    """The published list of ranges: a window per frame, all video to the rest, the rest to all."""
    windows = frame_windows(extent, radius)
    queries = [[own.start, own.stop] for own, _ in windows]
    keys = [[seen.start, seen.stop] for _, seen in windows]
    video, everything = extent.video, extent.tokens
    queries += [[0, video], [video, everything]]
    keys += [[video, everything], [0, everything]]
    return torch.tensor(queries), torch.tensor(keys)


def _unpacked(fixture: Fixture, case: str, settings: dict[str, Any], scores: Scores) -> None:
    latents, texts = samples_of(fixture, case)
    patch, stored = _patch(settings), fixture.under(case)
    extents = [
        extent_of(s.video, s.audio, text, patch) for s, text in zip(latents, texts, strict=True)
    ]
    there_and_back = [
        unpack_video(pack_video(s.video, patch), extent, patch)
        for s, extent in zip(latents, extents, strict=True)
    ]
    scores.exact(
        f"{case}roundtrip.video", torch.stack(there_and_back), stored.get("roundtrip.video")
    )
    if "back.tokens_in" not in stored:
        return
    layout, rows = layout_of(extents), stored["back.tokens_in"]
    features = latents[0].video.shape[0] * patch[0] * patch[1] * patch[2]
    video = [
        unpack_video(rows[run.rows, :features], extent, patch)
        for run, extent in zip(layout.of(0), extents, strict=True)
    ]
    audio = [
        rows[run.rows, : s.audio.shape[1]] for run, s in zip(layout.of(1), latents, strict=True)
    ]
    scores.exact(f"{case}back.video", torch.stack(video), stored.get("back.video"))
    for index, (made, want) in enumerate(zip(audio, stored.get("back.audio", ()), strict=False)):
        scores.exact(f"{case}back.audio[{index}]", made, want[: len(made)])


# --- forward ------------------------------------------------------------------------------------


def forward(fixture: Fixture) -> Scores:
    scores = Scores()
    for case in fixture.cases("in.latent_video"):
        config, settings = _configs(fixture, case)
        packed_check(fixture, case, settings, scores)
        for precision in ("f32", "bf16"):
            if fixture.under(f"{case}{precision}."):
                _forward_case(fixture, case, config, precision, scores)
    return scores


def _configs(fixture: Fixture, case: str) -> tuple[TransformerConfig, dict[str, Any]]:
    """The configuration of a case's model and of its packing."""
    settings = fixture.settings("data_proxy", case)
    return transformer_config(fixture.settings("model", case), settings), settings


def build(config: TransformerConfig, state: dict[str, Tensor], precision: str) -> Transformer:
    """The model of a fixture, strictly loaded, in float32 or as published."""
    exact = precision == "f32"
    model = Transformer(config, dtype=torch.float32 if exact else torch.bfloat16)
    model.load_state_dict(in_float32(state) if exact else state)
    return model.eval()


def _forward_case(
    fixture: Fixture, case: str, config: TransformerConfig, precision: str, scores: Scores
) -> None:
    latents, texts = samples_of(fixture, case)
    model = build(config, fixture.weights(), precision)
    extents = [
        extent_of(s.video, s.audio, t, config.patch) for s, t in zip(latents, texts, strict=True)
    ]
    seen: dict[str, list[Tensor]] = {}
    with torch.no_grad():
        context = model.prepare(extents, texts, samples_see_each_other=len(latents) > 1)
        out = model(latents, context, lambda name, x: seen.setdefault(name, []).append(x))
    tolerance = FORWARD
    if precision == "bf16":
        tolerance = fixture.rms_gate(case)
    measure = scores.close if precision == "f32" else scores.rms
    got = dict(_results(model, context, out, seen))
    for name, want in fixture.under(f"{case}{precision}.").items():
        measure(f"{case}{precision}.{name}", got[name], want, tolerance)


def _results(
    model: Transformer, context: Context, out: list[Latents], seen: dict[str, list[Tensor]]
) -> Iterator[tuple[str, Tensor]]:
    """Our intermediate and final values under the goldens' names, in token order."""
    yield "mid.rope", torch.cat([context.sine, context.cosine], dim=1)
    for name, parts in seen.items():
        rows = torch.cat(parts)
        yield f"mid.{name}", _in_order(rows, context) if _per_modality(model, name) else rows
    width = max(model.config.video_features, model.config.audio_features)
    tokens = torch.zeros(context.layout.length, width)
    for modality, name in enumerate(("video", "audio")):
        rows = torch.cat(seen[f"tokens_{name}"])
        where = context.modalities == modality
        tokens[where, : rows.shape[1]] = rows
    yield "out.tokens", tokens
    yield "out.video", torch.stack([sample.video for sample in out])
    longest = max(len(sample.audio) for sample in out)
    filled = [functional.pad(s.audio, (0, 0, 0, longest - len(s.audio))) for s in out]
    yield "out.audio", torch.stack(filled)


def _per_modality(model: Transformer, name: str) -> bool:
    """Whether the rows of this value were seen modality by modality."""
    parts = name.split(".")
    if parts[-1] not in {"pre_norm", "up", "act"}:
        return False
    return int(parts[0].removeprefix("layer")) in model.config.modal_layers


def _in_order(rows: Tensor, context: Context) -> Tensor:
    order = torch.argsort(context.modalities, stable=True)
    return torch.empty_like(rows).index_copy_(0, order, rows)
