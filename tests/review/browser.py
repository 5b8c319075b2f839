"""Headless Chromium over its DevTools socket: enough to open a page, press, ask and look."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
)


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Tab:
    """One page. Everything it asked the network for and every complaint it made is kept."""

    def __init__(self, socket: ClientConnection, browser: str = "") -> None:
        self._socket = socket
        self.browser = browser
        """The address of the browser it is in."""
        self._numbers = count(1)
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=30))
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        if event["method"] == "Network.requestWillBeSent":
            self.asked.append(event["params"]["request"]["url"])
        if event["method"] == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(str(event["params"]["exceptionDetails"]))

    def open(self, place: Path | str) -> None:
        """A file, or a page of a server."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.do(f"{domain}.enable")
        self.do("Page.navigate", url=place.as_uri() if isinstance(place, Path) else place)
        self.ask("new Promise(r => document.readyState === 'complete' ? r() : onload = r)")

    def window(self, width: int, height: int, *, scheme: str = "light") -> None:
        """A window of that size, in CSS pixels; phones are narrow and touched."""
        phone = width < 500
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.do("Emulation.setEmulatedMedia", features=features)

    def ask(self, expression: str) -> Any:
        """The value of a JavaScript expression, a promise's once it is kept."""
        result = self.do(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, key: str, *, text: str = "") -> None:
        code = {"Tab": 9, "Enter": 13, " ": 32}.get(key, ord(key[0]))
        shared = {"key": key, "windowsVirtualKeyCode": code}
        self.do("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        self.do("Input.dispatchKeyEvent", type="keyUp", **shared)

    def look(self, path: Path, *, whole: bool = False) -> None:
        """A picture of the window, or of the whole page, as PNG."""
        shot = self.do("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def open_tab(profile: Path) -> Iterator[Tab]:
    """A tab in a browser of its own, which ends with it."""
    program = chromium()
    assert program is not None
    said = profile / "said.txt"
    with said.open("w") as words:
        browser = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile / 'user'}", "about:blank"],
            stderr=words,
            stdout=words,
        )
    try:
        address = _socket_of(browser, said)
        with connect(address, max_size=None, ping_interval=None) as socket:
            target = Tab(socket).do("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in target if each["type"] == "page")
        with connect(_page(address, page), max_size=None, ping_interval=None) as socket:
            yield Tab(socket, address)
    finally:
        browser.terminate()
        browser.wait(timeout=20)


@contextmanager
def another_person(tab: Tab) -> Iterator[Tab]:
    """A tab of the same browser that shares nothing with the first: no cookies, no storage."""
    with connect(tab.browser, max_size=None, ping_interval=None) as socket:
        desk = Tab(socket)
        context = desk.do("Target.createBrowserContext")["browserContextId"]
        made = desk.do("Target.createTarget", url="about:blank", browserContextId=context)
        with connect(
            _page(tab.browser, made["targetId"]), max_size=None, ping_interval=None
        ) as page:
            yield Tab(page, tab.browser)
        desk.do("Target.disposeBrowserContext", browserContextId=context)


def _page(browser: str, target: str) -> str:
    return f"{browser.split('/devtools/')[0]}/devtools/page/{target}"


def _socket_of(browser: subprocess.Popen[bytes], said: Path) -> str:
    while browser.poll() is None:
        found = re.search(r"ws://\S+", said.read_text())
        if found:
            return found.group()
        time.sleep(0.02)
    raise AssertionError(said.read_text())
