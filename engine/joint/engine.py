"""The joint engine behind the doors of the house: a request in, a take out.

Random numbers of a take come from its request's seed by generators on the processor, so they are
the same on every device. The preview draws, in this order: the start of the sound, the start of the
picture, and, where the base model is distilled, for each step fresh noise of picture and of sound.
The render draws from a generator of its own: noise of the picture, noise of the sound.

Threads may ask for several takes at once. The device works on one batch of them at a time, stage by
stage: all their prompts are read before the first is denoised. A take does not depend on its batch.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.interface import EngineUnavailable, GenerationFailed, Progress, RequestRefused
from engine.joint.base_file import Base
from engine.joint.checkpoints import identity, parts_of
from engine.joint.crew import Crew, CrewLost
from engine.joint.cutting_room import frames_of, sound_of
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
from engine.joint.parts import Parts, alone, refuse_large_random
from engine.joint.sampler import Report, Sample, denoise, draw, start_noise, step_noise
from engine.joint.settings import JointSettings, Size
from engine.joint.sizes import latent_frames, latent_size, made_size, nominal_frames
from engine.joint.text import Encode, Remembered
from engine.joint.together import Together, tried
from engine.joint.transformer import Latents
from engine.joint.upscale import upscale, upscale_start
from engine.joint.weights import WeightsError, open_weights
from media.encoder import SOUND_RATE_HZ, Quality
from media.takes import encode_take
from storyboard.document import digest
from storyboard.request import Request, Take

VERSION = 2
"""Goes up with every change that changes a take beyond rounding: old takes are not reused then."""

DENOISING_SHARE = 0.8
"""Of the time of a preview and of a render on a large card; the rest is decoding."""

_RENDER_SEED = 1 << 32
"""Added to a request's seed, which has 31 bits, for the noise of its render."""


@dataclass(frozen=True, slots=True)
class Job:
    """One take to be denoised or enlarged, with the latents it starts from where it has them."""

    request: Request
    folder: Path
    progress: Progress
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job, and its share of the seconds."""

    base: Base
    seconds: float


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
        self._crew = Crew(settings, weights) if settings.processes > 1 else None
        self._parts = Parts(
            settings,
            weights,
            features=None if features is None else _remembered(features, known),
            transformer=self._crew.transformer if self._crew else alone,
        )
        self._device = threading.Lock()
        self._bases = Together(self._denoised, settings.batch, self._device)
        self._larges = Together(self._upscaled, settings.batch, self._device)

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """Write preview.mp4, poster.jpg and base.safetensors."""
        check(request, self.capabilities)
        with self._told():
            made = self._bases(Job(request, folder, progress))
            keep_base(made.base, request, self.fingerprint, folder)
            latents = made.base.latents
            encoding = self._encode(request, latents, folder / PREVIEW, progress)
        seconds = made.seconds + encoding
        take = previewed(request, self.capabilities, self.fingerprint, folder, seconds)
        progress(1.0)
        return take

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """Write render.mp4 from the base latents in `folder`, with the very same sound."""
        check(request, self.capabilities)
        base = approved(take, request, self.fingerprint, folder)
        with self._told():
            made = self._larges(Job(request, folder, progress, base))
            encoding = self._encode(request, made.base.latents, folder / RENDER, progress)
        progress(1.0)
        return rendered(take, folder, made.seconds + encoding)

    def close(self) -> None:
        """Give the memory back."""
        self._parts.close()
        if self._crew:
            self._crew.close()

    # --- stages ---------------------------------------------------------------------------------

    def _denoised(self, jobs: Sequence[Job]) -> list[Made | Exception]:
        """Clean latents of the preview's size, and the features of the prompt, for every job."""
        config = self._settings.joint

        def read(job: Job) -> Tensor:
            return self._text(job.request.prompt)

        def begun(job: Job, text: Tensor) -> Sample:
            request = job.request
            generator = torch.Generator().manual_seed(request.seed)
            start = _on(self._parts.device, self._noise(request, request.preview_size, generator))
            return Sample(
                start=start,
                text=text,
                negative=self._negative(guided=config.sampler.guided),
                image=self._first_frame(request, request.preview_size, job.folder),
                step_noise=step_noise(generator),
            )

        def solved(samples: Sequence[Sample], report: Report) -> list[Latents]:
            return denoise(self._parts.base(), samples, config.sampler, report)

        return self._in_stages(jobs, read, begun, solved, config.sampler.steps)

    def _upscaled(self, jobs: Sequence[Job]) -> list[Made | Exception]:
        """The same latents at the render's size, for every job; the sound stays as it is."""
        stage = self._settings.joint.upscalers[self._settings.upscale].sampler
        device = self._parts.device

        def read(job: Job) -> Tensor:
            assert job.base is not None
            return job.base.text.to(device)

        def begun(job: Job, text: Tensor) -> Sample:
            request, base = job.request, job.base
            assert base is not None
            generator = torch.Generator().manual_seed(request.seed + _RENDER_SEED)
            width, height = latent_size(request.render_size)
            video = draw((*base.latents.video.shape[:2], height, width), generator)
            noise = _on(device, Latents(video, draw(base.latents.audio.shape, generator)))
            latents = _on(device, base.latents)
            return Sample(
                start=upscale_start(latents, (height, width), noise, stage),
                text=text,
                negative=self._negative(guided=stage.guided),
                image=self._first_frame(request, request.render_size, job.folder),
            )

        def solved(samples: Sequence[Sample], report: Report) -> list[Latents]:
            sounds = [job.base.latents.audio for job in jobs if job.base]
            made = upscale(self._parts.upscaler(), samples, stage, report)
            return [Latents(x.video, a.to(device)) for x, a in zip(made, sounds, strict=True)]

        return self._in_stages(jobs, read, begun, solved, stage.steps)

    def _in_stages(
        self,
        jobs: Sequence[Job],
        read: Callable[[Job], Tensor],
        begun: Callable[[Job, Tensor], Sample],
        solved: Callable[[Sequence[Sample], Report], list[Latents]],
        steps: int,
    ) -> list[Made | Exception]:
        """Every job through one stage before the next, so that each stage's weights come once. A
        job that fails on the way leaves the others to go on."""
        started = time.perf_counter()
        texts = [tried(read, job) for job in jobs]
        samples = [
            text if isinstance(text, Exception) else tried(lambda each: begun(*each), (job, text))
            for job, text in zip(jobs, texts, strict=True)
        ]
        going = [sample for sample in samples if isinstance(sample, Sample)]
        watching = [
            job.progress
            for job, sample in zip(jobs, samples, strict=True)
            if isinstance(sample, Sample)
        ]
        latents = iter(solved(going, _steps(watching, steps)) if going else ())
        share = (time.perf_counter() - started) / len(jobs)

        def ended(sample: Sample) -> Made:
            return Made(Base(sound_numbers(next(latents)), sample.text), share)

        return [tried(ended, each) if isinstance(each, Sample) else each for each in samples]

    def _encode(self, request: Request, latents: Latents, path: Path, progress: Progress) -> float:
        """Picture and sound of latents as a film, decoded while it is written; the seconds."""
        quality: Quality = "render" if path.name == RENDER else "preview"
        size = request.render_size if quality == "render" else request.preview_size
        samples = request.frames * SOUND_RATE_HZ // request.frame_rate
        with self._device:
            started = time.perf_counter()
            sound = sound_of(self._parts.audio_vae(), latents.audio, samples, SOUND_RATE_HZ)
            strips = self._settings.decode_strips
            pieces = self._parts.turbo().stream(latents.video[None], strips=strips)
            frames = frames_of(pieces, size, request.frames)
            encode_take(
                path,
                watched(frames, request.frames, progress, begins=DENOISING_SHARE),
                sound,
                rate_hz=SOUND_RATE_HZ,
                frame_rate=request.frame_rate,
                size=size,
                quality=quality,
                tags=self._tags,
            )
            return time.perf_counter() - started

    # --- what the stages need -------------------------------------------------------------------

    def _noise(self, request: Request, size: Size, generator: torch.Generator) -> Latents:
        config = self._settings.joint
        width, height = latent_size(size)
        channels, frames = config.turbo_decoder.latent_channels, latent_frames(request.frames)
        sound = (nominal_frames(request.frames), config.transformer.audio_features)
        return start_noise((channels, frames, height, width), sound, generator)

    def _negative(self, *, guided: bool) -> Tensor | None:
        return self._parts.features(self._settings.joint.text.negative) if guided else None

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
        picture = first_picture(request, made_size(size), folder)
        if picture is None:
            return None
        return self._parts.video_vae().encode(picture.to(self._parts.device)[:, :, None])[0]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what goes wrong on the device, or with a file of weights, into errors of the
        house."""
        name = self._settings.name
        try:
            yield
        except torch.OutOfMemoryError as full:
            raise TooLarge(
                f"{name} ran out of the device's memory; choose the smaller upscaler, set "
                "`eight_bits: true` or `decode_strips:`, or free memory that others hold"
            ) from full
        except WeightsError as wrong:
            raise EngineUnavailable(f"{name}: {wrong}") from wrong
        except CrewLost:
            with self._device:
                self.close()
            raise


def _remembered(folder: Path, known: dict[str, str]) -> Callable[[Encode], Encode]:
    """A memory of prompts in that folder, for the text encoder among the known checkpoints."""
    encoder = known.get("text encoder", "")
    return lambda encode: Remembered(lambda: encode, folder, encoder)


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


def _steps(watching: Sequence[Progress], count: int) -> Report:
    """Tells of each denoising step."""

    def report(index: int, *_: object) -> None:
        for progress in watching:
            progress(DENOISING_SHARE * (index + 1) / count)

    return report
