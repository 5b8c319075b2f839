"""What a run makes of people's decisions: a real engine at a tenth of its size, without Prefect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.cutting import find_manifests
from flows.dailies.dailies import RunningSheet, find_sheet, markdown
from flows.dailies.decisions import Minutes
from flows.manifest import Manifest, ManifestShot
from flows.order import Order
from flows.planning import lay_out
from flows.prepare import Production
from flows.settings import Settings
from flows.shots import Chosen
from flows.steps import Steps
from flows.studio import Studio, open_studio
from flows.takes import Takes, make_takes
from flows.vault import keep_manifest
from review import DecidedAlready, Decision, LineEdit
from review.decisions import Kind
from storage import open_store

ENGINE = 'kind: animatic\naspects:\n  "9:16": {preview: [72, 128], render: [72, 128]}\n'
TALK = "Title: Talk\nLanguage: en\n\nINT. ROOM - DAY\n\nANN\nIt is late.\n[[de: Es ist spät.]]\n"


class PlainSteps(Steps):
    """The same steps, run as plain functions."""

    async def _run(self, work: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await work(*args, **kwargs)


@dataclass
class Evening:
    """One run after another over the same vault, as far as the renders."""

    order: Order
    settings: Settings

    def run(self, *, meanwhile: Callable[[Evening, str], None] | None = None) -> Takes:
        with self.open() as (studio, production):
            steps = PlainSteps(studio, production)
            sheet = RunningSheet(studio, production, {})
            if meanwhile is not None:
                _tell_of_previews(steps, lambda job: meanwhile(self, sheet.key(job)))
            minutes = Minutes(studio.vault.store, production.board.slug)
            titles = {name: job.title for name, job in production.jobs.items()}

            async def make() -> Takes:
                async with sheet.kept():
                    return await make_takes(steps, sheet, minutes, studio.policy, titles)

            self.takes = asyncio.run(make())
            self.keys = {job.title: sheet.key(name) for name, job in production.jobs.items()}
            self.names = {job.title: name for name, job in production.jobs.items()}
            self.markdown = markdown(sheet.dailies(minutes.read()))
            return self.takes

    def open(self) -> _Opened:
        return _Opened(self)

    @property
    def minutes(self) -> Minutes:
        return Minutes(open_store(self.order.store), "talk")

    def kept(self, title: str) -> Chosen | None:
        return self.takes.kept.get(self.names[title])

    def decide(
        self,
        kind: Kind,
        chosen: Chosen,
        *,
        job: str,
        number: int = 1,
        next_attempt: int = 0,
        preview: str | None = None,
    ) -> Decision:
        seen = next(file.sha256 for file in chosen.take.files if file.name == "preview.mp4")
        decision = Decision(
            job=job,
            number=number,
            kind=kind,
            take=chosen.take.key,
            attempt=chosen.attempt,
            preview=seen if preview is None else preview,
            next_attempt=next_attempt,
            note="too | dark",
            by="Anna",
            at=datetime.now(UTC),
        )
        self.minutes.decide(decision)
        return decision


class _Opened:
    """The studio and the work, opened as a run opens them."""

    def __init__(self, evening: Evening) -> None:
        self._evening = evening
        self._stack = ExitStack()

    def __enter__(self) -> tuple[Studio, Production]:
        studio = self._stack.enter_context(open_studio(self._evening.order, self._evening.settings))
        return studio, lay_out(self._evening.order, studio)

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _tell_of_previews(steps: Steps, told: Callable[[str], None]) -> None:
    """Call `told` once, when the first preview has been made."""
    plain, heard = steps.preview, []

    async def preview(job: str, attempt: int) -> Any:
        take = await plain(job, attempt)
        if not heard:
            heard.append(job)
            told(job)
        return take

    steps.preview = preview  # type: ignore[method-assign]


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    (tmp_path / "talk.fountain").write_text(TALK, encoding="utf-8")
    (tmp_path / "small.yaml").write_text(ENGINE, encoding="utf-8")
    gate = tmp_path / "gate.yaml"
    gate.write_text("name: seen\nattempts: 1\npeople: always\n")
    order = Order(
        script=tmp_path / "talk.fountain",
        languages=("en",),
        engine=str(tmp_path / "small.yaml"),
        gate=str(gate),
        store=str(tmp_path / "vault"),
    )
    yield Evening(order=order, settings=Settings(home=tmp_path / "home"))


EN = "int-room-day-01 en"


def test_only_what_was_approved_is_rendered_and_it_is_that_very_take(evening: Evening) -> None:
    first = evening.run()
    assert not first.kept and not first.failed
    (waiting,) = first.waiting.values()
    assert not waiting.take.rendered
    job = evening.keys[EN]
    evening.decide("retry", waiting, job=job, next_attempt=waiting.attempt + 1)

    (second,) = evening.run().waiting.values()
    assert second.take.key != waiting.take.key and second.take.seed != waiting.take.seed
    assert "to be remade" not in evening.markdown and "**waiting**" in evening.markdown
    assert "too \\| dark" in evening.markdown, "a note does not break the table"

    evening.decide("approve", waiting, job=job, number=2)
    evening.run()
    kept = evening.kept(EN)
    assert kept is not None and kept.take.rendered
    assert kept.take.key == waiting.take.key, "one that had been passed over may be approved"
    assert kept.approved is not None and kept.approved.by == "Anna"
    sheet = find_sheet_of(evening)
    assert [each.take for each in sheet.shots[0].takes] == [waiting.take.key, second.take.key]
    assert sheet.shots[0].stage == "rendered"


def find_sheet_of(evening: Evening) -> Any:
    with evening.open() as (studio, production):
        found = find_sheet(studio.vault, "talk", production.version)
        assert found is not None
        return found


def test_a_take_that_was_lost_and_made_anew_is_not_the_one_approved(evening: Evening) -> None:
    (waiting,) = evening.run().waiting.values()
    evening.decide("approve", waiting, job=evening.keys[EN], preview="0" * 64)
    again = evening.run()
    assert not again.kept and next(iter(again.waiting.values())).take.key == waiting.take.key


def test_a_rejected_shot_fails_or_is_left_out_as_the_policy_says(evening: Evening) -> None:
    (waiting,) = evening.run().waiting.values()
    evening.decide("reject", waiting, job=evening.keys[EN])
    assert list(evening.run().failed.values()) == ["rejected by Anna: too | dark"]
    gate = Path(evening.order.gate)
    gate.write_text(gate.read_text() + "on_exhausted: best\n")
    assert list(evening.run().failed.values()) == ["rejected by Anna: too | dark"], (
        "the best there is was what was rejected"
    )
    gate.write_text(gate.read_text().replace("best", "skip"))
    left = evening.run()
    assert not (left.failed or left.kept or left.waiting)


def test_what_people_decide_while_previews_are_made_is_followed_at_once(evening: Evening) -> None:
    def approve(evening: Evening, job: str) -> None:
        with evening.open() as (studio, production):
            (found,) = production.jobs.values()
            from flows.shots import gate, preview

            take = preview(studio, production, found, 0)
            chosen = Chosen(attempt=0, take=take, verdict=gate(studio, production, found, 0, take))
        evening.decide("approve", chosen, job=job)

    takes = evening.run(meanwhile=approve)
    assert not takes.waiting
    (kept,) = takes.kept.values()
    assert kept.take.rendered and kept.approved is not None


def test_no_person_is_asked_where_the_policy_asks_none_or_nothing_is_doubtful(
    evening: Evening,
) -> None:
    gate = Path(evening.order.gate)
    gate.write_text("name: seen\npeople: doubtful\n")
    assert evening.run().kept
    gate.write_text(
        "name: seen\npeople: doubtful\nspeech:\n  loudness: {pass: {min: -1}, human: {min: -60}}\n"
    )
    assert evening.run().waiting
    gate.write_text(gate.read_text().replace("doubtful", "never"))
    assert evening.run().kept


def test_new_words_remake_the_shots_of_their_language_alone(evening: Evening) -> None:
    evening.order = evening.order.model_copy(update={"languages": ("en", "de-DE")})
    Path(evening.order.gate).write_text("name: seen\n")
    before = {chosen.take.key for chosen in evening.run().kept.values()}
    assert len(before) == 2
    with evening.open() as (_, production):
        version = production.version
        (line,) = production.board.spoken_lines()
    evening.minutes.reword(
        LineEdit(
            line=line.id,
            language="de-DE",
            number=1,
            was="Es ist spät.",
            text="Es ist schon spät.",
            by="Ben",
            at=datetime.now(UTC),
        )
    )
    after = {chosen.take.key for chosen in evening.run().kept.values()}
    assert len(before & after) == 1
    with evening.open() as (_, production):
        assert production.version == version, "it is the same film, in the same place"
        (line,) = production.board.spoken_lines()
        assert line.text == {"en": "It is late.", "de-DE": "Es ist schon spät."}
        assert production.script.spoken_lines()[0].text["de-DE"] == "Es ist spät."

    evening.order.script.write_text(TALK.replace("Es ist spät", "Es ist Nacht"), encoding="utf-8")
    with evening.open() as (_, production):
        assert production.board.spoken_lines()[0].text["de-DE"] == "Es ist Nacht."
        assert any("Ben reworded" in notice.message for notice in production.notices)


def test_a_film_stands_only_as_long_as_people_let_it(evening: Evening) -> None:
    (waiting,) = evening.run().waiting.values()
    job = evening.keys[EN]
    evening.decide("approve", waiting, job=job)
    with evening.open() as (studio, production):
        keep_manifest(studio.vault, _manifest(production, waiting, by="Anna"))

        def stands() -> bool:
            return bool(find_manifests(studio, production, evening.minutes.read()))

        assert stands()
        evening.decide("reject", waiting, job=job, number=2)
        assert not stands()
        evening.decide("undo", waiting, job=job, number=3)
        assert stands()
        evening.decide("retry", waiting, job=job, number=4, next_attempt=1)
        assert not stands()
        evening.decide("undo", waiting, job=job, number=5)
        evening.decide("undo", waiting, job=job, number=6)
        assert not stands(), "its approval was taken back"


def _manifest(production: Production, chosen: Chosen, *, by: str) -> Manifest:
    (shot,) = production.sheets["en"].shots
    used = ManifestShot(
        shot=shot.id,
        scene=shot.scene,
        take=chosen.take.key,
        start=0,
        seconds=shot.used,
        framing=shot.framing,
        action=shot.action,
        lines=(),
        seed=chosen.take.seed,
        tries=1,
        engine_seconds=1.0,
        outcome="pass",
        approved_by=by,
    )
    return Manifest(
        slug="talk",
        version=production.version,
        title="Talk",
        language="en",
        aspect="9:16",
        engine="animatic",
        fingerprint="f",
        delivery="social",
        gate="seen",
        created="2026-11-25T12:00:00+00:00",
        seconds=5,
        frame_rate=25,
        size=(180, 320),
        loudness_lufs=None,
        true_peak_dbtp=None,
        label="",
        takes=(chosen.take.key,),
        files=(),
        captions=(),
        shots=(used,),
    )


def test_of_any_number_who_decide_at_once_one_is_written(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    minutes = Minutes(open_store(str(tmp_path)), "talk")

    def decide(who: int) -> str:
        decision = Decision(
            job="ab" * 32,
            number=1,
            kind="approve",
            take="cd" * 32,
            attempt=0,
            preview="",
            by=f"person {who}",
            at=datetime.now(UTC),
        )
        try:
            minutes.decide(decision)
        except DecidedAlready as error:
            return error.by
        return f"person {who}"

    with ThreadPoolExecutor(8) as people:
        told = set(people.map(decide, range(8)))
    (written,) = minutes.read().decisions["ab" * 32]
    assert told == {written.by}, "everybody else hears who it was"
