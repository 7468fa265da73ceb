"""A headless Chromium driven over its own debugging pipe: no driver program, no open port, no further package."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboards.errors import BrowserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    # Maps are drawn with WebGL, here by the processor.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-pipe",
)
POLL_SECONDS = 0.1
Event = dict[str, Any]


class Page:
    """One tab. Every wait has a deadline and says what it waited for."""

    def __init__(self, reader: int, writer: int, deadline_seconds: float) -> None:
        self.events: list[Event] = []
        self.deadline_seconds = deadline_seconds
        self._writer = writer
        self._reader = reader
        self._inbox: queue.Queue[Event | None] = queue.Queue()
        self._number = 0
        self._session: str | None = None
        threading.Thread(target=self._listen, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command of the DevTools protocol and give its result.

        Raises:
            BrowserError: the browser refused it, ended, or did not answer in time.
        """
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + self.deadline_seconds
        while True:
            answer = self._next(deadline, method)
            if answer.get("id") != number:
                self.events.append(answer)
            elif "error" in answer:
                raise BrowserError(f"the browser refused {method}: {answer['error'].get('message')}")
            else:
                return dict(answer["result"])

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, in pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def evaluate(self, script: str) -> Any:
        """Value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"the page refused `{script[:80]}`: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        """Go to an address and wait until its document is there."""
        answer = self.call("Page.navigate", url=address)
        if answer.get("errorText"):
            raise BrowserError(f"{address} cannot be opened: {answer['errorText']}; is Superset running there?")
        self.wait("document.readyState === 'complete'", f"{address} to load")

    def wait(self, condition: str, what: str) -> None:
        """Wait until a JavaScript condition holds."""
        self.wait_for(lambda: bool(self.evaluate(f"Boolean({condition})")), what)

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until `holds()`; the page's events keep arriving meanwhile."""
        deadline = time.monotonic() + self.deadline_seconds
        while not holds():
            if time.monotonic() > deadline:
                text = str(self.evaluate("document.body.innerText"))[:500]
                raise BrowserError(f"waited {self.deadline_seconds:.0f} s for {what}; the page says: {text}")
            self._drain()

    def type_into(self, selector: str, text: str) -> None:
        """Put text into a field as a keyboard would."""
        self.wait(f"document.querySelector({json.dumps(selector)})", f"the field {selector}")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        """Press the Enter key."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **key)

    def _drain(self) -> None:
        try:
            message = self._inbox.get(timeout=POLL_SECONDS)
        except queue.Empty:
            return
        if message is None:
            raise BrowserError("the browser ended; run it by hand to see why, memory is the usual reason")
        self.events.append(message)

    def _next(self, deadline: float, method: str) -> Event:
        try:
            message = self._inbox.get(timeout=max(deadline - time.monotonic(), 0.01))
        except queue.Empty:
            raise BrowserError(f"no answer to {method} within {self.deadline_seconds:.0f} s") from None
        if message is None:
            raise BrowserError("the browser ended; run it by hand to see why, memory is the usual reason")
        return message

    def _listen(self) -> None:
        rest = b""
        while chunk := os.read(self._reader, 1 << 16):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in messages:
                self._inbox.put(json.loads(message))
        self._inbox.put(None)


@contextmanager
def open_page(width: int, height: int, *, language: str = "fr", seconds: float = 120.0) -> Iterator[Page]:
    """Start Chromium with one tab of that size, and end it afterwards.

    Raises:
        BrowserError: no Chromium is installed.
    """
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise BrowserError("no Chromium on this machine; install it: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        command_reader, command_writer = os.pipe()
        answer_reader, answer_writer = os.pipe()
        # The browser reads commands on descriptor 3 and answers on 4.
        plumbing = f'exec "$0" "$@" 3<&{command_reader} 4>&{answer_writer}'
        arguments = [*FLAGS, f"--user-data-dir={profile}", f"--lang={language}", f"--window-size={width},{height}"]
        with (Path(profile) / "chromium.log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", plumbing, program, *arguments],
                pass_fds=(command_reader, answer_writer),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(command_reader)
        os.close(answer_writer)
        try:
            page = Page(answer_reader, command_writer, seconds)
            page.resize(width, height)
            yield page
        finally:
            # Without its command pipe the browser ends by itself and takes its children along.
            os.close(command_writer)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
