"""Requests go to the open internet, whatever an inside address is written as."""

from __future__ import annotations

import httpcore
import pytest

from storage import AddressRefused, Checked, host_header


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254"),
        *("::1", "::ffff:127.0.0.1", "fd00::1", "fe80::1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("0.0.0.0", "2130706433", "0x7f.1", "224.0.0.1", "100.64.0.1"),
    ],
)
def test_no_way_of_writing_an_inside_address_is_public(host: str) -> None:
    with pytest.raises(AddressRefused, match="not on the open internet"):
        Checked().connect_tcp(host, 80, timeout=0.01)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []

    def only_note(address: object) -> bool:
        asked.append(str(address))
        return True

    with pytest.raises(httpcore.ConnectError):
        Checked(only_note).connect_tcp("127.0.0.1", 1, timeout=0.5)
    assert asked == ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://1.1.1.1/x", "http://me:word@h/", "http://", "x", "http://a b"],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        host_header(url)
    assert "word" not in str(refused.value)
