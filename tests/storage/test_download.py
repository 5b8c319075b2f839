"""Fetching from addresses that somebody typed, against a real server on this machine."""

import ipaddress
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from storage import AddressRefused, Downloads, FetchFailed
from storage.addresses import is_public

PICTURE = b"\x89PNG" + bytes(range(256)) * 40


class Shop(BaseHTTPRequestHandler):
    """What a shop's server may do; counts what it was asked in full."""

    protocol_version = "HTTP/1.1"
    whole = 0

    def do_GET(self) -> None:
        if self.path.startswith("/ok"):
            if self.headers.get("If-None-Match") == '"v1"':
                self._answer(304)
                return
            Shop.whole += 1
            self._answer(200, PICTURE, ("ETag", '"v1"'), ("Content-Type", "image/png"))
        elif self.path == "/page":
            self._answer(200, b"<html>", ("Content-Type", "text/html; charset=utf-8"))
        elif self.path == "/moved":
            self._answer(302, b"", ("Location", "/ok.png"))
        elif self.path == "/inside":
            self._answer(302, b"", ("Location", "http://169.254.169.254/latest/meta-data"))
        elif self.path == "/round":
            self._answer(302, b"", ("Location", "/round"))
        elif self.path == "/file":
            self._answer(302, b"", ("Location", "file:///etc/passwd"))
        elif self.path == "/large":
            self._answer(200, b"", ("Content-Length", str(10**9)), ("Content-Type", "image/png"))
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(bytes(65536))
            except OSError:
                pass
        elif self.path == "/slow":
            time.sleep(3)
            self._answer(404)
        else:
            self._answer(404)

    def _answer(self, status: int, content: bytes = b"", *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if "Content-Length" not in dict(headers):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    Shop.whole = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[Downloads]:
    """A cache that may reach this machine, and, as always, nothing else that is not public."""
    made = Downloads(
        tmp_path / "cache",
        may_reach=lambda address: address.is_loopback or is_public(address),
        largest_bytes=1_000_000,
        longest_s=2.0,
    )
    yield made
    made.close()


def test_a_picture_is_kept_by_its_content_and_not_fetched_twice(
    shop: str, downloads: Downloads
) -> None:
    first = downloads.fetch(f"{shop}/ok.png?size=1")
    assert first.path.read_bytes() == PICTURE
    assert first.path.name == first.sha256
    assert downloads.fetch(f"{shop}/ok.png?size=1") == first
    assert Shop.whole == 1
    assert downloads.fetch(f"{shop}/moved").sha256 == first.sha256


def test_a_picture_whose_server_is_down_is_still_the_picture_it_was(
    shop: str, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = downloads.fetch(f"{shop}/ok.png")
    monkeypatch.setattr(Shop, "do_GET", lambda self: self._answer(503))
    again = downloads.fetch(f"{shop}/ok.png")
    assert (again.path, again.sha256) == (first.path, first.sha256)
    assert "status 503" in again.stale


def test_a_damaged_copy_is_fetched_anew(shop: str, downloads: Downloads) -> None:
    first = downloads.fetch(f"{shop}/ok.png")
    first.path.write_bytes(b"rotten")
    assert downloads.fetch(f"{shop}/ok.png").path.read_bytes() == PICTURE


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/none", "answers with status 404"),
        ("/page", "is text/html and no picture"),
        ("/large", "is over 0 MB"),
        ("/endless", "is over 0 MB"),
        ("/round", "leads on through more than 4"),
        ("/slow", "cannot be reached|takes too long"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused(
    shop: str, downloads: Downloads, path: str, said: str
) -> None:
    with pytest.raises(FetchFailed, match=said):
        downloads.fetch(shop + path)
    assert not list(downloads._folder.glob("part-*"))


@pytest.mark.parametrize("path", ["/inside", "/file"])
def test_no_redirect_leads_inside(shop: str, downloads: Downloads, path: str) -> None:
    with pytest.raises(AddressRefused):
        downloads.fetch(shop + path)


def test_a_name_that_resolves_to_a_private_address_is_refused(shop: str, tmp_path: Path) -> None:
    """By the address that is connected to, so that no second look-up can give another."""
    downloads = Downloads(tmp_path)
    port = shop.rpartition(":")[2]
    with pytest.raises(AddressRefused, match=r"localhost is at (127.0.0.1|::1), which is not on"):
        downloads.fetch(f"http://localhost:{port}/ok.png")
    assert Shop.whole == 0


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"),
        *("2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    ],
)
def test_addresses_off_the_open_internet_are_known(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_on_it_too(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
