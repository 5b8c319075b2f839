"""Every model together, from stored noise to bytes and samples, against its golden."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.joint.audio_vae import AudioVAE, to_output_rate
from engine.joint.parity.autoencoders import CODED, loaded, to_bytes_values
from engine.joint.parity.fixture import Fixture
from engine.joint.parity.loops import base_sample
from engine.joint.parity.published import (
    audio_vae_config,
    sampler_config,
    transformer_config,
    turbo_config,
    video_vae_config,
)
from engine.joint.parity.scores import Scores
from engine.joint.parity.tokens import build
from engine.joint.sampler import denoise
from engine.joint.stills import crop_to_shape, snapped, still_tensor
from engine.joint.transformer import Latents
from engine.joint.turbo_decoder import TurboDecoder, to_bytes
from engine.joint.video_vae import VideoVAE

BYTE_REACH = 1e-2
PIXEL = 1e-6


def pipeline(fixture: Fixture) -> Scores:
    scores = Scores()
    video_vae = loaded(
        VideoVAE(video_vae_config(fixture.config["wan"])), fixture.weights("wan_weights.")
    )
    audio_vae = loaded(
        AudioVAE(audio_vae_config(fixture.config["audio"])), fixture.weights("audio_weights.")
    )
    turbo = loaded(
        TurboDecoder(turbo_config(fixture.config["turbo"])), fixture.weights("turbo_weights.")
    )
    for case, about in fixture.config["scenarios"].items():
        made = _latents(fixture, case, about, video_vae, scores)
        stored = fixture.under(case)
        decoder = turbo if about["evaluation"]["use_turbo_vae"] else video_vae
        video = decoder.decode(made.video[None])
        scores.close(f"{case}video_float", video, stored.get("video_float"), CODED)
        golden = stored.get("video_float", video)
        values = to_bytes_values(video[0]), to_bytes_values(golden[0])
        frames = to_bytes(video[0], truncate=True)
        scores.pixels(f"{case}video_uint8", frames, stored.get("video_uint8"), values, BYTE_REACH)
        wave = audio_vae.decode(made.audio.T[None])
        scores.close(f"{case}audio_float", wave, stored.get("audio_float"), CODED)
        heard = to_output_rate(wave[0], audio_vae.config).T
        scores.close(f"{case}audio_out", heard, stored.get("audio_out"), CODED)
    return scores


def _latents(
    fixture: Fixture, case: str, about: dict[str, Any], video_vae: VideoVAE, scores: Scores
) -> Latents:
    evaluation, request = about["evaluation"], about["evaluate_kwargs"]
    config = transformer_config(fixture.config["dit"], evaluation["data_proxy_config"])
    model = build(config, fixture.weights("dit_weights."), "f32")
    stored = fixture.under(case)
    image = None
    if "image_uint8" in stored:
        image = _image(fixture, case, request, video_vae, scores)
    made = denoise(model, [base_sample(fixture, case, image)], sampler_config(evaluation, request))[
        0
    ]
    scores.close(f"{case}latent_video", made.video[None], stored.get("latent_video"), CODED)
    scores.close(f"{case}latent_audio", made.audio[None], stored.get("latent_audio"), CODED)
    return made


def _image(
    fixture: Fixture, case: str, request: dict[str, Any], video_vae: VideoVAE, scores: Scores
) -> Tensor:
    """The reference picture's latent, made by us from the stored picture."""
    stored = fixture.under(case)
    width, height = snapped(request["br_width"], request["br_height"])
    whole = Image.fromarray(stored["image_uint8"].numpy())
    cropped = crop_to_shape(whole, width, height)
    scores.exact(
        f"{case}image_cropped", torch.from_numpy(np.array(cropped)), stored.get("image_cropped")
    )
    pixels = still_tensor(cropped, width, height)
    scores.near(f"{case}image_tensor", pixels, stored.get("image_tensor"), PIXEL)
    latent = video_vae.encode(pixels[:, :, None])
    scores.close(f"{case}image_latent", latent, stored.get("image_latent"), CODED)
    return latent[0]
