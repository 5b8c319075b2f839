"""A production waits for people without a process, and a new one goes on from what they decided."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.manifest import Manifest
from tests.flows.runs import HOOFBEAT, run
from tests.review.browser import Tab
from tests.review.conftest import tab  # noqa: F401 - the browser the page is opened in
from tests.review.test_page import wait
from tests.review.test_review_page import look_at, press

SCRIPT = """Title: Late
Language: en

INT. ROOM - DAY

ANN
It is late, and we should go home.

INT. STREET - NIGHT

BEN
Then let us walk along the river.

INT. KITCHEN - DAY

ANN
The water is ready now, my dear.
"""
ENGINE = 'kind: animatic\naspects:\n  "9:16": {preview: [72, 128], render: [72, 128]}\n'
GATE = "name: seen\nattempts: 1\npeople: always\n"


@contextmanager
def _page(store: Path, environment: dict[str, str]) -> Iterator[str]:
    """`hoofbeat review` as a process of its own; its address."""
    command = [*HOOFBEAT, "review", "--store", str(store), "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.mark.slow
@pytest.mark.browser
def test_a_production_left_at_the_gate_is_finished_by_another_process(
    tab: Tab,  # noqa: F811
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    script, gate, vault = tmp_path / "late.fountain", tmp_path / "seen.yaml", tmp_path / "vault"
    script.write_text(SCRIPT, encoding="utf-8")
    gate.write_text(GATE)
    engine = tmp_path / "tiny.yaml"
    engine.write_text(ENGINE)
    order = ["produce", script, "--engine", engine, "--gate", gate, "--store", vault]
    environment |= {"HOOFBEAT_REVIEWER": "Anna"}

    evening = run(order, environment)
    assert evening.code == 3, evening.said
    assert (evening.count("preview", "made"), evening.count("render", "made")) == (3, 0)
    waiting = re.findall(r"waits for a person: (\S+) en, take (\w+)", evening.said)
    assert len(waiting) == 3
    assert _status(vault) == "waiting"

    with _page(vault, environment) as url:
        tab.complaints.clear()
        tab.window(1440, 900)
        tab.open(url)
        tab.ask("one('.production').click()")
        wait(tab, "typeof visible === 'function' && all('.card').length === 3")
        assert tab.ask("reviewer.value") == "Anna"
        approved, again, reworded = tab.ask("visible().map(card => card.dataset.job)")
        look_at(tab, approved)
        wait(tab, "one('.take video').readyState >= 1")
        press(tab, "a")
        wait(tab, f"cardOf({approved!r}).dataset.standing === 'approved'")
        look_at(tab, again)
        press(tab, "r")
        tab.ask("one('.noting textarea').value = 'eyes shut'; one('.noting').requestSubmit()")
        wait(tab, f"cardOf({again!r}).dataset.standing === 'to be remade'")
        look_at(tab, reworded)
        press(tab, "e")
        tab.ask("one('.editing textarea').value = 'Tea is ready now, my dear.'")
        tab.ask("one('.editing').requestSubmit()")
        wait(tab, f"cardOf({reworded!r}).dataset.standing === 'to be remade'")
        assert tab.complaints == []

        night = run(order, environment)
        assert night.code == 3, night.said
        assert (night.count("preview", "made"), night.count("render", "made")) == (2, 1)
        left = re.findall(r"waits for a person: (\S+) en, take (\w+)", night.said)
        assert len(left) == 2
        assert not {take for _, take in left} & {take for _, take in waiting}

        tab.open(url)
        tab.ask("one('.production').click()")
        wait(tab, "typeof visible === 'function' && all('.card').length === 3")
        left_jobs = tab.ask("visible().map(card => card.dataset.job)")
        assert len(left_jobs) == 2 and again in left_jobs and reworded not in left_jobs
        look_at(tab, again)
        assert "passed over" in tab.ask("desk.innerText")
        for job in left_jobs:
            look_at(tab, job)
            press(tab, "a")
            wait(tab, f"cardOf({job!r}).dataset.standing === 'approved'")
        tab.open("about:blank")

    morning = run(order, environment)
    assert morning.code == 0, morning.said
    assert (morning.count("preview", "made"), morning.count("render", "made")) == (0, 2)
    assert _status(vault) == "delivered"
    (path,) = vault.rglob("manifest.json")
    manifest = Manifest.model_validate_json(path.read_bytes())
    assert {shot.take[:12] for shot in manifest.shots} == {
        approved[:12],
        *(take for _, take in left),
    }
    assert {shot.approved_by for shot in manifest.shots} == {"Anna"}
    words = [line.text for shot in manifest.shots for line in shot.lines]
    assert words[2] == "Tea is ready now, my dear."
    assert script.read_text(encoding="utf-8") == SCRIPT
    previews = {path.parent.name for path in vault.rglob("preview.json")}
    renders = {path.parent.name for path in vault.rglob("render.json")}
    assert (len(previews), len(renders)) == (5, 3), "nothing was rendered that nobody approved"
    assert renders == {shot.take for shot in manifest.shots}

    assert (
        _asked(environment, "flow_runs/count", flow_runs={"state": {"name": {"any_": ["Waiting"]}}})
        == 2
    )
    (sheet,) = _asked(
        environment, "artifacts/latest/filter", artifacts={"key": {"any_": ["dailies"]}}
    )
    assert sheet["data"].count("| approved |") == 3, "Prefect's page shows the same sheet"


def _asked(environment: dict[str, str], path: str, **filters: object) -> Any:
    """What Prefect's server has on record."""
    request = urllib.request.Request(
        f"{environment['PREFECT_API_URL']}/{path}",
        data=json.dumps(filters).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def _status(vault: Path) -> str:
    (record,) = vault.rglob("production.json")
    return str(json.loads(record.read_bytes())["status"])
