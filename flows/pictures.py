"""A row's files: fetched or found, checked, and made into what engines and cards want."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.errors import OrderError
from flows.prepare import Pictures
from media import MediaError, check_still, framed, open_still, stand_in
from storage import Downloads, FetchFailed
from storyboard.campaign import BACKDROP, FONT, LOGO, PORTRAIT, PRODUCT, Brand, Fault, Row
from storyboard.document import digest
from storyboard.request import Aspect

FRAMING = 1
"""Goes up with every change to how a product is set into a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFiles:
    """The files of a brand by what an ad calls them, each checked."""

    given: Mapping[str, str]
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPictures:
    pictures: Pictures
    found: bool
    """Whether the product has a picture, and not a card in place of one."""
    warnings: tuple[Fault, ...]


def brand_files(brand: Brand, folder: Path, downloads: Downloads, *, portraits: bool) -> BrandFiles:
    """Everything the brand names; OrderError for what is not there, since every ad needs it.

    The presenter's portrait is looked for where the engine follows one.
    """
    named = {LOGO: brand.logo, BACKDROP: brand.backdrop, FONT: brand.font}
    paths = {name: _below(folder, path) for name, path in named.items() if path}
    try:
        if brand.presenter.reference and portraits:
            paths[PORTRAIT] = _fetched(brand.presenter.reference, folder, downloads)[0]
        contents = {name: path.read_bytes() for name, path in paths.items()}
        for name, content in contents.items():
            if name != FONT:
                check_still(content, str(paths[name]))
    except (MediaError, FetchFailed) as error:
        raise OrderError(f"the brand: {error}") from error
    except OSError as error:
        raise OrderError(f"the brand: {error.filename}: {error.strerror}") from error
    given = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return BrandFiles(given=given, files={given[name]: paths[name] for name in paths})


def row_pictures(
    row: Row,
    sheet_folder: Path,
    brand: Brand,
    files: BrandFiles,
    downloads: Downloads,
    folder: Path,
    sizes: Mapping[Aspect, tuple[int, int]],
) -> RowPictures:
    """The brand's files and the row's product, for each aspect in a frame of its size.

    A product without a picture that can be had gets a card with its name, and a warning. What is
    made lies in `folder`.
    """
    path, warnings = _product(row, sheet_folder, downloads)
    folder.mkdir(parents=True, exist_ok=True)
    given, paths = dict(files.given), dict(files.files)
    whole = None
    if path is not None:
        whole = open_still(path)
        given[PRODUCT] = hashlib.sha256(path.read_bytes()).hexdigest()
        paths[given[PRODUCT]] = path
    else:
        colours = brand.colours.model_dump()
        given[PRODUCT] = digest("stand-in", FRAMING, row.product, row.language, colours)
    made: dict[Aspect, dict[str, str]] = {}
    for aspect, size in sizes.items():
        picture = (
            framed(whole, size)
            if whole is not None
            else stand_in(row.product, row.language, size, **brand.colours.model_dump())
        )
        file = folder / f"{aspect.replace(':', 'x')}.png"
        picture.save(file, compress_level=1)
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        paths[sha256] = file
        made[aspect] = {**given, PRODUCT: sha256}
    return RowPictures(
        pictures=Pictures(given=given, framed=made, files=paths),
        found=whole is not None,
        warnings=warnings,
    )


def _product(row: Row, folder: Path, downloads: Downloads) -> tuple[Path | None, tuple[Fault, ...]]:
    """The product's picture, and what there is to say about it."""
    if row.image is None:
        return None, (_warning(row, "no picture", "give an address or a path"),)
    try:
        path, stale = _fetched(row.image, folder, downloads)
        check_still(path.read_bytes(), row.image.partition("?")[0])
    except (FetchFailed, MediaError, OrderError) as error:
        return None, (_warning(row, str(error), "give another address or path"),)
    except OSError as error:
        said = f"{row.image}: {error.strerror}"
        return None, (_warning(row, said, "put the picture beside the sheet"),)
    if stale:
        return path, (_warning(row, f"the picture fetched earlier is used: {stale}", "wait"),)
    return path, ()


def _warning(row: Row, said: str, remedy: str) -> Fault:
    drawn = "" if "earlier" in said else ", so a card with the product's name is drawn"
    return Fault(
        row=row.number,
        line=row.line,
        column="image",
        code="picture",
        message=f"{said}{drawn}",
        remedy=remedy,
    )


def _fetched(place: str, folder: Path, downloads: Downloads) -> tuple[Path, str]:
    """The file at an address or a path, and why it may not be the newest."""
    if "://" in place:
        fetched = downloads.fetch(place)
        return fetched.path, fetched.stale
    return _below(folder, place), ""


def _below(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise OrderError(f"{name} leads out of the folder {folder}; put the file itself there")
    return path
