"""Names that every ESP32's MicroPython has in its image: as a name of ours, each is free.

A name that the image lacks costs a board its letters, seven bytes in the table of names, and once
that is full a table twice as large, for good. So the names that only the board sees
(public_names.py) are replaced by some of the image's own that our code never says. Left out
are those that MicroPython itself looks for in an object that it is handed: a stream's, a file
system's.
Looked up in the images v1.24.0 and v1.26.1 for ESP32_GENERIC and in Debian's unix build.
"""

_WORDS = """
    acos acosh asin asinh atan atanh ceil copysign erf erfc expm1 fabs fmod frexp isfinite
    isinf isnan ldexp lgamma log10 log2 modf radians trunc pow center discard extend
    fromkeys insert intersection isalpha isdisjoint islower isspace issubset issuperset
    isupper lstrip popitem popleft appendleft rfind rindex rpartition reverse splitlines
    union EACCES EADDRINUSE EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EEXIST
    EHOSTUNREACH EINPROGRESS EINVAL EISDIR ENODEV ENOENT ENOTCONN EOPNOTSUPP EPERM ETIMEDOUT
    errorcode divmod oct filter frozenset hash issubclass reversed slice staticmethod
    classmethod complex deque OrderedDict calcsize pack_into unpack_from UINT64 FLOAT32
    FLOAT64 NATIVE LITTLE_ENDIAN BIG_ENDIAN ARRAY PTR VOID addressof bytes_at sizeof BFINT8
    BFINT16 BFINT32 BFUINT8 BFUINT16 BFUINT32 BF_LEN BF_POS heappush heappop heapify
    unhexlify a2b_base64 b2a_base64 sha256 digest DeflateIO gmtime localtime mktime
    ticks_cpu time_ns randint getrandbits randrange uniform seed sub POLLERR POLLHUP
    makefile opt_level mem_info qstr_info stack_use heap_lock heap_unlock kbd_intr schedule
    native ptr uint StopIteration StopAsyncIteration ArithmeticError IndentationError
    NotImplementedError SystemExit GeneratorExit AssertionError NameError BaseException
    StringIO FileIO TextIOWrapper VfsFat VfsLfs2 byteorder maxsize version_info stderr exit
    argv ps1 ps2
"""
FREE = tuple(_WORDS.split())
