"""The device's numbers for a broker in the home (MQTT 3.1.1), where Home Assistant finds them.

It tells and takes no orders: whoever changes something logs in on the page. The packets are made
by chumicro_mqtt, the connection is ours, for a client that waits would starve the output. In
memory while the home's WiFi is there and a broker is chosen. Clock domain: *second*.
"""

import asyncio

from micropython import const

from firmware.version import VERSION
from lib import jsontext
from lib.ondemand import Module

PERIOD_S = 10
_PATIENCE_S = const(10)
_KEEP_ALIVE_S = const(60)
_FIRST_S, _LONGEST_S = const(10), const(300)
_REFUSED = {
    1: "it wants another version of MQTT",
    2: "it wants another client name",
    3: "it is out of service",
    4: "user or password is wrong",
    5: "this user may not",
}
# (kind, key in the state, name, device class, unit)
_ENTITIES = (
    ("sensor", "battery_w", "House battery", "power", "W"),
    ("sensor", "shown_w", "Shown to the Zappi", "power", "W"),
    ("sensor", "soc_pct", "House battery charge", "battery", "%"),
    ("sensor", "mains_v", "Mains", "voltage", "V"),
    ("sensor", "because", "Battery CT says", None, None),
    ("binary_sensor", "fault", "Battery CT fault", "problem", None),
)


async def run(home, values, joins):
    """Tell the broker until the home is lost or has other settings; say what fails, try again."""
    wait_s = 0
    with Module("firmware.views.home_settings") as settings:
        host, port = settings.address(values["broker"])
    while _wanted(home, values, joins):
        try:
            async with Module("chumicro_mqtt._wire") as wire:
                reader, writer = await asyncio.wait_for(
                    asyncio.open_connection(host, port), _PATIENCE_S
                )
                try:
                    await _greet(home, values, wire, reader, writer)
                    wait_s = 0
                    await _tell(home, values, joins, wire, writer)
                finally:
                    writer.close()
                    await writer.wait_closed()
        except (OSError, EOFError, asyncio.TimeoutError, MemoryError) as why:
            words = str(why) or "no answer"
            home.mqtt = "The broker at %s: %s." % (values["broker"], words)
            home.parts.health.count("mqtt", words)
            wait_s = min(_LONGEST_S, 2 * wait_s or _FIRST_S)
            for _ in range(wait_s):
                if not _wanted(home, values, joins):
                    break
                await asyncio.sleep(1)
    if home.joins == joins:
        home.mqtt = ""


def _wanted(home, values, joins):
    return home.values is values and home.joins == joins and home.state == "joined"


async def _greet(home, values, wire, reader, writer):
    """Connect, and say what there is."""
    name = home.name
    packet = wire.encode_connect(
        client_id=name,
        keep_alive_seconds=_KEEP_ALIVE_S,
        username=values["broker_user"] or None,
        password=values["broker_password"] or None,
        will_topic=name + "/online",
        will_message=b"offline",
        will_retain=True,
    )
    await _send(writer, packet)
    answer = await asyncio.wait_for(reader.readexactly(4), _PATIENCE_S)
    if answer[:2] != b"\x20\x02" or answer[3]:
        raise OSError(_REFUSED.get(answer[3], "it speaks no MQTT"))
    home.mqtt = "In touch with the broker at %s." % values["broker"]
    for entity in _ENTITIES:
        topic = "homeassistant/%s/%s/%s/config" % (entity[0], name, entity[1])
        text = jsontext.dumps(_discovery(name, entity))
        await _send(writer, wire.encode_publish(topic=topic, payload=text, retain=True))
    await _send(writer, wire.encode_publish(topic=name + "/online", payload="online", retain=True))


async def _tell(home, values, joins, wire, writer):
    while _wanted(home, values, joins):
        text = jsontext.dumps(state(home.parts))
        await _send(writer, wire.encode_publish(topic=home.name + "/state", payload=text))
        await asyncio.sleep(PERIOD_S)
    await _send(
        writer, wire.encode_publish(topic=home.name + "/online", payload="offline", retain=True)
    )
    await _send(writer, wire.PACKET_DISCONNECT)


async def _send(writer, packet):
    writer.write(packet)
    await asyncio.wait_for(writer.drain(), _PATIENCE_S)


def _discovery(name, entity):
    """What Home Assistant wants to know of one of them, in its own short words."""
    kind, key, words, group, unit = entity
    described = {
        "name": words,
        "uniq_id": name + "_" + key,
        "stat_t": name + "/state",
        "avty_t": name + "/online",
        "pl_avail": "online",
        "pl_not_avail": "offline",
        "val_tpl": "{{ value_json.%s }}" % key,
        "dev": {"ids": [name], "name": "Battery CT", "sw": VERSION},
    }
    if group:
        described["dev_cla"] = group
    if unit:
        described["unit_of_meas"] = unit
        described["stat_cla"] = "measurement"
    if kind == "binary_sensor":
        described["val_tpl"] = "{{ 'ON' if value_json.%s else 'OFF' }}" % key
    return described


def state(parts):
    """The numbers of the moment; None where nothing is known."""
    reading, lock, health = parts.inverter.latest, parts.mains.lock, parts.health
    fresh = reading is not None and parts.clock.since_ms(reading.at_ms) < 1000 * (
        parts.settings.now.stale_s
    )
    return {
        "battery_w": int(reading.battery_w) if fresh else None,
        "shown_w": int(parts.ct.watts),
        "soc_pct": reading.soc_pct if fresh else None,
        "mains_v": int(10 * lock.volts) / 10 if lock else None,
        "because": health.reason,
        "fault": bool(health.faults),
    }
