"""A document that several writers change at once, in a folder and in S3."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import Book, Store, open_store


def _add(who: str) -> Callable[[bytes | None], bytes]:
    def change(page: bytes | None) -> bytes:
        known = json.loads(page) if page else {"sum": 0}
        return json.dumps({"sum": known["sum"] + 1, "by": who}).encode()

    return change


def _add_often(place: str, who: str, times: int) -> None:
    book = Book(open_store(place), "ledger/test")
    for number in range(times):
        book.change(_add(f"{who} {number}"))


def _sum(store: Store) -> int:
    return int(json.loads(Book(store, "ledger/test").read() or b"{}").get("sum", 0))


def test_nobody_has_written_anything_at_first(store: Store) -> None:
    assert Book(store, "ledger/test").read() is None


def test_no_change_of_several_processes_is_lost(tmp_path: Path) -> None:
    place = str(tmp_path / "vault")
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_add_often, args=(place, name, 40)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert _sum(open_store(place)) == 120


def test_each_change_is_made_of_the_one_before(store: Store) -> None:
    for number in range(5):
        Book(store, "ledger/test").change(_add(str(number)))
    assert _sum(store) == 5


def test_a_change_that_was_overtaken_is_made_again_of_what_is_new(store: Store) -> None:
    book, seen = Book(store, "ledger/test"), []

    def slow(page: bytes | None) -> bytes:
        seen.append(page)
        if len(seen) == 1:
            Book(store, "ledger/test").change(_add("quick"))
        return _add("slow")(page)

    book.change(slow)
    assert len(seen) == 2 and _sum(store) == 2


def test_nothing_changes_where_the_change_is_none_or_fails(store: Store) -> None:
    book = Book(store, "ledger/test")
    book.change(_add("one"))
    assert book.change(lambda _: None) == book.read()

    def refuse(page: bytes | None) -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        book.change(refuse)
    assert _sum(store) == 1


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 7, 8, 9, 31])
def test_a_newcomer_finds_the_last_page(tmp_path: Path, pages: int) -> None:
    store = open_store(str(tmp_path / "vault"))
    book = Book(store, "ledger/test")
    for number in range(pages):
        book.change(_add(str(number)))
    Book(store, "ledger/test").change(_add("newcomer"))
    assert _sum(store) == pages + 1
    assert len(list(store.keys("ledger/"))) == pages + 1


def test_who_slept_through_many_changes_begins_again_from_the_last(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "vault"))
    calls = 0

    def sleeper(page: bytes | None) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 1:
            for number in range(50):
                Book(store, "ledger/test").change(_add(f"other {number}"))
        return _add("sleeper")(page)

    Book(store, "ledger/test").change(sleeper)
    assert calls == 2 and _sum(store) == 51
