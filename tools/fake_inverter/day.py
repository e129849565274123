"""How a battery fares: a sunny day in a few minutes, or what a scenario file says."""

import math

DAY_S = 240.0  # a day passes in four minutes, so that a person sees it move
CAPACITY_WH = 13000  # two LG RESU 6.5, the usual battery of an SH5K-30
PEAK_PV_W = 4300
BATTERY_LIMIT_W = 3300  # 65 A at 51 V
FULL_PCT, EMPTY_PCT = 100.0, 15.0
STEP_H = 0.05
STEPS = int(24 / STEP_H)


def household_w(hour):
    """Power the house draws: a base, breakfast and the evening."""
    breakfast = 900 * math.exp(-(((hour - 7.5) / 0.9) ** 2))
    evening = 2300 * math.exp(-(((hour - 19.5) / 2.2) ** 2))
    return 350 + breakfast + evening


def sun_w(hour):
    """PV power of a clear day from 6 to 20 h."""
    if not 6 < hour < 20:
        return 0.0
    return PEAK_PV_W * math.sin(math.pi * (hour - 6) / 14) ** 1.5


class Day:
    """A day over and over again: charging on the midday sun, discharging in the evening."""

    def __init__(self, day_s=DAY_S, begin_hour=8.0):
        self._day_s = day_s
        self._begin_hour = begin_hour
        self._table = []  # (battery_w, soc_pct) every STEP_H, of a day that follows another one
        soc_pct = 60.0
        for _ in range(2):
            self._table = []
            for step in range(STEPS):
                battery_w = self._battery_w(step * STEP_H, soc_pct)
                self._table.append((battery_w, soc_pct))
                soc_pct -= battery_w * STEP_H / CAPACITY_WH * 100

    def __call__(self, t_s):
        """(battery_w, soc_pct, pv_w) at t_s seconds."""
        hour = self.hour(t_s)
        place = hour / STEP_H
        first, part = int(place) % STEPS, place % 1
        now, then = self._table[first], self._table[(first + 1) % STEPS]
        battery_w, soc_pct = (a + (b - a) * part for a, b in zip(now, then, strict=True))
        return battery_w, soc_pct, sun_w(hour)

    def hour(self, t_s):
        """The time of day, 0..24."""
        return (self._begin_hour + t_s / self._day_s * 24) % 24

    @staticmethod
    def _battery_w(hour, soc_pct):
        need_w = household_w(hour) - sun_w(hour)
        if need_w > 0:
            room = min(1.0, max(0.0, (soc_pct - EMPTY_PCT) / 2))
        else:
            room = min(1.0, max(0.0, (FULL_PCT - soc_pct) / 4))
        return max(-BATTERY_LIMIT_W, min(BATTERY_LIMIT_W, need_w)) * room


class Scripted:
    """The battery of a scenario's [inverter] section (tools/plant/scenario.py)."""

    def __init__(self, inverter):
        self._inverter = inverter

    def __call__(self, t_s):
        """(battery_w, soc_pct, None) at t_s seconds; the scenario says nothing of PV."""
        inverter = self._inverter
        return float(inverter.battery_w.at(t_s)), float(inverter.soc_pct.at(t_s)), None
