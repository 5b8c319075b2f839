"""The brand kit: logo, colours, fonts, who presents, and what stands on every end card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, field_validator, model_validator

from storyboard.board import Colour
from storyboard.campaign.files import place_of, read_document
from storyboard.campaign.prices import is_currency
from storyboard.checks import reference_fault
from storyboard.colour import contrast
from storyboard.document import Document
from storyboard.errors import LanguageError
from storyboard.languages import language

LEAST_CONTRAST = 4.5
"""Between words and what they stand on, as a ratio of luminances (WCAG 2.2, 1.4.3)."""


def _below(path: str) -> str:
    if fault := reference_fault(path):
        raise ValueError(fault.replace("the script", "the brand file"))
    return path


BrandFile = Annotated[str, AfterValidator(_below)]
"""A path relative to the brand file, and below its folder."""


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


HexColour = Annotated[Colour, BeforeValidator(_lower)]


class Colours(Document):
    ground: HexColour = "#14171f"
    ink: HexColour = "#ffffff"
    accent: HexColour = "#f2b134"

    @model_validator(mode="after")
    def _legible(self) -> Colours:
        if (found := contrast(self.ground, self.ink)) < LEAST_CONTRAST:
            raise ValueError(
                f"`ink` on `ground` has a contrast of {found:.1f}, which is hard to read; "
                f"choose colours with {LEAST_CONTRAST} or more"
            )
        return self


class Presenter(Document):
    """Who speaks for the brand; what is empty is the template's."""

    name: str = ""
    looks: str = ""
    voice: str = ""
    reference: str | None = None
    """Anchor portrait: an http(s) address, or a path relative to the brand file."""


class Brand(Document):
    """One file: `brand.yaml` beside the sheet, or one of `configs/brands`."""

    name: str = ""
    logo: BrandFile | None = None
    backdrop: BrandFile | None = None
    """An end card of the brand's own, on which only the words are set."""
    font: BrandFile | None = None
    """A TrueType or OpenType file; letters it lacks come from the house's own."""
    colours: Colours = Colours()
    presenter: Presenter = Presenter()
    small_print: dict[str, str] = {}
    """Language to words at the foot of every end card."""
    currency: str | None = None
    """ISO 4217, of prices that do not say."""
    language: str | None = None
    """Of rows that do not say."""

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, code: str | None) -> str | None:
        if code is not None and not is_currency(code):
            raise ValueError(f"{code[:10]!r} is no currency; give a code such as EUR")
        return code

    @field_validator("language")
    @classmethod
    def _known_language(cls, name: str | None) -> str | None:
        return None if name is None else _tag(name)

    @field_validator("small_print")
    @classmethod
    def _by_tag(cls, words: dict[str, str]) -> dict[str, str]:
        return {_tag(name): said for name, said in words.items()}


def _tag(name: str) -> str:
    try:
        return language(name).tag
    except LanguageError as error:
        raise ValueError(error.message) from error


def load_brand(name_or_path: str) -> tuple[Brand, Path]:
    """The brand, and the folder its files lie in. KitError says what to mend."""
    path = place_of(name_or_path, "brands")
    return read_document(path, Brand), path.parent


def brand_beside(sheet: Path) -> str:
    """The brand of a sheet for which none is named: `brand.yaml` beside it, else the plain one."""
    beside = sheet.parent / "brand.yaml"
    return str(beside) if beside.is_file() else "plain"
