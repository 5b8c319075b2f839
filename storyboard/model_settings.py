"""Language models as files: where one is asked, how, and what it costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator

from storyboard.board import Source
from storyboard.document import Document
from storyboard.errors import ScriptError
from storyboard.text_file import text_of
from storyboard.yaml_tree import load


class Price(Document):
    """What tokens cost on a given day, for a million of them."""

    as_of: date
    currency: str = Field(pattern="^[A-Z]{3}$")
    prompt: Decimal = Field(ge=0)
    completion: Decimal = Field(ge=0)

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / 10**6


class ModelSettings(Document):
    """A language model and how it is asked; a file in configs/models, or any of that form."""

    url: str
    """Of the server, up to and with /v1."""
    model: str
    """The name the server knows it by."""
    key: str = Field(default="OPENAI_API_KEY", pattern="^[A-Z][A-Z0-9_]*_API_KEY$")
    """The environment variable that has the key; where it is empty, none is sent."""
    answers: Literal["schema", "json", "plain"] = "schema"
    """How a server is told the form of an answer: by JSON schema, as any JSON, or in words."""
    timeout_s: float = Field(default=60, gt=0, le=600)
    """For one answer."""
    retries: int = Field(default=4, ge=0, le=10)
    """Of a request that timed out or found the server full; waits double from half a second, or
    last as long as the server asks for, up to two minutes."""
    corrections: int = Field(default=1, ge=0, le=3)
    """How often an answer that does not hold is asked for again."""
    parallel: int = Field(default=4, ge=1, le=64)
    """Requests at once."""
    longest_answer: int = Field(default=4096, ge=64)
    """In tokens."""
    price: Price | None = None

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("must be http(s)://host/v1, without a name or password in it")
        return url


def known_models() -> tuple[str, ...]:
    """The names of the models in configs/models."""
    folder = resources.files("configs") / "models"
    return tuple(sorted(p.name.removesuffix(".yaml") for p in folder.iterdir()))


def load_model(name_or_path: str) -> ModelSettings:
    """The model of that name, or in that YAML file; ScriptError says what to mend and where."""
    if name_or_path in known_models():
        name = f"configs/models/{name_or_path}.yaml"
        text = (resources.files("configs") / "models" / f"{name_or_path}.yaml").read_text("utf-8")
        return _settings(text, name)
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(known_models())
        raise ScriptError(
            f"no language model {name_or_path!r}; known are {known}, or give a YAML file"
        )
    return _settings(text_of(path), str(path))


def _settings(text: str, file: str) -> ModelSettings:
    tree = load(text, file)
    given: Any = tree.value if tree.value is not None else {}
    try:
        return ModelSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = tuple(first["loc"])
        name = ".".join(map(str, place)) or "the file"
        where = tree.source(place) if tree.lines else Source(file=file, line=1)
        raise ScriptError(f"`{name}` of the model's settings: {first['msg']}", where) from error
