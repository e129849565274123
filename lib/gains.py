"""How hard the tracker's loop pulls: (phase, frequency, drift) per update of 20 ms.

Clock domain: *cycle*.
"""

# Gains (phase, frequency, drift) of a critically damped loop that forgets with `memory` per update
# of 20 ms: 1 - m**3, 1.5 (1 - m**2)(1 - m), (1 - m)**3, in 1/1024, the last in 1/4096.
# QUIET (0.77) averages the converter's noise over 80 ms, AGILE (0.55) catches a ramp within 40 ms,
# FAST (0.35) a swing. WARY (0.92): a window with a gap lets harmonics leak in. JUMPY: a surprise
# out of the calm that even _BOLT could not make begins a jump; the frequency is left alone.
QUIET = (556, 144, 50)
AGILE = (854, 482, 373)
FAST = (980, 876, 1125)
WARY = (227, 19, 2)
JUMPY = (854, 0, 0)
