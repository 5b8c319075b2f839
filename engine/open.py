"""From a name, or a file of settings, to an engine that is ready to work.

An engine's own modules are imported when it is opened, never before: to list engines, or to open
one, loads nothing that another needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engine.interface import Engine, EngineUnavailable


def engine_names() -> tuple[str, ...]:
    """The engines of this house: the files in `configs/engines`."""
    listed = files("configs").joinpath("engines").iterdir()
    return tuple(sorted(Path(each.name).stem for each in listed if each.name.endswith(".yaml")))


def open_engine(name_or_path: str) -> Engine:
    """The engine of that name, or of the settings in that YAML file.

    EngineUnavailable in one sentence: an unknown name, settings that do not hold, a part that is
    not installed.
    """
    path = _settings_file(name_or_path)
    settings = _read(path)
    kind = settings.get("kind")
    if kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise EngineUnavailable(f"{path}: unknown kind of engine {kind!r}; known are {known}")
    try:
        return _KINDS[kind](settings)
    except ValidationError as wrong:
        raise EngineUnavailable(f"{path}: {_first_mistake(wrong)}") from wrong


def _settings_file(name_or_path: str) -> Path:
    if name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    if name_or_path not in engine_names():
        raise EngineUnavailable(
            f"unknown engine {name_or_path!r}; known are {', '.join(engine_names())}, "
            "or give the path of a settings file ending in .yaml"
        )
    return Path(str(files("configs").joinpath("engines", f"{name_or_path}.yaml")))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        settings = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        raise EngineUnavailable(f"{path}: cannot be read: {reason}") from unreadable
    except YAMLError as broken:
        mark = broken.problem_mark if isinstance(broken, MarkedYAMLError) else None
        where = f"{path}:{mark.line + 1}" if mark else f"{path}"
        raise EngineUnavailable(f"{where}: is not YAML") from broken
    if not isinstance(settings, dict):
        raise EngineUnavailable(f"{path}: holds no settings; copy one of configs/engines")
    return settings


def _first_mistake(wrong: ValidationError) -> str:
    first = wrong.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg']}"


def _animatic(settings: Mapping[str, Any]) -> Engine:
    from engine.animatic.engine import AnimaticEngine
    from engine.animatic.settings import AnimaticSettings

    return AnimaticEngine(AnimaticSettings.model_validate(settings))


_KINDS: dict[str, Callable[[Mapping[str, Any]], Engine]] = {"animatic": _animatic}
"""What `kind:` in a settings file may say, and what opens it."""
