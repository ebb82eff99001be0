"""A real Chromium, driven over the DevTools protocol through a pipe: no driver, no port, nothing to install."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = ("gpu", "quic", "background-networking", "component-update", "sync", "extensions", "dev-shm-usage")
_PATIENCE = 60.0

# A promise of a report's page: that its list of articles has been drawn anew.
DRAWN = (
    "new Promise((done) => new MutationObserver((_, seen) => { seen.disconnect(); requestAnimationFrame(() => "
    "setTimeout(done)); }).observe(document.getElementById('list'), { childList: true }))"
)


class Browser:
    """One page of a headless Chromium. `complaints` are its errors, and what its security policy refused."""

    def __init__(self, profile: Path) -> None:
        # Chromium reads requests from descriptor 3 and answers on 4, each message ended by a zero byte.
        here, there = os.pipe(), os.pipe()
        read, write = (fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (here[0], there[1]))

        def connect() -> None:
            os.dup2(read, 3)
            os.dup2(write, 4)

        self._process = subprocess.Popen(
            [
                CHROMIUM or "chromium",
                *("--headless=new", "--no-sandbox", "--no-first-run", "--remote-debugging-pipe", "--hide-scrollbars"),
                "--enable-precise-memory-info",
                *(f"--disable-{what}" for what in _QUIET),
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stderr=subprocess.DEVNULL,
            preexec_fn=connect,
            close_fds=False,
            start_new_session=True,
        )
        for one in (here[0], there[1], read, write):
            os.close(one)
        self._out, self._in = here[1], there[0]
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Performance"):
            self.call(f"{domain}.enable")
        self.size(1280, 900)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask and wait for the answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]  # type: ignore[no-any-return]

    def run(self, script: str) -> Any:
        """The value of an expression, or of what it promises, in the page."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        """Load a page, from scratch, and wait until it is loaded."""
        self.call("Page.navigate", url="about:blank")
        self._events.clear()
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def until(self, condition: str) -> None:
        """Wait for an expression of the page to be true."""
        end = time.monotonic() + _PATIENCE
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.01)

    def key(self, key: str) -> None:
        """Press and release a key: a character, or a name as in KeyboardEvent.key."""
        extra = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        codes = {"Enter": 13, "Escape": 27, "Tab": 9}
        code = codes.get(key, ord(key[0].upper()) if len(key) == 1 else 0)
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def media(self, media: str = "", **features: str) -> None:
        """Pretend to be a printer, or to prefer something: `prefers_color_scheme="dark"`."""
        asked = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=media, features=asked)

    def size(self, width: int, height: int, scale: float = 1) -> None:
        """The window's size in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    def picture(self, path: Path, **clip: float) -> None:
        """Write what the window shows, or a part of the page, as PNG."""
        part = {"clip": {"scale": 1, **clip}, "captureBeyondViewport": True} if clip else {}
        path.write_bytes(b64decode(self.call("Page.captureScreenshot", format="png", **part)["data"]))

    def print(self) -> bytes:
        """The page on paper, as PDF."""
        return b64decode(self.call("Page.printToPDF")["data"])

    def close(self) -> None:
        self._session = None
        self.call("Browser.close")
        self._process.wait(_PATIENCE)
        os.close(self._out)
        os.close(self._in)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], _PATIENCE)
            assert ready, "Chromium does not answer"
            self._buffer += os.read(self._in, 1 << 20)
        line, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(answer["params"]["exceptionDetails"]))
        if answer.get("method") == "Log.entryAdded":
            self.complaints.append(str(answer["params"]["entry"]["text"]))
        return answer


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser that is closed in the end."""
    browser = Browser(profile)
    try:
        yield browser
    finally:
        browser.close()
