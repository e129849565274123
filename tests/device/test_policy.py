"""What the Zappi should see: zero whenever in doubt, and each way out of zero has its reason."""

import unittest

import boardtime
from parts import reading

from firmware import policy
from firmware.device.settings_change import defaults
from firmware.policy import Hold, Target
from firmware.signal.mains import Lock

LOCK = Lock(230.0, 50.0)
AT_MS = 5_000_000


def decide(watts=3000, age_ms=500, lock=LOCK, hold=None, at_ms=AT_MS, **changes):
    """The decision for a reading of that age; `watts` None: no reading yet."""
    latest = None if watts is None else reading(watts, at_ms)
    settings = defaults().but(**changes) if changes else defaults()
    now_ms = (at_ms + age_ms) % boardtime.WRAP
    return policy.decide(latest, lock, hold or Hold(), settings, now_ms)


def holding(watts, minutes=5.0, at_ms=AT_MS):
    hold = Hold()
    hold.start(watts, minutes, at_ms)
    return hold


class Reasons(unittest.TestCase):
    def test_a_fresh_reading_is_followed_in_both_directions(self):
        for watts in (3000, -1200, 1, 0):
            self.assertEqual(decide(watts), Target(watts, "following"))

    def test_before_the_first_reading_there_is_nothing(self):
        self.assertEqual(decide(None), Target(0, "no reading yet"))

    def test_without_the_mains_there_is_nothing_whatever_is_asked_for(self):
        self.assertEqual(decide(lock=None), Target(0, "no mains lock"))
        self.assertEqual(decide(lock=None, hold=holding(2000)), Target(0, "no mains lock"))
        self.assertEqual(decide(None, lock=None), Target(0, "no mains lock"))

    def test_muted_is_muted(self):
        self.assertEqual(decide(muted=True), Target(0, "muted by user"))
        self.assertEqual(decide(muted=True, hold=holding(2000)), Target(0, "muted by user"))

    def test_lost_settings_are_silent_until_a_person_accepts_what_is_in_force(self):
        lost = defaults().judged(False)
        for hold in (Hold(), holding(2000)):
            target = policy.decide(reading(3000, AT_MS), LOCK, hold, lost, AT_MS + 500)
            self.assertEqual(target, Target(0, "settings lost: check and accept them"))

    def test_a_hold_waits_for_the_first_reading_too(self):
        self.assertEqual(decide(None, hold=holding(2000)).watts, 0)


class Wishes(unittest.TestCase):
    def test_an_offset_is_added_signed_and_said(self):
        self.assertEqual(decide(3000, offset_w=-50), Target(2950, "following, -50 W added"))
        self.assertEqual(decide(0, offset_w=100), Target(100, "following, +100 W added"))

    def test_an_offset_is_within_the_limit_and_ends_with_the_reading(self):
        self.assertEqual(decide(3000, offset_w=500, limit_w=3200).watts, 3200)
        self.assertEqual(decide(0, offset_w=500, age_ms=12000).watts, 0)
        self.assertEqual(decide(None, offset_w=500).watts, 0)

    def test_forced_power_is_shown_or_not_as_set(self):
        latest = reading(-2500, AT_MS)
        latest = type(latest)(*(tuple(latest)[:-1] + (True,)))
        for choice, watts in (("battery", -2500), ("zero", 0)):
            settings = defaults().but(forced=choice)
            target = policy.decide(latest, LOCK, Hold(), settings, AT_MS + 500)
            self.assertEqual(target.watts, watts)
        self.assertIn("under orders", target.because)

    def test_nothing_contradicts_what_happened(self):
        explained = policy.explained
        self.assertEqual(explained("no reading yet", ""), "no reading yet")
        self.assertEqual(
            explained("no reading yet", "no answer for 600 s"), "no reading: no answer for 600 s"
        )
        self.assertEqual(
            explained("inverter silent for 12 s", "direction unknown"),
            "no good reading for 12 s: direction unknown",
        )


class Held(unittest.TestCase):
    """A hold acts, or it is over; it never waits for better times."""

    def target(self, hold, latest=None, lock=LOCK, at_ms=AT_MS, **changes):
        return policy.decide(latest, lock, hold, defaults().but(**changes), at_ms)

    def test_what_ends_it(self):
        good = reading(-2500, AT_MS)
        for latest, lock, changes in (
            (None, LOCK, {}),
            (good, None, {}),
            (good, LOCK, {"muted": True}),
            (good, LOCK, {"limit_w": 500}),
        ):
            hold = Hold()
            hold.start(3000, 5, AT_MS)
            self.assertTrue(hold.ended_by(self.target(hold, latest, lock, **changes)))
            self.assertEqual(self.target(hold, good).watts, -2500)

    def test_while_it_acts_it_stays_and_its_test_phase_ends_with_it(self):
        hold = Hold()
        hold.start(3000, 5, AT_MS, lead_deg=60)
        target = self.target(hold, reading(-2500, AT_MS))
        self.assertFalse(hold.ended_by(target))
        self.assertEqual((target.watts, hold.lead_deg), (3000, 60))
        hold.release()
        self.assertEqual(hold.lead_deg, 0)


class Stale(unittest.TestCase):
    def test_up_to_three_seconds_of_silence_are_normal(self):
        self.assertEqual(decide(age_ms=2999), Target(3000, "following"))
        self.assertEqual(decide(age_ms=3001), Target(3000, "inverter silent for 3 s"))

    def test_an_old_value_is_called_old_even_where_a_limit_cuts_it(self):
        target = decide(9000, age_ms=5000, limit_w=3000)
        self.assertEqual(target, Target(3000, "inverter silent for 5 s"))

    def test_a_slow_poll_is_not_called_silent(self):
        slow = {"poll_s": 5.0, "stale_s": 30.0}
        self.assertEqual(decide(age_ms=14_000, **slow), Target(3000, "following"))
        self.assertEqual(decide(age_ms=16_000, **slow).because, "inverter silent for 16 s")

    def test_a_followed_master_sets_its_own_pace(self):
        self.assertEqual(decide(age_ms=9_000, listen=True), Target(3000, "following"))
        target = decide(age_ms=11_000, listen=True)
        self.assertEqual(target, Target(1500, "inverter silent for 11 s"))

    def test_the_last_value_counts_for_ten_seconds(self):
        self.assertEqual(decide(age_ms=10_000), Target(3000, "inverter silent for 10 s"))

    def test_then_it_goes_to_zero_in_two(self):
        for watts in (3000, -3000):
            for age_ms, share in ((10_500, 0.75), (11_000, 0.5), (11_900, 0.05)):
                target = decide(watts, age_ms)
                self.assertAlmostEqual(target.watts, watts * share, delta=2)
                self.assertEqual(target.because, "inverter silent for %d s" % (age_ms // 1000))

    def test_on_the_way_down_it_never_rises(self):
        last = 3000
        for age_ms in range(9000, 13_000, 10):
            watts = decide(3000, age_ms).watts
            self.assertTrue(0 <= watts <= last and last - watts <= 16)
            last = watts

    def test_after_that_it_is_zero_for_ever(self):
        for age_ms in (12_000, 12_001, 60_000, 3_600_000, 400_000_000):
            self.assertEqual(decide(age_ms=age_ms).watts, 0)
        self.assertEqual(decide(age_ms=75_000).because, "inverter silent for 75 s")

    def test_the_time_is_a_setting(self):
        self.assertEqual(decide(age_ms=2500, stale_s=2.0), Target(2250, "inverter silent for 2 s"))
        self.assertEqual(decide(age_ms=4000, stale_s=2.0).watts, 0)
        self.assertEqual(decide(age_ms=59_000, stale_s=60.0).watts, 3000)


class Wrap(unittest.TestCase):
    def test_age_is_right_across_the_wrap_of_the_milliseconds(self):
        before = boardtime.WRAP - 300
        self.assertEqual(decide(age_ms=700, at_ms=before), Target(3000, "following"))
        self.assertEqual(decide(age_ms=11_000, at_ms=before).watts, 1500)
        self.assertEqual(decide(age_ms=13_000, at_ms=before).watts, 0)
        middle = boardtime.WRAP // 2 - 300
        self.assertEqual(decide(age_ms=700, at_ms=middle), Target(3000, "following"))

    def test_a_reading_from_the_future_is_not_believed(self):
        for age_ms in (-1, -5000, -400_000_000):
            self.assertEqual(decide(age_ms=age_ms).watts, 0)

    def test_so_old_that_it_looks_like_the_future(self):
        self.assertEqual(decide(age_ms=boardtime.WRAP // 2 + 5).watts, 0)


class Limits(unittest.TestCase):
    def test_neither_direction_exceeds_the_limit(self):
        limit = {"limit_w": 2500}
        self.assertEqual(decide(3000, **limit), Target(2500, "limited to 2500 W"))
        self.assertEqual(decide(-3000, **limit), Target(-2500, "limited to -2500 W"))
        self.assertEqual(decide(2500, **limit), Target(2500, "following"))

    def test_a_hold_is_limited_too(self):
        target = decide(hold=holding(-9000), limit_w=2500)
        self.assertEqual(target, Target(-2500, "limited to -2500 W"))

    def test_what_the_stage_cannot_show_is_not_asked_of_it(self):
        # 7.27 mA at full modulation, 94 % of it usable, 2500 turns: 17.08 A, at 230 V 3929 W.
        self.assertAlmostEqual(decide(9000, full_scale_ma=7.27).watts, 3929, delta=10)
        low = decide(9000, full_scale_ma=7.27, lock=Lock(200.0, 50.0))
        self.assertAlmostEqual(low.watts, 3417, delta=10)
        self.assertIn("limited to %d W, all that the output stage" % low.watts, low.because)
        trimmed = decide(9000, full_scale_ma=7.27, gain_trim_pct=110.0)
        self.assertAlmostEqual(trimmed.watts, 3572, delta=10)


class Holding(unittest.TestCase):
    def test_it_replaces_the_inverter_until_its_deadline(self):
        hold = holding(2000, 5.0)
        now = decide(hold=hold, age_ms=48_000)
        self.assertEqual(now, Target(2000, "holding 2000 W for calibration (4:12 left)"))
        last = decide(hold=hold, age_ms=299_900)
        self.assertEqual(last, Target(2000, "holding 2000 W for calibration (0:01 left)"))
        self.assertEqual(decide(hold=hold, age_ms=300_000).watts, 0)

    def test_zero_watts_can_be_held(self):
        self.assertEqual(decide(3000, hold=holding(0)).watts, 0)

    def test_released_it_is_over(self):
        hold = holding(2000)
        hold.release()
        self.assertEqual(decide(hold=hold), Target(3000, "following"))
        self.assertEqual(hold.left_s(AT_MS), 0)

    def test_an_expired_one_does_not_come_back_when_the_ticks_come_round(self):
        hold = holding(2000, 1.0)
        hold.expire(AT_MS + 59_000)
        self.assertEqual(hold.left_s(AT_MS + 59_000), 1)
        hold.expire(AT_MS + 60_000)
        later = (AT_MS + boardtime.WRAP // 2 + 100_000) % boardtime.WRAP
        self.assertEqual(hold.left_s(later), 0)

    def test_its_deadline_may_lie_beyond_the_wrap(self):
        at_ms = boardtime.WRAP - 30_000
        hold = holding(2000, 1.0, at_ms)
        self.assertEqual(hold.left_s(at_ms), 60)
        self.assertEqual(hold.left_s(29_000), 1)
        self.assertEqual(hold.left_s(30_000), 0)
        self.assertEqual(decide(age_ms=45_000, at_ms=at_ms, hold=hold).watts, 2000)

    def test_what_cannot_be_held_is_refused_in_words(self):
        for watts, minutes in ((25_001, 5), (-25_001, 5), (2000, 0), (2000, 15.1), (2000, -1)):
            hold = Hold()
            self.assertRaises(ValueError, hold.start, watts, minutes, AT_MS)
            self.assertEqual(hold.left_s(AT_MS), 0)
        for minutes in (0.1, 15):
            self.assertEqual(holding(2000, minutes).left_s(AT_MS), round(minutes * 60))


if __name__ == "__main__":
    unittest.main()
