"""What the doors of every engine that denoises latents have in common: files, records, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from engine.interface import GenerationFailed, Progress, RequestRefused
from engine.joint import base_file
from engine.joint.base_file import Base, BaseFileError, read_base, write_base
from engine.joint.stills import crop_to_shape, open_still, still_tensor
from engine.joint.transformer import Latents
from engine.servable import reasons_against
from engine.takes import media_files, telling_moment
from media.takes import write_poster
from storyboard.request import Capabilities, Request, Take, take_key

PREVIEW, POSTER, RENDER = "preview.mp4", "poster.jpg", "render.mp4"


def check(request: Request, can: Capabilities) -> None:
    """RequestRefused for what such an engine cannot serve."""
    for reason in reasons_against(request, can):
        raise RequestRefused(f"{can.engine} cannot make this shot: {reason}")


def keep_base(base: Base, request: Request, fingerprint: str, folder: Path) -> None:
    """Write the latents that the render of this take will start from."""
    key = take_key(request, fingerprint)
    about = {"take": key, "fingerprint": fingerprint, "seed": str(request.seed)}
    write_base(folder, base, about)


def previewed(
    request: Request, can: Capabilities, fingerprint: str, folder: Path, seconds: float, **more: Any
) -> Take:
    """The record of a preview whose film and latents lie in `folder`; its poster is written."""
    write_poster(folder / PREVIEW, folder / POSTER, telling_moment(request))
    return Take(
        key=take_key(request, fingerprint),
        engine=can.engine,
        fingerprint=fingerprint,
        seed=request.seed,
        seconds=request.seconds,
        files=media_files(folder, PREVIEW, POSTER, base_file.NAME),
        engine_seconds={"preview": round(seconds, 3)},
        **more,
    )


def rendered(take: Take, folder: Path, seconds: float) -> Take:
    """The record of a take whose render has come to lie in `folder`."""
    kept = tuple(file for file in take.files if file.name != RENDER)
    spent = {**take.engine_seconds, "render": round(seconds, 3)}
    files = kept + media_files(folder, RENDER)
    return take.model_copy(update={"files": files, "engine_seconds": spent})


def approved(take: Take, request: Request, fingerprint: str, folder: Path) -> Base:
    """The base latents of exactly this take; RequestRefused where they are another's or gone."""
    key = take_key(request, fingerprint)
    try:
        base, about = read_base(folder)
    except BaseFileError as unreadable:
        raise RequestRefused(f"{unreadable}: preview the shot again") from unreadable
    if take.key != key or about.get("take") != key:
        raise RequestRefused(
            f"take {take.key[:8]} was not made from this request by {fingerprint}: preview it again"
        )
    return base


def first_picture(request: Request, size: tuple[int, int], folder: Path) -> Tensor | None:
    """The reference picture, `[1, 3, height, width]` in [-1, 1], cropped to the shape of `size`."""
    if request.reference is None:
        return None
    path = folder / "references" / request.reference
    try:
        picture = crop_to_shape(open_still(path), *size)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as error:
        raise RequestRefused(
            f"the first frame {path} cannot be read as a picture; give a PNG, JPEG or WebP"
        ) from error
    return still_tensor(picture, *size)


def sound_numbers(latents: Latents) -> Latents:
    """The latents, if they are numbers; another seed may do better where they are not."""
    for tensor in (latents.video, latents.audio):
        if not tensor.isfinite().all():
            raise GenerationFailed("denoising ran out of numbers; try another seed")
    return latents


def watched(
    frames: Iterator[NDArray[np.uint8]], count: int, progress: Progress, *, begins: float
) -> Iterator[NDArray[np.uint8]]:
    """The frames, telling of each; `begins` is the share of the work that was done before."""
    for index, frame in enumerate(frames):
        yield frame
        progress(begins + (0.99 - begins) * (index + 1) / count)
