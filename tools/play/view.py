"""What a person sees of the running virtual board: the chain in a terminal, or JSON lines."""

import json
import sys

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

WAITING = "…"


def snapshot(t_s, status, zappi, inverter, load_pct):
    """One flat dictionary of the whole chain; None where nothing is known.

    status: the device's own; zappi: the simulated Zappi's Reading; inverter: the fake's status.
    """
    status = status or {}
    mains, ct = status.get("mains", {}), status.get("ct", {})
    line = status.get("inverter", {})
    return {
        "t_s": round(t_s, 1),
        "inverter_w": inverter["battery_w"] if inverter else line.get("battery_w"),
        "reading_w": line.get("battery_w"),
        "commanded_w": ct.get("commanded_w"),
        "zappi_w": round(zappi.watts, 1) if zappi else None,
        "pf": round(zappi.pf, 4) if zappi else None,
        "mains_v": mains.get("volts"),
        "mains_hz": mains.get("hz"),
        "locked": mains.get("locked"),
        "age_ms": line.get("age_ms"),
        "soc_pct": line.get("soc_pct"),
        "because": status.get("because"),
        "queue_ms": ct.get("queue_ms"),
        "underruns": ct.get("underruns"),
        "loop_late_ms": status.get("loop", {}).get("late_ms"),
        "load_pct": round(load_pct, 1),
        "questions": inverter["questions"] if inverter else None,
        "answers": inverter["answers"] if inverter else None,
        "faults": status.get("faults", {}),
    }


class Screen:
    """The picture in a terminal, refreshed in place; JSON lines where there is none."""

    def __init__(self, url, port):
        self._where = f"page {url}   console: mpremote connect {port}"
        self._said = "type help for what the fake inverter can do, Ctrl-C to end"
        self._live = None
        self._now = None
        self.typed = ""  # what stands in the line below the picture
        if sys.stdout.isatty():
            self._live = Live(console=Console(), auto_refresh=False, screen=True)
            self._live.start()

    def show(self, now):
        """Show a snapshot."""
        self._now = now
        if self._live:
            self.redraw()
        else:
            print(json.dumps(now), flush=True)

    def redraw(self):
        """Show again what is known, after a key."""
        if self._live and self._now:
            self._live.update(self.picture(self._now, self._live.console), refresh=True)

    def say(self, words):
        """Words for the person who typed something."""
        self._said = words
        self.redraw()

    def close(self):
        """Leave the terminal as it was."""
        if self._live:
            self._live.stop()

    def picture(self, now, console):
        """The chain and its facts, framed; in a low window without what matters least."""
        for left_out in range(len(self._details(now)) + 1):
            panel = self._panel(now, left_out, self._said.split("\n"))
            lines = console.render_lines(panel, console.options)
            if len(lines) <= console.height:
                return panel
        kept = max(0, len(self._said.split("\n")) - (len(lines) - console.height))
        return self._panel(now, left_out, self._said.split("\n")[:kept])

    def _panel(self, now, left_out, answers):
        chain = Table.grid(padding=(0, 2))
        for _ in range(5):
            chain.add_column(justify="center")
        chain.add_row("inverter", "", "commanded", "", "Zappi reads")
        chain.add_row(
            _watts(now["inverter_w"]), "→", _watts(now["commanded_w"]), "→", _watts(now["zappi_w"])
        )
        facts = Table.grid(padding=(0, 2))
        facts.add_column(style="dim")
        facts.add_column()
        facts.add_row("because", Text(now["because"] or "the device does not answer yet", "bold"))
        details = self._details(now)
        for row in details[: len(details) - left_out]:
            facts.add_row(*row)
        for name, words in now["faults"].items():
            facts.add_row(Text(f"fault {name}", "red"), Text(str(words), "red"))
        body = Table.grid()
        body.add_row(chain)
        if not left_out:
            body.add_row("")
        body.add_row(facts)
        if not left_out:
            body.add_row("")
        for line in answers:
            body.add_row(Text(line, "dim"))
        body.add_row(Text("> " + self.typed, "bold"))
        return Panel(body, title="Battery CT, virtual board", subtitle=f"{now['t_s']:.0f} s")

    def _details(self, now):
        """Rows of facts, what matters most first."""
        lock = "locked" if now["locked"] else "NOT LOCKED"
        mains = f"{_num(now['mains_v'])} V   {_num(now['mains_hz'], 3)} Hz   {lock}"
        output = f"queue {_num(now['queue_ms'], 0)} ms   underruns {_num(now['underruns'], 0)}"
        loop = f"load {_num(now['load_pct'])} % of a core   late {_num(now['loop_late_ms'], 0)} ms"
        return [
            ("mains", mains),
            ("data age", f"{_num(now['age_ms'], 0)} ms   SoC {_num(now['soc_pct'])} %"),
            ("output", f"{output}   PF {_num(now['pf'], 3)}"),
            ("loop", loop),
            ("at", Text(self._where, "dim")),
        ]


def _watts(value):
    if value is None:
        return Text(WAITING)
    return Text(f"{value:+.0f} W", "bold green" if value > 0 else "bold blue" if value else "bold")


def _num(value, digits=1):
    return WAITING if value is None else f"{value:.{digits}f}"
