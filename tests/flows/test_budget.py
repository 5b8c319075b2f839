"""A cap reached in the middle of a production: counted engine calls, real engine, real Prefect."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from storage import Store, open_store
from tests.flows.runs import run


def _calls(store: Store) -> tuple[int, float]:
    """Engine calls and engine time of all runs, by their statements."""
    said = [json.loads(store.read(key)) for key in store.keys("ledger/runs/")]
    return sum(each["calls"] for each in said), sum(each["seconds"] for each in said)


def _made(store: Store) -> tuple[int, float]:
    """The same by what lies in the vault: every take's preview, every take's render."""
    records = [
        (key.rpartition("/")[2].removesuffix(".json"), json.loads(store.read(key)))
        for key in store.keys("takes/")
        if key.endswith(("/preview.json", "/render.json"))
    ]
    return len(records), sum(take["engine_seconds"][stage] for stage, take in records)


def _production(store: Store) -> dict[str, Any]:
    (key,) = (key for key in store.keys("productions/") if key.endswith("/production.json"))
    found: dict[str, Any] = json.loads(store.read(key))
    return found


DEAR = (
    'kind: animatic\naspects:\n  "9:16": {preview: [128, 224], render: [180, 320]}\n'
    "parallel: 1\npreview_cost: 100\nrender_cost: 0.01\n"
)
"""One call at a time, each preview reckoned at 5 x 100 s: of a budget of a little more the first
is paid, and the second cannot be."""


@pytest.mark.slow
def test_no_engine_call_follows_the_cap_and_everything_before_it_is_kept(
    script: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    engine = tmp_path / "dear.yaml"
    engine.write_text(DEAR)
    store = open_store(str(tmp_path / "vault"))
    order = ["produce", script, "--engine", engine, "--store", tmp_path / "vault"]
    stopped = run([*order, "--budget-seconds", "500.1"], environment)
    assert stopped.code == 5, stopped.said
    assert "is reached" in stopped.said and "en 9:16" in stopped.said
    assert stopped.count("preview", "made") == 1
    assert _calls(store) == pytest.approx(_made(store), abs=0.01)
    assert _calls(store)[0] == 1
    assert not list(store.keys("runs/")), "nobody is at work any more"
    production = _production(store)
    assert production["status"] == "out of budget"
    assert production["spent"]["seconds"] == pytest.approx(_calls(store)[1], abs=0.01)

    month = environment | {"HOOFBEAT_MONTH_BUDGET_SECONDS": "1"}
    refused = run(order, month)
    assert refused.code == 5, refused.said
    assert re.search(r"the budget of \d{4}-\d\d", refused.said), refused.said
    assert _calls(store)[0] == 1, "a run that may spend nothing makes no call"

    whole = run(order, environment)
    assert whole.code == 0, whole.said
    assert (whole.count("preview", "found"), whole.count("preview", "made")) == (1, 4)
    assert _calls(store) == pytest.approx(_made(store), abs=0.01)
    assert _calls(store)[0] == 10
    assert _production(store)["spent"]["seconds"] == pytest.approx(_calls(store)[1], abs=0.01)
    said = run(["status", "--store", tmp_path / "vault"], environment).said
    told = re.search(r"([\d.]+) s of engine time", said)
    assert told, said
    assert float(told.group(1)) == pytest.approx(_calls(store)[1], abs=0.06)

    free = run([*order, "--budget-seconds", "0"], month)
    assert free.code == 0, "what is made already costs nothing"


@pytest.mark.slow
def test_a_cap_reached_in_a_campaign_keeps_the_rows_before_it_and_begins_none_after(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    names = ("Anna", "Ben", "Cara", "Dora", "Emil", "Finn", "Gus", "Hal", "Ida", "Jon")
    rows = "".join(f"Lamp {name};Light for {name};20 EUR;en;6\n" for name in names)
    sheet, engine = tmp_path / "spring.csv", tmp_path / "dear.yaml"
    sheet.write_text(f"product;headline;price;languages;duration\n{rows}")
    engine.write_text(DEAR)
    order = ["campaign", "run", sheet, "--engine", engine, "--store", tmp_path / "vault"]
    first = run([*order, "--rows", "2"], environment)
    assert first.code == 0, first.said
    store = open_store(str(tmp_path / "vault"))
    before = _calls(store)[0]
    stopped = run([*order, "--budget-seconds", "500.1"], environment)
    assert stopped.code == 5, stopped.said
    assert _calls(store)[0] == before + 1
    with sheet.with_name("spring.results.csv").open(encoding="utf-8-sig", newline="") as file:
        told = {row["ad_row"]: (row["ad_status"], row["ad_code"]) for row in csv.DictReader(file)}
    assert told["2"][0] == "delivered"
    assert {told[str(row)] for row in range(3, 10)} == {("not reached", "budget")}
    assert told["10"][0] == told["11"][0] == "not reached"
