"""The autoencoders against their goldens, and the helpers around them."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from engine.joint.audio_vae import AudioVAE, cross_fade, resample
from engine.joint.config import LATENT_MEAN, LATENT_STD, VideoVAEConfig
from engine.joint.parity.fixture import Fixture, FixtureError, in_float32
from engine.joint.parity.published import audio_vae_config, turbo_config, video_vae_config
from engine.joint.parity.scores import Scores
from engine.joint.parity.tokens import BF16_SLACK
from engine.joint.stills import enlarge_bytes
from engine.joint.turbo_decoder import TurboDecoder, to_bytes, windows
from engine.joint.video_vae import VideoVAE, patchify

Model = TypeVar("Model", bound=nn.Module)

CODED = 1e-4
HELPERS = 1e-6
BYTE_REACH = 1e-3
"""How near a whole number a value must be for its truncation to go either way."""


def _statistics(fixture: Fixture, scores: Scores) -> None:
    for name, ours in (("mean", LATENT_MEAN), ("std", LATENT_STD)):
        if name in fixture.tensors:
            scores.near(name, torch.tensor(ours), fixture.tensors[name], 1e-7)


def loaded(model: Model, state: dict[str, Tensor]) -> Model:
    """`model` with exactly the weights of a fixture, widened to float32."""
    model.load_state_dict(in_float32(state))
    return model.float().eval()


def bf16_gate(fixture: Fixture, case: str) -> float:
    return float(BF16_SLACK * fixture.gates(case)["bf16_vs_f32"]["rms_rel"])


# --- Turbo --------------------------------------------------------------------------------------


def turbo(fixture: Fixture) -> Scores:
    scores = Scores()
    _statistics(fixture, scores)
    config = turbo_config(fixture.config)
    model = loaded(TurboDecoder(config), fixture.weights())
    half = TurboDecoder(config)
    half.load_state_dict(fixture.weights())
    half = half.bfloat16().eval()
    for case in fixture.cases("z"):
        stored = fixture.under(case)
        video = model.decode(stored["z"])
        scores.close(f"{case}f32.video", video, stored["f32.video"], CODED)
        _turbo_windows(fixture, case, model, scores)
        if "uint8" in stored:
            scores.pixels(
                f"{case}uint8",
                to_bytes(video[0], truncate=True),
                stored["uint8"],
                to_bytes_values(stored["f32.video"][0]),
                BYTE_REACH,
            )
        if "bf16.video" in stored:
            rough = half.decode(stored["z"].bfloat16())
            scores.rms(f"{case}bf16.video", rough, stored["bf16.video"], bf16_gate(fixture, case))
    return scores


def to_bytes_values(video: Tensor) -> Tensor:
    """What is truncated to bytes, `[frames, H, W, 3]`."""
    return ((video.float() * 0.5 + 0.5).clamp(0, 1) * 255).permute(1, 2, 3, 0)


@torch.no_grad()
def _turbo_windows(fixture: Fixture, case: str, model: TurboDecoder, scores: Scores) -> None:
    stored = fixture.under(f"{case}f32.")
    z = fixture.tensors[f"{case}z"]
    plan, repeats = windows(z.shape[2], model.config)
    wide = model.denormalise(torch.cat([z, z[:, :, -1:].expand(-1, -1, repeats, -1, -1)], dim=2))
    for index, window in enumerate(plan):
        seen = wide[:, :, window.start : window.stop]
        name = f"chunk{index}."
        if f"{name}in" in stored:
            scores.close(f"{case}f32.{name}in", seen, stored[f"{name}in"], CODED)
        if f"{name}out" in stored:
            made = model.decoder(seen, first=index == 0)
            scores.close(f"{case}f32.{name}out", made, stored[f"{name}out"], CODED)
    parts = {
        "conv_in": model.decoder.conv_in,
        "mid_block": model.decoder.mid_block,
        **{f"up_block{i}": block for i, block in enumerate(model.decoder.up_blocks)},
    }
    wanted = {f"first.{n}": part for n, part in parts.items() if f"first.{n}" in stored}
    if wanted:
        first = wide[:, :, plan[0].start : plan[0].stop]
        seen_by = _outputs(wanted, lambda: model.decoder(first, first=True))
        for name, made in seen_by.items():
            scores.close(f"{case}f32.{name}", made, stored[name], CODED)


def _outputs(parts: dict[str, nn.Module], run: Callable[[], Tensor]) -> dict[str, Tensor]:
    """What each of `parts` gives during `run`."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: Any, made: Tensor) -> None:
            del module, given
            seen[name] = made

        return hook

    hooks = [part.register_forward_hook(keep(name)) for name, part in parts.items()]
    run()
    for hook in hooks:
        hook.remove()
    return seen


# --- Wan ----------------------------------------------------------------------------------------


def video_vae(fixture: Fixture) -> Scores:
    scores = Scores()
    _statistics(fixture, scores)
    config = video_vae_config(fixture.config)
    model = loaded(VideoVAE(config), fixture.weights())
    half = _half(config, fixture.weights())
    if "patchify.in" in fixture.tensors:
        made = patchify(fixture.tensors["patchify.in"])
        scores.exact("patchify.out", made, fixture.tensors["patchify.out"])
    for case in fixture.cases("video"):
        if f"{case}f32.latent" in fixture.tensors:
            _encoded(fixture, case, model, half, scores)
    for case in fixture.cases("z"):
        _decoded(fixture, case, model, half, scores)
    return scores


def _half(config: VideoVAEConfig, state: dict[str, Tensor]) -> VideoVAE:
    model = VideoVAE(config)
    model.load_state_dict(state)
    return model.bfloat16().eval()


def _encoded(fixture: Fixture, case: str, model: VideoVAE, half: VideoVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    video = stored["video"]
    scores.close(f"{case}f32.latent", model.encode(video), stored["f32.latent"], CODED)
    for way, pieces in (("whole", None), ("streamed", 1)):
        coded = torch.cat(list(model.encode_pieces(video, pieces)), dim=2)
        for index in range(coded.shape[2]):
            if f"f32.chunk{index}" in stored:
                want = stored[f"f32.chunk{index}"]
                got = coded[:, :, index : index + 1]
                scores.close(f"{case}f32.chunk{index} {way}", got, want, CODED)
    if "bf16.latent" in stored:
        gate = bf16_gate(fixture, case)
        scores.rms(f"{case}bf16.latent", half.encode(video), stored["bf16.latent"], gate)


def _decoded(fixture: Fixture, case: str, model: VideoVAE, half: VideoVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    z = stored["z"] if stored["z"].dim() == 5 else stored["z"][None]
    for name, made in (
        ("f32.video", model.decode(z)),
        ("f32.unclamped", torch.cat(list(model.decode_pieces(z)), dim=2)),
        ("f32.conv2", model.denormalised(z)),
    ):
        if name in stored:
            want = stored[name]
            scores.close(f"{case}{name}", made if want.dim() == 5 else made[0], want, CODED)
    for index, made in enumerate(model.decode_pieces(z, 1)):
        if f"f32.chunk{index}" in stored:
            want = stored[f"f32.chunk{index}"]
            scores.close(f"{case}f32.chunk{index}", patchify(made), want, CODED)
    if "bf16.video" in stored:
        want = stored["bf16.video"]
        made = half.decode(z)
        gate = bf16_gate(fixture, case)
        scores.rms(f"{case}bf16.video", made if want.dim() == 5 else made[0], want, gate)


# --- Oobleck ------------------------------------------------------------------------------------


def audio_vae(fixture: Fixture) -> Scores:
    scores = Scores()
    model = loaded(AudioVAE(audio_vae_config(fixture.config)), fixture.weights())
    for case in fixture.cases("wave"):
        if case.startswith("enc"):
            _heard(fixture, case, model, scores)
    for case in fixture.cases("latent"):
        if case.startswith("dec"):
            _sounded(fixture, case, model, scores)
    if "long.latent" in fixture.tensors:
        _long(fixture, model, scores)
    _helpers(fixture, scores)
    return scores


def _batched(x: Tensor) -> Tensor:
    return x if x.dim() == 3 else x[None]


def _layers(stack: nn.Module, prefix: str) -> dict[str, nn.Module]:
    return {f"{prefix}f32.layer{i}": layer for i, layer in enumerate(stack.layers)}  # type: ignore[arg-type]


def _heard(fixture: Fixture, case: str, model: AudioVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    wave = _batched(stored["wave"])
    with torch.no_grad():
        seen = _outputs(_layers(model.encoder, case), lambda: model.encoder(wave))
        coded = model.encoder(wave)
    scores.close(f"{case}f32.pre_bottleneck", coded, stored["f32.pre_bottleneck"], CODED)
    latent = model.encode(wave, lambda _: stored["noise"])
    scores.close(f"{case}f32.latent", latent, stored["f32.latent"], CODED)
    _compare_layers(fixture, seen, scores)


def _sounded(fixture: Fixture, case: str, model: AudioVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    latent = _batched(stored["latent"])
    seen = _outputs(_layers(model.decoder, case), lambda: model.decode(latent))
    scores.close(f"{case}f32.wave", model.decode(latent), stored["f32.wave"], CODED)
    _compare_layers(fixture, seen, scores)


def _compare_layers(fixture: Fixture, seen: dict[str, Tensor], scores: Scores) -> None:
    for name, made in seen.items():
        if name in fixture.tensors:
            scores.close(name, made, fixture.tensors[name], CODED)


def _helpers(fixture: Fixture, scores: Scores) -> None:
    stored = fixture.tensors
    if "merge.feats" in stored:
        pieces = [piece.transpose(1, 2) for piece in stored["merge.feats"]]
        made = cross_fade(pieces, fixture.extra.get("overlap", 0.5)).transpose(1, 2)
        scores.close("merge.out", made, stored["merge.out"], HELPERS)
    if "resample.in" in stored:
        want = stored["resample.out"]
        made = resample(stored["resample.in"].T, want.shape[0]).T
        scores.close("resample.out", made, want, HELPERS)
    for name, want in fixture.under("upsample.").items():
        kind = re.fullmatch(r"(\w+)_(\d+)x(\d+)", name)
        if kind:
            size = (int(kind[2]), int(kind[3]))
            made = enlarge_bytes(stored["upsample.in"], size, kind[1])
            scores.near(f"upsample.{name}", made, want, 1)


def _long(fixture: Fixture, model: AudioVAE, scores: Scores) -> None:
    stored, about = fixture.tensors, fixture.extra
    wave = waveform(about["waveform"], about["sample_rate"])
    head = stored["long.wave_head"]
    scores.near("long.wave_head", wave[: len(head)], head, 1e-6)
    stereo = wave.expand(1, 2, -1)
    trimmed = stereo[..., : int(about["trim_seconds"] * about["sample_rate"])]
    gate = 2 * CODED
    means: list[Tensor] = []

    def noise(name: str) -> Callable[[Tensor], Tensor]:
        def stored_noise(mean: Tensor) -> Tensor:
            means.append(mean)
            return stored[name.format(len(means) - 1)]

        return stored_noise

    latent = model.encode_long(stereo, noise("long.noise{}"), drifting=True)
    for index, mean in enumerate(means):
        scores.close(f"long.mean{index}", mean, stored[f"long.mean{index}"], gate)
    scores.close("long.latent", latent, stored["long.latent"], gate)
    means.clear()
    latent = model.encode_long(trimmed, noise("long_trim.noise"), drifting=True)
    scores.close("long_trim.mean", means[0], stored["long_trim.mean"], gate)
    scores.close("long_trim.latent", latent, stored["long_trim.latent"], gate)


_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
_FUNCTIONS = {"sin": np.sin, "cos": np.cos, "exp": np.exp}


def waveform(stated: str, rate: int) -> Tensor:
    """The float32 wave of a formula such as `float32(0.4*sin(2pi*220.0*t)), ... n < 1000`.

    Only sums, products, quotients and sines of numbers, `pi` and `t` are understood; nothing of
    the text is run.
    """
    formula = re.match(r"float32\((.*)\),", stated)
    count = re.search(r"n\s*<\s*(\d+)", stated)
    if not formula or not count:
        raise FixtureError(f"a waveform stated as {stated!r} is not understood")
    t = np.arange(int(count[1]), dtype=np.float64) / rate
    text = re.sub(r"(\d)pi\b", r"\1*pi", formula[1])
    wave = _value(ast.parse(text, mode="eval").body, {"t": t, "pi": math.pi})
    return torch.from_numpy(np.asarray(wave, dtype=np.float32))


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, names))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument, names))
    raise FixtureError(f"{ast.unparse(node)!r} is not part of a waveform we understand")
