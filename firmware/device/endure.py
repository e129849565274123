"""A vital part goes on after a step for which there was no memory. Clock domain: *second*."""

import gc

from micropython import const

_CALM_MS = const(1000)  # without another one, and the last ones are over
_STANDING_MS = const(3000)  # for so long without a calm second: then a restart is the better way
_PAUSE_MS = const(5)


async def endure(make, health, clock):
    """Run a part for ever: out of memory costs it one step, not the product, unless it stands."""
    first_ms = last_ms = None
    while True:
        try:
            await make()
        except MemoryError as why:
            gc.collect()
            now_ms = clock.ms()
            if last_ms is None or clock.since_ms(last_ms) > _CALM_MS:
                first_ms = now_ms
            last_ms = now_ms
            if clock.since_ms(first_ms) > _STANDING_MS:
                raise
            health.count("out of memory", why)
            await clock.sleep_ms(_PAUSE_MS)
