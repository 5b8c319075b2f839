"""What this machine has, what is missing, and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from typing import Any, Literal

from engine import Card, EngineError, engine_names, open_engine, outlook
from flows import senses
from flows.settings import Settings
from media import MediaError, caption_font, tool
from storage import StoreError, open_store

Need = Literal["needed", "optional"]

ENOUGH_DISK_BYTES = 5 * 2**30
"""A ten-minute film in two languages with all its takes, and room to work."""
PINNED = {
    # Unpinned, Prefect does not start or its schedules never fire: docs/decisions/0002-pins.md.
    "prefect": "3.8.8",
    "fastapi": "<0.151",
    "sqlalchemy": "<2.1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at."""

    what: str
    fine: bool
    found: str
    """What there is, or what is wrong."""
    remedy: str = ""
    need: Need = "needed"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings, store: str) -> tuple[Finding, ...]:
    """Look at everything a production needs, without making anything."""
    return tuple(finding for look in _LOOKS for finding in look(settings, store))


def _python(_settings: Settings, _store: str) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(
        what="Python",
        fine=sys.version_info >= (3, 11),
        found=version,
        remedy="install Python 3.11 or newer",
    )


def _packages(_settings: Settings, _store: str) -> Iterator[Finding]:
    for name, wanted in PINNED.items():
        version = metadata.version(name)
        if wanted.startswith("<"):
            fine = _numbers(version) < _numbers(wanted[1:])
        else:
            fine = version == wanted
        yield Finding(
            what=name,
            fine=fine,
            found=f"{version} (wanted {wanted})",
            remedy=f"pip install '{name}{wanted if wanted[0] == '<' else '==' + wanted}'",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _machine(_settings: Settings, _store: str) -> Iterator[Finding]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding(
        what="cores and memory",
        fine=memory >= 2,
        found=f"{cores} cores, {memory:.0f} GB",
        remedy="2 GB of memory are needed for the engines of every day",
    )


def _torch(_settings: Settings, _store: str) -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        yield Finding(what="torch", fine=False, found=str(error), remedy="make install")
        return
    yield Finding(what="torch", fine=True, found=torch.__version__)
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    yield Finding(
        what="GPU",
        fine=bool(gpus),
        found=", ".join(gpus) or "none",
        remedy="only large engines need one; foal and the animatic run without",
        need="optional",
    )


def _media(_settings: Settings, _store: str) -> Iterator[Finding]:
    looks: dict[str, Callable[[], object]] = {
        "ffmpeg": lambda: tool("ffmpeg"),
        "ffprobe": lambda: tool("ffprobe"),
        "caption font": caption_font,
    }
    for what, look in looks.items():
        try:
            yield Finding(what=what, fine=True, found=str(look()))
        except MediaError as error:
            yield Finding(what=what, fine=False, found=str(error), remedy="make install")


def engines(settings: Settings) -> Iterator[Finding]:
    """Every engine of the house: what it serves, or what it lacks here.

    Those that productions and campaigns use unless told otherwise are needed; the others are as one
    likes.
    """
    everyday = {settings.engine, settings.campaign_engine}
    for name in engine_names():
        need: Need = "needed" if name in everyday else "optional"
        try:
            engine = open_engine(name, weights=settings.weights_folder)
        except EngineError as error:
            yield Finding(what=name, fine=False, found=str(error), need=need)
            continue
        served = engine.capabilities
        engine.close()
        yield Finding(
            what=name,
            fine=True,
            found=f"{', '.join(served.languages)}; {', '.join(served.aspects)}; "
            f"{float(served.shortest):g} to {float(served.longest):g} s",
            need=need,
        )


def _engines(settings: Settings, _store: str) -> Iterator[Finding]:
    for finding in engines(settings):
        yield replace(finding, what=f"engine {finding.what}")


def _large_engines(_settings: Settings, _store: str) -> Iterator[Finding]:
    """Memory and seconds of engines that need a card, whether or not their weights are here."""
    card = _card()
    for name in engine_names():
        about = outlook(name, card)
        if about:
            yield Finding(
                what=f"{name} on this machine",
                fine=card is not None,
                found="; ".join(about),
                need="optional",
            )


def _card() -> Card | None:
    """The first graphics card, if there is one."""
    try:
        import torch
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    first = torch.cuda.get_device_properties(0)
    return Card(name=first.name, memory_bytes=first.total_memory)


def _senses(settings: Settings, _store: str) -> Iterator[Finding]:
    """What the gate sees and hears with; without it, figures are absent and the policy decides."""
    for each in senses.examine(settings):
        yield Finding(
            what=each.what,
            fine=each.fine,
            found=each.found,
            remedy=each.remedy,
            need="optional",
        )


def _places(settings: Settings, store: str) -> Iterator[Finding]:
    try:
        opened = open_store(store)
        opened.check()
        yield Finding(what="vault", fine=True, found=opened.url)
    except StoreError as error:
        yield Finding(what="vault", fine=False, found=str(error), remedy="see docs/storage.md")
    home = settings.home
    nearest = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    yield Finding(
        what="scratch space",
        fine=free > ENOUGH_DISK_BYTES and os.access(nearest, os.W_OK),
        found=f"{free / 2**30:.0f} GB free in {home}",
        remedy="name a roomier place with HOOFBEAT_HOME",
    )


_LOOKS: tuple[Callable[[Settings, str], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _machine,
    _torch,
    _media,
    _engines,
    _large_engines,
    _senses,
    _places,
)


def row(finding: Finding) -> tuple[str, str, str]:
    """A line of `hoofbeat doctor`."""
    mark = "ok" if finding.fine else ("-" if finding.need == "optional" else "MISSING")
    remedy = "" if finding.fine or not finding.remedy else f" → {finding.remedy}"
    return mark, finding.what, finding.found + remedy


def engine_row(finding: Finding) -> tuple[str, str, str]:
    """A line of `hoofbeat engines`."""
    return finding.what, "ready" if finding.fine else "not here", finding.found
