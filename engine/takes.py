"""What the record of a take says of its files, whichever engine made them."""

from __future__ import annotations

from pathlib import Path

from media.files import media_file
from storyboard.request import MediaFile, Request

_MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".safetensors": "application/octet-stream",
}


def media_files(folder: Path, *names: str) -> tuple[MediaFile, ...]:
    """The files of these names with their sizes and digests."""
    paths = [folder / name for name in names]
    return tuple(media_file(path, _MEDIA_TYPES[path.suffix]) for path in paths)


def telling_moment(request: Request) -> float:
    """When the poster is taken, in seconds: in the middle of the first words, else of the shot."""
    if request.speeches:
        first = request.speeches[0]
        return float((first.start + first.end) / 2)
    return float(request.seconds / 2)
