"""Prepares the world of one virtual board: the config that its stand-ins read.

One scenario makes one config, whichever clock runs it (tools/play/sim.py, tools/play/run.py).
"""

import json
import os
import socket
import subprocess

from firmware import board_pins
from tools.fake_inverter.slave import Slave
from tools.fake_inverter.steering import Steering, check_lines
from tools.micropython import DEVICE, ROOT, interpreter
from tools.plant.analog import SENSE_SHARE, WORD_S, Stage, components

VIRTUAL = ROOT / "tools" / "virtual"
# Of the board that the virtual one is: an ESP32 DevKit.
MAINS_PIN = board_pins.BOARDS[0][2][board_pins.FIELDS.index("mains")]
US = 1_000_000
# What is in the air around a virtual board that runs in real time.
HOME = {
    "networks": [
        {"ssid": "Home", "password": "home sweet home", "dbm": -58},
        {"ssid": "The neighbours", "password": "not for you", "dbm": -83},
    ],
    "ip": "192.168.1.77",
}
HEAP = "8m"  # a roomy heap keeps the host's own garbage collection out of the way


def of_scenario(scenario, seed=None):
    """Config dict for a Scenario, times in µs; the host's folders and clocks are added later.

    SteeringError for a line that the fake inverter cannot obey.
    """
    check_lines(scenario.inverter.lines)
    s, board = scenario, scenario.board
    return {
        "root": str(ROOT),
        "seed": (s.seed if seed is None else seed) % 65521,
        "mains_pin": MAINS_PIN,
        "volts_per_volt": _default("mains_scale"),
        "ticks_us_start": board.ticks_us_start,
        "ticks_ms_start": board.ticks_ms_start,
        "pauses_us": [[_us(t), _us(ms / 1000)] for t, ms in board.pauses],
        "gc": {"every_us": _us(board.gc.every_s), "pause_us": _us(board.gc.pause_ms / 1000)},
        "timer": {
            "jitter_us": board.timer.jitter_us,
            "drop_prob": board.timer.drop_prob,
            "drop_run": board.timer.drop_run,
        },
        "adc": {
            "bias_mv": board.adc.bias_mv,
            "curve": board.adc.curve,
            "noise_mv": board.adc.noise_mv,
            "inl_pct": board.adc.inl_pct,
            "spike_prob": board.adc.spike_prob,
            "spike_mv": board.adc.spike_mv,
            "drift_mv": _points(board.adc.drift_mv),
        },
        "uart": {
            "profile": s.inverter.profile,
            "generation": s.inverter.generation,
            "battery_w": _points(s.inverter.battery_w),
            "soc_pct": _points(s.inverter.soc_pct),
            "delay_us": [_us(ms / 1000) for ms in s.inverter.delay_ms],
            "silent_us": [[_us(a), _us(b)] for a, b in s.inverter.silent],
            "changes_us": _changes(s.inverter),
            "others": [list(entry) for entry in s.inverter.others],
            "masters_us": [[_us(read[0]), read[1], read[2]] for read in s.inverter.master],
            "strangers_us": [[_us(t), data] for t, data in s.hazards.strangers],
            "errors": {
                "corrupt": s.inverter.errors.corrupt,
                "lost": s.inverter.errors.lost,
                "late": s.inverter.errors.late,
            },
        },
        "gate": bool(s.settings.get("idle_by_gate", False)),
        "stage": _sense(s.analog) if s.analog.readback else None,
        "hazards": {
            "guests_us": [[_us(t), data, round(ms)] for t, data, ms in s.hazards.guests],
            "lean_us": [[_us(a), _us(b), p] for a, b, p in s.hazards.lean],
        },
        "visitors": s.hazards.visitors,
        "console_us": [[_us(one.at_s), one.line] for one in s.console],
    }


def _sense(analog):
    """The stage as its sense resistor shows it, in steps of four words (devices/stage.py)."""
    stage = Stage.named(analog.stage)
    return {
        "modes": stage.modes(4 * WORD_S),
        "low_ma": stage.lowest_ma,
        "high_ma": stage.highest_ma,
        "open_us": [[_us(a), _us(b)] for a, b in analog.open],
        "sense_gain": _points(analog.sense_gain),
        "mv_per_ma": stage.sense_ohm * SENSE_SHARE,
    }


def settings_of(scenario):
    """The settings that the scenario's board finds: its own, the stage that it drives, and
    readback where that is wired."""
    base, _, _ = components(scenario.analog.stage)
    wired = {"readback": True} if scenario.analog.readback else {}
    if wired:
        wired["sense_mv_per_ma"] = Stage.named(scenario.analog.stage).sense_ohm * SENSE_SHARE
    return {"stage": base, **wired, **scenario.settings}


def write_settings(flash, settings):
    """The settings file that the board finds at power-on."""
    flash.mkdir(parents=True, exist_ok=True)
    if settings:
        content = {"version": 1, "settings": dict(settings)}
        (flash / "settings.json").write_text(json.dumps(content))


def free_port(kind):
    """A loopback port, "tcp" or "udp", that nobody uses at the moment."""
    how = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, how) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(script=VIRTUAL / "start.py"):
    """Argument list that starts the virtual board's interpreter."""
    return [interpreter(), "-X", f"heapsize={HEAP}", str(script)]


def environment(config_file, *first):
    """Environment for it: stand-ins before built-ins, then the board's own folders."""
    path = [VIRTUAL, *first, ".frozen", ROOT, DEVICE]
    return {
        **os.environ,
        "MICROPYPATH": ":".join(map(str, path)),
        "BATTERY_CT_WORLD": str(config_file),
    }


def live(folder):
    """Let the interpreter live through folder/world.json on folder/flash, to its end.

    Returns what it printed; board.log keeps that, too.
    """
    done = subprocess.run(
        command(),
        cwd=folder / "flash",
        env=environment(folder / "world.json"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    (folder / "board.log").write_text(printed)
    return printed


def _us(seconds):
    return round(seconds * US)


def _points(profile):
    return [[_us(t), value] for t, value in profile.points]


def _default(name):
    from firmware.device.settings_change import defaults

    return getattr(defaults(), name)


def _changes(inverter):
    """[t_us, {attribute: value}] of the slave for each typed line."""
    slave = Slave(inverter.profile, generation=inverter.generation)
    steering, found = Steering(slave), []
    for t_s, line in inverter.lines:
        before = dict(vars(slave))
        steering.obey(line, t_s)
        changed = {name: value for name, value in vars(slave).items() if before[name] != value}
        found.append([_us(t_s), changed])
    return found
