"""The two-board prototype's algorithm, as the bench's competitor, on the same plant.

Written anew from its published description: the mains is sampled every 500 us when the loop gets
round to it; the mid-point is the mean over a second; the sample is multiplied by the battery power
that UDP brought last (asked every 100 ms; the Raspberry Pi reads the inverter once a second) and
by a factor found at commissioning; the product goes to a 12-bit PWM of 5 kHz. Every 60 s a WiFi
scan stops the loop for 0.4 s while the PWM holds its last value.
"""

import numpy as np

WORDS_PER_S = 25_000
SAMPLE_S = 500e-6
LATE_S = 100e-6  # how much later than due a sample may be taken
POLL_S = 0.1
READ_S = 1.0
SCAN_EVERY_S, SCAN_S = 60.0, 0.4
PWM_WORDS = 5  # 200 us
PWM_COUNTS, IDLE_COUNTS = 4096, 1241.2
ADC_COUNTS, ADC_V = 4096, 3.3
MAINS_SCALE = 361.4  # mains volts per volt at the pin, the transformer the device has
FACTOR = 1.65 * 0.0001695


def levels(volts, battery_w, adc, seed, factor=FACTOR):
    """Density (0..32 per word, not whole) of the prototype's pin for a run.

    volts: true mains at the word starts; battery_w: its Profile; adc: the scenario's board.adc.
    """
    rng = np.random.default_rng(seed)
    seconds = len(volts) / WORDS_PER_S
    due = np.arange(0, seconds - 2 * SAMPLE_S, SAMPLE_S)
    taken = due + LATE_S * rng.random(len(due))
    free = np.ones(len(due), bool)
    for scan in np.arange(SCAN_EVERY_S, seconds, SCAN_EVERY_S):
        free &= (due < scan) | (due >= scan + SCAN_S)
    due, taken = due[free], taken[free]
    counts = _converted(np.interp(taken * WORDS_PER_S, np.arange(len(volts)), volts), adc, rng)
    number = np.rint(battery_w.at(np.floor(np.floor(taken / POLL_S) * POLL_S / READ_S) * READ_S))
    wanted = factor * (counts - _mid_point(due, counts)) * number + IDLE_COUNTS
    duty = np.clip(np.floor(wanted), 0, PWM_COUNTS) / PWM_COUNTS
    return _pwm(taken, duty, len(volts))


def _converted(volts, adc, rng):
    """What the 12-bit converter says, with the scenario's noise, bow and spikes."""
    pin = (
        adc.bias_mv / 1e3 + volts / MAINS_SCALE + adc.noise_mv / 1e3 * rng.normal(size=len(volts))
    )
    pin += adc.inl_pct / 100 * ADC_V * np.sin(np.pi * pin / ADC_V)
    pin += adc.spike_mv / 1e3 * (rng.random(len(volts)) < adc.spike_prob)
    return np.clip(np.floor(pin / ADC_V * ADC_COUNTS), 0, ADC_COUNTS - 1)


def _mid_point(due, counts):
    """Mean of the second before, for each sample; the first second uses its own."""
    second = due.astype(int)
    means = np.bincount(second, counts) / np.maximum(np.bincount(second), 1)
    return means[np.maximum(second - 1, 0)]


def _pwm(taken, duty, words):
    """Words of a left-aligned PWM that takes a new duty at the start of its next period."""
    periods = -(-words // PWM_WORDS)
    starts = np.arange(periods) * PWM_WORDS / WORDS_PER_S
    latest = np.searchsorted(taken, starts, side="right") - 1
    now = np.where(latest < 0, 0.0, duty[np.maximum(latest, 0)])
    share = np.clip(now[:, None] * PWM_WORDS - np.arange(PWM_WORDS), 0, 1)
    return 32 * share.ravel()[:words]
