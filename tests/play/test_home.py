"""The home's WiFi on the virtual board: joined from a phone, looked at and steered from there."""

import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests.play.test_run import PATIENCE_S, running  # noqa: F401  fixture
from tests.play.test_way import phone  # noqa: F401  fixture
from tools.play.world import free_port

PAGE_PASSWORD = "mine alone"
JOIN = {"ssid": "Home", "password": "home sweet home", "login": PAGE_PASSWORD}


class Router:
    """The home's: who connects to its port reaches the device from an address of the home."""

    def __init__(self, to_port):
        self._to = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket()
                far.bind(("127.0.1.20", 0))
                far.connect(("127.0.0.1", self._to))
                for a, b in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    @staticmethod
    def _carry(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(4096):
                b.sendall(data)
        for side in (a, b):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def ask(self, path, body=None):
        """(status, answer) as somebody in the home gets it."""
        request = urllib.request.Request(self.url + path)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as why:
            return why.code, json.load(why)

    def end(self):
        self._listener.close()


@pytest.fixture
def router(running):  # noqa: F811
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.1.20", 0))
        except OSError:
            pytest.skip("no second address on the loopback")
    made = Router(running.http_port)
    yield made
    made.end()


def joined(running, **more):  # noqa: F811
    """The device is in the home; what it says of that."""
    running.until(lambda now: now["locked"])
    running.ask("/api/home", JOIN | more)
    until = time.monotonic() + PATIENCE_S
    while (now := json.loads(running.ask("/api/home")))["state"] != "joined":
        assert time.monotonic() < until, now
        time.sleep(0.5)
    return now


def test_a_phone_joins_the_device_to_the_home_and_steers_it_from_there(running, router, phone):  # noqa: F811
    running.until(lambda now: now["locked"])
    phone.open(f"http://127.0.0.1:{running.http_port}/")
    phone.wait("#link", "live")
    phone.click("#dhome summary")
    phone.wait("#dhome", "No home WiFi is chosen.")
    phone.run(PRESS, "Look for networks")
    phone.wait("#dhome", "Home · strong")
    phone.wait("#dhome", "The neighbours · weak")
    phone.run(PRESS, "Home · strong")
    phone.type("#home-password", "a wrong guess")
    phone.type("#home-login", PAGE_PASSWORD)
    phone.run(PRESS, "Save")
    phone.wait("#homesaved", "Saved.")
    phone.wait("#dhome", "Home refuses. Is the password right?")
    phone.type("#home-password", "home sweet home")
    phone.run(PRESS, "Save")
    phone.wait("#dhome", "http://batteryct-")

    phone.open(router.url + "/")
    phone.wait("#link", "live")
    phone.run("scrollTo(0, 0)")
    phone.click("#mute")
    phone.wait("dialog[open]", "You come through the home WiFi.")
    phone.type("#pagepass", "a guess of mine")
    phone.run("document.querySelector('dialog[open] .main').click()")
    phone.wait("#pageerr", "That is not the page's password.")
    phone.type("#pagepass", PAGE_PASSWORD)
    phone.run("document.querySelector('dialog[open] .main').click()")
    phone.wait("#reason", "Output is zero: muted")
    phone.click("#mute")
    phone.until("#reason", lambda words: "muted" not in words)
    assert phone.run("return document.cookie") == ""  # no script can read it
    assert running.until(lambda now: now["locked"])["underruns"] == 0


PRESS = """
    [...document.querySelectorAll("#dhome button")]
        .find(b => b.textContent === arguments[0]).click()
"""


def test_in_the_home_reading_is_open_and_every_change_wants_a_login(running, router):  # noqa: F811
    now = joined(running)
    assert now["ip"] == "192.168.1.77"
    assert router.ask("/api/live")[0] == 200
    assert router.ask("/api/mute", {"muted": True})[0] == 401
    assert router.ask("/api/wifi")[0] == 401
    assert router.ask("/api/login", {"password": "a guess of mine"})[0] == 401
    assert router.ask("/api/login", {"password": PAGE_PASSWORD})[0] == 200
    running.ask("/api/home", {"open": False})
    assert router.ask("/api/live")[0] == 401
    assert json.loads(running.ask("/api/live"))["mains"]["locked"]  # on the own WiFi as ever


def test_a_restart_joins_it_again(running):  # noqa: F811
    joined(running)
    running.ask("/api/restart", {})
    until = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(OSError, ValueError):
            now = json.loads(running.ask("/api/home"))
            up_s = json.loads(running.ask("/api/live"))["uptime_s"]
            if now["state"] == "joined" and up_s < 60:
                break
        assert time.monotonic() < until
        time.sleep(0.5)


@pytest.fixture
def broker(tmp_path):
    """A real broker, which wants a password."""
    if not shutil.which("mosquitto"):
        pytest.skip("mosquitto not installed")
    port = free_port("tcp")
    passwords = tmp_path / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", passwords, "ct", "broker's own"], check=True, timeout=60
    )
    passwords.chmod(0o644)
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
    )
    process = subprocess.Popen(
        ["mosquitto", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield port
    process.terminate()
    process.wait(60)


def test_a_real_broker_takes_what_is_told(running, broker):  # noqa: F811
    if not shutil.which("mosquitto_sub"):
        pytest.skip("mosquitto_sub not installed")
    running.type("battery -1500")
    running.until(lambda now: now["because"] == "following")
    user = {"broker_user": "ct", "broker_password": "broker's own"}
    joined(running, broker=f"127.0.0.1:{broker}", **user)
    heard = subprocess.run(
        ["mosquitto_sub", "-p", str(broker), "-u", "ct", "-P", "broker's own"]
        + [
            "-t",
            "homeassistant/#",
            "-t",
            "+/state",
            "-t",
            "+/online",
            "-C",
            "8",
            "-v",
            "-W",
            "60",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stdout
    told = dict(line.split(" ", 1) for line in heard.splitlines())
    name = json.loads(running.ask("/api/home"))["name"]
    assert told[f"{name}/online"] == "online"
    assert json.loads(told[f"{name}/state"])["battery_w"] == -1500
    assert sum(topic.startswith("homeassistant/") for topic in told) == 6
    assert "In touch" in json.loads(running.ask("/api/home"))["mqtt"]
