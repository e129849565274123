"""Runs on MicroPython: what one second of signal costs in time and heap, part by part.

Prints one JSON object. "parts": part -> {"per_s": calls per second of signal, "us": time per
call, "bytes": heap allocated per call}; "pause": the longest collection.
The mains is 325 V peak at 50 Hz in a perfect converter.
"""

import gc
import json
import math
import time

from lib import harmonics, phasor, tracker, waveform

FRAMES = 256
SAMPLE_HZ, UPDATE_HZ = 875, 50


def cost(per_s, call, times):
    """Mean time and heap of a call, the collector kept out."""
    call()
    gc.collect()
    gc.disable()
    heap = gc.mem_alloc()
    began = time.ticks_us()
    for _ in range(times):
        call()
    spent = time.ticks_diff(time.ticks_us(), began)
    heap = gc.mem_alloc() - heap
    gc.enable()
    return {"per_s": per_s, "us": spent / times, "bytes": heap / times}


def filled(samples):
    """Samples of a quiet mains, 1143 us apart."""
    for k in range(phasor.CAPACITY):
        at_us = 1143 * k
        samples.put(at_us, int(2048 + 1116 * math.sin(2 * math.pi * 50e-6 * at_us)))
    return samples


def longest_pause(kept_kb=140):
    """The only pause that the signal path knows: µs of a collection with that much in use."""
    kept = [bytearray(64) for _ in range(kept_kb * 1024 // 96)]
    longest = 0
    for _ in range(20):
        began = time.ticks_us()
        gc.collect()
        longest = max(longest, time.ticks_diff(time.ticks_us(), began))
    return {"kept_kb": kept_kb, "objects": len(kept), "us": longest}


def main():
    """Measure and print."""
    block = bytearray(4 * FRAMES)
    wave = waveform.Waveform(FRAMES)
    wave.ramp_bias(waveform.HALF_DUTY, FRAMES)
    wave.steer(0, 2147484, waveform.FULL_AMPLITUDE // 2)
    samples = filled(phasor.Samples())
    fitter = phasor.Fitter()
    follow = tracker.Tracker()
    state = {"at": samples.at_us[samples.newest()]}
    work = fitter.work
    work[phasor.NEWEST] = samples.newest()
    flat = harmonics.Harmonics(samples)

    def fit():
        follow.refer(work, state["at"], 2)
        fitter.fit(samples, 300)

    def update():
        state["at"] = time.ticks_add(state["at"], 20000)
        fit()
        follow.update(work, state["at"])

    for _ in range(100):
        update()

    parts = {
        "fill (256 frames)": cost(25000 / FRAMES, lambda: wave.fill(block), 400),
        "sample": cost(SAMPLE_HZ, lambda: samples.put(0, 2048), 4000),
        "fit": cost(UPDATE_HZ, fit, 400),
        "harmonics": cost(UPDATE_HZ, lambda: flat.take_away(work, 17, 300), 400),
        "fit and track": cost(UPDATE_HZ, update, 400),
        "predict": cost(25000 / FRAMES, lambda: follow.phase30(state["at"]), 400),
    }
    print(json.dumps({"parts": parts, "pause": longest_pause()}))


main()
