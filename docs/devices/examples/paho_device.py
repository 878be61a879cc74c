#!/usr/bin/env python3
"""A Pulsewire device in Python with Eclipse paho, and a spool in SQLite that outlives the process.

    pip install "paho-mqtt>=2.0"
    python paho_device.py --host 127.0.0.1 --port 1883 --device patch-17 --password SECRET

It sends one lead of a made-up ECG (blocks of one second) and vitals, as JSON. Replace `measure_block` and `measure_vitals` by your sensor.
Tried with paho-mqtt 2.2.0 and Python 3.11. See ../README.md for the contract.
"""
import argparse
import json
import math
import queue
import random
import secrets
import signal
import sqlite3
import time

import paho.mqtt.client as mqtt

RATE_HZ = 250
WINDOW = 100  # messages on the way without a PUBACK; the station takes 200
SCALE_MV = 0.005


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Spool:
    """Everything goes in first, leaves in order, and is deleted on its PUBACK."""

    def __init__(self, path: str) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("CREATE TABLE IF NOT EXISTS spool (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, payload TEXT)")
        self.last_taken = 0

    def push(self, topic: str, message: dict) -> None:
        self.db.execute("INSERT INTO spool (topic, payload) VALUES (?, ?)", (topic, json.dumps(message, separators=(",", ":"))))

    def take(self):
        """The next message to send; with `sent`, which stays the same if it must be sent again."""
        row = self.db.execute("SELECT id, topic, payload FROM spool WHERE id > ? ORDER BY id LIMIT 1", (self.last_taken,)).fetchone()
        if row is None:
            return None
        self.last_taken, topic, payload = row
        message = json.loads(payload)
        if "sent" not in message:
            message["sent"] = now_ms()
            payload = json.dumps(message, separators=(",", ":"))
            self.db.execute("UPDATE spool SET payload = ? WHERE id = ?", (payload, self.last_taken))
        return self.last_taken, topic, payload

    def remove(self, entry: int) -> None:
        self.db.execute("DELETE FROM spool WHERE id = ?", (entry,))

    def __len__(self) -> int:
        return self.db.execute("SELECT count(*) FROM spool").fetchone()[0]


class Device:
    """One thread does all the work. paho's callbacks run in its own thread, under its own locks: they only put a note into the inbox."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.root = f"bsn/v1/{args.device}"
        self.inbox: queue.SimpleQueue = queue.SimpleQueue()
        self.spool = Spool(args.spool)
        self.in_flight: dict[int, int] = {}  # MQTT message id -> entry of the spool
        self.boot, self.seq = secrets.token_hex(8), 0
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=args.device, protocol=mqtt.MQTTv311, clean_session=True)
        self.client.username_pw_set(args.device, args.password)
        if args.ca:
            self.client.tls_set(ca_certs=args.ca)
        self.client.will_set(f"{self.root}/status", json.dumps({"state": "offline", "boot": self.boot}), qos=1, retain=True)
        self.client.reconnect_delay_set(min_delay=1, max_delay=30)
        # paho resends what is in flight by itself, with the DUP flag and unchanged; the spool covers all the rest
        self.client.max_inflight_messages_set(WINDOW)
        self.client.on_connect = lambda _client, _userdata, _flags, reason, _properties: self.inbox.put(("connected", reason))
        self.client.on_publish = lambda _client, _userdata, mid, _reason, _properties: self.inbox.put(("acknowledged", mid))
        self.client.on_message = lambda _client, _userdata, message: self.inbox.put(("message", message))
        self.client.connect_async(args.host, args.port, keepalive=30)
        self.client.loop_start()

    def work_until(self, deadline: float) -> None:
        """Does what the network brings until then (time.monotonic())."""
        while True:
            self.pump()
            try:
                what, value = self.inbox.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            if what == "acknowledged" and value in self.in_flight:
                self.spool.remove(self.in_flight.pop(value))  # the PUBACK: only now is the message the station's
            elif what == "connected":
                self.on_connected(value)
            elif what == "message":
                self.on_message(value)

    def on_connected(self, reason) -> None:
        print(f"connect: {reason}")
        if reason.is_failure:
            return
        self.client.subscribe([(f"{self.root}/notice", 1), (f"{self.root}/command", 1)])
        self.say({"state": "online", "boot": self.boot, "model": "paho example"})

    def on_message(self, message) -> None:
        body = json.loads(message.payload)
        print(f"{message.topic}: {body}")
        if message.topic.endswith("/command"):
            expired = body["expiresAt"] < now_ms()
            result = {"result": "expired"} if expired else {"result": "refused", "detail": "this example obeys nobody"}
            self.put("command/ack", {"command": body["id"], **result})

    def put(self, kind: str, body: dict, at: int | None = None) -> None:
        self.spool.push(f"{self.root}/{kind}", {"boot": self.boot, "seq": self.seq, "at": now_ms() if at is None else at, **body})
        self.seq += 1

    def say(self, status: dict) -> None:
        self.client.publish(f"{self.root}/status", json.dumps(status), qos=1, retain=True)

    def pump(self) -> None:
        while self.client.is_connected() and len(self.in_flight) < WINDOW:
            entry = self.spool.take()
            if entry is None:
                return
            number, topic, payload = entry
            self.in_flight[self.client.publish(topic, payload, qos=1).mid] = number

    def stop(self) -> None:
        deadline = time.monotonic() + 2
        while len(self.spool) > 0 and time.monotonic() < deadline:
            self.work_until(time.monotonic() + 0.05)
        self.say({"state": "offline", "boot": self.boot})
        self.work_until(time.monotonic() + 0.2)
        self.client.disconnect()
        self.client.loop_stop()


def measure_block(block: int) -> list[int]:
    """One second of a heart at 60 /min: P, Q, R, S and T as bells around the R peak, and a little noise."""
    waves = ((-0.17, 0.022, 0.12), (-0.025, 0.009, -0.1), (0.0, 0.011, 1.1), (0.025, 0.01, -0.22), (0.28, 0.05, 0.3))
    samples = []
    for index in range(RATE_HZ):
        t = index / RATE_HZ - 0.4
        value = sum(height * math.exp(-((t - centre) ** 2) / (2 * width**2)) for centre, width, height in waves)
        samples.append(round((value + random.gauss(0, 0.008)) / SCALE_MV))
    return samples


def measure_vitals() -> dict:
    return {"heartRate": 60, "spo2": random.choice((97, 98)), "temperature": 36.8}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--device", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--ca", help="PEM of the station's certificate authority: speak TLS (port 8883)")
    parser.add_argument("--spool", default="spool.db")
    parser.add_argument("--seconds", type=int, help="stop after so many blocks")
    args = parser.parse_args()

    device = Device(args)
    stopping: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: stopping.append(number))

    start_at, start = now_ms(), time.monotonic()
    block = 0
    while not stopping and (args.seconds is None or block < args.seconds):
        # a block is complete one second after its first sample; counted from the start, so that nothing drifts
        device.work_until(start + block + 1)
        at = start_at + block * 1000
        signal_block = {"name": "ecg.II", "unit": "mV", "scale": SCALE_MV, "offset": 0, "samples": measure_block(block)}
        device.put("waveform", {"rateHz": RATE_HZ, "signals": [signal_block]}, at)
        device.put("vitals", {"vitals": measure_vitals()}, at)
        block += 1
    device.stop()
    print(f"{len(device.spool)} messages are left in the spool")


if __name__ == "__main__":
    main()
