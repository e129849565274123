"""The board's monotonic time, handed to whoever needs it so that a test can own it."""

import asyncio
import time


class Clock:
    """Ticks that wrap at 2**30; compare them only through `since_ms` and `since_us`."""

    def ms(self):
        """Milliseconds since power-on, wrapping every 12.4 days."""
        return time.ticks_ms()

    def us(self):
        """Microseconds since power-on, wrapping every 17.9 minutes."""
        return time.ticks_us()

    def since_ms(self, then):
        """Age in ms of a `ms()` stamp; wrong once it is older than half a wrap (6.2 days)."""
        return time.ticks_diff(time.ticks_ms(), then)

    def since_us(self, then):
        """Age in µs of a `us()` stamp; wrong once it is older than half a wrap (8.9 minutes)."""
        return time.ticks_diff(time.ticks_us(), then)

    def sleep_ms(self, duration_ms):
        """Awaitable: let the other tasks run for that long. No coroutine: it allocates nothing."""
        return asyncio.sleep_ms(duration_ms)

    def wait_ms(self, duration_ms):
        """Block the whole board for that long; only for the way down."""
        time.sleep_ms(duration_ms)
