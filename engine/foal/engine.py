"""The small joint engine behind the doors of the house: a plan in, picture and voice out of one
denoising, with weights that come in the package.

Random numbers of a take come from its request's seed by a generator on the processor, in the order
of the large engine: the start of the sound, the start of the picture, then for each step fresh
noise of picture and of sound.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.animatic.pronunciation import voice_versions
from engine.foal.audio_code import AudioCode, AudioCodeConfig
from engine.foal.clip import SOUND_RATE_HZ as CODE_RATE_HZ
from engine.foal.lessons import clock_of, widened
from engine.foal.plan import (
    AUDIO_PER_LATENT,
    FRAMES_PER_LATENT,
    Rehearsal,
    latents_for,
    plan_of,
    rehearse,
)
from engine.foal.settings import FoalSettings
from engine.foal.upscaler import Upscaler, UpscalerConfig, quartered
from engine.foal.video_code import SIDE, VideoCode, VideoCodeConfig
from engine.foal.weights import FILES, Part, identity, opened
from engine.interface import Progress
from engine.joint.audio_vae import resample
from engine.joint.base_file import Base
from engine.joint.device import device_named
from engine.joint.doors import (
    PREVIEW,
    RENDER,
    approved,
    check,
    first_picture,
    keep_base,
    previewed,
    rendered,
    sound_numbers,
    watched,
)
from engine.joint.precision import imitates_bfloat16
from engine.joint.sampler import Sample, denoise, start_noise, step_noise
from engine.joint.transformer import Latents, Transformer
from engine.joint.turbo_decoder import to_bytes
from engine.label import stamp
from media.encoder import SOUND_RATE_HZ, Quality
from media.takes import encode_take
from storyboard.document import digest
from storyboard.request import Request, Take

VERSION = 2
"""Goes up with every change that changes a take beyond rounding: old takes are not reused then."""

LABEL = "AI GENERATED"
LOUDEST = 0.7
"""Of full scale; mastering brings the film to its loudness."""
DENOISING_SHARE = 0.7
"""Of the time of a preview; the rest is decoding and encoding."""

_TAGS = {
    "comment": "Made by Hoofbeat with a small generative model (foal): picture and voices are "
    "synthetic, in one denoising. Not footage of anyone.",
    "encoder_settings": f"foal {VERSION}",
}


class FoalEngine:
    """Implements `engine.interface.Engine`."""

    def __init__(self, settings: FoalSettings) -> None:
        """EngineUnavailable where weights are missing or damaged, or what times the voices is not
        installed."""
        folder = settings.folder()
        self.capabilities = settings.capabilities()
        self.fingerprint = _fingerprint(settings, identity(folder))
        self.settings = settings
        device = self._device = device_named(settings.device, settings.name)

        def brought(part: Part, name: str) -> Part:
            return opened(part, folder / FILES[name]).to(device)

        self.model = brought(Transformer(settings.transformer, torch.float32), "transformer")
        self._narrow = not imitates_bfloat16(device)
        self.model.multiply_in(torch.bfloat16 if self._narrow else torch.float32)
        self.video_code = brought(VideoCode(VideoCodeConfig()), "video_code")
        # Sound is little work, and on the processor it is the same on every machine.
        self.audio_code = opened(AudioCode(AudioCodeConfig()), folder / FILES["audio_code"])
        self.upscaler = brought(Upscaler(UpscalerConfig()), "upscaler")

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """Write preview.mp4, poster.jpg and base.safetensors."""
        started = time.perf_counter()
        check(request, self.capabilities)
        rehearsal = rehearse(request)
        base = self._denoised(rehearsal, folder, progress)
        keep_base(base, request, self.fingerprint, folder)
        self._encode(request, base.latents, folder / PREVIEW, progress)
        take = previewed(
            request,
            self.capabilities,
            self.fingerprint,
            folder,
            time.perf_counter() - started,
            spoken=rehearsal.performance.spoken,
            notes=rehearsal.performance.notes,
        )
        progress(1.0)
        return take

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """Write render.mp4 from the base latents in `folder`, with the very same sound."""
        started = time.perf_counter()
        check(request, self.capabilities)
        base = approved(take, request, self.fingerprint, folder)
        self._encode(request, base.latents, folder / RENDER, progress)
        progress(1.0)
        return rendered(take, folder, time.perf_counter() - started)

    def close(self) -> None:
        """Its weights are small; they go with the engine."""

    # --- stages ---------------------------------------------------------------------------------

    def _denoised(self, rehearsal: Rehearsal, folder: Path, progress: Progress) -> Base:
        sample = self.sample(rehearsal, self._first_frame(rehearsal.request, folder))
        config = self.settings.sampler

        def told(index: int, *_: object) -> None:
            progress(DENOISING_SHARE * (index + 1) / config.steps)

        made = denoise(self.model, [sample], config, told)[0]
        return Base(sound_numbers(made), sample.text)

    def sample(self, rehearsal: Rehearsal, image: Tensor | None = None) -> Sample:
        """What the sampler starts from: noise of the request's seed, the plan, and a clock."""
        request, config = rehearsal.request, self.settings.transformer
        width, height = request.preview_size
        count = latents_for(float(request.seconds))
        ticks = count * AUDIO_PER_LATENT
        generator = torch.Generator().manual_seed(request.seed)
        start = start_noise(
            (VideoCodeConfig().latent_channels, count, height // SIDE, width // SIDE),
            (ticks, config.audio_features),
            generator,
        )
        plan = plan_of(rehearsal)
        text = widened(torch.from_numpy(plan.features))
        moments, places = torch.arange(count).float(), torch.from_numpy(plan.places)
        return Sample(
            start=Latents(start.video.to(self._device), start.audio.to(self._device)),
            text=text.to(self._device),
            image=image,
            clock=clock_of(moments, torch.arange(ticks).float(), text, places),
            step_noise=step_noise(generator),
        )

    def _first_frame(self, request: Request, folder: Path) -> Tensor | None:
        """The reference picture as a latent of four equal frames."""
        picture = first_picture(request, request.preview_size, folder)
        if picture is None:
            return None
        still = picture.to(self._device)[:, :, None].expand(-1, -1, FRAMES_PER_LATENT, -1, -1)
        with torch.no_grad():
            return self.video_code.encode(still)[0]

    def _encode(self, request: Request, latents: Latents, path: Path, progress: Progress) -> None:
        """Picture and sound of latents as a film, decoded while it is written."""
        quality: Quality = "render" if path.name == RENDER else "preview"
        size = request.render_size if quality == "render" else request.preview_size
        encode_take(
            path,
            watched(
                self._shown(request, latents, size),
                request.frames,
                progress,
                begins=DENOISING_SHARE if quality == "preview" else 0.0,
            ),
            self.heard(request, latents),
            rate_hz=SOUND_RATE_HZ,
            frame_rate=request.frame_rate,
            size=size,
            quality=quality,
            tags=_TAGS,
        )

    def _shown(
        self, request: Request, latents: Latents, size: tuple[int, int]
    ) -> Iterator[NDArray[np.uint8]]:
        """Every frame twice, with the tag: 12.5 are made for 25 shown."""
        left = request.frames
        for frame in self.frames(latents, size):
            stamp(frame, LABEL)
            for _ in range(min(2, left)):
                yield frame
            left -= 2
            if left <= 0:
                return

    @torch.no_grad()
    def frames(self, latents: Latents, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
        """The frames of base latents at that size, one at a time, [height, width, 3]."""
        for first, last in pairwise([*range(latents.video.shape[1]), latents.video.shape[1]]):
            with self._quickly():
                some = latents.video[None, :, first:last].to(self._device)
                pictures = self.video_code.decode(some)[0]
            for picture in pictures.float().unbind(1):
                yield self._sized(picture, size)

    def _sized(self, picture: Tensor, size: tuple[int, int]) -> NDArray[np.uint8]:
        width, height = size
        if (picture.shape[-1], picture.shape[-2]) != (width, height):
            with self._quickly():
                picture = self.upscaler(quartered(picture[None], size))[0].float()
        return np.ascontiguousarray(to_bytes(picture[:, None])[0].cpu().numpy())

    def _quickly(self) -> torch.autocast:
        """Products in bfloat16 where the processor has units for it."""
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._narrow)

    def heard(self, request: Request, latents: Latents) -> NDArray[np.float32]:
        """The sound, [2, samples] at 48 kHz."""
        generator = torch.Generator().manual_seed(request.seed)
        wave = self.audio_code.decode(latents.audio.cpu(), generator)
        samples = request.frames * SOUND_RATE_HZ // request.frame_rate
        whole = resample(wave, len(wave) * SOUND_RATE_HZ // CODE_RATE_HZ)[:samples]
        # What is made may be louder than a file holds; turned down it stays what it is.
        whole = whole * (LOUDEST / whole.abs().max().clamp(min=LOUDEST))
        mono: NDArray[np.float32] = whole.cpu().numpy()
        return np.repeat(mono[None], 2, axis=0)


def _fingerprint(settings: FoalSettings, weights: str) -> str:
    parts = {
        "version": VERSION,
        **voice_versions(),
        "transformer": settings.model_dump(mode="json")["transformer"],
        "sampler": settings.model_dump(mode="json")["sampler"],
        "weights": weights,
    }
    return f"{settings.name}-{VERSION}-{digest(parts)[:12]}"
