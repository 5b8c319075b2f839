"""The gate's policy: how many candidates, how many attempts, and the band of every figure.

A policy is a file in configs/gates, or any file of that form.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import (
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from review.errors import PolicyError
from review.figures import NAMES
from review.verdict import Standing
from storyboard.document import Document
from storyboard.errors import LanguageError
from storyboard.languages import language

OnExhausted = Literal["fail", "best", "skip"]
People = Literal["never", "doubtful", "always"]
Section = Literal["speech", "silent"]


class Limits(Document):
    """A closed interval; a side that is not given is open."""

    min: FiniteFloat | None = None
    max: FiniteFloat | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Limits:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        return self

    def holds(self, value: float) -> bool:
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    def contains(self, other: Limits) -> bool:
        """Whatever `other` holds, this holds."""
        low = self.min is None or (other.min is not None and other.min >= self.min)
        high = self.max is None or (other.max is not None and other.max <= self.max)
        return low and high

    def __str__(self) -> str:
        if self.min is None and self.max is None:
            return "anything"
        if self.min is None:
            return f"at most {self.max:g}"
        if self.max is None:
            return f"at least {self.min:g}"
        return f"exactly {self.min:g}" if self.min == self.max else f"{self.min:g} to {self.max:g}"


class Band(Document):
    """Three intervals around good, each inside the next: pass, human, retry.

    A figure outside all of them is rejected, since no other seed would mend it.
    """

    model_config = ConfigDict(populate_by_name=True)

    good: Limits = Field(alias="pass")
    human: Limits | None = None
    """Doubtful: a person would want to look. Not given, nothing is doubtful."""
    retry: Limits = Limits()
    """Another seed may mend it. Not given, another seed is always worth trying."""
    best: FiniteFloat | None = None
    """Where the score is 1; not given, it is 1 all over the pass band."""
    weight: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """In the take's score, relative to the other figures."""
    absent: Standing = "retry"
    """How a figure counts where there was nothing to measure."""
    unable: Standing = "pass"
    """How it counts where nothing installed can measure it."""

    @model_validator(mode="after")
    def _nested(self) -> Band:
        if not self.doubt.contains(self.good):
            raise ValueError(f"human ({self.doubt}) must contain pass ({self.good})")
        if not self.retry.contains(self.doubt):
            inner = "pass" if self.human is None else "human"
            raise ValueError(f"retry ({self.retry}) must contain {inner} ({self.doubt})")
        if self.best is not None and not self.good.holds(self.best):
            raise ValueError(f"best ({self.best:g}) must lie in pass ({self.good})")
        return self

    @property
    def doubt(self) -> Limits:
        """The human interval; the pass interval where none was given."""
        return self.human or self.good


class Bands(Document):
    """Bands by figure. Those of `every` hold for all shots, the others for shots of their kind."""

    every: dict[str, Band] = {}
    speech: dict[str, Band] = {}
    """Shots in which somebody speaks."""
    silent: dict[str, Band] = {}
    """Shots in which nobody does."""

    @model_validator(mode="after")
    def _each_once(self) -> Bands:
        for section in ("speech", "silent"):
            twice = sorted(self.every.keys() & getattr(self, section).keys())
            if twice:
                raise ValueError(f"{twice[0]} has a band in every and in {section}; keep one")
        return self

    @model_validator(mode="after")
    def _measured(self) -> Bands:
        for name in (*self.every, *self.speech, *self.silent):
            if name not in NAMES:
                raise ValueError(f"nothing measures {name!r}; known are {', '.join(NAMES)}")
        return self

    def of(self, section: Section) -> dict[str, Band]:
        """The bands for a shot of that kind."""
        return self.every | (self.speech if section == "speech" else self.silent)


class BandsByLanguage(Bands):
    """Bands, and others in their place for shots of some languages."""

    languages: dict[str, Bands] = {}
    """By BCP-47 tag; a file may say `ja` for `ja-JP`."""

    @field_validator("languages")
    @classmethod
    def _by_tag(cls, given: dict[str, Bands]) -> dict[str, Bands]:
        try:
            named = [(language(name).tag, bands) for name, bands in given.items()]
        except LanguageError as error:
            raise ValueError(str(error)) from error
        tags = dict(named)
        if len(tags) != len(named):
            raise ValueError("a language stands here twice; keep one")
        return tags

    def among(self, section: Section, tag: str | None) -> dict[str, Band]:
        """The bands for a shot of that kind and language."""
        own = self.languages.get(tag) if tag is not None else None
        return self.of(section) | (own.of(section) if own is not None else {})


class Policy(BandsByLanguage):
    """One gate. A band of a language stands in place of the general one of the same figure, a band
    of an engine in place of both."""

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1)
    candidates: int = Field(default=1, ge=1, le=64)
    """Previews made of a shot at each attempt, each of its own seed; the best is kept."""
    attempts: int = Field(default=3, ge=1, le=64)
    """Rounds of candidates before the shot counts as exhausted."""
    on_exhausted: OnExhausted = "fail"
    """Fail the production, go on with the best take there is, or leave the shot out."""
    people: People = "never"
    """Which shots a person must see before they are rendered: none, those whose kept take is
    doubtful, or all."""
    engines: dict[str, BandsByLanguage] = {}
    """By the name an engine gives itself."""

    def bands(
        self, section: Section, *, tag: str | None = None, engine: str = ""
    ) -> dict[str, Band]:
        """The bands a shot of that kind, language and engine is judged by."""
        own = self.engines.get(engine)
        return self.among(section, tag) | (own.among(section, tag) if own is not None else {})


def known_policies() -> tuple[str, ...]:
    """The names of the policies that come with the house."""
    gates = resources.files("configs") / "gates"
    files = [Path(each.name) for each in gates.iterdir()] if gates.is_dir() else []
    return tuple(sorted(each.stem for each in files if each.suffix == ".yaml"))


def load_policy(name_or_path: str | Path) -> Policy:
    """The policy of that name, or in that file; PolicyError says what to mend and where."""
    name = str(name_or_path)
    if name in known_policies():
        gate = resources.files("configs") / "gates" / f"{name}.yaml"
        return _parse(gate.read_text("utf-8"), f"configs/gates/{name}.yaml")
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(known_policies())
        raise PolicyError(f"no gate policy {name!r}; known are {known}, or give a YAML file")
    try:
        return _parse(path.read_text("utf-8-sig"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{name}: error: the gate policy cannot be read: {error}") from error


def _parse(text: str, file: str) -> Policy:
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError(f"{file}:{line}: error: {error.problem or 'no YAML'}") from error
    except (YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise PolicyError(f"{file}:1: error: no YAML: {error}") from error
    except RecursionError as error:
        raise PolicyError(f"{file}:1: error: nested too deeply to be a gate policy") from error
    if not isinstance(tree, CommentedMap):
        raise PolicyError(f"{file}:1: error: a gate policy is a mapping of keys, see docs/gate.md")
    try:
        return Policy.model_validate(tree)
    except ValidationError as error:
        raise PolicyError("\n".join(_complaints(error, tree, file))) from error


def _complaints(error: ValidationError, tree: CommentedMap, file: str) -> Iterator[str]:
    for each in error.errors():
        path = [str(part) for part in each["loc"]]
        key = ".".join(path) or "policy"
        message = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            key, message = path[-1], f"unknown key; known here are {_known_keys(path)}"
        yield f"{file}:{_line(tree, path)}: error: {key}: {message}"


def _known_keys(path: list[str]) -> str:
    """The keys of the model in which the last key of the path stands."""
    model: type[Document] = Policy
    parts = iter(path[:-1])
    for part in parts:
        fields = {
            field.alias or name: field.annotation for name, field in model.model_fields.items()
        }
        kind = fields[part]
        if get_origin(kind) is dict:
            next(parts)  # the name of a figure, language or engine
        kinds = (kind, *get_args(kind))
        model = next(k for k in kinds if isinstance(k, type) and issubclass(k, Document))
    return ", ".join(field.alias or name for name, field in model.model_fields.items())


def _line(tree: Any, path: list[str]) -> int:
    """The 1-based line of the deepest key of the path that the file has."""
    line = 0
    for key in path:
        if not isinstance(tree, CommentedMap) or key not in tree:
            break
        line = tree.lc.key(key)[0]
        tree = tree[key]
    return int(line) + 1
