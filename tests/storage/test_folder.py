"""What only a folder can suffer: links, full disks, missing rights, debris."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import FolderStore, KeyRefused, LocationRefused, StoreDenied, StoreError, open_store


def _inventory(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "~", "a", "b", "/", "\\", "C:", "etc", "con", "%2e%2e", "..."]),
    st.text(max_size=8),
)


@settings(max_examples=300)
@given(st.lists(PARTS, max_size=6).map("/".join))
def test_no_key_reaches_outside_the_root(key: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name)
        (outside / "secret").write_bytes(b"untouched")
        store = FolderStore(outside / "vault")
        for attempt in (
            lambda: store.put(key, b"1"),
            lambda: store.put_new(key, b"1"),
            lambda: store.read(key),
            lambda: list(store.keys(key)),
            lambda: store.delete(key),
        ):
            try:
                attempt()
            except StoreError as error:
                assert isinstance(error, KeyRefused) or key in str(error)
        outside_now = {each for each in _inventory(outside) if not each.startswith("vault/")}
        assert outside_now <= {"secret", "vault"}
        assert (outside / "secret").read_bytes() == b"untouched"


def test_no_link_is_followed_out_of_the_vault(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_bytes(b"untouched")
    store = FolderStore(tmp_path / "vault")
    store.put("a/b", b"1")
    (tmp_path / "vault" / "way").symlink_to(outside)
    (tmp_path / "vault" / "a" / "file").symlink_to(outside / "secret.txt")
    for key in ("way/secret.txt", "way/new/film.mp4", "a/file"):
        for attempt in (store.read, store.head, store.delete):
            with pytest.raises(KeyRefused, match="symbolic link"):
                attempt(key)
        for write in (store.put, store.put_new):
            with pytest.raises(KeyRefused, match="symbolic link"):
                write(key, b"overwritten")
    assert list(store.keys()) == ["a/b"]
    assert _inventory(outside) == {"secret.txt"}
    assert (outside / "secret.txt").read_bytes() == b"untouched"


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "vault").symlink_to(tmp_path / "disk")
    FolderStore(tmp_path / "vault").put("a/b", b"1")
    assert (tmp_path / "disk" / "a" / "b").read_bytes() == b"1"


def test_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "vault")
    store.put("a", b"1")
    store.put("b/c", b"1")
    for key in ("a/b", "b"):
        with pytest.raises(KeyRefused, match="cannot be a file"):
            store.put(key, b"2")
    assert store.head("a/b") is None
    assert store.head("b") is None
    assert list(store.keys()) == ["a", "b/c"]
    with pytest.raises(LocationRefused, match="is a file"):
        FolderStore(tmp_path / "vault" / "a" / "deeper").check()


FILL = """
import os, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", sys.argv[1]], check=True)
from storage import StoreFull, open_store
store = open_store(sys.argv[1])
store.put("small", b"1")
for write in (store.put, store.put_new):
    try:
        write("takes/film.mp4", b"x" * 3_000_000)
    except StoreFull as error:
        print(error)
print(list(store.keys()), sorted(name for _, _, names in os.walk(sys.argv[1]) for name in names))
"""


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_debris(tmp_path: Path) -> None:
    private = [shutil.which("unshare") or "", "--map-root-user", "--mount"]
    if not private[0] or subprocess.run([*private, "true"], capture_output=True).returncode:
        pytest.skip("a disk of 1 MB needs a mount namespace, which this machine does not allow")
    done = subprocess.run(
        [*private, sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, second, listing = done.stdout.splitlines()
    assert first == second
    assert "no room left for film.mp4" in first
    assert "--store" in first
    assert listing == "['small'] ['small']"


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs a folder that nobody can write to")
def test_a_folder_nobody_may_write_to_is_told_in_a_sentence() -> None:
    store = open_store("/sys/vault")
    for attempt in (store.check, lambda: store.put("a", b"1")):
        with pytest.raises(StoreDenied, match=r"/sys/vault.*--store"):
            attempt()


def test_debris_of_killed_writers_is_swept_when_old(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("takes/a/film.mp4", b"1")
    debris = tmp_path / "takes" / "a" / ".0011223344556677.part"
    debris.write_bytes(b"half")
    assert list(store.keys()) == ["takes/a/film.mp4"]
    assert store.sweep() == 0
    long_ago = time.time() - 100_000
    os.utime(debris, (long_ago, long_ago))
    assert store.sweep() == 1
    assert not debris.exists()
    assert store.read("takes/a/film.mp4") == b"1"


def test_files_that_others_lay_into_the_folder_are_not_listed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a/b", b"1")
    for name in (".DS_Store", "a/.hidden", "a/日本.txt", ".hoofbeat/catalog.sqlite"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert list(store.keys()) == ["a/b"]


def test_a_damaged_file_is_noticed_when_its_digest_is_known(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "vault")
    asset = store.put("film.mp4", b"original")
    (tmp_path / "vault" / "film.mp4").write_bytes(b"0riginal")
    with pytest.raises(StoreError, match="damaged"):
        store.fetch("film.mp4", tmp_path / "out.mp4", sha256=asset.sha256)
    assert not (tmp_path / "out.mp4").exists()
    digest = hashlib.sha256(b"0riginal").hexdigest().upper()
    assert store.fetch("film.mp4", tmp_path / "out.mp4", sha256=digest).exists()


def test_a_folders_link_opens_the_file(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "the vault")
    store.put("a b.txt", b"1")
    assert store.link("a b.txt", seconds=60) == (tmp_path / "the vault" / "a b.txt").as_uri()
