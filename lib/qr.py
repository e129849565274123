"""A QR code of a short text: byte mode, level L, versions 1 to 5, always the first mask.

One block of check bytes is all that these need; a reader takes any mask. On a board a fifth of a
second of work, which stops every few milliseconds for others; in memory while a code is drawn.
Clock domain: *second*. Source: ISO/IEC 18004.
"""

from micropython import const

_DATA = (19, 34, 55, 80, 108)  # codewords of data by version, and of check
_CHECK = (7, 10, 15, 20, 26)
_FORMAT = const(0x77C4)  # level L, mask 0, with its own check bits and mask
_DARK, _FREE = const(1), const(2)


def rows(text):
    """A generator that returns the code's rows from the top, "#" dark and "." light; none where
    the text is too long. What it yields, None, is a chance for others between two bits of work."""
    data = text.encode()
    for version in range(1, 6):
        if len(data) + 2 <= _DATA[version - 1]:
            break
    else:
        return []
    size = 17 + 4 * version
    modules = bytearray([_FREE] * (size * size))
    yield from _patterns(modules, size, version)
    codewords = _codewords(data, _DATA[version - 1])
    yield
    codewords += yield from _check(codewords, _CHECK[version - 1])
    yield from _place(modules, size, codewords)
    drawn = []
    for i in range(0, size * size, size):
        drawn.append("".join(["#" if m else "." for m in modules[i : i + size]]))
        yield
    return drawn


def _codewords(data, count):
    """Mode, length and bytes, each half a byte behind the one before, and filling."""
    out = bytearray()
    left = 4  # byte mode
    for byte in bytes([len(data)]) + data + b"\0":
        out.append(left << 4 | byte >> 4)
        left = byte & 15
    filling = 0xEC
    while len(out) < count:
        out.append(filling)
        filling ^= 0xEC ^ 0x11
    return out


def _times(a, b):
    """The product in the field of 256 elements."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 256:
            a ^= 0x11D
        b >>= 1
    return product


def _check(data, count):
    """The remainder of the data by the generator polynomial of that many roots."""
    generator = bytearray(count - 1) + b"\1"
    root = 1
    for _ in range(count):
        for i in range(count):
            generator[i] = _times(generator[i], root)
            if i + 1 < count:
                generator[i] ^= generator[i + 1]
        root = _times(root, 2)
        yield
    rest = bytearray(count)
    for byte in data:
        factor = byte ^ rest[0]
        for i in range(count - 1):
            rest[i] = rest[i + 1] ^ _times(generator[i], factor)
        rest[count - 1] = _times(generator[count - 1], factor)
        yield
    return rest


def _patterns(modules, size, version):
    """What every code of that size has: three eyes, the small one, the dotted lines, format."""
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        for y in range(max(0, top - 1), min(size, top + 8)):
            for x in range(max(0, left - 1), min(size, left + 8)):
                ring = max(abs(y - top - 3), abs(x - left - 3))
                modules[y * size + x] = ring in (0, 1, 3)
        yield
    if version > 1:
        middle = size - 7
        for y in range(middle - 2, middle + 3):
            for x in range(middle - 2, middle + 3):
                modules[y * size + x] = max(abs(y - middle), abs(x - middle)) != 1
    for i in range(8, size - 8):
        modules[6 * size + i] = modules[i * size + 6] = 1 - i % 2
    for i in range(15):
        dark = _FORMAT >> i & 1
        x = i if i < 6 else i + 1 if i < 8 else 0
        if i < 8:  # beside the left upper eye from the top down, and from the right along the top
            modules[x * size + 8] = modules[9 * size - 1 - i] = dark
        else:
            x = 7 if i == 8 else 14 - i
            modules[8 * size + x] = modules[(size - 15 + i) * size + 8] = dark
    modules[(size - 8) * size + 8] = _DARK


def _place(modules, size, codewords):
    """The bits in columns of two, upwards and downwards by turns; the first mask over them."""
    at = 0
    upwards = True
    x = size - 1
    while x > 0:
        if x == 6:  # the dotted line is no column
            x = 5
        for i in range(size):
            y = size - 1 - i if upwards else i
            for column in (x, x - 1):
                if modules[y * size + column] == _FREE:
                    bit = at < 8 * len(codewords) and codewords[at >> 3] >> (7 - (at & 7)) & 1
                    modules[y * size + column] = bit ^ ((y + column) % 2 == 0)
                    at += 1
        upwards = not upwards
        x -= 2
        yield
