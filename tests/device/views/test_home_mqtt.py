"""A broker in the home gets the numbers, and Home Assistant what it needs to show them.

The broker here reads the packets by the standard (MQTT 3.1.1, OASIS 2014), with no code of the
client's.
"""

import asyncio
import json
import unittest

import parts as fake

from firmware.views import home_mqtt

ACCEPTED, WRONG_PASSWORD = 0, 4


class Broker:
    """Takes one client after the other; keeps what they publish."""

    def __init__(self, answer=ACCEPTED):
        self.answer = answer
        self.connects = []  # (flags, keep alive, strings) of each CONNECT
        self.got = {}  # topic -> (payload, retained)
        self.states = []
        self.ended = 0
        self.mute = False

    async def serve(self, reader, writer):
        while True:
            try:
                kind, body = await packet(reader)
            except EOFError:
                return
            if kind >> 4 == 1:
                self.connects.append(
                    (body[7], int.from_bytes(body[8:10], "big"), strings(body[10:]))
                )
                if self.mute:
                    continue
                writer.write(bytes((0x20, 2, 0, self.answer)))
                await writer.drain()
            elif kind >> 4 == 3:
                end = 2 + int.from_bytes(body[:2], "big")
                topic, payload = body[2:end].decode(), body[end:].decode()
                assert kind & 6 == 0, "a quality that wants an answer"
                self.got[topic] = (payload, bool(kind & 1))
                if topic.endswith("/state"):
                    self.states.append(json.loads(payload))
            elif kind == 0xE0:
                self.ended += 1


async def packet(reader):
    """(first byte, body): the length has seven bits in each byte, least first."""
    kind = (await reader.readexactly(1))[0]
    length, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return kind, await reader.readexactly(length)


def strings(data):
    found = []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        found.append(data[2:end].decode())
        data = data[end:]
    return found


class Home:
    state = "joined"
    name = "batteryct-1a2b"
    mqtt = ""
    joins = 1

    def __init__(self, port, **more):
        self.parts = fake.make()
        self.parts.inverter.latest = fake.reading(-1234.5, self.parts.clock.ms())
        self.values = dict(
            {"broker": "127.0.0.1:%d" % port, "broker_user": "", "broker_password": ""}, **more
        )


class Telling(unittest.TestCase):
    port = 28830

    def told(self, broker, until, **more):
        """The home after the broker has seen what `until` asks for."""
        Telling.port += 1
        home_mqtt.PERIOD_S = 0.01
        home = Home(Telling.port, **more)

        async def all_of_it():
            server = await asyncio.start_server(broker.serve, "127.0.0.1", Telling.port)
            task = asyncio.create_task(home_mqtt.run(home, home.values, 1))
            for _ in range(2000):
                await asyncio.sleep_ms(5)
                if until(home):
                    break
            words = home.mqtt
            home.state = "lost"
            await task
            await asyncio.sleep_ms(20)
            server.close()
            return words

        self.words = asyncio.run(all_of_it())
        return home

    def test_home_assistant_finds_every_number_and_its_unit(self):
        broker = Broker()
        self.told(broker, lambda home: len(broker.states) > 2)
        topics = [topic for topic in broker.got if topic.startswith("homeassistant/")]
        self.assertEqual(len(topics), 6)
        for topic in topics:
            payload, retained = broker.got[topic]
            found = json.loads(payload)
            self.assertTrue(retained)
            self.assertEqual(found["stat_t"], "batteryct-1a2b/state")
            self.assertEqual(found["dev"]["ids"], ["batteryct-1a2b"])
        battery = json.loads(broker.got["homeassistant/sensor/batteryct-1a2b/battery_w/config"][0])
        self.assertEqual(battery["unit_of_meas"], "W")
        self.assertEqual(battery["val_tpl"], "{{ value_json.battery_w }}")
        self.assertEqual(broker.states[0]["battery_w"], -1234)
        self.assertEqual(broker.states[0]["fault"], False)
        self.assertIn("In touch", self.words)

    def test_the_end_is_said_and_an_end_without_a_word_is_known_beforehand(self):
        broker = Broker()
        self.told(broker, lambda home: broker.states)
        flags, keep_alive_s, words = broker.connects[0]
        self.assertEqual(flags, 0x26)  # a retained will, a clean session, no user
        self.assertTrue(2 * home_mqtt.PERIOD_S < keep_alive_s <= 60)
        self.assertEqual(words, ["batteryct-1a2b", "batteryct-1a2b/online", "offline"])
        self.assertEqual(broker.got["batteryct-1a2b/online"], ("offline", True))
        self.assertEqual(broker.ended, 1)

    def test_user_and_password_are_given(self):
        broker = Broker()
        self.told(broker, lambda home: broker.states, broker_user="me", broker_password="secret")
        flags, _, words = broker.connects[0]
        self.assertEqual((flags & 0xC0, words[-2:]), (0xC0, ["me", "secret"]))

    def test_a_refusal_is_said_in_words_and_not_hammered_at(self):
        broker = Broker(WRONG_PASSWORD)
        self.told(broker, lambda home: home.mqtt)
        self.assertIn("user or password is wrong", self.words)
        self.assertEqual(len(broker.connects), 1)

    def test_nobody_there_is_said_in_words(self):
        home = Home(28829)

        async def try_it():
            task = asyncio.create_task(home_mqtt.run(home, home.values, 1))
            for _ in range(2000):
                await asyncio.sleep_ms(5)
                if home.mqtt:
                    break
            words = home.mqtt
            home.state = "lost"
            await task
            return words

        self.assertIn("The broker at 127.0.0.1:28829:", asyncio.run(try_it()))

    def test_who_began_in_an_earlier_join_ends(self):
        broker = Broker()

        def again(home):
            if len(broker.states) >= 2:
                home.joins = 2
            return broker.ended

        self.told(broker, again)
        self.assertEqual(broker.ended, 1)

    def test_an_old_reading_is_no_number(self):
        home = Home(1)
        home.parts.clock.pass_ms(60_000)
        told = home_mqtt.state(home.parts)
        self.assertIsNone(told["battery_w"])
        self.assertIsNone(told["soc_pct"])
        home.parts.mains.locked = False
        self.assertIsNone(home_mqtt.state(home.parts)["mains_v"])


if __name__ == "__main__":
    unittest.main()
