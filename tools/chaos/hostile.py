"""What strangers send: at the page, on the RS485 line, at the console."""

from tools.fake_inverter.slave import sealed

LINES = (
    *("status", "status json", "help", "log 5", "wifi", "profiles sol", "seen", "crash"),
    *("hold 2000 1", "hold -3000 0.1", "hold 1e9", "hold nan", "release", "mute", "mute off"),
    *("settings", "settings limit_w 3000", "settings limit_w 8000", "settings lag_deg 999"),
    *("settings poll_s 0.5", "settings poll_s 2", "settings ssid Grüße", "settings accept"),
    *("direction charging", "%s %d {}", "\x1b[A\x1b[B\x7f\x7f", "watch", "x", "a" * 300),
)
REQUESTS = (
    "GET / HTTP/1.1\r\nHost: 4.3.2.1\r\n\r\n",
    "GET /api/status HTTP/1.1\r\n\r\n",
    "GET /api/settings HTTP/1.1\r\n\r\n",
    "GET /api/log?since=5 HTTP/1.1\r\n\r\n",
    "GET /api/stream HTTP/1.1\r\n\r\n",
    "GET /generate_204 HTTP/1.1\r\nHost: example.org\r\n\r\n",
    "POST /api/hold HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
    '{"watts": 99999, "minutes": 1}',
    "POST /api/settings HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
    '{"lag_deg": 1e99}',
    "POST /api/settings HTTP/1.1\r\nContent-Type: application/json\r\n"
    "Content-Length: 60000\r\n\r\n" + "[" * 600,
    "GET /" + "a" * 500 + " HTTP/1.1\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


def mutated(dice, data):
    """The bytes with some of them changed, lost or doubled."""
    data = bytearray(data)
    for _ in range(dice.choice([0, 0, 1, 3, 12])):
        at = dice.randrange(len(data))
        how = dice.random()
        if how < 0.5:
            data[at] = dice.randrange(256)
        elif how < 0.75:
            del data[at : at + dice.randint(1, 9)]
        else:
            data[at:at] = data[at : at + dice.randint(1, 40)]
        if not data:
            return b"\r\n"
    return bytes(data)


def guests(dice, end_s):
    """[[t_s, hex, ms]]: requests good, bad and slow."""
    return [
        [
            round(dice.uniform(1, end_s), 3),
            mutated(dice, dice.choice(REQUESTS).encode("latin-1")).hex(),
            float(dice.choice([0, 20, 3000])),
        ]
        for _ in range(dice.choice([0, 3, 12]))
    ]


def frame(dice):
    """A request or an answer of somebody else's, its check sum good; or noise."""
    if dice.random() < 0.3:
        return bytes(dice.randrange(256) for _ in range(dice.randint(1, 20)))
    unit = dice.choice([2, 3, 247])
    body = bytes([unit, dice.choice([3, 4])])
    if dice.random() < 0.5:
        body += bytes([0x32, dice.randrange(256), 0, dice.randint(1, 30)])
    else:
        count = dice.randint(1, 12)
        body += bytes([2 * count, *(dice.randrange(256) for _ in range(2 * count))])
    return sealed(body)


def strangers(dice, end_s):
    """[[t_s, hex]]: a second master and its slaves, for some seeds."""
    if dice.random() < 0.7:
        return []
    times = sorted(dice.uniform(1, end_s) for _ in range(dice.randint(1, 12)))
    return [[round(t_s, 4), frame(dice).hex()] for t_s in times]


def console(dice, end_s):
    """[[console]] tables: what a hurried person types; no line changes what is judged."""
    return [
        {"at_s": round(dice.uniform(1, end_s), 3), "line": dice.choice(LINES)}
        for _ in range(dice.choice([0, 2, 6]))
    ]
