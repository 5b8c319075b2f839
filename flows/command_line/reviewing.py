"""`hoofbeat review` and its sisters: the page served, decisions made, from a terminal."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import uvicorn

from flows.dailies.screening import Screening, open_screening
from flows.errors import OrderError
from flows.settings import Settings
from review import Dailies, Decision, DecisionRefused, Look, Wish
from review.decisions import LONGEST_TEXT, Kind, reviewer_name
from review.safety import SHORTEST_SECRET, Guests, invite
from review.server import review_app
from storage import StoreError

COLUMNS = ("production", "shot", "language", "standing", "take", "#score", "why")


def serve(
    store: str,
    settings: Settings,
    *,
    host: str,
    port: int,
    names: Sequence[str],
    say: Callable[[str], None],
) -> None:
    """Serve the review page until stopped; `say` is told where it is, with every guest's link.

    OrderError where a token is asked for that is too short. On this machine's own address no token
    is needed, unless one is set or guests are named.
    """
    guests, links = _guests(settings, names, host)
    with open_screening(store, settings) as desk, _listening(host, port) as listener:
        bound = listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - only told apart
            shown = socket.gethostname()
        place = f"http://{shown}:{bound}/"
        for name, token in links:
            say(f"{name + ': ' if name else ''}{place}{f'login#{token}' if token else ''}")
        reviewer = "" if links[0][1] else settings.person
        app = review_app(desk, guests, reviewer=reviewer, closed=(StoreError, OrderError))
        # Addresses in an access log would tell who looks at what; decisions carry names already.
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off"
        )
        with suppress(KeyboardInterrupt):  # how a page ends, and no mistake
            uvicorn.Server(config).run(sockets=[listener])


def _guests(
    settings: Settings, names: Sequence[str], host: str
) -> tuple[Guests, list[tuple[str, str]]]:
    """Who may come in, and each one's name and token."""
    given = settings.review_token.get_secret_value() if settings.review_token else ""
    if given and len(given) < SHORTEST_SECRET:
        raise OrderError(
            f"HOOFBEAT_REVIEW_TOKEN has fewer than {SHORTEST_SECRET} characters; "
            "make one with: openssl rand -hex 32"
        )
    if not given and not names and _is_loopback(host):
        return Guests({}), [("", "")]
    guests = invite(given or secrets.token_urlsafe(32), map(reviewer_name, names))
    return guests, [(name, token) for token, name in guests.tokens.items()]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise OrderError(f"no address {host!r} on this machine: {error.strerror}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()  # who follows the link at once waits for the page, and is not refused
    except OSError as error:
        listener.close()
        raise OrderError(
            f"cannot listen on {host}:{port} ({error.strerror}); name another with --port"
        ) from error
    return listener


def decide(
    kind: Kind,
    take: str,
    store: str,
    settings: Settings,
    *,
    note: str,
    by: str,
    overrule: bool,
) -> str:
    """Decide about the take whose key begins so, in the production last worked on that has it.

    Gives a sentence for the terminal. DecidedAlready where somebody else's decision stands and
    `overrule` does not say that it is known.
    """
    by = reviewer_name(by)
    with open_screening(store, settings) as desk:
        dailies, look, key = _find(desk, take, store)
        seen = look.ruling.seen
        if not overrule and kind != "undo" and not look.asked_again:
            # What stands is only seen by who asks for it: leave its number to be found taken.
            seen -= _others(look, by)
        if len(note) > LONGEST_TEXT:
            raise DecisionRefused(f"a note has at most {LONGEST_TEXT} characters")
        wish = Wish(job=look.shot.job, take=key, kind=kind, note=note, seen=seen)
        done = desk.decide(dailies.sheet.slug, dailies.sheet.version, wish, by=by)
        return _said(done, look)


def _others(look: Look, by: str) -> int:
    """1 where the last decision stands and is somebody else's."""
    last = look.ruling.last
    if last is None or last.by == by or last.number != look.ruling.seen:
        return 0
    followed = last.kind == "retry" and not look.asked_again
    return 0 if followed else 1


def _find(desk: Screening, take: str, store: str) -> tuple[Dailies, Look, str]:
    found = [
        (dailies, look, each.take)
        for dailies in desk.productions()
        for look in dailies.looks
        for each in look.shot.takes
        if each.take.startswith(take)
    ]
    keys = {key for _, _, key in found}
    if len(keys) != 1 or not take:
        how_many = f"{len(keys)} takes begin" if keys else "no take on a sheet begins"
        raise OrderError(
            f"{how_many} with {take!r} in {store}; "
            f"`hoofbeat review --list --store {store}` shows those that want you"
        )
    return found[0]


def _said(done: Decision, look: Look) -> str:
    shot = " ".join(filter(None, (look.shot.shot, look.shot.language)))
    what = {
        "approve": f"{shot}: take {done.attempt + 1} is approved",
        "retry": f"{shot}: the next run makes new takes",
        "reject": f"{shot}: rejected",
        "undo": f"{shot}: the last decision is taken back",
    }[done.kind]
    return f"{what}, says {done.by}"


def wanted(store: str, settings: Settings) -> Iterator[tuple[str, ...]]:
    """A row for each shot that wants a person."""
    with open_screening(store, settings) as desk:
        for dailies in desk.productions():
            for look in dailies.looks:
                if look.wanted:
                    yield (dailies.sheet.slug, *_row(look))


def _row(look: Look) -> tuple[str, ...]:
    shot, chosen = look.shot, look.chosen
    why = shot.reason or "; ".join(chosen.reasons if chosen else ())
    take, score = (chosen.take[:12], f"{chosen.score:.2f}") if chosen else ("", "")
    return shot.shot, shot.language or "all", look.standing, take, score, why
