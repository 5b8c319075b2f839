"""Which runs are alive, on this machine and on others that share a vault.

A run holds a lock in this machine's home, which the kernel frees however the run ends, and writes
a line in the vault every minute. Who shares the home asks the lock and knows at once; who does
not waits until the line is old.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from flows.errors import OrderError
from storage import AssetMissing, Store, StoreError
from storyboard.document import Document

_log = logging.getLogger(__name__)

BEAT_S = 60.0
GONE_AFTER = timedelta(minutes=10)
"""A run on another machine that has not said anything for so long is taken for dead. Clocks of
machines that share a vault may differ by less than this."""


class Sign(Document):
    """What a run leaves in the vault while it is alive."""

    run: str
    machine: str
    beat: AwareDatetime


class Presence:
    """A run that others can tell is alive. Start it before it holds anything of theirs."""

    def __init__(self, store: Store, home: Path, run: str) -> None:
        self.run = run
        self._store = store
        self._home = home
        self._over = threading.Event()
        self._ending = contextlib.ExitStack()
        self._last = datetime.now(UTC)

    def start(self) -> None:
        """OrderError where the home cannot be written, StoreError where the vault cannot."""
        with contextlib.ExitStack() as beginning:
            beginning.enter_context(held(_lock(self._home, self.run)))
            self._beat()
            thread = threading.Thread(
                target=self._keep_beating, name=f"beat {self.run}", daemon=True
            )
            thread.start()
            beginning.callback(thread.join)
            beginning.callback(self._over.set)
            self._ending = beginning.pop_all()

    @property
    def doubtful(self) -> bool:
        """Nothing was said for so long (a laptop slept, the vault was away) that others may have
        taken this run for dead."""
        return datetime.now(UTC) - self._last > GONE_AFTER / 2

    def stop(self) -> None:
        self._ending.close()
        with contextlib.suppress(StoreError):  # a run that has ended is told by its lock as well
            self._store.delete(_sign(self.run))

    def _keep_beating(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                self._beat()
            except StoreError as error:
                _log.warning("run %s could not say that it is alive: %s", self.run, error)

    def _beat(self) -> None:
        now = datetime.now(UTC)
        sign = Sign(run=self.run, machine=_machine(self._home), beat=now)
        self._store.put(_sign(self.run), sign.model_dump_json().encode())
        self._last = now


def new_run() -> str:
    """A name that no other run has, in the order of their beginnings."""
    return f"{datetime.now(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(4)}"


def gone(store: Store, home: Path, run: str) -> bool:
    """Whether that run has ended, however it did; sweeps up what it left."""
    try:
        sign = Sign.model_validate_json(store.read(_sign(run)))
    except (AssetMissing, ValidationError):
        return True
    lock = _lock(home, run)
    if sign.machine == _machine(home):
        over = not lock.exists() or _free(lock)
    else:
        over = datetime.now(UTC) - sign.beat > GONE_AFTER
    if over:
        store.delete(_sign(run))
    return over


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock file until the end, waiting for nobody: BlockingIOError where another does."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise OrderError(
            f"cannot write {lock}: {error.strerror}; name another place with HOOFBEAT_HOME"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _free(lock: Path) -> bool:
    try:
        with held(lock):
            return True
    except BlockingIOError:
        return False


def _machine(home: Path) -> str:
    """A name for whoever shares this home, given once."""
    path = home / "machine"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"machine-{secrets.token_hex(8)}")
        new.write_text(secrets.token_hex(8))
        with contextlib.suppress(FileExistsError):  # another was first
            path.hardlink_to(new)
        new.unlink()
    return path.read_text()


def _lock(home: Path, run: str) -> Path:
    return home / "runs" / f"{run}.lock"


def _sign(run: str) -> str:
    return f"runs/{run}.json"
