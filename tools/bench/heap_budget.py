"""What the product may hold and throw away on a WROOM-32: every budget of memory, in one place.

By bits of the interpreter's words: a board's are 32. The 64-bit interpreter has words and floats
of twice the size but the same byte code and text, so the same firmware takes about 1.5 times as
much there. MUST is what a board needs; a budget beside it in force is what was measured plus 3 %,
less than any new module of importance takes, and nowhere more than MUST.
"""

KB = 1000

MUST_REST = 80 * KB  # bytes of Python heap live at rest
MUST_IN_USE = 90 * KB  # with the page open and the console used
MUST_GARBAGE_PER_S = 15 * KB  # all of the firmware, steady state

REST = {32: MUST_REST, 64: 120.5 * KB}  # measured 79.3, 118.2
IN_USE = {32: 86.7 * KB, 64: 129.5 * KB}  # measured 84.9, 126.9
CLOSED_COMMAND = 3 * KB  # what a console command may leave behind

GARBAGE_PER_S = {32: 7.3 * KB, 64: 14.3 * KB}  # measured 7.0, 14.0; must be MUST_GARBAGE_PER_S
SIGNAL_PATH_PER_S = {32: 3.3 * KB, 64: 6.6 * KB}  # measured 3.2, 6.4
CLIENT_PER_S = {32: 1.7 * KB, 64: 3.2 * KB}  # two live views; measured 1.6, 2.9

# The system's heap beside Python's, at any time, clients coming and going (tools/bench/chip.py).
MUST_IDF_LEAST = 20 * KB
MUST_IDF_LARGEST = 10 * KB
# Whether the memory model lives through these; what does must stay so.
LIVES_AT_REST = True
LIVES_A_DAY = False
GROWS = "2 to 3.1 % more is alive at its end, of 3: the log fills; and a live view may be refused"
KEEPS_THE_FLOOR = False
SENDS = "each connection takes 1.5 to 5.5 kB of the 20.9 that are free at rest, as on the chip"
