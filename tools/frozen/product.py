"""Manifest of the product alone, as `python -m tools.frozen` laid it out; for any port.

-O1: no asserts, as on a flashed board, but with the numbers of lines: in the image they cost no
heap, and tracebacks are worth more.
"""

freeze("../../build/frozen/modules", opt=1)  # noqa: F821 - a word of MicroPython's manifests
