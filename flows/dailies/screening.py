"""The desk of the review page and of `hoofbeat approve`: a vault, as people decide on it.

Reads what runs have written and adds decisions; nothing else in the vault is touched.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from flows import vault
from flows.dailies.dailies import find_sheet
from flows.dailies.decisions import Minutes
from flows.settings import Settings
from flows.studio import working_folder
from flows.vault import Vault, open_vault
from review import (
    Dailies,
    Decision,
    DecisionRefused,
    EditWish,
    LineEdit,
    Look,
    Sheet,
    Verdict,
    Wish,
)
from review.desk import Shown
from storage import AssetMissing, DigestMismatch, take_key_prefix
from storyboard.letters import speakable
from storyboard.request import Take

T = TypeVar("T")

FRESH_S = 1.0
"""How long what was read of a production is shown without asking the vault again; ten times as
long as the reading took, where that is longer."""
ROOM = 1 << 30
"""Bytes of media that are kept on this machine while the page is open."""


@contextmanager
def open_screening(store: str, settings: Settings) -> Iterator[Screening]:
    with (
        open_vault(store, settings, writing=False) as kept,
        working_folder(settings.scratch) as folder,
    ):
        media = folder / "media"
        media.mkdir()
        yield Screening(kept, media)


class Screening:
    """A `review.desk.Desk` over a vault; media lie in `folder` as long as they are looked at."""

    def __init__(self, kept: Vault, folder: Path) -> None:
        self._vault = kept
        self._folder = folder
        self._minutes_of: dict[str, Minutes] = {}
        self._read: dict[tuple[str, ...], tuple[float, object]] = {}
        self._lock = threading.Lock()
        self._fetching: dict[Path, threading.Lock] = {}

    def productions(self) -> Sequence[Dailies]:
        return self._fresh(("",), self._productions)

    def dailies(self, slug: str, version: str) -> Dailies | None:
        return self._fresh((slug, version), lambda: self._dailies(slug, version))

    def verdict(self, take: str) -> Verdict | None:
        return vault.find_verdict(self._vault, take)

    def take(self, take: str) -> Take | None:
        return vault.find_take(self._vault, take)

    def media(self, take: str, name: Shown) -> Path | None:
        record = self.take(take)
        file = next((each for each in record.files if each.name == name), None) if record else None
        if file is None:
            return None
        path = self._folder / f"{file.sha256}{Path(name).suffix}"
        with self._lock:
            fetching = self._fetching.setdefault(path, threading.Lock())
        with fetching:
            if not path.exists():
                self._make_room(file.size)
                try:
                    key = f"{take_key_prefix(take)}{name}"
                    self._vault.store.fetch(key, path, sha256=file.sha256)
                except (AssetMissing, DigestMismatch):
                    return None
        return path

    def decide(self, slug: str, version: str, wish: Wish, *, by: str) -> Decision:
        look = self._looked_at(slug, version, wish.job)
        asked = look.shot.take(wish.take)
        if asked is None:
            raise DecisionRefused("this take is none of the shot's; look at the page anew")
        if wish.kind == "undo" and look.ruling.last is None:
            raise DecisionRefused("there is no decision about this shot to take back")
        preview = self._seen(wish.take)
        if wish.kind == "approve" and not preview:
            raise DecisionRefused("the preview of this take is gone; run the production again")
        if wish.seen > look.ruling.seen:
            raise DecisionRefused("nobody has seen so many decisions about this shot")
        decision = Decision(
            job=wish.job,
            number=wish.seen + 1,
            kind=wish.kind,
            take=wish.take,
            attempt=asked.attempt,
            preview=preview,
            next_attempt=look.next_attempt if wish.kind == "retry" else 0,
            note=wish.note,
            by=by,
            at=datetime.now(UTC),
        )
        self._minutes(slug).decide(decision)
        self._forget(slug, version)
        return decision

    def reword(self, slug: str, version: str, wish: EditWish, *, by: str) -> LineEdit:
        dailies = self._dailies(slug, version)
        lines = [
            line
            for shot in (dailies.sheet.shots if dailies else ())
            for line in shot.lines
            if shot.language == wish.language and line.line == wish.line
        ]
        if dailies is None or not lines:
            raise DecisionRefused("there is no such line in this language; look at the page anew")
        if not speakable(wish.text):
            raise DecisionRefused("there is nothing to speak in these words")
        if wish.seen > len(dailies.edits.get((wish.line, wish.language), ())):
            raise DecisionRefused("nobody has seen so many edits of this line")
        edit = LineEdit(
            line=wish.line,
            language=wish.language,
            number=wish.seen + 1,
            was=lines[0].script,
            text=wish.text,
            note=wish.note,
            by=by,
            at=datetime.now(UTC),
        )
        self._minutes(slug).reword(edit)
        self._forget(slug, version)
        return edit

    def _seen(self, take: str) -> str:
        """sha256 of the preview that a person sees of this take; nothing where there is none."""
        record = self.take(take)
        files = record.files if record is not None else ()
        return next((file.sha256 for file in files if file.name == "preview.mp4"), "")

    def _looked_at(self, slug: str, version: str, job: str) -> Look:
        """The shot as it is this moment, not as it was read a moment ago."""
        dailies = self._dailies(slug, version)
        look = dailies.look(job) if dailies else None
        if look is None:
            raise DecisionRefused("this shot is not on the sheet any more; look at the page anew")
        return look

    def _productions(self) -> Sequence[Dailies]:
        newest: dict[str, Sheet] = {}
        for key in self._vault.store.keys("productions/"):
            folder, _, name = key.rpartition("/")
            if name != "dailies.json":
                continue
            slug, version = folder.split("/")[-2:]
            sheet = find_sheet(self._vault, slug, version)
            if sheet is not None and (slug not in newest or newest[slug].at < sheet.at):
                newest[slug] = sheet
        found = [self._decided(sheet) for sheet in newest.values()]
        found.sort(key=lambda dailies: dailies.sheet.at, reverse=True)
        return sorted(found, key=lambda dailies: not any(look.wanted for look in dailies.looks))

    def _dailies(self, slug: str, version: str) -> Dailies | None:
        sheet = find_sheet(self._vault, slug, version)
        return None if sheet is None else self._decided(sheet)

    def _decided(self, sheet: Sheet) -> Dailies:
        decided = self._minutes(sheet.slug).read()
        return Dailies(sheet=sheet, decisions=decided.decisions, edits=decided.edits)

    def _minutes(self, slug: str) -> Minutes:
        with self._lock:
            return self._minutes_of.setdefault(slug, Minutes(self._vault.store, slug))

    def _fresh(self, name: tuple[str, ...], read: Callable[[], T]) -> T:
        """What `read` gave a moment ago, or gives now."""
        began = time.monotonic()
        with self._lock:
            until, known = self._read.get(name, (0.0, None))
        if known is not None and began < until:
            return known  # type: ignore[return-value]
        found = read()
        now = time.monotonic()
        with self._lock:
            self._read[name] = (now + max(FRESH_S, 10 * (now - began)), found)
        return found

    def _forget(self, slug: str, version: str) -> None:
        with self._lock:
            self._read.pop((slug, version), None)
            self._read.pop(("",), None)

    def _make_room(self, size: int) -> None:
        """Let go of what was longest not looked for; who is reading it keeps it open."""
        # Hidden ones are on their way in, and gone under that name at any moment.
        there = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        files = sorted(there, key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in files)
        for path in files:
            if total + size <= ROOM:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)
