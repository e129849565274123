"""Settings that depend on the circuit or on the moment: a board's gate, its radio."""

import unittest

from fakes import Disk
from test_settings import file_with, holder

from firmware.device import settings


class Radio(unittest.TestCase):
    def test_it_can_be_off_only_while_the_output_follows(self):
        held, health = holder(Disk())
        for reason, allowed in (
            ("starting", False),
            ("no mains lock", False),
            ("inverter silent for 5 s", False),
            ("following, +20 W added", True),
        ):
            health.because(reason)
            try:
                held.change(radio=False)
            except settings.SettingError as why:
                self.assertFalse(allowed)
                self.assertIn("only while the output follows", str(why))
        self.assertFalse(held.now.radio)
        health.because("no mains lock")
        held.change(limit_w=5000)  # the rest is changed as ever
        held.change(radio=True)


class Gate(unittest.TestCase):
    def test_choosing_a_board_brings_its_gate_and_the_prototype_has_none(self):
        held, health = holder(Disk())
        for stage, gated in (
            ("board_zmpt", True),
            ("reference", True),  # it may have one or not
            ("prototype", False),
            ("board_transformer", True),
        ):
            self.assertEqual(held.change(stage=stage).idle_by_gate, gated)
        held.change(idle_by_gate=False)
        self.assertFalse(held.change(stage="board_transformer").idle_by_gate)  # no new choice
        self.assertFalse(held.change(stage="prototype").idle_by_gate)
        self.assertFalse(held.change(stage="own", idle_by_gate="off").idle_by_gate)
        self.assertTrue(held.change(stage="own", idle_by_gate="on").idle_by_gate)

    def test_what_a_file_says_of_the_circuit_survives_what_its_stage_would_bring(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(stage="prototype")
        held.change(lag_deg=4.02)  # which is another stage's
        held.change(stage="board_zmpt")
        held.change(lag_deg=4.02, idle_by_gate=False)
        again = holder(disk)[0].now
        self.assertEqual(
            (again.stage, again.lag_deg, again.idle_by_gate), ("board_zmpt", 4.02, False)
        )
        held.change(idle_by_gate=True)
        self.assertTrue(holder(disk)[0].now.idle_by_gate)

    def test_a_file_that_is_silent_about_the_gate_has_none(self):
        held, _ = holder(file_with(stage="board_zmpt"))
        self.assertEqual((held.now.lag_deg, held.now.idle_by_gate), (23.76, False))


if __name__ == "__main__":
    unittest.main()
