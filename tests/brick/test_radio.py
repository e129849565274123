"""A commissioned device with its radio off: nothing in the air, and the button brings it back."""

import json
import os
import signal
import subprocess

from tools.board import pty
from tools.play import world
from tools.play.run import lay_out_flash

OFF = "The radio is off (setting radio)."
WIFI = "WiFi At the meter"
BUTTON = "0"  # GPIO of the virtual board's
LIFE_S = 4
S = world.US


class Device:
    """One board, life after life, in virtual time; what it is told meanwhile survives."""

    def __init__(self, folder, **settings):
        self.folder = folder
        self.flash = folder / "flash"
        self.flash.mkdir()
        lay_out_flash(self.flash)
        values = {"ssid": "At the meter", "password": "the owner's own", **settings}
        self.write(json.dumps({"version": 1, "settings": values}))

    def write(self, text, name="settings.json"):
        (self.flash / name).write_text(text)

    def life(self, *pressed_s):
        """(what it prints, whether it restarted by itself); button down from … to, in seconds."""
        levels = [[round(at * S), k % 2] for k, at in enumerate(pressed_s)]
        config = {
            "duration_us": LIFE_S * S,
            "rtc_file": str(self.folder / "rtc.bin"),
            "reset_file": str(self.folder / "reset_cause"),
            "ports": {"80": world.free_port("tcp"), "53": world.free_port("udp")},
            "pins": {BUTTON: levels} if levels else {},
        }
        (self.folder / "world.json").write_text(json.dumps(config))
        path = ":".join([*map(str, pty.STAND_INS), "", ".frozen", str(self.flash / "lib")])
        done = subprocess.run(
            [world.command()[0], "-X", "heapsize=3m", str(pty.START)],
            cwd=self.flash,
            env={
                **os.environ,
                "MICROPYPATH": path,
                "BATTERY_CT_WORLD": str(self.folder / "world.json"),
            },
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        return done.stdout.decode(), done.returncode == -signal.SIGUSR1


def test_it_is_off_life_after_life_and_the_console_says_so(tmp_path):
    device = Device(tmp_path, radio=False)
    for _ in range(2):
        printed, restarted = device.life()
        assert OFF in printed
        assert WIFI not in printed
        assert not restarted


def test_a_press_of_a_second_brings_it_for_one_life(tmp_path):
    device = Device(tmp_path, radio=False)
    printed, restarted = device.life(2.0, 3.5)
    assert OFF in printed
    assert restarted
    printed, _ = device.life()
    assert WIFI in printed
    printed, _ = device.life()
    assert OFF in printed


def test_a_short_touch_at_work_is_nothing(tmp_path):
    device = Device(tmp_path, radio=False)
    assert not device.life(2.0, 2.4)[1]


def test_a_touch_at_the_start_brings_it(tmp_path):
    device = Device(tmp_path, radio=False)
    printed, restarted = device.life(0.0, 0.5)
    assert WIFI in printed
    assert not restarted


def test_lost_settings_bring_it(tmp_path):
    device = Device(tmp_path, radio=False)
    device.write("{ torn")
    assert "WiFi BatteryCT-" in device.life()[0]


def test_safe_mode_has_it(tmp_path):
    device = Device(tmp_path, radio=False)
    (tmp_path / "rtc.bin").write_bytes(b"CT\xff")
    (tmp_path / "reset_cause").write_text("2")
    printed, _ = device.life()
    assert "Battery CT safe mode" in printed
    assert WIFI in printed


def test_own_pins_that_cannot_be_end_in_safe_mode_and_say_why(tmp_path):
    device = Device(tmp_path)
    device.write('{"ct": 34}', "pins.json")
    printed, _ = device.life()
    assert "safe mode: pins.json: ct at GPIO 34: it is an input without pull-up." in printed


def test_own_pins_that_can_be_are_the_products(tmp_path):
    device = Device(tmp_path)
    device.write('{"tx": 32, "rx": 33, "de": null}', "pins.json")
    printed, restarted = device.life()
    assert WIFI in printed
    assert not restarted
