"""Views come and go; the output goes on without them. Clock domain: *second*."""

from micropython import const

_AGAIN_MS = const(30_000)


async def keep(make, health, clock):
    """Run a view for ever; when the network or the memory fails it, again after a while.

    The output goes on without page and console.
    """
    while True:
        try:
            await make()
        except (OSError, MemoryError) as why:
            health.count("view failed", why)
            health.fault("view", "page or console failed: %s" % why)
        await clock.sleep_ms(_AGAIN_MS)
