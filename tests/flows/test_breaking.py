"""A production on an engine that breaks three of ten previews: none of them is in the film."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.breaking import BreakingSettings, fate
from flows.manifest import Manifest
from flows.order import Order
from flows.prepare import Production, prepare
from flows.settings import Settings
from flows.studio import open_studio
from review import Choice
from storyboard.request import take_key
from tests.flows.conftest import ENGINE
from tests.flows.runs import Run, run

LINES = (
    "The water is ready now.",
    "Then we should drink the tea.",
    "Who left the window open?",
    "It was open when I came home.",
    "You never close a window.",
    "I close every window I open.",
    "Then there must be a ghost.",
    "It is a ghost that likes tea.",
)
SEED = 136
"""With which some shots break once, one twice, and one attempt is not made at all."""


@dataclass(frozen=True)
class Made:
    run: Run
    vault: Path
    calls: list[dict[str, object]]
    choices: dict[str, Choice]
    production: Production
    fingerprint: str
    settings: BreakingSettings

    def broken(self, job: str, attempt: int) -> str | None:
        request = self.production.request(self.production.jobs[job], attempt)
        return fate(request.seed, self.settings)[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Iterator[Made]:
    import os

    folder = tmp_path_factory.mktemp("broken")
    scenes = [
        f"INT. ROOM {number} - DAY\n\n{'ANNA' if number % 2 else 'BEN'}\n{line}\n"
        for number, line in enumerate(LINES, 1)
    ]
    script = folder / "ghost.fountain"
    script.write_text("Title: The Ghost\nLanguage: en\n\n" + "\n".join(scenes))
    (folder / "small.yaml").write_text(ENGINE)
    log, engine, vault = folder / "calls.jsonl", folder / "breaking.yaml", folder / "vault"
    engine.write_text(
        f"kind: breaking\nengine: {folder}/small.yaml\nshare: 0.3\nseed: {SEED}\nlog: {log}\n"
    )
    home = folder / "home"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "PREFECT_API_URL": prefect_server,
        "HOOFBEAT_HOME": str(home),
        "COLUMNS": "200",
    }
    done = run(["produce", script, "--engine", engine, "--store", vault], environment)
    assert done.code == 0, done.said
    order = Order(script=script, engine=str(engine), store=str(vault))
    with open_studio(order, Settings(home=home)) as studio:
        production = prepare(order, studio.engine.capabilities, studio.settings_digest)
        fingerprint = studio.engine.fingerprint
    found = (Choice.model_validate_json(p.read_bytes()) for p in vault.rglob("choice.json"))
    yield Made(
        run=done,
        vault=vault,
        calls=[json.loads(line) for line in log.read_text().splitlines()],
        choices={choice.job: choice for choice in found},
        production=production,
        fingerprint=fingerprint,
        settings=BreakingSettings(engine="", share=0.3, seed=SEED),
    )


@pytest.mark.slow
def test_no_broken_take_is_rendered_or_in_the_film(made: Made) -> None:
    renders = [call for call in made.calls if call["call"] == "render"]
    assert len(renders) == len(LINES) == len(made.choices)
    assert all(call["broken"] is None for call in renders)
    (path,) = made.vault.rglob("manifest.json")
    film = Manifest.model_validate_json(path.read_bytes())
    assert set(film.takes) == {call["take"] for call in renders}
    assert {shot.outcome for shot in film.shots} == {"pass"}


@pytest.mark.slow
def test_the_engine_is_called_as_often_as_takes_break_and_no_more(made: Made) -> None:
    """One preview for every attempt up to the first unbroken one; one that the engine fails to
    make is tried three times, in case it was not the seed."""
    expected: Counter[str] = Counter()
    tries = {}
    for name, job in made.production.jobs.items():
        attempt = 0
        while True:
            request = made.production.request(job, attempt)
            how = made.broken(name, attempt)
            expected[take_key(request, made.fingerprint)] = 3 if how == "fails" else 1
            attempt += 1
            if how is None:
                break
        tries[take_key(made.production.request(job, 0), made.fingerprint)] = attempt
    previews = Counter(str(call["take"]) for call in made.calls if call["call"] == "preview")
    assert previews == expected
    assert {key: len(c.candidates) + len(c.unmade) for key, c in made.choices.items()} == tries
    assert max(tries.values()) >= 3, "some shot needs a third attempt"
    assert any(choice.unmade for choice in made.choices.values())


@pytest.mark.slow
def test_the_gate_stopped_what_broke_and_passed_what_did_not(made: Made) -> None:
    for name, job in made.production.jobs.items():
        key = take_key(made.production.request(job, 0), made.fingerprint)
        for each in made.choices[key].candidates:
            assert (each.outcome == "pass") == (made.broken(name, each.attempt) is None), each
        assert len({each.seed for each in made.choices[key].candidates}) == len(
            made.choices[key].candidates
        )


@pytest.mark.slow
def test_the_run_and_its_report_say_what_was_tried_again(made: Made) -> None:
    again = [
        choice.shot
        for choice in made.choices.values()
        if choice.unmade or any(each.outcome != "pass" for each in choice.candidates)
    ]
    assert again
    (path,) = made.vault.rglob("gate.md")
    report = path.read_text()
    for shot in again:
        assert shot in made.run.said
        assert shot in report
    assert f"not all passed of {len(again)}: " in made.run.said
    environment = {"HOOFBEAT_HOME": str(made.vault.parent / "home")}
    import os

    said = run(
        ["gate", "report", "the-ghost", "--store", made.vault], os.environ | environment
    ).said
    assert said == report
