"""What a place of showing asks of a film: loudness, sound, where captions may lie.

The requirements change with the platforms, so they are files (`configs/deliveries`), with the date
they were looked up, and no code knows them.
"""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from media.errors import DeliveryError
from storyboard.document import Document
from storyboard.errors import ScriptError
from storyboard.request import Aspect
from storyboard.text_file import text_of
from storyboard.yaml_tree import load


class CaptionArea(Document):
    """Where burnt-in captions lie, as shares of the picture."""

    baseline: float = Field(gt=0, lt=1)
    """Height at which the last line ends, from the top."""
    side: float = Field(ge=0, lt=0.5)
    """Kept clear at the left and at the right."""


class Delivery(Document):
    """A place of showing."""

    name: str
    checked: date
    """When the numbers were last looked up."""
    integrated_lufs: float = Field(ge=-40, le=-5)
    """Loudness of the whole film (ITU-R BS.1770, EBU R 128)."""
    true_peak_dbtp: float = Field(ge=-20, le=0)
    sound_kbps: int = Field(ge=64, le=512)
    captions: dict[Aspect, CaptionArea]


def load_delivery(name: str | Path) -> Delivery:
    """The delivery of that name among the house's own, or of that YAML file.

    DeliveryError names the file, the line and the key, or the deliveries there are.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return _read(path)
    known = sorted(Path(str(files("configs"))).glob("deliveries/*.yaml"))
    for each in known:
        if each.stem == str(name):
            return _read(each)
    names = ", ".join(each.stem for each in known)
    raise DeliveryError(f"unknown delivery {str(name)!r}; known are {names}, or give a .yaml file")


def _read(path: Path) -> Delivery:
    try:
        tree = load(text_of(path), str(path))
    except ScriptError as error:
        raise DeliveryError(f"{path}:{error.source.line}: {error.message}") from error
    try:
        return Delivery.model_validate(tree.value)
    except ValidationError as error:
        # A misspelt key is also a missing one; what is there is what can be mended.
        first = min(error.errors(), key=lambda each: each["type"] == "missing")
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        line = tree.source(first["loc"]).line
        raise DeliveryError(f"{path}:{line}: {key}: {first['msg'].lower()}") from error
