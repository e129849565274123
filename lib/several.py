"""Several modules on demand at once, each made in turns of its own. Clock domain: *second*."""

from lib.ondemand import Module


class Modules:
    """``async with Modules("a.b", "a.c") as (b, c):`` several, each in turns of its own.

    What one of them names in NEEDS is there with it, so that it holds no turn by loading that.
    """

    def __init__(self, *names):
        self._names = names
        self._open = []

    async def __aenter__(self):
        entered = []
        try:
            for name in self._names:
                module = Module(name)
                entered.append(await module.__aenter__())
                self._open.append(module)
                for needed in getattr(entered[-1], "NEEDS", ()):
                    module = Module(needed)
                    await module.__aenter__()
                    self._open.append(module)
            return entered
        except BaseException:
            self._close()
            raise

    async def __aexit__(self, *_why):
        self._close()

    def _close(self):
        while self._open:
            self._open.pop().__exit__()
