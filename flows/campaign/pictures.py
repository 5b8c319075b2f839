"""A row's files: fetched or found, checked, and made into what engines and cards want."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import __version__ as pillow
from PIL.Image import Image

from flows.errors import OrderError, TakeLost
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
    *,
    known: Path,
) -> RowPictures:
    """The brand's files and the row's product, for each aspect in a frame of its size.

    A product without a picture that can be had gets a card with its name, and a warning. What is
    made lies in `folder`; `known` is a folder of notes that lasts longer (`FramedFiles`).
    """
    path, warnings = _product(row, sheet_folder, downloads)
    folder.mkdir(parents=True, exist_ok=True)
    given, paths = dict(files.given), dict(files.files)
    colours = brand.colours.model_dump()
    if path is not None:
        given[PRODUCT] = hashlib.sha256(path.read_bytes()).hexdigest()
        paths[given[PRODUCT]] = path
    else:
        given[PRODUCT] = digest("stand-in", row.product, row.language, colours)

    def draw(size: tuple[int, int]) -> Image:
        if path is not None:
            return framed(open_still(path), size)
        return stand_in(row.product, row.language, size, **colours)

    lazy = FramedFiles(paths)
    made: dict[Aspect, dict[str, str]] = {}
    for aspect, size in sizes.items():
        file = folder / f"{aspect.replace(':', 'x')}.png"
        note = known / digest(given[PRODUCT], list(size), FRAMING, pillow)
        sha256 = lazy.framed(note, file, partial(draw, size))
        made[aspect] = {**given, PRODUCT: sha256}
    return RowPictures(
        pictures=Pictures(given=given, framed=made, files=lazy),
        found=path is not None,
        warnings=warnings,
    )


class FramedFiles(Mapping[str, Path]):
    """Files by their sha256, of which some are drawn only when somebody asks for them.

    What a picture's bytes come to is noted the first time it is drawn, so that a row of which
    everything has been made costs no drawing at all.
    """

    def __init__(self, there: Mapping[str, Path]) -> None:
        self._there = dict(there)
        self._drawn: dict[str, tuple[Path, Path, Callable[[], Image]]] = {}
        self._lock = threading.Lock()

    def framed(self, note: Path, file: Path, draw: Callable[[], Image]) -> str:
        """The sha256 of the picture that `draw` makes, from its note or from drawing it now."""
        try:
            sha256 = note.read_text(encoding="ascii")
            self._drawn[sha256] = note, file, draw
        except (OSError, UnicodeDecodeError):
            sha256 = _draw(note, file, draw)
            self._there[sha256] = file
        return sha256

    def __getitem__(self, sha256: str) -> Path:
        with self._lock:
            if sha256 not in self._there:
                note, file, draw = self._drawn[sha256]
                if _draw(note, file, draw) != sha256:
                    raise TakeLost(f"{file.name} came out other than before; run again")
                self._there[sha256] = file
        return self._there[sha256]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._there, **self._drawn})

    def __len__(self) -> int:
        return len({**self._there, **self._drawn})


def _draw(note: Path, file: Path, draw: Callable[[], Image]) -> str:
    draw().save(file, compress_level=1)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    note.parent.mkdir(parents=True, exist_ok=True)
    part = note.with_name(f".{note.name}.{os.getpid()}")
    part.write_text(sha256, encoding="ascii")
    part.replace(note)
    return sha256


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
    return row.fault(
        "image",
        "picture",
        f"{said}{drawn}",
        remedy,
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
