"""From a name, or a file of settings, to an engine that is ready to work.

An engine's own modules are imported when it is opened, never before: to list engines, or to open
one, loads nothing that another needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engine.card import Card
from engine.interface import Engine, EngineUnavailable
from storyboard.request import Capabilities

if TYPE_CHECKING:
    from engine.breaking import BreakingSettings


def engine_names() -> tuple[str, ...]:
    """The engines of this house: the files in `configs/engines`."""
    listed = files("configs").joinpath("engines").iterdir()
    return tuple(sorted(Path(each.name).stem for each in listed if each.name.endswith(".yaml")))


def open_engine(
    name_or_path: str, *, weights: Path | None = None, features: Path | None = None
) -> Engine:
    """The engine of that name, or of the settings in that YAML file.

    `weights` is where this machine keeps weights, for settings that name no folder; `features` is
    where what was read of prompts is kept between runs. EngineUnavailable in one sentence: an
    unknown name, settings that do not hold, a part that is not installed or not there.
    """
    with _settings(name_or_path) as (kind, settings):
        return kind.opened(settings, weights, features)


def capabilities_of(name_or_path: str) -> Capabilities:
    """What that engine can serve; of a large one, without its weights. Errors as of `open_engine`,
    for the parts that are needed for this."""
    with _settings(name_or_path) as (kind, settings):
        return kind.able(settings)


def outlook(name_or_path: str, card: Card | None) -> tuple[str, ...]:
    """What that engine takes on a machine with that card, or with none, in sentences and without
    its weights; nothing is said of an engine that any machine can run."""
    with _settings(name_or_path) as (kind, settings):
        return kind.outlook(settings, card)


@contextmanager
def _settings(name_or_path: str) -> Iterator[tuple[_Kind, Mapping[str, Any]]]:
    """The settings and what to make of them; mistakes in them become one sentence."""
    path = _settings_file(name_or_path)
    settings = _read(path)
    name = settings.get("kind")
    if not isinstance(name, str) or name not in _KINDS:
        known = ", ".join(_KINDS)
        raise EngineUnavailable(f"{path}: unknown kind of engine {name!r}; known are {known}")
    try:
        yield _KINDS[name], settings
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
    except ValueError as impossible:  # a date, or a number of thousands of digits
        raise EngineUnavailable(
            f"{path}: a date or number in it cannot be ({impossible}); mend it"
        ) from impossible
    except RecursionError as nested:
        raise EngineUnavailable(f"{path}: is nested too deeply to be settings") from nested
    if not isinstance(settings, dict):
        raise EngineUnavailable(f"{path}: holds no settings; copy one of configs/engines")
    return settings


def _first_mistake(wrong: ValidationError) -> str:
    first = wrong.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    return f"{key}: {first['msg']}"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a kind of engine can be asked, each with the settings as they stand in the file."""

    opened: Callable[[Mapping[str, Any], Path | None, Path | None], Engine]
    able: Callable[[Mapping[str, Any]], Capabilities]
    outlook: Callable[[Mapping[str, Any], Card | None], tuple[str, ...]]


def _animatic(
    settings: Mapping[str, Any], _weights: Path | None = None, _features: Path | None = None
) -> Engine:
    from engine.animatic.engine import AnimaticEngine
    from engine.animatic.settings import AnimaticSettings

    return AnimaticEngine(AnimaticSettings.model_validate(settings))


def _magihuman(settings: Mapping[str, Any], weights: Path | None, features: Path | None) -> Engine:
    from engine.joint.checkpoints import refuse_absent, weights_folder
    from engine.joint.settings import JointSettings

    asked = JointSettings.model_validate(settings)
    folder = None
    if asked.weights != "random":
        folder = weights_folder(asked, weights)
        refuse_absent(asked, folder)
    from engine.joint.engine import JointEngine  # last: it loads torch

    return JointEngine(asked, folder, features=features)


def _magihuman_able(settings: Mapping[str, Any]) -> Capabilities:
    from engine.joint.settings import JointSettings

    return JointSettings.model_validate(settings).capabilities()


def _magihuman_outlook(settings: Mapping[str, Any], card: Card | None) -> tuple[str, ...]:
    from engine.joint.outlook import outlook
    from engine.joint.settings import JointSettings

    return outlook(JointSettings.model_validate(settings), card)


def _breaking(settings: Mapping[str, Any], weights: Path | None, features: Path | None) -> Engine:
    from engine.breaking import BreakingEngine

    asked = _breaking_settings(settings)
    return BreakingEngine(asked, open_engine(asked.engine, weights=weights, features=features))


def _breaking_able(settings: Mapping[str, Any]) -> Capabilities:
    return capabilities_of(_breaking_settings(settings).engine)


def _breaking_settings(settings: Mapping[str, Any]) -> BreakingSettings:
    """EngineUnavailable where the engine to break is itself one that breaks, perhaps this one."""
    from engine.breaking import BreakingSettings

    asked = BreakingSettings.model_validate(settings)
    inner = _settings_file(asked.engine)
    if _read(inner).get("kind") == "breaking":
        raise EngineUnavailable(
            f"{inner}: only breaks another engine's takes; name one in `engine:` that makes its own"
        )
    return asked


def _foal(
    settings: Mapping[str, Any], _weights: Path | None = None, _features: Path | None = None
) -> Engine:
    from engine.foal.settings import FoalSettings

    asked = FoalSettings.model_validate(settings)
    from engine.foal.engine import FoalEngine  # last: it loads torch

    return FoalEngine(asked)


def _foal_able(settings: Mapping[str, Any]) -> Capabilities:
    from engine.foal.settings import FoalSettings

    return FoalSettings.model_validate(settings).capabilities()


_KINDS: dict[str, _Kind] = {
    "animatic": _Kind(
        opened=_animatic,
        able=lambda settings: _animatic(settings).capabilities,
        outlook=lambda *_: (),
    ),
    "breaking": _Kind(opened=_breaking, able=_breaking_able, outlook=lambda *_: ()),
    "foal": _Kind(opened=_foal, able=_foal_able, outlook=lambda *_: ()),
    "magihuman": _Kind(opened=_magihuman, able=_magihuman_able, outlook=_magihuman_outlook),
}
"""What `kind:` in a settings file may say, and what opens it."""
