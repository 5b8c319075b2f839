"""The joint engine behind the doors of the house: a request in, a take out.

Random numbers of a take come from its request's seed by generators on the processor, so they are
the same on every device. The preview draws, in this order: the start of the sound, the start of the
picture, and, where the base model is distilled, for each step fresh noise of picture and of sound.
The render draws from a generator of its own: noise of the picture, noise of the sound.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from engine.interface import EngineUnavailable, GenerationFailed, Progress, RequestRefused
from engine.joint import base_file
from engine.joint.base_file import Base, BaseFileError, read_base, write_base
from engine.joint.checkpoints import identity, parts_of
from engine.joint.cutting_room import frames_of, sound_of
from engine.joint.parts import Parts, refuse_large_random
from engine.joint.sampler import Report, Sample, denoise, draw, start_noise, step_noise
from engine.joint.settings import JointSettings, Size
from engine.joint.sizes import latent_frames, latent_size, made_size, nominal_frames
from engine.joint.stills import crop_to_shape, open_still, still_tensor
from engine.joint.text import Encode, Remembered
from engine.joint.transformer import Latents
from engine.joint.upscale import upscale, upscale_start
from engine.joint.weights import WeightsError, open_weights
from engine.servable import reasons_against
from engine.takes import media_files, telling_moment
from media.encoder import SOUND_RATE_HZ, Quality
from media.takes import encode_take, write_poster
from storyboard.document import digest
from storyboard.request import Request, Take, take_key

VERSION = 1
"""Goes up with every change that changes a take beyond rounding: old takes are not reused then."""

PREVIEW, POSTER, RENDER = "preview.mp4", "poster.jpg", "render.mp4"
DENOISING_SHARE = 0.8
"""Of the time of a preview and of a render on a large card; the rest is decoding."""

_RENDER_SEED = 1 << 32
"""Added to a request's seed, which has 31 bits, for the noise of its render."""


class TooLarge(GenerationFailed):
    """The device has not the memory for it; trying again would not help."""

    retryable = False


class JointEngine:
    """Denoises picture and sound as one; implements `engine.interface.Engine`."""

    def __init__(
        self, settings: JointSettings, weights: Path | None, *, features: Path | None = None
    ) -> None:
        """`weights` is the folder of all weights, None for random ones; `features` a folder that
        keeps the features of prompts. EngineUnavailable where a part is missing or damaged."""
        if weights is None:
            refuse_large_random(settings)
        known = {} if weights is None else _identities(settings, weights)
        self.capabilities = settings.capabilities()
        self.fingerprint = _fingerprint(settings, known)
        self._settings = settings
        self._tags = _tags(settings, random=weights is None)
        if features is None:
            self._parts = Parts(settings, weights)
        else:
            encoder = known.get("text encoder", "")

            def remembered(encode: Encode) -> Encode:
                return Remembered(lambda: encode, features, encoder)

            self._parts = Parts(settings, weights, features=remembered)

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """Write preview.mp4, poster.jpg and base.safetensors."""
        started = time.perf_counter()
        self._check(request)
        key = take_key(request, self.fingerprint)
        with _told(self._settings.name):
            base = self._base(request, folder, progress)
            about = {"take": key, "fingerprint": self.fingerprint, "seed": str(request.seed)}
            write_base(folder, base, about)
            self._encode(request, base.latents, folder / PREVIEW, progress)
        write_poster(folder / PREVIEW, folder / POSTER, telling_moment(request))
        progress(1.0)
        return Take(
            key=key,
            engine=self.capabilities.engine,
            fingerprint=self.fingerprint,
            seed=request.seed,
            seconds=request.seconds,
            files=media_files(folder, PREVIEW, POSTER, base_file.NAME),
            engine_seconds={"preview": round(time.perf_counter() - started, 3)},
        )

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """Write render.mp4 from the base latents in `folder`, with the very same sound."""
        started = time.perf_counter()
        self._check(request)
        base = self._approved(take, request, folder)
        with _told(self._settings.name):
            latents = self._upscaled(base, request, folder, progress)
            self._encode(request, latents, folder / RENDER, progress)
        progress(1.0)
        seconds = {**take.engine_seconds, "render": round(time.perf_counter() - started, 3)}
        kept = tuple(file for file in take.files if file.name != RENDER)
        return take.model_copy(
            update={"files": kept + media_files(folder, RENDER), "engine_seconds": seconds}
        )

    def close(self) -> None:
        """Give the memory back."""
        self._parts.close()

    # --- stages ---------------------------------------------------------------------------------

    def _base(self, request: Request, folder: Path, progress: Progress) -> Base:
        """Clean latents of the preview's size, and the features of its prompt."""
        config, device = self._settings.joint, self._parts.device
        text = self._text(request.prompt)
        generator = torch.Generator().manual_seed(request.seed)
        start = _on(device, self._noise(request, request.preview_size, generator))
        sample = Sample(
            start=start,
            text=text,
            negative=self._parts.features(config.text.negative) if config.sampler.guided else None,
            image=self._first_frame(request, request.preview_size, folder),
            step_noise=step_noise(generator),
        )
        steps = _steps(progress, config.sampler.steps)
        latents = denoise(self._parts.base(), [sample], config.sampler, steps)[0]
        return Base(_sound_numbers(latents), text)

    def _upscaled(self, base: Base, request: Request, folder: Path, progress: Progress) -> Latents:
        """The same latents at the render's size; the sound stays as it is."""
        config, device = self._settings.joint, self._parts.device
        stage = config.upscalers[self._settings.upscale]
        generator = torch.Generator().manual_seed(request.seed + _RENDER_SEED)
        width, height = latent_size(request.render_size)
        video = draw((*base.latents.video.shape[:2], height, width), generator)
        noise = _on(device, Latents(video, draw(base.latents.audio.shape, generator)))
        latents = _on(device, base.latents)
        guided = stage.sampler.guided
        sample = Sample(
            start=upscale_start(latents, (height, width), noise, stage.sampler),
            text=base.text.to(device),
            negative=self._parts.features(config.text.negative) if guided else None,
            image=self._first_frame(request, request.render_size, folder),
        )
        steps = _steps(progress, stage.sampler.steps)
        made = upscale(self._parts.upscaler(), [sample], stage.sampler, steps)[0]
        return _sound_numbers(Latents(made.video, latents.audio))

    def _encode(self, request: Request, latents: Latents, path: Path, progress: Progress) -> None:
        """Picture and sound of latents as a film, decoded while it is written."""
        quality: Quality = "render" if path.name == RENDER else "preview"
        size = request.render_size if quality == "render" else request.preview_size
        samples = request.frames * SOUND_RATE_HZ // request.frame_rate
        sound = sound_of(self._parts.audio_vae(), latents.audio, samples, SOUND_RATE_HZ)
        strips = self._settings.decode_strips
        pieces = self._parts.turbo().stream(latents.video[None], strips=strips)
        frames = frames_of(pieces, size, request.frames)
        encode_take(
            path,
            _watched(frames, request.frames, progress),
            sound,
            rate_hz=SOUND_RATE_HZ,
            frame_rate=request.frame_rate,
            size=size,
            quality=quality,
            tags=self._tags,
        )

    # --- what the stages need -------------------------------------------------------------------

    def _noise(self, request: Request, size: Size, generator: torch.Generator) -> Latents:
        config = self._settings.joint
        width, height = latent_size(size)
        channels, frames = config.turbo_decoder.latent_channels, latent_frames(request.frames)
        sound = (nominal_frames(request.frames), config.transformer.audio_features)
        return start_noise((channels, frames, height, width), sound, generator)

    def _text(self, prompt: str) -> Tensor:
        """Features of the prompt, refused where its end, which is the dialogue, would be lost."""
        text = self._parts.features(prompt)
        longest = self._settings.joint.text.longest
        if len(text) >= longest:
            raise RequestRefused(
                f"the prompt is longer than the {longest} tokens that the engine reads: "
                "shorten the action, the looks or the lines of this shot"
            )
        return text

    def _first_frame(self, request: Request, size: Size, folder: Path) -> Tensor | None:
        """The reference picture as a latent of that size."""
        if request.reference is None:
            return None
        width, height = made_size(size)
        path = folder / "references" / request.reference
        try:
            picture = crop_to_shape(open_still(path), width, height)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
            raise RequestRefused(
                f"the first frame {path} cannot be read as a picture; give a PNG, JPEG or WebP"
            ) from error
        pixels = still_tensor(picture, width, height).to(self._parts.device)
        return self._parts.video_vae().encode(pixels[:, :, None])[0]

    def _approved(self, take: Take, request: Request, folder: Path) -> Base:
        """The base latents of exactly this take."""
        key = take_key(request, self.fingerprint)
        try:
            base, about = read_base(folder)
        except BaseFileError as unreadable:
            raise RequestRefused(f"{unreadable}: preview the shot again") from unreadable
        if take.key != key or about.get("take") != key:
            raise RequestRefused(
                f"take {take.key[:8]} was not made from this request by {self.fingerprint}: "
                "preview it again"
            )
        return base

    def _check(self, request: Request) -> None:
        for reason in reasons_against(request, self.capabilities):
            raise RequestRefused(f"{self._settings.name} cannot make this shot: {reason}")


def _identities(settings: JointSettings, folder: Path) -> dict[str, str]:
    """Stage to the digest of its checkpoint; EngineUnavailable for a file that is damaged."""
    known = {}
    for part in parts_of(settings, folder):
        try:
            open_weights(part.path)
            known[part.stage] = identity(part)
        except (WeightsError, OSError) as wrong:
            raise EngineUnavailable(f"{settings.name}: {wrong}") from wrong
    return known


def _fingerprint(settings: JointSettings, weights: dict[str, str]) -> str:
    """Device, memory and libraries change the last digits of a take, not the take."""
    config = settings.joint
    parts = {
        "version": VERSION,
        "joint": config.model_dump(mode="json", exclude={"upscalers", "weights"}),
        "upscale": config.model_dump(mode="json")["upscalers"][settings.upscale],
        "eight_bits": settings.eight_bits,
        "weights": weights,
    }
    return f"{settings.name}-{VERSION}-{digest(parts)[:12]}"


def _tags(settings: JointSettings, *, random: bool) -> dict[str, str]:
    if random:
        comment = (
            "Made by Hoofbeat with random weights: noise, for trying the way of a shot. "
            "Not footage of anyone."
        )
    else:
        comment = "Made by Hoofbeat with a generative model. Picture and voices are synthetic."
    return {"comment": comment, "encoder_settings": f"{settings.name} {VERSION}"}


def _on(device: torch.device, latents: Latents) -> Latents:
    return Latents(latents.video.to(device), latents.audio.to(device))


def _sound_numbers(latents: Latents) -> Latents:
    """The latents, if they are numbers; another seed may do better where they are not."""
    for tensor in (latents.video, latents.audio):
        if not tensor.isfinite().all():
            raise GenerationFailed("denoising ran out of numbers; try another seed")
    return latents


def _steps(progress: Progress, count: int) -> Report:
    """Tells of each denoising step."""

    def report(index: int, *_: object) -> None:
        progress(DENOISING_SHARE * (index + 1) / count)

    return report


def _watched(
    frames: Iterator[NDArray[np.uint8]], count: int, progress: Progress
) -> Iterator[NDArray[np.uint8]]:
    for index, frame in enumerate(frames):
        yield frame
        progress(DENOISING_SHARE + (0.99 - DENOISING_SHARE) * (index + 1) / count)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what goes wrong on the device, or with a file of weights, into errors of the house."""
    try:
        yield
    except torch.OutOfMemoryError as full:
        raise TooLarge(
            f"{name} ran out of the device's memory; choose the smaller upscaler, set `eight_bits: "
            "true` or `decode_strips:`, or free memory that others hold"
        ) from full
    except WeightsError as wrong:
        raise EngineUnavailable(f"{name}: {wrong}") from wrong
