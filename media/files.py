"""What a record says of a file: name, digest, size."""

from __future__ import annotations

import hashlib
from pathlib import Path

from storyboard.request import MediaFile


def media_file(path: Path, media_type: str) -> MediaFile:
    """The record of a file that is there; it is read once, for its digest."""
    with path.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return MediaFile(name=path.name, sha256=sha256, size=path.stat().st_size, media_type=media_type)
