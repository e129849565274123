"""Settings: what may be given, what is refused in which words, and what survives on flash."""

import json
import unittest

from fakes import Clock, Disk, PowerLossError

from firmware.device import (
    settings,
    settings_change,
    settings_check,
    settings_help,
    settings_table,
)
from firmware.device.health import Health
from firmware.device.store import Store
from firmware.inverter.poll import objection
from lib import atomicfile


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
            settings_change.defaults().but(**changes)
        except settings.SettingError as why:
            return str(why)
        raise AssertionError("%s was accepted" % changes)

    def test_every_default_is_allowed(self):
        for row in settings_table.TABLE:
            self.assertEqual(settings_check.check(row[0], row[1]), row[1])

    def test_each_has_words(self):
        each = list(settings_help.meanings())
        self.assertEqual(len(each), len(settings_table.NAMES))
        self.assertEqual(settings_help.meaning(0), each[0])
        self.assertEqual(settings_help.meaning(len(each) - 1), each[-1])
        for words in each:
            self.assertTrue(len(words) > 10 and words[-1] == ".", words)

    def test_every_bound_is_allowed_and_beyond_is_not(self):
        for name, default, low, high, _ in settings_table.TABLE:
            if isinstance(default, (bool, str)) or isinstance(low, tuple):
                continue
            for edge in (low, high):
                self.assertEqual(settings_check.check(name, edge), edge)
            self.refused(**{name: low - 1})
            self.refused(**{name: high + 1})

    def test_a_stage_brings_its_numbers_and_others_given_with_it_stay(self):
        before = settings_change.defaults()
        built = before.but(stage="prototype")
        self.assertEqual((built.full_scale_ma, built.lag_deg), (7.27, 22.7))
        trimmed = before.but(stage="prototype", lag_deg=21.5)
        self.assertEqual((trimmed.full_scale_ma, trimmed.lag_deg), (7.27, 21.5))
        self.assertEqual(trimmed.but(limit_w=5000).lag_deg, 21.5)
        self.assertEqual(trimmed.but(stage="own").lag_deg, 21.5)
        self.assertEqual(built.but(stage="reference"), before)

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
        for typed in (float("nan"), float("inf"), "nan", "1e99", None, [], {}, True):
            self.refused(lag_deg=typed)
            self.refused(limit_w=typed)

    def test_whole_numbers_stay_whole(self):
        self.refused(limit_w=2000.5)
        for typed in (2000, 2000.0, "2000"):
            self.assertEqual(type(settings_check.check("limit_w", typed)), int)

    def test_words_of_a_person_become_values(self):
        for typed, value in (("on", True), ("OFF", False), ("yes", True), (0, False)):
            self.assertEqual(settings_check.check("invert", typed), value)
        self.refused(invert="maybe")
        self.refused(invert=2)

    def test_a_password_is_long_enough_or_absent_and_never_repeated(self):
        self.assertEqual(settings_check.check("password", ""), "")
        self.assertEqual(settings_check.check("password", "longenough"), "longenough")
        self.assertFalse("short" in self.refused(password="short"))
        self.refused(password="caf\xe9 au lait")
        self.refused(ssid="x" * 33)

    def test_an_answer_must_count_for_longer_than_the_wait_for_the_next(self):
        words = self.refused(poll_s=30)
        self.assertEqual(
            words, "poll_s: with an answer every 30 s the last one must count for longer than 10 s"
        )
        self.assertEqual(settings_change.defaults().but(poll_s=30, stale_s=40).stale_s, 40.0)

    def test_values_never_change(self):
        with self.assertRaises(AttributeError):
            settings_change.defaults().lag_deg = 3
        self.assertEqual(settings_change.defaults().but(lag_deg="2.5").lag_deg, 2.5)
        self.assertEqual(settings_change.defaults().lag_deg, 4.02)


class OnFlash(unittest.TestCase):
    def test_what_differs_is_stored_and_what_it_was_commissioned_with(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(lag_deg=2.5, stale_s=20)
        held.change(stale_s=10)
        stored = json.loads(disk.files["settings.json"])["settings"]
        self.assertEqual((stored["lag_deg"], stored["stage"]), (2.5, "reference"))
        for name in ("stale_s", "poll_s", "ssid", "muted"):
            self.assertFalse(name in stored)
        again, health = holder(disk)
        self.assertEqual(again.now.lag_deg, 2.5)
        self.assertEqual(health.faults, {})

    def test_a_refused_change_changes_nothing(self):
        disk = Disk()
        held, _ = holder(disk)
        with self.assertRaises(settings.SettingError):
            held.change(limit_w=5000, lag_deg=999)
        self.assertEqual(held.now, settings_change.defaults())
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
            self.assertEqual(held.now, settings_change.defaults().judged(False))
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
        self.assertEqual((held.now.lag_deg, held.now.limit_w), (4.02, 3000))
        self.assertEqual(
            health.faults["settings"], "lag_deg: give -180 to 180 deg; 999 is not; using 4.02"
        )

    def test_entries_that_need_each_other_are_taken_in_any_order(self):
        held, _ = holder(file_with(poll_s=30, stale_s=50, lag_deg=999))
        self.assertEqual((held.now.poll_s, held.now.stale_s), (30.0, 50.0))

    def test_unknown_entries_are_kept_and_said(self):
        disk = file_with(from_the_future=7)
        held, health = holder(disk)
        fault = health.faults["settings of another firmware"]
        self.assertEqual(fault, "unknown, ignored: from_the_future")
        self.assertTrue(held.now.accepted)
        held.change(limit_w=3000)
        stored = json.loads(disk.files["settings.json"])["settings"]
        self.assertEqual((stored["from_the_future"], stored["limit_w"]), (7, 3000))

    def test_an_entry_that_no_firmware_wrote_is_damage(self):
        """Of 100,000 damaged files the one whose settings hid in an entry of no firmware."""
        for strange in ({"invert": True, "limit_w": 4000}, [True]):
            disk = file_with(**{"inver: trungs": strange, "limit_w": 3000})
            held, health = holder(disk)
            self.assertFalse(held.now.accepted)
            self.assertEqual(health.faults["settings"], "inver: trungs is no setting")
            self.assertIn("settings.json.bad", disk.files)
            self.assertEqual(held.now.limit_w, 3000)

    def test_another_firmwares_defaults_change_no_commissioned_current(self):
        disk = Disk()
        before = holder(disk)[0].change(password="newly made")  # as at the first start
        other = settings_change.defaults().but(
            lag_deg=9.9, full_scale_ma=11, limit_w=500, mains_scale=300, invert=True, stale_s=20
        )
        was, settings_change.defaults = settings_change.defaults, lambda: other
        try:
            after = holder(disk)[0].now
        finally:
            settings_change.defaults = was
        for name in ("lag_deg", "full_scale_ma", "mains_scale"):
            self.assertAlmostEqual(getattr(after, name), getattr(before, name), 4)
        self.assertEqual((after.limit_w, after.invert), (10_000, False))
        self.assertEqual(after.stale_s, 20)  # what no circuit depends on may become better

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
        self.assertIn("not saved", health.faults["settings file"])
        disk.refuse = False
        held.change(muted=True)  # the same again is saved, for it has not been
        self.assertIn(b"muted", disk.files["settings.json"])
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


class Lost(unittest.TestCase):
    """A damaged file is never forgotten before a person has accepted what came in its place."""

    def damaged(self, kept_bytes=60, **values):
        """A device whose settings file was cut, with no copy before it."""
        disk = file_with(invert=True, password="the owner's own", limit_w=3000, **values)
        disk.files["settings.json"] = disk.files["settings.json"][:kept_bytes]
        return disk

    def test_a_new_password_neither_clears_the_fault_nor_removes_the_remains(self):
        disk = self.damaged()
        remains = disk.files["settings.json"]
        held, health = holder(disk)
        self.assertFalse(held.now.accepted)
        held.change(ssid="BatteryCT-1234", password="newly made")  # as the WiFi does at its start
        for _ in range(3):  # and so in each later life
            self.assertIn("settings", health.faults)
            self.assertFalse(held.now.accepted)
            self.assertEqual(disk.files["settings.json.bad"], remains)
            held, health = holder(disk)
        self.assertEqual(held.now.password, "newly made")

    def test_acceptance_alone_ends_it_and_keeps_the_remains(self):
        disk = self.damaged()
        held, health = holder(disk)
        held.change(limit_w=4000)
        held.accept()
        self.assertTrue(held.now.accepted)
        self.assertEqual(health.faults, {})
        self.assertIn("settings.json.seen", disk.files)
        again, health = holder(disk)
        self.assertEqual((again.now.accepted, again.now.limit_w, health.faults), (True, 4000, {}))

    def test_the_power_fails_in_an_acceptance_and_it_is_asked_again_or_done(self):
        for step in range(12):
            disk = self.damaged()
            held, _ = holder(disk)
            held.change(limit_w=4000)
            disk.operations, disk.fail_at = 0, step
            try:
                held.accept()
            except PowerLossError:
                pass
            disk.fail_at = None
            again, health = holder(disk)
            self.assertEqual(again.now.limit_w, 4000)
            self.assertEqual(again.now.accepted, "settings" not in health.faults)

    def test_from_the_first_save_on_there_are_two_copies(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(password="newly made")
        disk.files["settings.json"] = b"\xff" * 50
        again, health = holder(disk)
        self.assertEqual(again.now.password, "newly made")
        self.assertFalse(again.now.accepted)
        self.assertIn("using settings.json.old", health.faults["settings"])

    def test_a_file_that_vanished_beside_its_copy_is_a_loss_too(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(limit_w=3000)
        held.change(limit_w=4000)
        del disk.files["settings.json"]
        for _ in range(2):
            held, health = holder(disk)
            self.assertEqual((held.now.limit_w, held.now.accepted), (3000, False))
            self.assertIn("settings", health.faults)
            held.change(ssid="BatteryCT-1234")

    def test_any_bit_that_flips_is_a_loss_or_harmless(self):
        disk = Disk()
        held, _ = holder(disk)
        held.change(limit_w=3000, invert=True, password="the owner's own")
        data = disk.files["settings.json"]
        lost = 0
        for i in range(len(data)):
            for bit in range(8):
                disk = Disk()
                flipped = bytes([data[i] ^ 1 << bit])
                disk.files["settings.json"] = data[:i] + flipped + data[i + 1 :]
                again, _ = holder(disk)
                if again.now.accepted:
                    self.assertEqual(again.now, held.now)
                else:
                    lost += 1
        self.assertTrue(lost > 8 * (len(data) - 12))

    def test_a_value_that_cannot_be_is_a_loss_too(self):
        disk = file_with(invert="sometimes", limit_w=3000)
        held, _ = holder(disk)
        held.change(password="newly made")
        held, health = holder(disk)
        self.assertEqual((held.now.accepted, held.now.limit_w), (False, 3000))
        self.assertIn(b"sometimes", disk.files["settings.json.bad"])

    def test_a_first_save_that_was_cut_off_is_no_loss(self):
        for torn in (0, 1, 40):
            disk = Disk()
            held, _ = holder(disk)
            disk.fail_at, disk.torn, disk.operations = 0, torn, 0
            try:
                held.change(limit_w=4000)
            except PowerLossError:
                pass
            disk.fail_at = None
            again, health = holder(disk)
            self.assertTrue(again.now.accepted)
            self.assertEqual(health.faults, {})

    def test_a_file_far_too_long_is_damage_and_leaves_the_flash(self):
        class Large(Disk):
            most_read = 0

            def read(self, path):
                data = super().read(path)[: atomicfile.LONGEST_BYTES + 1]
                Large.most_read = max(Large.most_read, len(data))
                return data

        disk = Large()
        disk.files["settings.json"] = b'{"version": 1, "settings": {' + b" " * 50_000
        held, health = holder(disk)
        self.assertIn("longer than 4096 bytes", health.faults["settings"])
        self.assertEqual(held.now, settings_change.defaults().judged(False))
        self.assertTrue(sum([len(data) for data in disk.files.values()]) < 9000)
        self.assertEqual(Large.most_read, atomicfile.LONGEST_BYTES + 1)

    def test_flash_that_cannot_be_read_is_a_loss(self):
        class Unreadable(Disk):
            def read(self, path):
                if path == "settings.json":
                    raise OSError(5)
                return super().read(path)

        held, health = holder(Unreadable())
        self.assertFalse(held.now.accepted)
        self.assertIn("cannot be read", health.faults["settings"])


if __name__ == "__main__":
    unittest.main()
