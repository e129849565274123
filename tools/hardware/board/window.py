"""KiCad's own electrical rules and its own netlist of the schematic, by command.

KiCad 6 has both only behind its schematic editor's menus. So a virtual screen (Xvfb) shows the
editor, and xdotool presses the keys. An editor that did nothing would report no errors either:
each run first checks a copy with an open pin left unmarked, and believes the check only when it
objects to that. Needs Debian's kicad, xvfb and xdotool.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tools.hardware import netlist, schematic

PROGRAMS = ("Xvfb", "xdotool", "eeschema")
PATIENCE_S = 180
SETTLE_S = (2, 8, 30)  # the rules take so long; nothing on the screen says when they are done
AGAIN_S = 10  # a busy computer loses keys: they are pressed again until their window is there
CHECKER, REPORT = "^Electrical Rules Checker$", "^Save Report to File$"
EXPORT, SAVE = "^Export Netlist$", "^Save Netlist File$"
EDITOR = "battery-ct .*Schematic Editor"
SAVE_BUTTON = (-62, -77)  # of the checker, from its lower right corner
TABLE = "({}_lib_table\n)\n"
ASK_NOTHING = {
    "system": {"first_run_shown": True},
    "meta": {"filename": "kicad_common.json", "version": 3},
}


class NoWindow(Exception):
    """The editor or one of its windows did not come, or a program is missing."""


class Editor:
    """KiCad's schematic editor with a project of its own on a screen of its own."""

    def __init__(self, folder, text):
        missing = [name for name in PROGRAMS if not shutil.which(name)]
        if missing:
            raise NoWindow(f"{', '.join(missing)} missing (Debian: kicad, xvfb, xdotool)")
        shutil.rmtree(folder, ignore_errors=True)
        self.project = Path(folder) / "battery-ct"
        settings = Path(folder) / "settings" / "6.0"
        for place in (self.project, settings):
            place.mkdir(parents=True)
        (self.project / "battery-ct.kicad_sch").write_text(text)
        for file in (schematic.SYMBOLS, schematic.TABLE):
            shutil.copy(file, self.project)
        (self.project / "battery-ct.kicad_pro").write_text("{}\n")
        for kind in ("sym", "fp"):
            (settings / f"{kind}-lib-table").write_text(TABLE.format(kind))
        (settings / "kicad_common.json").write_text(json.dumps(ASK_NOTHING))
        self.log = (Path(folder) / "log.txt").open("w")
        self.env = {**os.environ, "HOME": str(folder), "KICAD_CONFIG_HOME": str(settings.parent)}
        self.running = []

    def __enter__(self):
        ours, theirs = os.pipe()
        self._start(["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1600x1000x24"], (theirs,))
        os.close(theirs)
        with os.fdopen(ours) as answer:
            self.env["DISPLAY"] = f":{answer.readline().strip()}"
        self._start(["eeschema", self.project / "battery-ct.kicad_sch"])
        self.main = self.window(EDITOR)
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
            process.wait(30)
        self.log.close()

    def _start(self, command, pass_fds=()):
        made = subprocess.Popen(
            command, env=self.env, stdout=self.log, stderr=self.log, pass_fds=pass_fds
        )
        self.running.append(made)

    def _do(self, *words):
        """What xdotool answers; nothing where it fails."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.env, check=False, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        return done.stdout.strip() if done.returncode == 0 else ""

    def window(self, name):
        """The window of that name, as soon as it is there."""
        return _wait(name, lambda: self._do("search", "--onlyvisible", "--name", name)).split()[0]

    def opened(self, name, press):
        """The window that comes when something is pressed, if need be again."""
        pressed = -AGAIN_S

        def ask():
            nonlocal pressed
            if time.monotonic() - pressed >= AGAIN_S:
                press()
                pressed = time.monotonic()
            return self._do("search", "--onlyvisible", "--name", name)

        return _wait(name, ask).split()[0]

    def keys(self, window, *names):
        """Press keys in a window, one after the other."""
        self._do("windowfocus", window)
        for one in names:
            time.sleep(0.3)
            self._do("key", one)

    def rules(self, settle_s):
        """Run the electrical rules; what the report says after so many seconds."""
        menu = ("Escape", "alt+i", "Return")
        checker = self.opened(CHECKER, lambda: self.keys(self.main, *menu))
        self.keys(checker, "Return")
        time.sleep(settle_s)
        size = dict(re.findall(r"(WIDTH|HEIGHT)=(\d+)",
                               self._do("getwindowgeometry", "--shell", checker)))  # fmt: skip
        x, y = int(size["WIDTH"]) + SAVE_BUTTON[0], int(size["HEIGHT"]) + SAVE_BUTTON[1]
        save = ("mousemove", "--window", checker, x, y, "click", 1)
        self.keys(self.opened(REPORT, lambda: self._do(*save)), "Return")
        report = self._file("*.rpt", "ERC messages")
        self.keys(checker, "Escape")
        return report

    def netlist(self):
        """{net: {(reference, pin)}} as KiCad itself reads the drawing."""
        menu = ("Escape", "alt+f", *["Down"] * 7, "Right", "Down", "Return")
        export = self.opened(EXPORT, lambda: self.keys(self.main, *menu))
        self.keys(self.opened(SAVE, lambda: self.keys(export, "Return")), "Return")
        return nets(self._file("*.net", "(nets"))

    def _file(self, pattern, end):
        def complete():
            texts = [path.read_text() for path in self.project.glob(pattern)]
            return next((text for text in texts if end in text and text.count("(") ==
                         text.count(")")), "")  # fmt: skip

        return _wait(pattern, complete)


def nets(text):
    """{net: {(reference, pin)}} of a netlist that KiCad has exported."""
    found = {}
    for part in re.split(r"\n\s*\(net ", text.split("(nets")[1])[1:]:
        name = re.search(r'\(name "([^"]*)"\)', part)[1].lstrip("/")
        ends = re.findall(r'\(node \(ref "([^"]+)"\) \(pin "([^"]+)"\)', part)
        found[name] = {end for end in ends if not end[0].startswith("#")}
    return found


def count(report):
    """How many errors and warnings the report has."""
    return sum(map(int, re.search(r"Errors (\d+)\s+Warnings (\d+)", report).groups()))


def spoilt(text):
    """The schematic with one open pin that no mark excuses."""
    return re.sub(r"\n  \(no_connect [^\n]*", "", text, count=1)


def differences(theirs):
    """Nets that KiCad's netlist has and ours has not, or the other way round."""
    wanted = {net: set(ends) for net, ends in netlist.nets().items()}
    open_pins = {frozenset(ends) for net, ends in wanted.items() if net.startswith("NC")}
    named = {net: ends for net, ends in wanted.items() if not net.startswith("NC")}
    ours = {net: ends for net, ends in theirs.items() if frozenset(ends) not in open_pins}
    return sorted(net for net in {*named, *ours} if named.get(net) != ours.get(net))


def check(folder):
    """(report of the rules, nets that differ); NoWindow if the editor cannot be asked."""
    text = schematic.SCHEMATIC.read_text()
    for settle_s in SETTLE_S:
        with Editor(Path(folder) / "spoilt", spoilt(text)) as editor:
            objections = count(editor.rules(settle_s))
        if objections:
            break
    else:
        raise NoWindow("KiCad's rules did not object to an open pin: they were not run")
    if objections != 1:
        raise NoWindow(f"KiCad's rules objected {objections} times where one pin is open")
    with Editor(Path(folder) / "whole", text) as editor:
        return editor.rules(3 * settle_s), differences(editor.netlist())


def _wait(what, ask):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = ask()
        if found:
            return found
        time.sleep(0.5)
    raise NoWindow(f"KiCad's schematic editor: waited {PATIENCE_S} s for {what}")
