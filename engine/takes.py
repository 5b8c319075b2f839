"""What the record of a take says of its files, whichever engine made them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from storyboard.request import MediaFile, Request

_MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".safetensors": "application/octet-stream",
}


def media_files(folder: Path, *names: str) -> tuple[MediaFile, ...]:
    """The files of these names with their sizes and digests."""
    return tuple(_file(folder / name) for name in names)


def _file(path: Path) -> MediaFile:
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return MediaFile(
        name=path.name,
        sha256=sha256,
        size=path.stat().st_size,
        media_type=_MEDIA_TYPES[path.suffix],
    )


def telling_moment(request: Request) -> float:
    """When the poster is taken, in seconds: in the middle of the first words, else of the shot."""
    if request.speeches:
        first = request.speeches[0]
        return float((first.start + first.end) / 2)
    return float(request.seconds / 2)
