"""Schedules on a real Prefect server: a minute's cron waited for, later firings asked for."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from flows.order import Order
from flows.schedules import server
from flows.schedules.diary import Diary
from flows.schedules.schedule import Schedule
from storage import open_store
from tests.flows.conftest import SCRIPT, of_a_server
from tests.flows.runs import HOOFBEAT, run
from tests.flows.test_webhooks import SECRET

FILE = """schedules:
  - name: {name}
    cron: "* * * * *"
    timezone: Asia/Tokyo
    order:
      script: kettle.fountain
      engine: small.yaml
      store: vault
    webhook:
      url: {url}
      secret: env:HOOK_SECRET
"""
LONGEST_S = 600
"""Of waiting for one event; a minute and the making where nothing else runs."""


@contextmanager
def receiver() -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """An address, and what came in there: the data of every event that was signed as it should."""
    got: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got.put(Receiver(SECRET).verify(body, headers)["data"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    inbox = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=inbox.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{inbox.server_port}", got
    finally:
        inbox.shutdown()
        thread.join()
        inbox.server_close()


@contextmanager
def serving(file: Path, environment: dict[str, str]) -> Iterator[None]:
    log = file.with_suffix(".log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*HOOFBEAT, "serve", str(file)], env=environment, stdout=said, stderr=said
        )
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(240)


def ask_for_a_run(api: str, name: str, instant: datetime) -> None:
    """Have Prefect schedule one more run, due at that instant; it is asked again while it is too
    busy to answer."""
    last = time.monotonic() + 60

    def post(path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{api}{path}", data=data, headers={"Content-Type": "application/json"}
        )
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as busy:
                if busy.code != 503 or time.monotonic() > last:
                    raise
                time.sleep(1)

    deployment = post(f"/deployments/name/scheduled/{name}")["id"]
    due = {"type": "SCHEDULED", "state_details": {"scheduled_time": instant.isoformat()}}
    post(f"/deployments/{deployment}/create_flow_run", {"state": due})


@pytest.mark.slow
def test_a_port_that_is_taken_before_the_server_binds_it_costs_a_second_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = [other.getsockname()[1], server._free_port()]
        monkeypatch.setattr(server, "_free_port", lambda: ports.pop(0))
        with server.prefect_server(tmp_path / "server.log", of_a_server(tmp_path)) as url:
            assert urllib.request.urlopen(f"{url}/health", timeout=60).status == 200
    assert not ports


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_minutes_cron_fires_and_later_firings_make_only_what_changed(
    script: Path, small_engine: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    name = f"kettle-{os.getpid()}"
    with receiver() as (place, events):
        file = tmp_path / "schedules.yaml"
        file.write_text(FILE.format(name=name, url=f"http://{place}/hook"))
        environment |= {"HOOK_SECRET": SECRET, "HOOFBEAT_PRIVATE_NETWORKS": "127.0.0.1"}
        with serving(file, environment):
            first = events.get(timeout=LONGEST_S)
            assert first["status"] == "delivered", first
            assert first["made"] == {"preview": 5, "render": 5, "stitch": 2}
            assert datetime.fromisoformat(first["due"]).second == 0, "it was the clock that fired"
            assert {film["language"] for film in first["films"]} == {"en", "de-DE"}

            script.write_text(SCRIPT.replace("Das Wasser ist jetzt fertig", "Das Wasser kocht"))
            ask_for_a_run(environment["PREFECT_API_URL"], name, datetime.now(UTC))
            made = _next_with_work(events)
            assert (made["preview"], made["render"]) == (1, 1), "one line in one language changed"

            ask_for_a_run(environment["PREFECT_API_URL"], name, datetime.now(UTC))
            last = events.get(timeout=LONGEST_S)
            assert last["status"] == "delivered"
            assert not any(last["made"].values()), "nothing has changed, so nothing is made"
            store = open_store(str(tmp_path / "vault"))
            assert _has_ended(Diary(store, name, gone=lambda _: False)), "the turn is given back"
    statements = [json.loads(store.read(key)) for key in store.keys("ledger/runs/")]
    assert sum(each["calls"] for each in statements) == 12, "5 and 5, then 1 and 1, then none"


def _has_ended(diary: Diary) -> bool:
    """Whether a run that was delivered has given its turn back, now or soon; the clock goes on, and
    may have begun another."""
    last = time.monotonic() + LONGEST_S
    while (entry := diary.read()) is None or entry.run is not None or entry.status != "delivered":
        if time.monotonic() > last:
            return False
        time.sleep(0.2)
    return True


def _next_with_work(events: queue.Queue[dict[str, Any]]) -> dict[str, int]:
    """What the next firing that made anything made; a firing just before the change makes none."""
    while True:
        made: dict[str, int] = events.get(timeout=LONGEST_S)["made"]
        if any(made.values()):
            return made


def _schedule(script: Path, **others: str) -> Schedule:
    order = Order(script=script, store=str(script.with_name("vault")))
    return Schedule(name="hourly", cron="0 * * * *", order=order, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("since", "catch_up", "made_up"),
    [
        (timedelta(hours=3), "once", True),
        (timedelta(hours=3), "skip", False),
        (timedelta(0), "once", False),
        (None, "once", False),
    ],
)
def test_firings_missed_since_the_last_run_are_made_up_once_if_wanted(
    script: Path, since: timedelta | None, catch_up: str, made_up: bool
) -> None:
    from flows.schedules.serving import missed

    schedule = _schedule(script, catch_up=catch_up)
    if since is not None:
        diary = Diary(open_store(schedule.work.store), "hourly", gone=lambda _: False)
        then = datetime.now(UTC) - since
        assert diary.begin("one", then, then) == "go"
        diary.end("one", "delivered", then)
    assert asyncio.run(missed(schedule)) is made_up


def test_a_schedule_that_cannot_work_is_refused_before_anything_is_served(
    script: Path, small_engine: Path, environment: dict[str, str]
) -> None:
    file = script.with_name("schedules.yaml")
    file.write_text(FILE.format(name="kettle", url="https://example.com/hook"))
    environment.pop("HOOK_SECRET", None)
    refused = run(["serve", file], environment)
    assert refused.code == 2, refused.said
    assert "HOOK_SECRET is not set" in refused.said
