"""Views come and go; the output goes on without them. Clock domain: *second*."""

from micropython import const

from firmware.device.ending import remember

_AGAIN_MS = const(10_000)


async def keep(name, make, health, clock):
    """Run the view `name` for ever; whatever fails it, again after a while.

    Meanwhile a fault says why; the traceback of a new failure is kept as a crash's is.
    """
    while True:
        try:
            await make()
        except Exception as why:  # noqa: BLE001 - a view is not worth the product, nor its own end
            words = "%s: %s" % (type(why).__name__, why)
            if health.last_words.get(name) != words:  # else each try would wear the flash
                remember(why, health)
            health.count(name, words)
            health.fault(name, "failed, comes again: " + words)
        await clock.sleep_ms(_AGAIN_MS)
        health.clear(name)
