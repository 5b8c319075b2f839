"""Telling another program that a run is over: signed, tried again, and never lost without a trace.

Signed as Standard Webhooks has it (https://www.standardwebhooks.com), so receivers can check with
a library of theirs. An event is written down in the vault before it is first sent, and what became
of it after every try; whoever runs the schedule next sends again what has not arrived.

    schedules/<name>/owed/<id>.json       has not arrived
    schedules/<name>/events/<id>.json     has
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

import httpcore
from pydantic import AwareDatetime, ValidationError

from flows.errors import OrderError
from flows.schedules.schedule import FROM_ENVIRONMENT, Webhook
from flows.settings import Settings, secret
from storage import (
    AddressRefused,
    AssetMissing,
    Checked,
    FetchFailed,
    Store,
    host_header,
)
from storyboard.document import Document

_log = logging.getLogger(__name__)

WAITS_S: tuple[float, ...] = (2.0, 10.0, 60.0, 300.0)
"""Between tries; a receiver that is being restarted is back by then."""
TIMEOUT_S = 15.0
_WAITING = ("connect", "read", "write", "pool")
GIVE_UP_AFTER = timedelta(days=3)
"""An event so old is not sent again by later runs; it stays written down."""

Kind = Literal["run.finished", "run.failed"]


class Try(Document):
    """One time an event was sent."""

    at: AwareDatetime
    answer: str
    """"200", or why there was none."""


class Event(Document):
    """What a receiver is told, and what became of telling it."""

    schema_version: Literal[1] = 1
    id: str
    """The same at every try: a receiver that has it already drops it."""
    type: Kind
    created: AwareDatetime
    body: str
    """The JSON that is sent, to the byte."""
    tries: tuple[Try, ...] = ()
    delivered: bool = False


def new_event(type_: Kind, data: Mapping[str, Any]) -> Event:
    now = datetime.now(UTC)
    body = {"type": type_, "timestamp": now.isoformat(timespec="seconds"), "data": data}
    return Event(
        id=f"evt_{secrets.token_hex(12)}",
        type=type_,
        created=now,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )


def headers(event: Event, key: bytes, at: int) -> dict[str, str]:
    """What a receiver checks: id, time of sending in Unix seconds, signature over both and the
    body."""
    signed = f"{event.id}.{at}.{event.body}".encode()
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{digest}",
    }


def signing_key(text: str) -> bytes:
    """The bytes of a secret, written as receivers hand them out (`whsec_` and base64) or as any
    other text; OrderError for one that is too short to keep anybody out."""
    try:
        coded = text.startswith("whsec_")
        key = base64.b64decode(text[6:], validate=True) if coded else text.encode()
    except binascii.Error as error:
        raise OrderError("the webhook's secret has no base64 after whsec_") from error
    if len(key) < 16:
        raise OrderError("the webhook's secret has under 16 bytes; take 24 random ones")
    return key


class Post:
    """The way to one schedule's receiver. Opening it reads the secrets, so that a missing one is
    told before the work and not after it."""

    def __init__(
        self,
        store: Store,
        schedule: str,
        webhook: Webhook,
        settings: Settings,
        *,
        waits_s: Sequence[float] = WAITS_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._owed = f"schedules/{schedule}/owed/"
        self._arrived = f"schedules/{schedule}/events/"
        self._url = webhook.url
        if webhook.url.startswith(FROM_ENVIRONMENT):
            self._url = secret(webhook.url.removeprefix(FROM_ENVIRONMENT))
        self._key = signing_key(secret(webhook.secret.removeprefix(FROM_ENVIRONMENT)))
        self._on = webhook.on
        self._may_reach = settings.may_reach
        self._waits_s = waits_s
        self._sleep = sleep

    def tell(self, event: Event) -> None:
        """Send the event if the receiver wants its kind, and then whatever is still owed."""
        if event.type.removeprefix("run.") in self._on:
            self.send(event)
        self.send_again()

    def send(self, event: Event) -> bool:
        """Write the event down, and try until it has arrived or there is no use in it."""
        self._keep(event)
        for wait in (0.0, *self._waits_s):
            self._sleep(wait)
            event, again = self._once(event)
            if event.delivered or not again:
                break
        if not event.delivered:
            _log.warning("event %s was not delivered: %s", event.id, event.tries[-1].answer)
        return event.delivered

    def send_again(self) -> int:
        """Try once more whatever has not arrived; how many did now."""
        late = [event for event in self._undelivered() if _is_fresh(event)]
        return sum(self._once(event)[0].delivered for event in late)

    def _undelivered(self) -> Iterator[Event]:
        for key in list(self._store.keys(self._owed)):
            try:
                yield Event.model_validate_json(self._store.read(key))
            except (AssetMissing, ValidationError):
                continue

    def _once(self, event: Event) -> tuple[Event, bool]:
        """The event after one more try, and whether another could help."""
        answer, again = self._ask(event)
        now = datetime.now(UTC)
        event = event.model_copy(
            update={
                "tries": (*event.tries, Try(at=now, answer=answer)),
                "delivered": answer.startswith("2"),
            }
        )
        self._keep(event)
        return event, again

    def _ask(self, event: Event) -> tuple[str, bool]:
        """The receiver's answer, or why there is none; never with the address in it, which may be
        as secret as a key."""
        sent: dict[bytes | str, bytes | str] = {"User-Agent": "Hoofbeat"}
        sent.update(headers(event, self._key, int(time.time())))
        backend = Checked(self._may_reach)
        try:
            sent["Host"] = host_header(self._url)
            with httpcore.ConnectionPool(network_backend=backend) as pool:
                answer = pool.request(
                    "POST",
                    self._url,
                    headers=sent,
                    content=event.body.encode(),
                    extensions={"timeout": dict.fromkeys(_WAITING, TIMEOUT_S)},
                )
        except AddressRefused as error:
            remedy = "allow it with HOOFBEAT_PRIVATE_NETWORKS if that is meant"
            return f"{_without(self._url, str(error))}; {remedy}", False
        except (FetchFailed, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return _without(self._url, f"{type(error).__name__}: {error}"), True
        except httpcore.TimeoutException as error:
            return type(error).__name__, True
        return str(answer.status), answer.status != HTTPStatus.GONE

    def _keep(self, event: Event) -> None:
        """In its place; an event that was sent by two runs at once is not owed again."""
        text = event.model_dump_json(indent=1).encode()
        folder = self._arrived if event.delivered else self._owed
        self._store.put(f"{folder}{event.id}.json", text)
        if event.delivered:
            self._store.delete(f"{self._owed}{event.id}.json")


def _is_fresh(event: Event) -> bool:
    return datetime.now(UTC) - event.created < GIVE_UP_AFTER


def _without(url: str, words: str) -> str:
    """The words without the path of the address, where they quote it."""
    path = url.partition("://")[2].partition("/")[2]
    return words.replace(path, "...") if path else words
