"""Ad templates: a storyboard with blanks, typed by the fields it declares.

A template is YAML; each of its words may be a Jinja2 expression over the fields. The YAML is read
before anything is filled in, and what is filled in is never read as a template, so nothing in a
product's name can become a key, a shot or an expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal

from jinja2 import StrictUndefined, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from storyboard.board import CardRole, Framing, Transition
from storyboard.campaign.brand import Presenter
from storyboard.campaign.files import place_of, read_document
from storyboard.campaign.rows import AdSeconds
from storyboard.campaign.wording import sentence
from storyboard.checks import LONGEST_SHOT
from storyboard.document import Document, Seconds
from storyboard.errors import LanguageError
from storyboard.languages import language

ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
"""Plain text comes out, never HTML; the sandbox keeps a template from reaching into Python."""
ENVIRONMENT.globals.clear()  # range, namespace, ...: nothing an ad needs
ENVIRONMENT.filters["sentence"] = lambda words, tag="en": sentence(str(words), tag)

GIVEN = {"brand", "variant", "language"}
"""Names every template may use beside its own fields."""


def _parsed(text: str) -> str:
    try:
        ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        raise ValueError(f"{text[:60]!r} is no Jinja2: {error.message}") from error
    return text


def _by_tag(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    try:
        return {language(str(name)).tag: words for name, words in value.items()}
    except LanguageError as error:
        raise ValueError(error.message) from error


Words = Annotated[str, AfterValidator(_parsed)]
"""Text with `{{ fields }}`."""
ByTag = Annotated[dict[str, Words], BeforeValidator(_by_tag)]
"""The same in several languages."""


class AdField(Document):
    """A blank of the template, filled from the sheet's column of that name."""

    kind: Literal["name", "text", "price"] = "text"
    """A name is the same in every language unless the sheet says otherwise; a text is translated;
    a price is written as each language writes it."""
    required: bool = False
    default: ByTag = {}
    """For rows that have none, by language; may use other fields."""


class Says(Document):
    """Words for a shot. Plain words hold in every language; else they are given by language."""

    text: Words | ByTag
    delivery: str = ""
    heard_only: bool = False
    """Voice-over: the presenter is not in the picture."""


class AdCard(Document):
    """The end card's words, by what they are for; the brand's colours and files go with them."""

    words: dict[CardRole, Words | ByTag] = Field(min_length=1)
    picture: bool = True
    """Whether the product is on it."""


class AdShot(Document):
    part: Literal["hook", "demonstration", "proof", "call to action", "end card"]
    """What it does in the ad; also makes the shot's id."""
    when: str = ""
    """A Jinja2 expression over the fields; the shot is left out where it is false."""
    framing: Framing = "medium"
    action: Words = ""
    sound: Words = ""
    presenter: bool = False
    """Whether the presenter is in the picture."""
    picture: Literal["product"] | None = None
    """The picture the shot begins with."""
    says: Says | None = None
    transition: Transition = "cut"
    seconds: Annotated[Seconds, Field(gt=0, le=LONGEST_SHOT)]
    card: AdCard | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> AdShot:
        if self.card and (self.says or self.picture or self.presenter or self.action):
            raise ValueError("a card stands in a shot by itself")
        if not (self.card or self.says or self.action):
            raise ValueError("nothing to film: give an action, words or a card")
        if self.when:
            try:
                ENVIRONMENT.compile_expression(self.when)
            except TemplateSyntaxError as error:
                raise ValueError(f"{self.when[:60]!r} is no Jinja2: {error.message}") from error
        return self

    def templates(self) -> Iterator[str]:
        """Every text of the shot that may use a field."""
        yield from (self.action, self.sound, f"{{{{ {self.when} }}}}" if self.when else "")
        worded = ([self.says.text] if self.says else []) + (
            list(self.card.words.values()) if self.card else []
        )
        for words in worded:
            yield from words.values() if isinstance(words, dict) else (words,)


class AdScene(Document):
    heading: Words
    sound: Words = ""
    shots: tuple[AdShot, ...] = Field(min_length=1)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


class AdForm(Document):
    """The ad at one length."""

    seconds: Annotated[AdSeconds, BeforeValidator(_number)]
    scenes: tuple[AdScene, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _as_long(self) -> AdForm:
        always = sum((shot.seconds for shot in self.shots() if not shot.when), Fraction(0))
        if always > self.seconds:
            raise ValueError(f"the shots take {float(always):g} s and not {self.seconds}")
        return self

    def shots(self) -> Iterator[AdShot]:
        for scene in self.scenes:
            yield from scene.shots


class Ad(Document):
    """One file of `configs/ads`."""

    name: str
    title: Words = "{{ product }}"
    about: str = ""
    fields: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")], AdField]
    presenter: Presenter
    forms: tuple[AdForm, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _declared(self) -> Ad:
        known = GIVEN | set(self.fields)
        if "product" not in self.fields:
            raise ValueError("`fields` must declare `product`")
        if "price" in self.fields and self.fields["price"].kind != "price":
            raise ValueError("the field `price` is of the kind `price`")
        for text in self._templates():
            for name in used(text):
                if name not in known:
                    raise ValueError(
                        f"{text[:60]!r} uses {name!r}, which `fields` does not declare; "
                        f"declared are {', '.join(sorted(known))}"
                    )
        lengths = [form.seconds for form in self.forms]
        if len(set(lengths)) < len(lengths):
            raise ValueError("each length once in `forms`")
        return self

    def _templates(self) -> Iterator[str]:
        yield self.title
        for field in self.fields.values():
            yield from field.default.values()
        for form in self.forms:
            for scene in form.scenes:
                yield from (scene.heading, scene.sound)
                for shot in scene.shots:
                    yield from shot.templates()

    def form(self, seconds: AdSeconds) -> AdForm | None:
        """The ad at that length, if the template has it."""
        return next((form for form in self.forms if form.seconds == seconds), None)

    def worded_fields(self) -> tuple[str, ...]:
        """The fields for which a sheet may have a column in each language."""
        return tuple(name for name, field in self.fields.items() if field.kind != "price")


@lru_cache(maxsize=1024)
def used(text: str) -> frozenset[str]:
    """The names a template's text uses."""
    return frozenset(meta.find_undeclared_variables(ENVIRONMENT.parse(text)))


@lru_cache(maxsize=1024)
def compiled(text: str) -> Any:
    """The text, ready to be rendered for many rows."""
    return ENVIRONMENT.from_string(text)


@lru_cache(maxsize=256)
def condition(expression: str) -> Any:
    """A `when`, ready to be asked."""
    return ENVIRONMENT.compile_expression(expression)


def load_ad(name_or_path: str) -> Ad:
    """The template of that name in `configs/ads`, or in that YAML file; KitError says what is
    wrong with it."""
    return read_document(place_of(name_or_path, "ads"), Ad)
