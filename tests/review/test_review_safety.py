"""The review server asked as others might: by foreign sites, strangers, proxies, and for media."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from review.safety import COOKIE, Guests, invite
from storage import decision_key
from tests.review.screening import PLACE, SLUG, decisions, key_of, media, serving

JOB = key_of("lamp-02 en 0")
WISH = {"job": JOB, "take": JOB, "kind": "approve", "seen": 0}
OURS = {"X_Hoofbeat": "1", "Content_Type": "application/json"}
PREVIEW = media(JOB, "preview.mp4")


class Answer:
    def __init__(self, answer: HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


def ask(url: str, path: str, method: str = "GET", body: object = None, **headers: str) -> Answer:
    """One request exactly as written; names of headers with _ for -."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        sent = None if body is None else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, sent, named)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def decide(url: str, **headers: str) -> Answer:
    return ask(url, f"{PLACE}/decisions", "POST", WISH, **headers)


@pytest.fixture(scope="module")
def vault(waiting_vault: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy to decide on."""
    folder = tmp_path_factory.mktemp("screening")
    shutil.copytree(waiting_vault, folder / "vault")
    return folder


@pytest.fixture(scope="module")
def here(vault: Path) -> Iterator[str]:
    """On this machine's own address: no token."""
    with serving(vault / "vault", vault / "home") as (url, _):
        yield url


@pytest.fixture(scope="module")
def abroad(vault: Path) -> Iterator[tuple[str, Guests]]:
    """For guests with links."""
    guests = invite("a secret that nobody guesses", ["Anna", "Ben"])
    with serving(vault / "vault", vault / "home", guests) as (url, _):
        yield url, guests


def test_another_site_cannot_decide(here: str, vault: Path) -> None:
    for foreign in (
        {},
        {"Content_Type": "text/plain"},
        {"X_Hoofbeat": "1"},
        {"X_Hoofbeat": "1", "Content_Type": "text/plain"},
        {**OURS, "Origin": "https://evil.example"},
        {**OURS, "Origin": "null"},
        {**OURS, "Sec_Fetch_Site": "cross-site"},
    ):
        answer = decide(here, **foreign)
        assert answer.status == 403, foreign
    assert decisions(vault / "vault", "lamp-02", "en") == []


def test_a_name_that_was_made_to_point_here_is_not_answered(here: str) -> None:
    port = urlsplit(here).port
    for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", ""):
        assert ask(here, PLACE, Host=host).status == 403, host
    for host in (f"localhost:{port}", f"[::1]:{port}", f"127.0.0.1:{port}"):
        assert ask(here, PLACE, Host=host).status == 200, host


def test_behind_a_proxy_there_must_be_a_token(here: str, abroad: tuple[str, Guests]) -> None:
    answer = ask(here, PLACE, X_Forwarded_For="203.0.113.7")
    assert answer.status == 403 and "HOOFBEAT_REVIEW_TOKEN" in answer.error
    url, guests = abroad
    cookie = f"{COOKIE}={next(iter(guests.tokens))}"
    assert ask(url, PLACE, X_Forwarded_For="203.0.113.7", Cookie=cookie).status == 200


def test_a_stranger_sees_and_decides_nothing(abroad: tuple[str, Guests], vault: Path) -> None:
    url, guests = abroad
    some = next(iter(guests.tokens))
    wrong = ("", some[:-1], some + "0", some.upper(), "\u00e9".encode().decode("latin-1"))
    for path in ("/", PLACE, f"{PLACE}/state", f"{PLACE}/shots/{JOB}", PREVIEW, "/nowhere"):
        for token in wrong:
            assert ask(url, path, Cookie=f"{COOKIE}={token}").status == 401, path
    assert ask(url, PLACE, Accept="text/html").headers["location"] == "/login"
    assert decide(url, **OURS).status == 401
    assert ask(url, "/login", "POST", {"token": some[:-1]}, **OURS).status == 403
    assert decisions(vault / "vault", "lamp-02", "en") == []


def test_a_link_becomes_a_cookie_that_scripts_cannot_read(abroad: tuple[str, Guests]) -> None:
    url, guests = abroad
    token = next(token for token, name in guests.tokens.items() if name == "Ben")
    answer = ask(url, "/login", "POST", {"token": token}, **OURS)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    page = ask(url, PLACE, Cookie=f"{COOKIE}={token}")
    assert page.status == 200
    assert b'value="Ben"' in page.body and b"readonly" in page.body


def test_a_guest_decides_under_their_own_name_alone(
    abroad: tuple[str, Guests], vault: Path
) -> None:
    url, guests = abroad
    token = next(token for token, name in guests.tokens.items() if name == "Ben")
    job = key_of("cliff-01 en 0")
    wish = {"job": job, "take": job, "kind": "approve", "seen": 0, "by": "Anna"}
    answer = ask(url, f"{PLACE}/decisions", "POST", wish, Cookie=f"{COOKIE}={token}", **OURS)
    assert answer.status == 201, answer.body
    assert [each["by"] for each in decisions(vault / "vault", "cliff-01", "en")] == ["Ben"]


def test_links_outlive_the_server_that_made_them() -> None:
    assert invite("one secret of enough length", ["Anna"]) == invite(
        "one secret of enough length", ["Anna"]
    )
    assert not invite("a", ["Anna"]).tokens.keys() & invite("b", ["Anna"]).tokens.keys()


def test_players_are_given_parts_of_a_film(here: str) -> None:
    whole = ask(here, PREVIEW)
    assert (whole.status, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    part = ask(here, PREVIEW, Range="bytes=100-199")
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.body)}"
    tail = ask(here, PREVIEW, Range="bytes=-50")
    assert (tail.status, tail.body) == (206, whole.body[-50:])
    assert ask(here, PREVIEW, Range=f"bytes={len(whole.body)}-").status == 416
    assert ask(here, PREVIEW, "HEAD").body == b""


def test_only_what_is_for_eyes_leaves_the_vault(here: str, vault: Path) -> None:
    (vault / "vault" / "secret.mp4").write_bytes(b"secret")
    (vault / "secret.mp4").write_bytes(b"secret")
    for path in (
        media(JOB, "base.safetensors"),
        media(JOB, "preview.json"),
        media(JOB, "verdict.json"),
        media(JOB, "render.mp4"),
        media(key_of("unknown"), "preview.mp4"),
        "/media/../secret.mp4",
        "/media/../../secret.mp4",
        "/media/..%2f..%2fsecret.mp4/preview.mp4",
        "/media/%2e%2e/preview.mp4",
        f"/media/{JOB}/..%2f..%2f..%2fsecret.mp4",
        "/static/../server.py",
        "/static/page.css",
        "/static/..%2fserver.py",
        "/p/..%2f..%2ftakes/x",
        "/p/../..",
    ):
        answer = ask(here, path)
        assert answer.status == 404, path
        assert b"secret" not in answer.body


def test_a_film_that_was_damaged_is_not_shown(waiting_vault: Path, tmp_path: Path) -> None:
    shutil.copytree(waiting_vault, tmp_path / "vault")
    preview = tmp_path / "vault" / "takes" / JOB[:2] / JOB / "preview.mp4"
    content = preview.read_bytes()
    preview.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with serving(tmp_path / "vault", tmp_path / "home") as (url, _):
        assert ask(url, PREVIEW).status == 404


def test_a_decision_that_cannot_be_read_is_never_passed_over(
    waiting_vault: Path, tmp_path: Path
) -> None:
    shutil.copytree(waiting_vault, tmp_path / "vault")
    path = tmp_path / "vault" / decision_key(SLUG, JOB, 1)
    path.parent.mkdir(parents=True)
    path.write_text('{"schema_version": 99}')
    with serving(tmp_path / "vault", tmp_path / "home") as (url, _):
        for sort in ("text/html", "*/*"):
            answer = ask(url, PLACE, Accept=sort)
            assert answer.status == 503
            assert b"0001.json" in answer.body and b"newer Hoofbeat" in answer.body


def test_no_page_may_be_framed_or_run_foreign_scripts(here: str) -> None:
    for path in ("/", PLACE, "/login", PREVIEW, "/nowhere"):
        headers = ask(here, path, Accept="text/html").headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ({**WISH, "seen": -1}, 400),
        ({**WISH, "kind": "burn"}, 400),
        ({**WISH, "more": 1}, 400),
        ({**WISH, "note": "x" * 2001}, 400),
        ({**WISH, "note": "x" * 70_000}, 413),
        ({**WISH, "take": key_of("another shot's")}, 422),
        ({**WISH, "job": "../../etc/passwd"}, 422),
        ({**WISH, "kind": "undo"}, 422),
        ({**WISH, "seen": 5}, 422),
        ({**WISH, "by": " \u200b "}, 422),
    ],
)
def test_a_decision_that_makes_no_sense_is_not_written(
    here: str, vault: Path, body: object, status: int
) -> None:
    answer = ask(here, f"{PLACE}/decisions", "POST", body, **OURS)
    assert answer.status == status, answer.body
    assert answer.error
    assert decisions(vault / "vault", "lamp-02", "en") == []


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    from flows.command_line.reviewing import serve
    from flows.errors import OrderError
    from flows.settings import Settings

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OrderError, match=f"127.0.0.1:{port}.*--port"):
            serve(
                str(tmp_path),
                Settings(home=tmp_path / "home"),
                host="127.0.0.1",
                port=port,
                names=[],
                say=print,
            )


def test_a_short_secret_is_refused_before_anybody_is_served(tmp_path: Path) -> None:
    from flows.command_line.reviewing import serve
    from flows.errors import OrderError
    from flows.settings import Settings

    settings = Settings(home=tmp_path / "home", review_token="too-brief")
    with pytest.raises(OrderError, match="HOOFBEAT_REVIEW_TOKEN") as told:
        serve(str(tmp_path), settings, host="127.0.0.1", port=0, names=[], say=print)
    assert "too-brief" not in str(told.value)
    assert "too-brief" not in repr(settings)
