"""Safe mode: what is left of the device when the product does not run. The output is off.

An access point with one page (why, the last traceback, try again, settings to defaults, downloads)
and a console with the same. Needs board.py and MicroPython, nothing else of ours: any other file
may be the damaged one. One client at a time, each for a few seconds. Clock domain: *second*.
"""

import json
import os
import select
import socket
import time

from micropython import const

ADDRESS = "4.3.2.1"
_PORT = const(80)
_AGAIN_S = const(
    600
)  # then another try: a board that waits for ever for its owner is a dead board
_WATCHDOG_MS = const(20_000)
_LOOK_MS = const(100)
_CLIENT_MS = const(3000)
_REQUEST_BYTES = const(1024)
_FILE_BYTES = const(4096)
SETTINGS = "settings.json"
CRASH = "crash.txt"
_HEAD = (
    "HTTP/1.0 %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\nContent-Length: %d\r\n%s\r\n"
)
_PAGE = """<!doctype html><title>Battery CT</title>
<meta name=viewport content="width=device-width">
<style>body{font:16px sans-serif;margin:1em;max-width:40em}pre{overflow:auto;background:#eee}
button{font:inherit;padding:.6em;margin:.3em 0}</style>
<h1>Safe mode</h1><p>The output is off: <b>%s</b>.<p>Last traceback:<pre>%s</pre>
<form method=post action=/again><input type=hidden name=k value=%s>
<button>Try again</button></form>
<form method=post action=/defaults><input type=hidden name=k value=%s>
<button>Settings to defaults, then try again</button></form>
<p><a href=/crash.txt download>crash.txt</a> <a href=/settings.json download>settings</a>
(without passwords)<p>The device tries again by itself in 10 minutes.
"""
_CONSOLE = "Say again (start once more), defaults (forget the settings), crash or wifi.\r\n"


def run(board, why):
    """Be there for the owner; another try after ten minutes, or when asked. Never returns."""
    board.watch(_WATCHDOG_MS)
    SafeMode(board, why).serve()
    board.forget_crashes()
    board.reset()


class SafeMode:
    """The page and the console of a device whose product does not run.

    why: words, or the name of a file that a start found damaged.
    """

    def __init__(self, board, why):
        self._board = board
        self._why = why if " " in why else why + " on the flash is damaged: flash it again"
        self._line = ""
        self.key = _hex(os.urandom(8))  # in each form: another site's page cannot know it
        self.ended = False  # somebody asked for another try
        stored = stored_settings()
        self.ssid = _word(stored, "ssid", 1) or "BatteryCT-" + _hex(board.unique_id()[-2:])
        self.password = _word(stored, "password", 8) or _hex(board.random_bytes(6))

    def serve(self):
        """Answer page and console until somebody asks for another try or ten minutes pass."""
        stream, write = self._board.console_stream()
        write("Battery CT safe mode: %s. The output is off.\r\n" % self._why)
        write("Trying again in 10 minutes. Ctrl-C for the REPL. %s" % _CONSOLE)
        listener = self._listen(write)
        write(self._wifi_words())  # when the page is there, not before
        poll = select.poll()
        poll.register(stream, select.POLLIN)
        if listener:
            poll.register(listener, select.POLLIN)
        left_ms = _AGAIN_S * 1000
        while not self.ended and left_ms > 0:
            begun_ms = time.ticks_ms()
            self._board.feed()
            self._board.led(left_ms // 1000 % 2)
            for ready in poll.poll(_LOOK_MS):
                if ready[0] is listener:
                    if self._client(listener):
                        left_ms = _AGAIN_S * 1000
                elif not self._key(stream.read(1), write):
                    poll.unregister(stream)
            left_ms -= max(1, time.ticks_diff(time.ticks_ms(), begun_ms))
        if listener:
            listener.close()

    def answer(self, request):
        """The answer's bytes to a whole request's bytes."""
        try:
            head, body = request.decode().split("\r\n\r\n", 1)
            method, path = head.split(" ")[:2]
        except (ValueError, UnicodeError):
            return _reply("400 Bad Request", "That was not an HTTP request.")
        if method == "POST":
            return self._post(path, body.strip())
        if path == "/crash.txt":
            return _reply("200 OK", text_of(CRASH) or "no crash is known\n")
        if path == "/settings.json":
            return _reply("200 OK", json.dumps(without_secrets(stored_settings())))
        if path != "/":  # what a phone asks for to find out whether there is an Internet
            return _reply("302 Found", "", more="Location: http://%s/\r\n" % ADDRESS)
        crash = text_of(CRASH) or "none"
        for bad, good in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            crash = crash.replace(bad, good)
        page = _PAGE % (self._why, crash[-2000:], self.key, self.key)
        return _reply("200 OK", page, "text/html; charset=UTF-8")

    def _post(self, path, body):
        if body != "k=" + self.key:
            return _reply("403 Forbidden", "Use the buttons of the page.")
        if path not in ("/again", "/defaults"):
            return _reply("404 Not Found", "There is no such thing.")
        if path == "/defaults":
            to_defaults()
        self.ended = True
        return _reply("200 OK", "Starting once more. Join the device's WiFi again in a minute.")

    def _listen(self, write):
        """The socket of the page; None where there is no WiFi, and the console tells why."""
        try:
            self._board.start_access_point(self.ssid, self.password, ADDRESS)
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(socket.getaddrinfo("0.0.0.0", _PORT)[0][-1])
            listener.listen(2)
            return listener
        except (OSError, RuntimeError) as why:  # the driver raises both
            write("No WiFi: %s\r\n" % why)
            return None

    def _client(self, listener):
        """Serve one client; True if it asked for something."""
        request = b""
        try:
            client = listener.accept()[0]
        except OSError:  # it has gone already
            return False
        begun_ms = time.ticks_ms()
        try:
            client.settimeout(1)
            while len(request) < _REQUEST_BYTES and not whole(request):
                data = client.recv(256)
                if not data or time.ticks_diff(time.ticks_ms(), begun_ms) > _CLIENT_MS:
                    break
                request += data
            if request:
                client.write(self.answer(request))
        except OSError:  # slow or gone: the next one waits
            pass
        client.close()
        return bool(request)

    def _key(self, key, write):
        """Take one character of the console; False at its end."""
        if not key:
            return False
        if key in b"\r\n":
            self._obey(self._line.strip(), write)
            self._line = ""
        else:
            self._line = (self._line + chr(key[0]))[-40:]
        return True

    def _obey(self, line, write):
        if line == "crash":
            write((text_of(CRASH) or "no crash is known\n").replace("\n", "\r\n"))
        elif line == "wifi":
            write(self._wifi_words())
        elif line in ("again", "defaults"):
            if line == "defaults":
                to_defaults()
            self.ended = True
        elif line:
            write(_CONSOLE)

    def _wifi_words(self):
        return "WiFi %s  password %s  page http://%s/\r\n" % (self.ssid, self.password, ADDRESS)


def whole(request):
    """Whether the head and the body that it promises are there."""
    head, found, body = request.partition(b"\r\n\r\n")
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return bool(found)
    digits = head[at + 17 :].split(b"\r\n")[0].strip()
    return bool(found) and len(body) >= (int(digits) if digits.isdigit() else 0)


def stored_settings():
    """What the settings file or the copy before it holds, {} where neither can be read."""
    for name in (SETTINGS, SETTINGS + ".new", SETTINGS + ".old"):
        try:
            values = json.loads(text_of(name))["settings"]
            if isinstance(values, dict):
                return values
        except (ValueError, KeyError, TypeError):  # the next copy
            pass
    return {}


def _word(values, name, least):
    """A stored word that an access point takes, "" for any other."""
    value = values.get(name)
    return value if isinstance(value, str) and least <= len(value) < 64 else ""


def without_secrets(values):
    """The settings as they may leave the device."""
    hidden = [name for name in values if "password" in str(name)]
    hidden += [name for name in values if isinstance(values[name], (list, dict))]  # however deep
    return {name: "…" if name in hidden else values[name] for name in values}


def to_defaults():
    """The next start finds no settings, as delivered.

    In this order the power may fail at any time: old settings, none, or a loss that is told.
    """
    for ending in (".seen", ".old", ".new", "", ".bad"):
        try:
            os.remove(SETTINGS + ending)
        except OSError:  # there is none, or it cannot go: the others do
            pass


def text_of(name):
    """The beginning of a small file as text, "" where there is none that can be read."""
    try:
        with open(name, "rb") as f:
            return f.read(_FILE_BYTES).decode()
    except (OSError, UnicodeError):
        return ""


def _reply(status, text, kind="text/plain; charset=UTF-8", more=""):
    body = text.encode()
    return (_HEAD % (status, kind, len(body), more)).encode() + body


def _hex(data):
    return "".join(["%02x" % byte for byte in data])
