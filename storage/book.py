"""A small document that many processes change at once, kept as numbered pages in a store.

Every page is the whole document as one change left it. Who changes it reads the last page, thinks,
and puts the next number with `put_new`, which lets exactly one of several writers have it; the
others read again. So each change was made in the knowledge of all before it, in a folder as in S3,
and there is no lock that a killed process could keep.

No page is ever taken away: a number that was free again would let a writer that slept through a
thousand changes put down what it knew before them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from storage.errors import StoreUnreachable
from storage.store import Store

LONGEST_S = 60.0
"""Of trying to get a word in among other writers."""


class Book:
    """The pages under one prefix. Safe in threads, and between processes and machines that share
    the store."""

    def __init__(self, store: Store, prefix: str) -> None:
        """`prefix` ends without a slash: "ledger/months/2026-11"."""
        self._store = store
        self._prefix = prefix
        self._known = 0
        """A page that is there, to look for the last one from; 0 before any was seen."""

    def read(self) -> bytes | None:
        """The document; None where nobody has written any."""
        return self._page(self._last())

    def change(self, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        """Put what `change` makes of the document in its place; what it is afterwards.

        `change` may be called several times, each time with what others have made of it since;
        None from it leaves everything as it is, and so does an error, which is handed on.
        StoreUnreachable when others never let go.
        """
        last = time.monotonic() + LONGEST_S
        while True:
            number = self._last()
            page = self._page(number)
            new = change(page)
            if new is None:
                return page
            if self._store.put_new(self._key(number + 1), new):
                self._known = number + 1
                return new
            if time.monotonic() > last:
                raise StoreUnreachable(f"Others keep writing {self._prefix} in {self._store.url}.")
            time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - so that two do not keep step

    def _last(self) -> int:
        """The number of the last page, found in steps that double and then halve; 0 for none."""
        there, step = self._known, 1
        while self._is_there(there + step):
            there += step
            step *= 2
        while step := step // 2:
            there += step if self._is_there(there + step) else 0
        self._known = there
        return there

    def _is_there(self, number: int) -> bool:
        return self._store.head(self._key(number)) is not None

    def _page(self, number: int) -> bytes | None:
        return self._store.read(self._key(number)) if number else None

    def _key(self, number: int) -> str:
        return f"{self._prefix}/{number:010}.json"
