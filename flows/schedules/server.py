"""A Prefect server of our own, for schedules where nobody has set one up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flows.errors import OrderError

LONGEST_START_S = 300.0
STARTS = 3
"""A port that was free may be another's by the time the server binds it."""


class _PortTaken(OrderError):
    """The server could not bind its port."""


@contextmanager
def prefect_server(log: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a server that lives as long as this; OrderError, with its last words, where
    it does not come up. Its database is in PREFECT_HOME."""
    with ExitStack() as stack:
        for left in reversed(range(STARTS)):
            try:
                url = stack.enter_context(_server(log, environment))
                break
            except _PortTaken:
                if not left:
                    raise
        yield url


@contextmanager
def _server(log: Path, environment: Mapping[str, str] | None) -> Iterator[str]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    command = [
        *(sys.executable, "-m", "prefect", "server", "start"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as words:
        server = subprocess.Popen(
            command,
            env=dict(environment or os.environ),
            stdout=words,
            stderr=words,
            start_new_session=True,
        )
    try:
        _wait(url, server, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + LONGEST_START_S
    while time.monotonic() < last:
        if server.poll() is not None:
            said = f"Prefect's server ended; its last words: {_last_words(log)}"
            raise _PortTaken(said) if "already in use" in said else OrderError(said)
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - our own
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise OrderError(f"Prefect's server did not start; its last words: {_last_words(log)}")


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:].strip() or "none"
