from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage import CatalogRefused, Store
from storage.catalog import Catalog, open_catalog
from storage.keys import deliverable_key, manifest_key, production_prefix, take_key_prefix

PREVIEW = {"name": "preview.mp4", "sha256": "1" * 64, "size": 10, "media_type": "video/mp4"}
RENDER = {"name": "render.mp4", "sha256": "2" * 64, "size": 99, "media_type": "video/mp4"}


def _take(key: str, *, rendered: bool = False) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "key": key,
        "engine": "animatic",
        "fingerprint": "animatic-1",
        "seed": 2**40,
        "seconds": "29/5",
        "files": [PREVIEW, RENDER] if rendered else [PREVIEW],
        "engine_seconds": {"preview": 1.5, "render": 4.0} if rendered else {"preview": 1.5},
        "a key of a later version": True,
    }


def _verdict(key: str, outcome: str = "pass") -> dict[str, Any]:
    return {
        "take": key,
        "outcome": outcome,
        "policy": "standard",
        "by": "gate",
        "at": "2026-03-01T12:00:00Z",
        "measurements": {"loudness_lufs": float("-inf"), "black": [0.0]},
    }


def _manifest(language: str, takes: list[str]) -> dict[str, Any]:
    name = f"bob.{language}.9x16"
    return {
        "slug": "bob",
        "version": "0123abcd",
        "language": language,
        "aspect": "9:16",
        "title": "Bob",
        "engine": "animatic",
        "seconds": 60,
        "takes": takes,
        "files": [
            {"name": f"{name}.mp4", "sha256": "3" * 64, "size": 7, "media_type": "video/mp4"},
            {"name": f"{name}.vtt", "sha256": "4" * 64, "size": 5, "media_type": "text/vtt"},
        ],
    }


@pytest.fixture
def catalog(tmp_path: Path):
    with open_catalog(tmp_path / "index" / "catalog.sqlite") as opened:
        yield opened


def test_a_production_shows_how_far_it_is(catalog: Catalog) -> None:
    created = datetime(2026, 3, 1, tzinfo=UTC)
    asked = {"slug": "bob", "version": "0123abcd", "title": "Bob", "takes": ["a1", "b2", "c3"]}
    catalog.record_production({**asked, "engine": "animatic", "created": created})
    catalog.record_take(_take("a1", rendered=True))
    catalog.record_take(_take("b2"))
    catalog.record_take(_take("other"))
    catalog.record_verdict(_verdict("a1"))
    catalog.record_verdict(_verdict("b2", "retry"))
    (line,) = catalog.productions()
    assert (line.title, line.status, line.created) == ("Bob", "running", created)
    assert (line.takes, line.previewed, line.passed, line.rendered) == (3, 2, 1, 1)
    assert line.deliverables == 0
    catalog.record_deliverable(_manifest("en", ["a1"]))
    catalog.record_deliverable(_manifest("ja-JP", ["a1"]))
    catalog.record_production({"slug": "bob", "version": "0123abcd", "status": "finished"})
    (line,) = catalog.productions()
    assert (line.title, line.engine, line.status) == ("Bob", "animatic", "finished")
    assert (line.created, line.takes, line.deliverables) == (created, 3, 2)
    first = catalog.deliverables("bob", "0123abcd")[0]
    assert first.key == deliverable_key("bob", "0123abcd", "en", "9:16", ".mp4")
    assert (first.size, first.seconds) == (7, 60.0)


def test_recording_the_same_again_changes_nothing(catalog: Catalog) -> None:
    for _ in range(2):
        catalog.record_production({"slug": "bob", "version": "1", "takes": ["a1"]})
        catalog.record_take(_take("a1", rendered=True))
        catalog.record_verdict(_verdict("a1"))
        catalog.record_deliverable({**_manifest("en", ["a1"]), "version": "1"})
    (line,) = catalog.productions()
    assert (line.takes, line.passed, line.rendered, line.deliverables) == (1, 1, 1, 1)


def test_the_record_of_a_preview_does_not_undo_its_render(catalog: Catalog) -> None:
    catalog.record_production({"slug": "bob", "version": "1", "takes": ["a1"]})
    catalog.record_take(_take("a1", rendered=True))
    catalog.record_take(_take("a1"))
    assert catalog.productions()[0].rendered == 1


def _fill(store: Store) -> None:
    def put(key: str, record: object) -> None:
        store.put_new(key, json.dumps(record).encode())

    for key, rendered in (("aa11", True), ("bb22", False)):
        put(f"{take_key_prefix(key)}preview.json", _take(key))
        if rendered:
            put(f"{take_key_prefix(key)}render.json", _take(key, rendered=True))
        put(f"{take_key_prefix(key)}verdict.json", _verdict(key, "pass" if rendered else "reject"))
    store.put_new(f"{production_prefix('bob', '0123abcd')}storyboard.yaml", b"title: Bob\n")
    store.put_new(f"{production_prefix('later', '77777777')}storyboard.yaml", b"title: Later\n")
    put(manifest_key("bob", "0123abcd", "en", "9:16"), _manifest("en", ["aa11", "bb22"]))
    put(manifest_key("bob", "0123abcd", "yue-Hant-HK", "9:16"), _manifest("yue-Hant-HK", ["aa11"]))


def test_a_lost_catalog_is_rebuilt_from_the_vault(catalog: Catalog, store: Store) -> None:
    assert catalog.fresh
    _fill(store)
    found = catalog.rebuild(store)
    assert (found.productions, found.takes, found.deliverables) == (2, 2, 4)
    assert found.unreadable == ()
    assert not catalog.fresh
    bob, later = catalog.productions()
    assert (bob.title, bob.status, bob.engine) == ("Bob", "finished", "animatic")
    assert (bob.takes, bob.previewed, bob.passed, bob.rendered, bob.deliverables) == (2, 2, 1, 1, 2)
    assert (later.slug, later.status, later.takes) == ("later", "running", 0)


def test_a_productions_own_record_says_more_than_its_manifests(
    catalog: Catalog, store: Store
) -> None:
    _fill(store)
    own = {
        **{"slug": "bob", "version": "0123abcd", "title": "Bob Rides Again", "status": "failed"},
        **{"created": "2026-03-01T12:00:00", "takes": ["aa11", "zz99"]},
    }
    store.put(f"{production_prefix('bob', '0123abcd')}production.json", json.dumps(own).encode())
    catalog.rebuild(store)
    bob = catalog.productions()[0]
    assert (bob.title, bob.status, bob.takes) == ("Bob Rides Again", "failed", 3)
    assert bob.created == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_rebuild_forgets_what_the_vault_has_lost_and_names_what_is_broken(
    catalog: Catalog, store: Store
) -> None:
    _fill(store)
    catalog.rebuild(store)
    for name in ("preview.json", "render.json", "verdict.json"):
        store.delete(f"{take_key_prefix('aa11')}{name}")
    broken = {
        "takes/x1/x1/preview.json": b"{ half",
        "takes/x2/x2/preview.json": b"[]",
        "takes/x3/x3/render.json": json.dumps({**_take("x3"), "seconds": "1/0"}).encode(),
        "takes/x4/x4/preview.json": json.dumps({**_take("x4"), "seed": 2**70}).encode(),
        "takes/x5/x5/verdict.json": b"{}",
    }
    for key, content in broken.items():
        store.put(key, content)
    found = catalog.rebuild(store)
    assert sorted(found.unreadable) == sorted(broken)
    assert found.takes == 1
    bob = next(line for line in catalog.productions() if line.slug == "bob")
    assert (bob.takes, bob.previewed, bob.passed, bob.rendered) == (2, 1, 0, 0)


WRITER = """
import sys
from storage.catalog import open_catalog
from tests.storage.test_catalog import _take, _verdict
print("ready", flush=True)
sys.stdin.readline()
with open_catalog(sys.argv[1]) as catalog:
    for number in range(30):
        key = f"{sys.argv[2]}-{number}"
        catalog.record_take(_take(key, rendered=True))
        catalog.record_verdict(_verdict(key))
        catalog.record_production({"slug": "bob", "version": "1", "takes": [key]})
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """They also make the file and its tables at once."""
    path = tmp_path / "catalog.sqlite"
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number)],
            **{"cwd": root, "text": True, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE},
        )
        for number in range(3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with open_catalog(path) as catalog:
        assert not catalog.fresh
        (line,) = catalog.productions()
        assert (line.takes, line.previewed, line.passed, line.rendered) == (90, 90, 90, 90)


def _set_schema(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE hoofbeat_schema SET version = ?", (version,))
    connection.commit()
    connection.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    open_catalog(path).close()
    _set_schema(path, 99)
    with pytest.raises(CatalogRefused, match=r"newer Hoofbeat \(schema 99"):
        open_catalog(path)


def test_an_older_schema_is_emptied_and_asks_for_a_rebuild(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with open_catalog(path) as catalog:
        catalog.record_production({"slug": "bob", "version": "1"})
    _set_schema(path, 0)
    with open_catalog(path) as catalog:
        assert catalog.fresh
        assert catalog.productions() == []
    with open_catalog(path) as catalog:
        assert not catalog.fresh


def test_what_is_no_catalog_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"not a database" * 100)
    with pytest.raises(CatalogRefused, match="rebuilt from the vault"):
        open_catalog(tmp_path / "film.mp4")
    with pytest.raises(CatalogRefused, match="cannot be made"):
        open_catalog(tmp_path / "film.mp4" / "catalog.sqlite")
    for location in ("mysql://host/x", "sqlite://", "no such://x"):
        with pytest.raises(CatalogRefused, match="no catalog's URL"):
            open_catalog(location)
    with pytest.raises(CatalogRefused) as caught:
        open_catalog("postgresql+psycopg://studio:hush@127.0.0.1:9/hoofbeat")
    assert "hush" not in str(caught.value)
