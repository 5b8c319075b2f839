"""Events arrive signed, once or again, or are written down; a real receiver on this machine."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Receiver

from flows.errors import OrderError
from flows.schedules.schedule import Webhook
from flows.schedules.webhooks import Event, Post, new_event, signing_key
from flows.settings import Settings
from storage import Store, open_store

SECRET = "whsec_" + base64.b64encode(b"twenty-four random bytes").decode()
WEBHOOK = Webhook(url="env:HOOK_URL", secret="env:HOOK_SECRET")


@dataclass
class Inbox:
    """What the receiver got, and what it answers, the last answer again and again."""

    url: str
    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            answer = box.answers.pop(0) if len(box.answers) > 1 else box.answers[0]
            self.send_response(answer)
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    box = Inbox(f"http://localhost:{server.server_port}/hook/very-secret-path")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def vault(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "vault"))


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def post(vault: Store, inbox: Inbox, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HOOK_URL", inbox.url)
    settings = Settings(private_networks="127.0.0.0/8,::1/128")
    return Post(vault, "nightly", WEBHOOK, settings, waits_s=(1, 5), sleep=slept.append)


def kept(vault: Store) -> list[Event]:
    """Every event, each in the one place where it belongs."""
    found = []
    for folder, delivered in (("owed", False), ("events", True)):
        for key in vault.keys(f"schedules/nightly/{folder}/"):
            found.append(Event.model_validate_json(vault.read(key)))
            assert found[-1].delivered is delivered
    return found


def test_a_receiver_with_a_library_of_its_own_believes_us(post: Post, inbox: Inbox) -> None:
    event = new_event("run.finished", {"schedule": "nightly", "films": ["日本語"]})
    assert post.send(event)
    ((_, headers, body),) = inbox.got
    assert Receiver(SECRET).verify(body, headers)["data"]["films"] == ["日本語"]
    assert headers["webhook-id"] == event.id
    assert headers["host"] == inbox.url.split("/")[2]


@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp"])
def test_nothing_of_what_is_signed_can_be_changed(post: Post, inbox: Inbox, part: str) -> None:
    post.send(new_event("run.finished", {"a": 1}))
    ((_, headers, body),) = inbox.got
    if part == "body":
        body = body.replace(b"1", b"2")
    else:
        headers = headers | {part: headers[part][:-1] + ("1" if headers[part][-1] != "1" else "2")}
    with pytest.raises(Exception, match=r"[Nn]o matching signature"):
        Receiver(SECRET).verify(body, headers)


def test_a_receiver_that_fails_is_tried_again_later_with_the_same_id(
    post: Post, inbox: Inbox, vault: Store, slept: list[float]
) -> None:
    inbox.answers = [500, 429, 200]
    assert post.send(new_event("run.failed", {}))
    assert len({headers["webhook-id"] for _, headers, _ in inbox.got}) == 1
    assert slept == [0, 1, 5]
    (event,) = kept(vault)
    assert event.delivered and [each.answer for each in event.tries] == ["500", "429", "200"]


def test_what_never_arrives_is_written_down_and_sent_by_the_next_run(
    post: Post, inbox: Inbox, vault: Store
) -> None:
    inbox.answers = [503]
    assert not post.send(new_event("run.failed", {"message": "no voice"}))
    (event,) = kept(vault)
    assert not event.delivered and len(event.tries) == 3
    inbox.answers = [204]
    assert post.send_again() == 1
    assert post.send_again() == 0
    (event,) = kept(vault)
    assert event.delivered and json.loads(event.body)["data"]["message"] == "no voice"


def test_a_receiver_that_is_gone_for_good_is_not_asked_twice(post: Post, inbox: Inbox) -> None:
    inbox.answers = [410]
    assert not post.send(new_event("run.finished", {}))
    assert len(inbox.got) == 1


def test_a_redirect_is_not_followed(post: Post, inbox: Inbox) -> None:
    inbox.answers = [302]
    assert not post.send(new_event("run.finished", {}))
    assert {path for path, _, _ in inbox.got} == {"/hook/very-secret-path"}


def test_only_kinds_that_are_wanted_are_sent(
    vault: Store, inbox: Inbox, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = Webhook(url="env:HOOK_URL", secret="env:HOOK_SECRET", on=("failed",))
    settings = Settings(private_networks="127.0.0.0/8,::1/128")
    picky = Post(vault, "nightly", webhook, settings)
    picky.tell(new_event("run.finished", {}))
    assert inbox.got == []
    picky.tell(new_event("run.failed", {}))
    assert len(inbox.got) == 1


def test_secrets_are_in_no_log_and_no_record(
    post: Post, inbox: Inbox, vault: Store, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.answers = [500]
    with caplog.at_level(logging.DEBUG):
        post.send(new_event("run.failed", {}))
    written = caplog.text + "".join(event.model_dump_json() for event in kept(vault))
    assert "was not delivered" in caplog.text
    for secret in (SECRET, SECRET[6:], "very-secret-path"):
        assert secret not in written


def test_an_address_inside_is_refused_unless_this_machine_allows_it(
    vault: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, slept: list[float]
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    webhook = Webhook(url=inbox.url, secret="env:HOOK_SECRET")
    post = Post(vault, "nightly", webhook, Settings(), sleep=slept.append)
    assert not post.send(new_event("run.finished", {}))
    assert inbox.got == [] and slept == [0], "no use in trying again"
    assert "HOOFBEAT_PRIVATE_NETWORKS" in kept(vault)[0].tries[0].answer


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://1.1.1.1/x", "http://me:pass@1.1.1.1/", "http://", "x"]
)
def test_what_is_no_plain_web_address_is_refused(
    vault: Store, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HOOK_URL", url)
    post = Post(vault, "nightly", WEBHOOK, Settings())
    assert not post.send(new_event("run.finished", {}))
    (event,) = kept(vault)
    assert len(event.tries) == 1 and "pass" not in event.model_dump_json()


@pytest.mark.parametrize("secret", ["short", "whsec_!!", "whsec_c2hvcnQ="])
def test_a_secret_that_keeps_nobody_out_is_refused(secret: str) -> None:
    with pytest.raises(OrderError, match="secret"):
        signing_key(secret)


def test_a_secret_that_is_not_set_is_told_by_its_name(
    vault: Store, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    webhook = Webhook(url=inbox.url, secret="env:HOOK_SECRET")
    with pytest.raises(OrderError, match="HOOK_SECRET is not set"):
        Post(vault, "nightly", webhook, Settings())
