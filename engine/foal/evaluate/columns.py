"""The three columns of the trial: the teacher's truth, the codes' round trip, and what is made."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from engine.foal.audio_code import STEPS, AudioCode, steps_of
from engine.foal.clip import SOUND_RATE_HZ, Clip
from engine.foal.engine import FoalEngine
from engine.foal.mel import STEP, log_mel
from engine.foal.plan import FRAMES_PER_LATENT, Rehearsal, rehearse, voiced_track
from engine.foal.teacher import at_rate
from engine.foal.video_code import VideoCode
from engine.joint.base_file import read_base
from engine.joint.sampler import denoise
from engine.joint.turbo_decoder import to_bytes
from media.encoder import SOUND_RATE_HZ as TAKE_RATE_HZ
from storyboard.request import Request

Frame = NDArray[np.uint8]


class Tried(Protocol):
    """What the trial asks of an engine."""

    def round_trip(self, rehearsal: Rehearsal, truth: Clip) -> Clip:
        """The truth through both autoencoders."""

    def generated(self, request: Request, first: Frame | None = None) -> Clip:
        """The request's take; `first` is the picture that it must begin with."""

    def batch_apart(self, one: Request, other: Request) -> float:
        """The largest difference of what is denoised alone and in one batch, in deviations."""


class Foal:
    """The small engine, through its own doors."""

    def __init__(self, engine: FoalEngine) -> None:
        self.engine = engine

    def round_trip(self, rehearsal: Rehearsal, truth: Clip) -> Clip:
        return Clip(
            frames=pictures_again(self.engine.video_code, truth.frames),
            sound=sound_again(self.engine.audio_code, rehearsal, truth.sound),
        )

    def generated(self, request: Request, first: Frame | None = None) -> Clip:
        with TemporaryDirectory() as name:
            folder = Path(name)
            if first is not None:
                request = _beginning_with(request, first, folder)
            self.engine.preview(request, folder, lambda _: None)
            latents = read_base(folder)[0].latents
        frames = np.stack(list(self.engine.frames(latents, request.preview_size)))
        heard = self.engine.heard(request, latents)[0]
        return Clip(frames=frames, sound=at_rate(heard, TAKE_RATE_HZ, SOUND_RATE_HZ))

    def batch_apart(self, one: Request, other: Request) -> float:
        engine, samples = self.engine, [rehearse(one), rehearse(other)]
        config = engine.settings.sampler
        together = denoise(engine.model, [engine.sample(each) for each in samples], config)
        alone = [denoise(engine.model, [engine.sample(each)], config)[0] for each in samples]
        return max(
            float((a - b).abs().max())
            for one_by_one, batched in zip(alone, together, strict=True)
            for a, b in (
                (one_by_one.video, batched.video),
                (one_by_one.audio, batched.audio),
            )
        )


def _beginning_with(request: Request, first: Frame, folder: Path) -> Request:
    """The request with that picture as its first frame, laid where an engine looks for it."""
    file = io.BytesIO()
    Image.fromarray(first).save(file, "PNG")
    name = hashlib.sha256(file.getvalue()).hexdigest()
    (folder / "references").mkdir()
    (folder / "references" / name).write_bytes(file.getvalue())
    return request.model_copy(update={"reference": name})


@torch.no_grad()
def pictures_again(code: VideoCode, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Through the picture code and back, one latent at a time."""
    made = []
    for first in range(0, len(frames), FRAMES_PER_LATENT):
        part = torch.from_numpy(frames[first : first + FRAMES_PER_LATENT].astype(np.float32))
        video = code.decode(code.encode((part / 127.5 - 1).permute(3, 0, 1, 2)[None]))[0]
        made.append(to_bytes(video).numpy())
    return np.concatenate(made)


@torch.no_grad()
def sound_again(
    code: AudioCode, rehearsal: Rehearsal, sound: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Through the sound code and back; the pitch is the plan's, as in training."""
    steps = len(sound) // STEP // STEPS * STEPS
    bands = log_mel(torch.from_numpy(sound[: steps * STEP]))
    pitch = torch.from_numpy(voiced_track(rehearsal)[:steps])
    latents = code.encode(steps_of(bands, pitch))
    generator = torch.Generator().manual_seed(rehearsal.request.seed)
    return code.decode(latents, generator).numpy()


def pixels_apart(one: Clip, other: Clip) -> float:
    """Mean distance of their pixels in levels of 255, over the frames that both have."""
    count = min(len(one.frames), len(other.frames))
    total = sum(
        float(np.abs(a.astype(np.int16) - b).mean())
        for a, b in zip(one.frames[:count], other.frames[:count], strict=True)
    )
    return total / count


def psnr_db(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of two pictures or clips of one shape; 99 where they are equal."""
    errors = [np.square(a.astype(np.float32) - b).mean() for a, b in zip(one, other, strict=True)]
    return min(99.0, float(10 * np.log10(255.0**2 / max(float(np.mean(errors)), 1e-6))))
