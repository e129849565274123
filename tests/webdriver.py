"""A browser driven over the W3C WebDriver protocol, which is JSON over HTTP: chromedriver's own.

Needs the system's `chromium` and `chromedriver` (Debian: chromium, chromium-driver).
"""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference
# What arrives above an element moves it away from under the finger.
STANDS_STILL = """
    const look = (done, before) => {
        const {x, y} = document.querySelector(arguments[0]).getBoundingClientRect();
        before === x + "," + y ? done() : setTimeout(look, 100, done, x + "," + y);
    };
    return new Promise(done => look(done));
"""
WAIT_S = 120  # a busy computer is slow; what is right comes at once
PHONE = {"width": 390, "height": 844, "pixelRatio": 2}


def missing() -> str:
    """The programs that are not installed, "" when all are."""
    return " and ".join(name for name in ("chromium", "chromedriver") if not shutil.which(name))


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class BrowserError(Exception):
    """The browser refused a command."""


class Browser:
    """One headless Chromium of a phone's size; use as a context manager."""

    def __init__(self, profile: Path):
        self._port = free_port()
        self._profile = profile
        self._session = ""

    def __enter__(self):
        self._driver = subprocess.Popen(
            ["chromedriver", f"--port={self._port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._start()
        except BaseException:
            self._driver.terminate()
            raise
        return self

    def __exit__(self, *exc):
        with contextlib.suppress(OSError, BrowserError):
            self._call("DELETE", "")
        self._driver.terminate()
        self._driver.wait(60)

    def _start(self):
        options = {
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-proxy-server",
                f"--user-data-dir={self._profile}",
            ],
            "mobileEmulation": {"deviceMetrics": {**PHONE, "touch": True}},
        }
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        until = time.monotonic() + WAIT_S
        while True:
            try:
                answer = self._request("POST", "/session", {"capabilities": capabilities})
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        self._session = "/session/" + answer["sessionId"]

    def _request(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=300) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as why:
            raise BrowserError(json.load(why)["value"]["message"]) from None

    def _call(self, method, path, body=None):
        return self._request(method, self._session + path, body)

    def open(self, url):
        """Go to a page."""
        self._call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """What a script in the page returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def _find(self, css):
        return self._call("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def text(self, css):
        """What a person reads in the element, "" while it is hidden."""
        return self._call("GET", f"/element/{self._find(css)}/text")

    def click(self, css):
        """Press the element once it stands still; BrowserError when a person could not."""
        self.run(STANDS_STILL, css)
        self._call("POST", f"/element/{self._find(css)}/click", {})

    def type(self, css, text):
        """Replace what is in a field."""
        element = self._find(css)
        self._call("POST", f"/element/{element}/clear", {})
        self._call("POST", f"/element/{element}/value", {"text": text})

    def wait(self, css, wanted):
        """Wait until the element is there and says `wanted`; AssertionError with what it says."""
        return self.until(css, lambda text: wanted in text, f"and not {wanted!r}")

    def until(self, css, holds, otherwise="all the time"):
        """The element's text as soon as `holds` is true of it; AssertionError with the text."""
        until = time.monotonic() + WAIT_S
        while True:
            try:
                text = self.text(css)
                if holds(text):
                    break
            except BrowserError as why:  # not there yet, or just replaced
                text = str(why).split("\n")[0]
            assert time.monotonic() < until, f"{css} says {text!r} {otherwise}"
            time.sleep(0.1)
        return text

    def scheme(self, name):
        """Prefer "light" or "dark", as a phone's system setting."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def cdp(self, command, **parameters):
        """One command of the browser's own protocol."""
        self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        """The visible part of the page as PNG."""
        Path(path).write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def messages(self):
        """What the page or the browser complained about so far."""
        return [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]
