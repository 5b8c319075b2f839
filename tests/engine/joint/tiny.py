"""The joint engine at its tiny random size, opened from settings with changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from engine.joint.engine import JointEngine
from engine.joint.settings import JointSettings
from storyboard.request import Request
from tests.engine.shots import shot, speech

TINY_ENGINE = Path(__file__).with_name("tiny.yaml")
Change = Callable[[dict[str, Any]], None]
PREVIEW_SIZE, RENDER_SIZE = (64, 112), (88, 152)


def unchanged(_: dict[str, Any]) -> None:
    pass


def settings_of(name: str) -> JointSettings:
    """Of an engine of the house."""
    return _validated(Path(str(files("configs").joinpath("engines", f"{name}.yaml"))))


def tiny_settings(change: Change = unchanged) -> JointSettings:
    """The tiny engine's, after `change` was made to them."""
    return _validated(TINY_ENGINE, change)


def tiny_file(folder: Path, change: Change) -> str:
    """A settings file of the tiny engine's, after `change` was made to them."""
    path = folder / "changed.yaml"
    YAML(typ="safe").dump(_changed(TINY_ENGINE, change), path)
    return str(path)


def _validated(path: Path, change: Change = unchanged) -> JointSettings:
    return JointSettings.model_validate(_changed(path, change))


def _changed(path: Path, change: Change) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(YAML(typ="safe").load(path))
    change(document)
    return document


def tiny_engine(change: Change = unchanged) -> JointEngine:
    return JointEngine(tiny_settings(change), None)


def tiny_shot(**more: Any) -> Request:
    plain = {
        "prompt": "Tom is in the picture, indoors. He speaks.",
        "preview_size": PREVIEW_SIZE,
        "render_size": RENDER_SIZE,
    }
    return shot(speech("Nobody sails here any more."), **plain | more)
