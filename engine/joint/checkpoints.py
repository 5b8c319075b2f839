"""Which weight files an engine needs, which are not there, and where each is to be had.

Nothing here reads a tensor or needs torch. Files are never fetched: two of them lie behind terms
that a person has to accept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from engine.interface import EngineUnavailable
from engine.joint.settings import JointSettings

APACHE = "Apache-2.0"
INDEX = "*.safetensors.index.json"
SAMPLES, SAMPLE_BYTES = 64, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A checkpoint as its makers give it away; bytes on disk, rounded."""

    bytes: float
    licence: str
    source: str


_MAGIHUMAN = "GAIR/daVinci-MagiHuman"
PUBLISHED = {
    "base": Published(bytes=30.6e9, licence=APACHE, source=f"{_MAGIHUMAN}, base/"),
    "distill": Published(bytes=61.2e9, licence=APACHE, source=f"{_MAGIHUMAN}, distill/"),
    "540p_sr": Published(bytes=61.2e9, licence=APACHE, source=f"{_MAGIHUMAN}, 540p_sr/"),
    "1080p_sr": Published(bytes=61.2e9, licence=APACHE, source=f"{_MAGIHUMAN}, 1080p_sr/"),
    "checkpoint-340000.ckpt": Published(
        bytes=1.8e9, licence=APACHE, source=f"{_MAGIHUMAN}, turbo_vae/"
    ),
    "Wan2.2_VAE.pth": Published(bytes=2.8e9, licence=APACHE, source="Wan-AI/Wan2.2-TI2V-5B"),
    "stable-audio-open-1.0": Published(
        bytes=4.9e9,
        licence="Stability AI Community Licence, which has a ceiling on revenue",
        source="stabilityai/stable-audio-open-1.0, after a form",
    ),
    "t5gemma-9b-9b-ul2": Published(
        bytes=40.7e9,
        licence="Gemma terms",
        source="google/t5gemma-9b-9b-ul2, after a form",
    ),
}
"""Name of the folder or file as the settings of the house call it. All are on Hugging Face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One checkpoint that an engine needs."""

    stage: str
    name: str
    """Below the folder of all weights."""
    path: Path
    published: Published | None
    """None for a file of the user's own naming."""

    def __str__(self) -> str:
        if self.published is None:
            return f"{self.name} ({self.stage})"
        about = self.published
        size = f"{about.bytes / 1e9:.3g} GB"
        return f"{self.name} ({self.stage}; {size}; {about.licence}; {about.source})"


def parts_of(settings: JointSettings, folder: Path) -> tuple[Part, ...]:
    """Every checkpoint of the engine, in `folder` or where its settings say."""
    return tuple(
        Part(stage=stage, name=name, path=folder / name, published=_published(name))
        for stage, name in settings.checkpoints().items()
    )


def _published(name: str) -> Published | None:
    found = [PUBLISHED[each] for each in Path(name).parts if each in PUBLISHED]
    return found[-1] if found else None


def absent(part: Part) -> bool:
    """Whether the checkpoint, or any shard its index names, is not there."""
    if not part.path.is_dir():
        return not part.path.is_file()
    root = _root(part.path)
    named = [root / shard for index in root.glob(INDEX) for shard in _shards(index)]
    held = named or list(root.glob("*.safetensors"))
    return not held or not all(path.is_file() for path in held)


def _root(folder: Path) -> Path:
    """Some copies keep the shards one folder further down."""
    below = folder / "transformer"
    return below if below.is_dir() and not any(folder.glob("*.safetensors")) else folder


def _shards(index: Path) -> Iterator[str]:
    """What the index names; a damaged one is told when the weights are opened."""
    with suppress(OSError, ValueError, KeyError, AttributeError, RecursionError):
        yield from map(str, json.loads(index.read_bytes())["weight_map"].values())


def weights_folder(settings: JointSettings, folder: Path | None) -> Path:
    """Where the weights lie: as the settings say, else as the studio does."""
    chosen = settings.weights if isinstance(settings.weights, Path) else folder
    if chosen is None:
        raise EngineUnavailable(
            f"{settings.name}: no folder of weights is named; set `weights:` in its settings or "
            "HOOFBEAT_WEIGHTS, see docs/magihuman.md"
        )
    return chosen.expanduser()


def refuse_absent(settings: JointSettings, folder: Path) -> None:
    """EngineUnavailable that names every checkpoint which is not there, or the missing package."""
    gone = [part for part in parts_of(settings, folder) if absent(part)]
    if gone:
        size = sum(part.published.bytes for part in gone if part.published) / 1e9
        count = f"{len(gone)} checkpoint{'s' if len(gone) > 1 else ''}"
        raise EngineUnavailable(
            f"{settings.name}: {count} missing in {folder}, {size:.0f} GB to get: "
            f"{', '.join(map(str, gone))}; docs/magihuman.md says how"
        )
    if find_spec("transformers") is None:
        raise EngineUnavailable(
            f"{settings.name}: its text encoder needs the package transformers: "
            "pip install 'hoofbeat[magihuman]'"
        )


def identity(part: Part) -> str:
    """A digest that tells checkpoints apart without reading them whole.

    Of every file: name, size, and 64 pieces of 4 KiB spread over it. Two trainings of one model
    have the same headers, so headers alone would not do.
    """
    found = hashlib.sha256()
    for file in [part.path] if part.path.is_file() else _in(_root(part.path)):
        size = file.stat().st_size
        found.update(f"{file.name} {size} ".encode())
        with file.open("rb") as opened:
            for sample in range(SAMPLES):
                opened.seek(max(0, size - SAMPLE_BYTES) * sample // (SAMPLES - 1))
                found.update(opened.read(SAMPLE_BYTES))
    return found.hexdigest()


def _in(folder: Path) -> list[Path]:
    """Weights, and beside a text encoder the settings and words it was trained with."""
    return sorted(file for kind in ("*.safetensors", "*.json") for file in folder.glob(kind))
