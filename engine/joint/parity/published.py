"""The published code's configuration keys in our own words, one table per part."""

from __future__ import annotations

from typing import Any

from engine.joint.config import (
    AudioStackConfig,
    AudioVAEConfig,
    SamplerConfig,
    TransformerConfig,
    TurboConfig,
    UpscaleConfig,
    VideoVAEConfig,
)


def transformer_config(
    model: dict[str, Any], packing: dict[str, Any], coordinates: str | None = None
) -> TransformerConfig:
    """`coordinates` overrides the packing's own style, as the second stage does."""
    side = packing["patch_size"]
    return TransformerConfig(
        layers=model["num_layers"],
        width=model["hidden_size"],
        heads=model["num_heads_q"],
        key_heads=model["num_heads_kv"],
        head_width=model["head_dim"],
        video_features=model["video_in_channels"],
        audio_features=model["audio_in_channels"],
        text_features=model["text_in_channels"],
        patch=(packing["t_patch_size"], side, side),
        modal_layers=tuple(model["mm_layers"]),
        gelu_layers=tuple(model["gelu7_layers"]),
        local_layers=tuple(model["local_attn_layers"]),
        window_frames=packing["frame_receptive_field"],
        post_norm_layers=tuple(model.get("post_norm_layers", ())),
        gated=model["enable_attn_gating"],
        coordinates=coordinates or packing["coords_style"],  # type: ignore[arg-type]
        text_offset=packing.get("text_offset", 0),
    )


def sampler_config(evaluation: dict[str, Any], request: dict[str, Any]) -> SamplerConfig:
    return SamplerConfig(
        steps=request["br_num_inference_steps"],
        shift=evaluation["shift"],
        guided=evaluation["cfg_number"] == 2,
        video_guidance=evaluation["video_txt_guidance_scale"],
        audio_guidance=evaluation["audio_txt_guidance_scale"],
    )


def upscale_config(evaluation: dict[str, Any], request: dict[str, Any]) -> UpscaleConfig:
    return UpscaleConfig(
        steps=request["sr_num_inference_steps"],
        shift=evaluation["shift"],
        guided=evaluation["sr_cfg_number"] == 2,
        video_guidance=evaluation["sr_video_txt_guidance_scale"],
        early_guidance=evaluation["cfg_trick_value"],
        early_frames=evaluation["cfg_trick_start_frame"] if evaluation["use_cfg_trick"] else 0,
        noise_level=evaluation["noise_value"],
        audio_noise=evaluation["sr_audio_noise_scale"],
    )


def turbo_config(config: dict[str, Any]) -> TurboConfig:
    if config.get("decoder_causal") or config.get("patch_size_t", 1) != 1:
        raise ValueError("a causal Turbo decoder, or one that patches time, is not known here")
    return TurboConfig(
        latent_channels=config["latent_channels"],
        channels=tuple(config["decoder_block_out_channels"]),
        layers=tuple(config["decoder_layers_per_block"]),
        upsamples=tuple(config["decoder_spatio_temporal_scaling"]),
        space_only=tuple(config["decoder_spatio_only"]),
        depthwise=tuple(config["decoder_is_dw_conv"]),
        depthwise_kernel=config["decoder_dw_kernel_size"],
        picture_channels=config["out_channels"],
        patch=config["patch_size"],
        unpatchify=config["use_unpatchify"],
        shortcut_eps=config["resnet_norm_eps"],
        first_window=config["first_chunk_size"],
        window=config["step_size"],
        frames_per_latent=config["temporal_compression_ratio"],
        pixels_per_latent=config["spatial_compression_ratio"],
    )


def video_vae_config(config: dict[str, Any]) -> VideoVAEConfig:
    if config.get("attn_scales"):
        raise ValueError("a video autoencoder with attention between levels is not known here")
    return VideoVAEConfig(
        encoder_width=config["dim"],
        decoder_width=config["dec_dim"],
        latent_channels=config["z_dim"],
        multipliers=tuple(config["dim_mult"]),
        residual_blocks=config["num_res_blocks"],
        shrink_time=tuple(config["temperal_downsample"]),
    )


def audio_vae_config(config: dict[str, Any]) -> AudioVAEConfig:
    """From a `model_config.json`, of the whole model or of the autoencoder alone."""
    model = config["model"]
    parts = model["pretransform"]["config"] if "pretransform" in model else model
    encoder, decoder = parts["encoder"]["config"], parts["decoder"]["config"]
    if not (encoder["use_snake"] and decoder["use_snake"]):
        raise ValueError("an audio autoencoder without Snake activations is not known here")
    return AudioVAEConfig(
        encoder=_stack(encoder, encoder["in_channels"]),
        decoder=_stack(decoder, decoder["out_channels"]),
        final_tanh=decoder.get("final_tanh", False),
    )


def _stack(config: dict[str, Any], wave_channels: int) -> AudioStackConfig:
    return AudioStackConfig(
        channels=config["channels"],
        multipliers=tuple(config["c_mults"]),
        strides=tuple(config["strides"]),
        latent_channels=config["latent_dim"],
        wave_channels=wave_channels,
    )
