"""The sheet of a run: which shots there are, which takes were made of each, how far each has come.

It lies in the vault as dailies.json and is kept up to date while the run goes on, for the people
who look at it meanwhile. A run that comes later begins with the takes of the ones before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from flows import vault
from flows.dailies.decisions import Decided
from flows.manifest import Manifest
from flows.prepare import Cut, Job, Production
from flows.shots import Chosen, job_key
from flows.studio import Studio
from flows.vault import Vault
from review import (
    Dailies,
    Look,
    Sheet,
    SheetLine,
    SheetScene,
    SheetShot,
    Stage,
    candidate,
)
from review.dailies import Run
from storage import StoreError, sheet_key
from storyboard.board import Line

_log = logging.getLogger(__name__)

EVERY_S = 2.0
"""Between two writings; longer where writing takes long, so that it is never what a run does."""


class RunningSheet:
    """The sheet of one run. Its methods are called in the event loop's thread alone."""

    def __init__(
        self, studio: Studio, production: Production, delivered: Mapping[Cut, Manifest]
    ) -> None:
        self._studio = studio
        self._production = production
        self._began = datetime.now(UTC)
        self._changed = asyncio.Event()
        self.status: Run = "running"
        former = find_sheet(studio.vault, production.board.slug, production.version)
        known = {shot.job: shot for shot in former.shots} if former else {}
        self._keys = {
            name: job_key(studio, production, job) for name, job in production.jobs.items()
        }
        self._shots = {
            name: _carried_over(row, known.get(row.job), studio.vault)
            for name, row in _rows(production, self._keys)
        }
        for film, manifest in delivered.items():
            for shot in manifest.shots:
                if (film, shot.shot) in production.parts:  # a card is nobody's to choose
                    self.set(production.parts[film, shot.shot], "rendered", kept=shot.take)
            for left_out in manifest.omitted:
                self.set(production.parts[film, left_out], "skipped")

    def key(self, job: str) -> str:
        """What people's decisions call the job of that name."""
        return self._keys[job]

    def tried(self, job: str, chosen: Chosen) -> None:
        """Add a take that was judged, in place of what was known of the same one."""
        shot = self._shots[job]
        new = candidate(chosen.attempt, chosen.take, chosen.verdict)
        others = [each for each in shot.takes if each.take != new.take]
        takes = tuple(sorted((*others, new), key=lambda each: each.attempt))
        self._shots[job] = shot.model_copy(update={"takes": takes})
        self._changed.set()

    def set(self, job: str, stage: Stage, *, kept: str | None = None, reason: str = "") -> None:
        update = {"stage": stage, "kept": kept, "reason": reason}
        self._shots[job] = self._shots[job].model_copy(update=update)
        self._changed.set()

    def look(self, job: str, decided: Decided) -> Look:
        """A shot as people see it who know what has been decided."""
        return self._dailies([self._shots[job]], decided).looks[0]

    def dailies(self, decided: Decided) -> Dailies:
        return self._dailies(self._shots.values(), decided)

    def sheet(self) -> Sheet:
        return self._sheet(self._shots.values())

    def _dailies(self, shots: Iterable[SheetShot], decided: Decided) -> Dailies:
        sheet = self._sheet(shots)
        return Dailies(sheet=sheet, decisions=decided.decisions, edits=decided.edits)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Write the sheet now, while the work inside goes on, and at its end."""
        await asyncio.to_thread(self._write, self.sheet())
        pen = asyncio.create_task(self._keep_up())
        try:
            yield
        except BaseException:
            self.status = "stopped"
            raise
        finally:
            pen.cancel()
            with suppress(asyncio.CancelledError):
                await pen
            # Not in a thread: a run that is being stopped may have none left to give.
            self._write(self.sheet())

    async def _keep_up(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = time.monotonic()
            await asyncio.to_thread(self._write, self.sheet())
            await asyncio.sleep(max(EVERY_S, 20 * (time.monotonic() - began)))

    def _write(self, sheet: Sheet) -> None:
        """A sheet that cannot be written stops no film; what it says is in the vault elsewhere."""
        try:
            self._studio.vault.store.put(
                sheet_key(sheet.slug, sheet.version), sheet.model_dump_json().encode()
            )
        except StoreError as error:
            _log.warning("the dailies were not written: %s", error)

    def _sheet(self, shots: Iterable[SheetShot]) -> Sheet:
        production, policy = self._production, self._studio.policy
        return Sheet(
            slug=production.board.slug,
            version=production.version,
            title=production.board.title,
            language=production.board.language,
            engine=self._studio.engine.capabilities.engine,
            policy=policy.name,
            people=policy.people,
            status=self.status,
            began=self._began,
            at=datetime.now(UTC),
            scenes=tuple(
                SheetScene(id=scene.id, heading=scene.heading) for scene in production.board.scenes
            ),
            shots=tuple(shots),
        )


def find_sheet(kept: Vault, slug: str, version: str) -> Sheet | None:
    return vault.read_document(kept, sheet_key(slug, version), Sheet)


def markdown(dailies: Dailies) -> str:
    """The contact sheet in words, for Prefect's page: what wants a person first."""
    sheet = dailies.sheet
    counts = ", ".join(f"{count} {standing}" for standing, count in dailies.counts().items())
    rows = [
        f"# {sheet.title}: dailies",
        "",
        counts,
        "",
        "| Shot | Language | Frame | Standing | Take | Score | Previews | Why |",
        "| --- | --- | --- | --- | --- | ---: | ---: | --- |",
    ]
    for look in sorted(dailies.looks, key=lambda look: not look.wanted):
        rows.append(f"| {' | '.join(_cells(look))} |")
    return "\n".join(rows)


def _cells(look: Look) -> Iterator[str]:
    shot, chosen = look.shot, look.chosen
    yield shot.shot
    yield shot.language or "all"
    yield shot.aspect
    yield f"**{look.standing}**" if look.wanted else look.standing
    yield f"`{chosen.take[:12]}`" if chosen else ""
    yield f"{chosen.score:.2f}" if chosen else ""
    yield str(len(shot.takes))
    last = look.history[-1] if look.history else None
    said = f"{last.kind} by {last.by}" + (f": {last.note}" if last.note else "") if last else ""
    why = said or shot.reason or (chosen.reasons[0] if chosen and chosen.reasons else "")
    # Names and notes are people's words: no bar, line end or markup of theirs may shape the table.
    yield "".join(f"\\{c}" if c in r"\`*_{}[]()<>#|!" else c for c in " ".join(why.split()))


def _carried_over(row: SheetShot, former: SheetShot | None, kept: Vault) -> SheetShot:
    """With the takes of earlier runs: of this version's, or, in the first, of the gate's record."""
    if former is not None:
        return row.model_copy(update={"takes": former.takes})
    choice = vault.find_choice(kept, row.job)
    return row if choice is None else row.model_copy(update={"takes": choice.candidates})


def _rows(production: Production, keys: Mapping[str, str]) -> Iterator[tuple[str, SheetShot]]:
    """Every job's row by the name of the job, in screen order."""
    users: dict[str, list[str]] = {}
    for (film, _), name in production.parts.items():
        users.setdefault(name, [])
        if film[0] not in users[name]:
            users[name].append(film[0])
    place = {shot.id: index for index, shot in enumerate(production.board.shots())}
    order = sorted(production.jobs, key=lambda name: place[production.jobs[name].shot.shots[0]])
    lines = {line.id: line for shot in production.script.shots() for line in shot.lines}
    spoken = {line.id: line for shot in production.board.shots() for line in shot.lines}
    for name in order:
        yield name, _row(production, production.jobs[name], keys[name], users[name], lines, spoken)


def _row(
    production: Production,
    job: Job,
    key: str,
    languages: Iterable[str],
    script: Mapping[str, Line],
    spoken: Mapping[str, Line],
) -> SheetShot:
    shot, own = job.shot, production.board.language
    names = {character.id: character.name for character in production.board.characters}
    return SheetShot(
        job=key,
        shot=shot.id,
        scene=shot.scene,
        language=job.language if shot.lines else None,
        languages=tuple(languages),
        aspect=job.aspect,
        framing=shot.framing,
        action=shot.action,
        seconds=shot.seconds,
        lines=tuple(
            SheetLine(
                line=each.line,
                part=each.part,
                speaker=names[each.speaker],
                text=each.text,
                whole=spoken[each.line].text[job.language],
                script=script[each.line].text.get(job.language, ""),
                original=script[each.line].text.get(own, "") if job.language != own else "",
                delivery=each.delivery,
                heard_only=each.heard_only,
            )
            for each in shot.lines
        ),
    )
