"""Settings: what may be given, what is refused in which words, and what survives on flash."""

import json
import unittest

from fakes import Clock, Disk, PowerLossError

from firmware.device import settings, settings_table
from firmware.device.health import Health
from firmware.device.store import Store
from firmware.inverter.profile import objection


def holder(disk):
    health = Health(Clock())
    return settings.Settings(Store("settings.json", disk), health, objection), health


def file_with(**values):
    disk = Disk()
    disk.files["settings.json"] = json.dumps({"version": 1, "settings": values}).encode()
    return disk


class Validation(unittest.TestCase):
    def refused(self, **changes):
        try:
            settings.DEFAULTS.but(**changes)
        except settings.SettingError as why:
            return str(why)
        raise AssertionError("%s was accepted" % changes)

    def test_every_default_is_allowed(self):
        for row in settings_table.TABLE:
            self.assertEqual(settings_table.check(row[0], row[1]), row[1])

    def test_every_bound_is_allowed_and_beyond_is_not(self):
        for name, default, low, high, _, _ in settings_table.TABLE:
            if isinstance(default, (bool, str)) or isinstance(low, tuple):
                continue
            for edge in (low, high):
                self.assertEqual(settings_table.check(name, edge), edge)
            self.refused(**{name: low - 1})
            self.refused(**{name: high + 1})

    def test_words_name_field_range_and_what_was_given(self):
        self.assertEqual(self.refused(lag_deg=500), "lag_deg: give -180 to 180 deg; 500 is not")
        self.assertEqual(self.refused(parity="X"), "parity: give N, E or O; 'X' is not")
        self.assertEqual(
            self.refused(limit_w="five"),
            "limit_w: give a whole number from 100 to 25000 W; 'five' is not",
        )
        self.assertEqual(
            self.refused(limit_w=""),
            "limit_w: give a whole number from 100 to 25000 W; nothing is not",
        )
        self.assertEqual(self.refused(nonsense=1), "nonsense: there is no such setting")

    def test_what_is_not_a_number_is_refused(self):
        for given in (float("nan"), float("inf"), "nan", "1e99", None, [], {}, True):
            self.refused(lag_deg=given)
            self.refused(limit_w=given)

    def test_whole_numbers_stay_whole(self):
        self.refused(limit_w=2000.5)
        for given in (2000, 2000.0, "2000"):
            self.assertEqual(type(settings_table.check("limit_w", given)), int)

    def test_words_of_a_person_become_values(self):
        for given, value in (("on", True), ("OFF", False), ("yes", True), (0, False)):
            self.assertEqual(settings_table.check("invert", given), value)
        self.refused(invert="maybe")
        self.refused(invert=2)

    def test_a_password_is_long_enough_or_absent_and_never_repeated(self):
        self.assertEqual(settings_table.check("password", ""), "")
        self.assertEqual(settings_table.check("password", "longenough"), "longenough")
        self.assertFalse("short" in self.refused(password="short"))
        self.refused(password="caf\xe9 au lait")
        self.refused(ssid="x" * 33)

    def test_an_answer_must_count_for_longer_than_the_wait_for_the_next(self):
        words = self.refused(poll_s=30)
        self.assertEqual(
            words, "poll_s: with an answer every 30 s the last one must count for longer than 10 s"
        )
        self.assertEqual(settings.DEFAULTS.but(poll_s=30, stale_s=40).stale_s, 40.0)

    def test_values_never_change(self):
        with self.assertRaises(AttributeError):
            settings.DEFAULTS.lag_deg = 3
        self.assertEqual(settings.DEFAULTS.but(lag_deg="2.5").lag_deg, 2.5)
        self.assertEqual(settings.DEFAULTS.lag_deg, 22.7)


class OnFlash(unittest.TestCase):
    def test_only_what_differs_is_stored(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(lag_deg=2.5, limit_w=5000)
        held.change(limit_w=10000)
        self.assertEqual(
            json.loads(disk.files["settings.json"]), {"version": 1, "settings": {"lag_deg": 2.5}}
        )
        again, health = holder(disk)
        self.assertEqual(again.now.lag_deg, 2.5)
        self.assertEqual(health.faults, {})

    def test_a_refused_change_changes_nothing(self):
        disk = Disk()
        held, _ = holder(disk)
        with self.assertRaises(settings.SettingError):
            held.change(limit_w=5000, lag_deg=999)
        self.assertEqual(held.now, settings.DEFAULTS)
        self.assertEqual(disk.files, {})

    def test_a_damaged_file_is_defaults_and_a_visible_fault(self):
        for damage in (
            b"",
            b"{",
            b"\xff\xfe",
            b"[]",
            b"null",
            b'{"version": 1}',
            b'{"version": 7, "settings": {}}',
            b'{"version": 1, "settings": 3}',
        ):
            disk = Disk()
            disk.files["settings.json"] = damage
            held, health = holder(disk)
            self.assertEqual(held.now, settings.DEFAULTS)
            self.assertIn("settings", health.faults)

    def test_a_damaged_file_falls_back_to_the_copy_before(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(limit_w=3000)
        held.change(limit_w=4000)
        disk.files["settings.json"] = disk.files["settings.json"][:-4]
        again, health = holder(disk)
        self.assertEqual(again.now.limit_w, 3000)
        self.assertIn("settings.json.old", health.faults["settings"])

    def test_one_bad_entry_spoils_only_itself(self):
        held, health = holder(file_with(lag_deg=999, limit_w=3000))
        self.assertEqual((held.now.lag_deg, held.now.limit_w), (22.7, 3000))
        self.assertEqual(
            health.faults["settings"], "lag_deg: give -180 to 180 deg; 999 is not; using 22.7"
        )

    def test_entries_that_need_each_other_are_taken_in_any_order(self):
        held, _ = holder(file_with(poll_s=30, stale_s=50, lag_deg=999))
        self.assertEqual((held.now.poll_s, held.now.stale_s), (30.0, 50.0))

    def test_unknown_entries_are_kept_and_said(self):
        disk = file_with(from_the_future=7)
        held, health = holder(disk)
        self.assertEqual(health.faults["settings"], "from_the_future: unknown, ignored")
        held.change(limit_w=3000)
        self.assertEqual(
            json.loads(disk.files["settings.json"])["settings"],
            {"from_the_future": 7, "limit_w": 3000},
        )

    def test_a_profile_that_does_not_exist_cannot_be_chosen(self):
        held, _ = holder(Disk())
        with self.assertRaises(settings.SettingError):
            held.change(profile="perpetuum_mobile")
        self.assertEqual(held.now.profile, "sungrow_sh_k")
        held.change(profile="solis_hybrid")
        self.assertEqual(held.now.profile, "solis_hybrid")

    def test_a_profile_gone_missing_gives_way_to_no_other_inverters(self):
        held, _ = holder(file_with(profile="own"))
        self.assertEqual(held.now.profile, "own")

    def test_flash_that_refuses_does_not_stop_a_mute(self):
        disk = Disk()
        held, health = holder(disk)
        disk.refuse = True
        self.assertTrue(held.change(muted=True).muted)
        self.assertTrue(held.now.muted)
        self.assertIn("not saved", health.faults["settings"])
        disk.refuse = False
        held.change(muted=False)
        self.assertEqual(health.faults, {})

    def test_power_loss_at_any_point_leaves_settings_before_or_after(self):
        for step in range(6):
            for torn in range(0, 60, 7):
                disk = Disk(strict=True)
                held, _ = holder(disk)
                held.change(limit_w=3000)
                held.change(limit_w=4000)
                disk.operations, disk.fail_at, disk.torn = 0, step, torn
                try:
                    held.change(limit_w=5000)
                except PowerLossError:
                    pass
                disk.fail_at = None
                again, _ = holder(disk)
                self.assertIn(again.now.limit_w, (4000, 5000))

    def test_a_change_is_logged_without_the_secret(self):
        held, health = holder(Disk())
        held.change(password="longenough", limit_w=3000)
        log = json.dumps([e for _, e in health.log()])
        self.assertFalse("longenough" in log)
        self.assertIn("3000", log)


if __name__ == "__main__":
    unittest.main()
