"""A run that is killed goes on where it was, and nothing finished is made twice."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from storage import open_store
from storage.store import Store
from tests.flows.runs import run, run_and_kill
from tests.seaweed import BUCKET, Seaweed

MOMENTS = [("preview", 2), ("render", 2), ("render", 5)]
"""After so many pieces of a stage are made: in the middle of both stages, and of the first cut."""


def _finished(store: Store) -> dict[str, str]:
    """What is committed for good: a server may still be at a put whose sender was killed."""
    before = None
    while before != (now := _committed(store)):
        before = now
        time.sleep(0.5)
    return now


def _committed(store: Store) -> dict[str, str]:
    """Every committed record and the files it commits, by key, with a mark that changes when the
    object is written again."""
    marks = {}
    for key in store.keys("takes/"):
        if key.endswith(("preview.json", "render.json")):
            folder = key.rpartition("/")[0]
            names = [file["name"] for file in json.loads(store.read(key))["files"]]
            for each in (key, *(f"{folder}/{name}" for name in names)):
                marks[each] = _mark(store, each)
    return marks


def _mark(store: Store, key: str) -> str:
    if (root := getattr(store, "root", None)) is not None:
        status = (root / key).stat()
        return f"{status.st_ino} {status.st_mtime_ns}"
    head = store._client.head_object(Bucket=BUCKET, Key=f"kill/{key}")
    return f"{head['LastModified']} {head['ETag']}"


def _goes_on(
    order: list[str | Path], environment: dict[str, str], store: Store, stage: str
) -> None:
    """After a kill: every finished record and file stays as it is, the rest is made, once."""
    before = _finished(store)
    assert any(key.endswith(f"{stage}.json") for key in before)
    after = run(order, environment)
    assert after.code == 0, after.said
    assert {key: _mark(store, key) for key in before} == before
    for each in ("preview", "render"):
        kept = sum(key.endswith(f"{each}.json") for key in before)
        assert after.count(each, "found") == kept
        assert after.count(each, "made") == TAKES - kept


TAKES = 5
"""Of the script in conftest: one silent shot for both languages, two spoken ones in each."""


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "times"), MOMENTS)
def test_a_killed_run_goes_on_and_makes_no_finished_take_again(
    stage: str,
    times: int,
    script: Path,
    small_engine: Path,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    vault = tmp_path / "vault"
    order = ["produce", script, "--engine", small_engine, "--store", vault]
    killed = run_and_kill(order, environment, after=f"{stage} {times}/", times=1)
    assert killed.code == -9, killed.said
    _goes_on(order, environment, open_store(str(vault)), stage)


@pytest.mark.slow
def test_the_same_holds_in_a_bucket(
    s3_server: Seaweed,
    script: Path,
    small_engine: Path,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    environment |= s3_server.environment
    location = f"s3://{BUCKET}/kill"
    order = ["produce", script, "--engine", small_engine, "--store", location]
    killed = run_and_kill(order, environment, after="render 2/", times=1)
    assert killed.code == -9, killed.said
    _goes_on(order, environment, open_store(location), "render")
