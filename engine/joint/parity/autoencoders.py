"""The autoencoders against their goldens, and the helpers around them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from engine.joint.audio_vae import WINDOW_S, AudioVAE, cross_fade, resample
from engine.joint.config import LATENT_MEAN, LATENT_STD, VideoVAEConfig
from engine.joint.parity.fixture import Fixture, FixtureError, in_float32
from engine.joint.parity.formula import formula
from engine.joint.parity.published import audio_vae_config, turbo_config, video_vae_config
from engine.joint.parity.scores import Scores
from engine.joint.stills import enlarge_bytes
from engine.joint.turbo_decoder import TurboDecoder, to_bytes, windows
from engine.joint.video_vae import VideoVAE, patchify

Model = TypeVar("Model", bound=nn.Module)

CODED = 1e-4
LONG = 2e-4
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


def coded(
    scores: Scores, fixture: Fixture, case: str, name: str, made: Tensor, stated: float = CODED
) -> None:
    """Hold what an autoencoder made to the golden of that name, where the file has it, by the
    tolerance its file states: that part of the largest value and of the element itself."""
    want = fixture.tensors.get(f"{case}{name}")
    if want is None:
        return
    made = made if want.dim() == made.dim() else made[0]
    gate = fixture.coded_gate(case, stated)
    scores.close(f"{case}{name}", made, want, gate, relative=CODED)


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
        coded(scores, fixture, case, "f32.video", video)
        _turbo_windows(fixture, case, model, scores)
        if "uint8" in stored and "f32.video" in stored:
            scores.pixels(
                f"{case}uint8",
                to_bytes(video[0], truncate=True),
                stored["uint8"],
                (to_bytes_values(video[0]), to_bytes_values(stored["f32.video"][0])),
                BYTE_REACH,
            )
        if "bf16.video" in stored:
            rough = half.decode(stored["z"].bfloat16())
            scores.rms(f"{case}bf16.video", rough, stored["bf16.video"], fixture.rms_gate(case))
    return scores


def to_bytes_values(video: Tensor) -> Tensor:
    """What is truncated to bytes, `[frames, H, W, 3]`."""
    return ((video.float() * 0.5 + 0.5).clamp(0, 1) * 255).permute(1, 2, 3, 0)


@torch.no_grad()
def _turbo_windows(fixture: Fixture, case: str, model: TurboDecoder, scores: Scores) -> None:
    golden = f"{case}f32."
    z = fixture.tensors[f"{case}z"]
    plan, repeats = windows(z.shape[2], model.config)
    wide = model.denormalise(torch.cat([z, z[:, :, -1:].expand(-1, -1, repeats, -1, -1)], dim=2))
    for index, window in enumerate(plan):
        seen = wide[:, :, window.start : window.stop]
        coded(scores, fixture, case, f"f32.chunk{index}.in", seen)
        if f"{golden}chunk{index}.out" in fixture.tensors:
            made = model.decoder(seen, first=index == 0)
            coded(scores, fixture, case, f"f32.chunk{index}.out", made)
    parts = {
        "conv_in": model.decoder.conv_in,
        "mid_block": model.decoder.mid_block,
        **{f"up_block{i}": block for i, block in enumerate(model.decoder.up_blocks)},
    }
    wanted = {n: part for n, part in parts.items() if f"{golden}first.{n}" in fixture.tensors}
    if wanted:
        first = wide[:, :, plan[0].start : plan[0].stop]
        for name, made in _outputs(wanted, lambda: model.decoder(first, first=True)).items():
            coded(scores, fixture, case, f"f32.first.{name}", made)


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
        if not case.endswith(("f32.", "bf16.")):
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
    coded(scores, fixture, case, "f32.latent", model.encode(video))
    for pieces in (None, 1):  # whole, and a latent at a time
        made = torch.cat(list(model.encode_pieces(video, pieces)), dim=2)
        for index in range(made.shape[2]):
            coded(scores, fixture, case, f"f32.chunk{index}", made[:, :, index : index + 1])
    if "bf16.latent" in stored:
        gate = fixture.rms_gate(case)
        scores.rms(f"{case}bf16.latent", half.encode(video), stored["bf16.latent"], gate)


def _decoded(fixture: Fixture, case: str, model: VideoVAE, half: VideoVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    z = stored["z"] if stored["z"].dim() == 5 else stored["z"][None]
    for name, made in (
        ("f32.video", model.decode(z)),
        ("f32.unclamped", torch.cat(list(model.decode_pieces(z)), dim=2)),
        ("f32.conv2", model.denormalised(z)),
    ):
        coded(scores, fixture, case, name, made)
    for index, made in enumerate(model.decode_pieces(z, 1)):
        coded(scores, fixture, case, f"f32.chunk{index}", patchify(made))
    if "bf16.video" in stored:
        want = stored["bf16.video"]
        made = half.decode(z)
        gate = fixture.rms_gate(case)
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


def _layers(stack: nn.Module) -> dict[str, nn.Module]:
    return {f"f32.layer{i}": layer for i, layer in enumerate(stack.layers)}  # type: ignore[arg-type]


def _heard(fixture: Fixture, case: str, model: AudioVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    wave = _batched(stored["wave"])
    with torch.no_grad():
        seen = _outputs(_layers(model.encoder), lambda: model.encoder(wave))
        seen["f32.pre_bottleneck"] = model.encoder(wave)
    if "noise" in stored:
        seen["f32.latent"] = model.encode(wave, lambda _: stored["noise"])
    for name, made in seen.items():
        coded(scores, fixture, case, name, made)


def _sounded(fixture: Fixture, case: str, model: AudioVAE, scores: Scores) -> None:
    stored = fixture.under(case)
    latent = _batched(stored["latent"])
    seen = _outputs(_layers(model.decoder), lambda: model.decode(latent))
    seen["f32.wave"] = model.decode(latent)
    for name, made in seen.items():
        coded(scores, fixture, case, name, made)


def _helpers(fixture: Fixture, scores: Scores) -> None:
    stored = fixture.tensors
    if "merge.out" in stored:
        pieces = [piece.transpose(1, 2) for piece in stored["merge.feats"]]
        made = cross_fade(pieces, fixture.extra.get("overlap", 0.5)).transpose(1, 2)
        scores.close("merge.out", made, stored["merge.out"], HELPERS)
    if "resample.out" in stored:
        want = stored["resample.out"]
        made = resample(stored["resample.in"].T, want.shape[0]).T
        scores.close("resample.out", made, want, HELPERS)
    for name, want in fixture.under("upsample.").items():
        if name == "in":
            continue
        mode = name.rpartition("_")[0]
        made = enlarge_bytes(stored["upsample.in"], (want.shape[1], want.shape[2]), mode)
        scores.near(f"upsample.{name}", made, want, 1)


def _long(fixture: Fixture, model: AudioVAE, scores: Scores) -> None:
    stored, about = fixture.tensors, fixture.extra
    wave = waveform(about["waveform"], about["sample_rate"])
    if "long.wave_head" in stored:
        head = stored["long.wave_head"]
        scores.near("long.wave_head", wave[: len(head)], head, 1e-6)
    stereo = wave.expand(1, model.config.encoder.wave_channels, -1)
    window_s = about.get("window_s", WINDOW_S)
    clips = {"long": stereo}
    if "long_trim.latent" in stored:
        clips["long_trim"] = stereo[..., : int(about["trim_seconds"] * about["sample_rate"])]
    for clip, sound in clips.items():
        means: list[Tensor] = []

        def noise(mean: Tensor, clip: str = clip, means: list[Tensor] = means) -> Tensor:
            """Of the window that comes next; a clip of one window may have it unnumbered."""
            means.append(mean)
            numbered = stored.get(f"{clip}.noise{len(means) - 1}")
            return stored[f"{clip}.noise"] if numbered is None else numbered

        latent = model.encode_long(sound, noise, drifting=True, window_s=window_s)
        for index, mean in enumerate(means):
            name = f"{clip}.mean{index}"
            coded(scores, fixture, "", name if name in stored else f"{clip}.mean", mean, LONG)
        coded(scores, fixture, "", f"{clip}.latent", latent, LONG)


_FUNCTIONS = {"sin": np.sin, "cos": np.cos, "exp": np.exp}


def waveform(stated: str, rate: int) -> Tensor:
    """The float32 wave of a formula such as `float32(0.4*sin(2pi*220.0*t)), ... n < 1000`."""
    inside = re.match(r"float32\((.*)\),", stated)
    count = re.search(r"n\s*<\s*(\d+)", stated)
    if not inside or not count:
        raise FixtureError(f"a waveform stated as {stated!r} is not understood")
    t = np.arange(int(count[1]), dtype=np.float64) / rate
    wave = formula(re.sub(r"(\d)pi\b", r"\1*pi", inside[1]), _FUNCTIONS)(t=t, pi=math.pi)
    return torch.from_numpy(np.asarray(wave, dtype=np.float32))
