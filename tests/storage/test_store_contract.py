"""What every store promises, asked of a folder and of a real S3 server alike."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import AssetMissing, DigestMismatch, KeyRefused, Store, open_store

BIG = random.Random(7).randbytes(20_000_000)

ODD_KEYS = [
    "a b+c%20&d=e.txt",
    "brackets[1]{2}(3).json",
    "quote's`back~tick!.txt",
    "semi;comma,at@dollar$hash#.txt",
    "x" * 200,
    "deep/" * 30 + "end",
    "UPPER/lower.Mixed",
    "a..b/c..d",
]
REFUSED_KEYS = [
    *("", "/", "/etc/passwd", "a/", "a//b", ".", "..", "../x", "a/../b", "a/./b", "a/.hidden"),
    *("a\\b", "c:x", "a\x00b", "a\nb", "a\x7fb", "日本/語", "é", "a*", "a?", "a|b", "<a>", '"'),
    *(
        "con",
        "a/NUL.txt",
        "aux/b",
        "lpt9.mp4",
        "x" * 201,
        "y/" * 500,
        "end.",
        "end ",
        " a",
        "a ./b",
    ),
]


def test_what_was_put_is_read_back_with_its_description(store: Store) -> None:
    asset = store.put("takes/ab/poster.jpg", b"picture")
    assert asset.sha256 == hashlib.sha256(b"picture").hexdigest()
    assert (asset.key, asset.size, asset.media_type) == ("takes/ab/poster.jpg", 7, "image/jpeg")
    found = store.head("takes/ab/poster.jpg")
    assert found is not None
    assert (found.size, found.media_type) == (7, "image/jpeg")
    assert found.sha256 in (None, asset.sha256)
    assert store.read("takes/ab/poster.jpg") == b"picture"


def test_a_put_replaces_what_was_there(store: Store) -> None:
    store.put("a/b.json", b"the first and longer one")
    store.put("a/b.json", b"second")
    assert store.read("a/b.json") == b"second"


def test_nothing_is_an_asset_too(store: Store) -> None:
    assert store.put("empty", b"").size == 0
    assert store.read("empty") == b""


def test_a_missing_asset_is_told_by_its_key(store: Store, tmp_path: Path) -> None:
    assert store.head("no/such.mp4") is None
    with pytest.raises(AssetMissing, match=r"no/such\.mp4"):
        store.read("no/such.mp4")
    with pytest.raises(AssetMissing, match=r"no/such\.mp4"):
        store.fetch("no/such.mp4", tmp_path / "out" / "film.mp4")
    assert not (tmp_path / "out" / "film.mp4").exists()
    store.delete("no/such.mp4")


def test_a_deleted_asset_is_gone(store: Store) -> None:
    store.put("a/b", b"1")
    store.delete("a/b")
    assert store.head("a/b") is None
    assert list(store.keys()) == []


def test_a_missing_source_stays_the_callers_own_mistake(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put("a", tmp_path / "nowhere.mp4")
    assert store.head("a") is None


def test_a_big_file_goes_and_comes_back_whole(store: Store, tmp_path: Path) -> None:
    """Twenty megabytes travel in parts."""
    source = tmp_path / "big.mp4"
    source.write_bytes(BIG)
    asset = store.put("takes/big.mp4", source)
    assert (asset.size, asset.sha256) == (len(BIG), hashlib.sha256(BIG).hexdigest())
    back = store.fetch("takes/big.mp4", tmp_path / "new" / "back.mp4", sha256=asset.sha256)
    assert back.read_bytes() == BIG


def test_a_wrong_digest_leaves_the_target_as_it_was(store: Store, tmp_path: Path) -> None:
    store.put("film.mp4", b"what was put")
    target = tmp_path / "film.mp4"
    target.write_bytes(b"before")
    with pytest.raises(DigestMismatch, match=r"film\.mp4"):
        store.fetch("film.mp4", target, sha256=hashlib.sha256(b"other").hexdigest())
    assert target.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["film.mp4"]


def test_put_new_never_touches_what_is_there(store: Store) -> None:
    assert store.put_new("commit.json", b"mine")
    assert not store.put_new("commit.json", b"theirs")
    assert store.read("commit.json") == b"mine"


def test_of_sixteen_at_once_exactly_one_commits(store: Store) -> None:
    gate = threading.Barrier(16)

    def commit(name: int) -> bool:
        gate.wait()
        return store.put_new("takes/ab/preview.json", str(name).encode())

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(commit, range(16)))
    assert won.count(True) == 1
    assert store.read("takes/ab/preview.json") == str(won.index(True)).encode()
    assert list(store.keys()) == ["takes/ab/preview.json"]


def test_a_reader_never_sees_half_of_a_replacement(store: Store) -> None:
    versions = [letter * 300_000 for letter in (b"a", b"b", b"c")]
    store.put("film.mp4", versions[0])
    writing = threading.Event()

    def write() -> None:
        for turn in range(30):
            store.put("film.mp4", versions[turn % 3])
        writing.set()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        while not writing.is_set() and not writer.done():
            assert store.read("film.mp4") in versions
        writer.result()


def test_odd_keys_are_kept_as_they_are(store: Store) -> None:
    for key in ODD_KEYS:
        store.put(key, key.encode())
    assert [store.read(key) for key in ODD_KEYS] == [key.encode() for key in ODD_KEYS]
    assert list(store.keys()) == sorted(ODD_KEYS)


def test_keys_that_not_every_vault_could_hold_are_refused(store: Store) -> None:
    for key in REFUSED_KEYS:
        for attempt in (store.read, store.head, store.delete):
            with pytest.raises(KeyRefused):
                attempt(key)
        for write in (store.put, store.put_new):
            with pytest.raises(KeyRefused):
                write(key, b"1")
        with pytest.raises(KeyRefused):
            store.link(key, seconds=60)
    assert list(store.keys()) == []


def test_keys_come_sorted_as_text_whatever_the_folders(store: Store) -> None:
    keys = ["a", "a b/x", "a-b/x", "a.b", "aa/b", "ab", "b/a-b", "b/a/c", "b/ab"]
    for key in reversed(keys):
        store.put(key, b"")
    assert list(store.keys()) == sorted(keys)


def test_a_prefix_is_text_and_may_end_inside_a_name(store: Store) -> None:
    for key in ("takes/ab/1", "takes/abc/2", "takes/b/3", "other/ab"):
        store.put(key, b"")
    assert list(store.keys("takes/")) == ["takes/ab/1", "takes/abc/2", "takes/b/3"]
    assert list(store.keys("takes/ab")) == ["takes/ab/1", "takes/abc/2"]
    assert list(store.keys("takes/ab/")) == ["takes/ab/1"]
    assert list(store.keys("nothing/here")) == []
    for prefix in ("../", "/", "a//b", "a/../b", ".", "a/.h"):
        with pytest.raises(KeyRefused):
            list(store.keys(prefix))


def test_more_keys_than_a_page_holds_are_all_listed(store: Store) -> None:
    keys = [f"takes/{number % 7}/{number:05}.json" for number in range(1100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.put(key, b"{}"), keys))
    assert list(store.keys("takes/")) == sorted(keys)


def test_a_check_leaves_nothing_behind(store: Store) -> None:
    store.check()
    store.check()
    assert list(store.keys()) == []
    assert store.sweep(older_s=0) == 0


def test_the_url_opens_the_same_store_again(store: Store) -> None:
    store.put("a/b", b"1")
    assert open_store(store.url).read("a/b") == b"1"
    assert open_store(store.url).url == store.url


def test_two_prefixes_of_one_place_are_two_vaults(location: str) -> None:
    one, two = open_store(f"{location}/one"), open_store(f"{location}/one-more")
    one.put("a", b"1")
    two.put("b", b"2")
    assert (list(one.keys()), list(two.keys())) == (["a"], ["b"])


PUT = """
import sys, random
from storage import open_store
store = open_store(sys.argv[1])
content = random.Random(7).randbytes(30_000_000)
store.check()
print("putting", flush=True)
store.put(sys.argv[2], content)
print("done", flush=True)
"""


MOMENTS_S = (0.0, 0.005, 0.01, 0.03, 0.1)
"""After the put began; on a fast disk the last come too late."""


def _put_and_kill(location: str, key: str, after_s: float) -> bool:
    """Start a process that puts 30 MB, kill it; whether it was still at it."""
    child = subprocess.Popen(
        [sys.executable, "-c", PUT, location, key], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "putting\n"
    time.sleep(after_s)
    child.kill()
    rest = child.stdout.read()
    child.stdout.close()
    child.wait()
    return "done" not in rest


def test_a_writer_killed_at_any_moment_leaves_all_or_nothing(location: str) -> None:
    store = open_store(location)
    whole = hashlib.sha256(random.Random(7).randbytes(30_000_000)).hexdigest()
    killed = 0
    for number, after_s in enumerate(MOMENTS_S):
        key = f"takes/{number}.mp4"
        killed += _put_and_kill(location, key, after_s)
        if store.head(key) is not None:
            assert hashlib.sha256(store.read(key)).hexdigest() == whole
        assert set(store.keys()) <= {f"takes/{each}.mp4" for each in range(number + 1)}
    assert killed >= 2, "the put is too quick for this test to say anything"
    store.sweep(older_s=0)
    assert store.sweep(older_s=0) == 0
