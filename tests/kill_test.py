#!/usr/bin/env python3
"""kill -9 of `hedgerow serve` under load: after each restart every acknowledged order and trade is
there, none twice, and the recovered state is that of a replay from the beginning.

usage: kill_test.py [KILLS]     (default 4, or KILLS in the environment; the issue of record is 50)

A second process sends about 5,000 orders a second over REST, signed with Ed25519 (libsodium by
ctypes), in batches, for two accounts that trade with each other. It notes what was acknowledged.
"""
import base64
import ctypes
import ctypes.util
import hashlib
import http.client
import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("HEDGEROW_BUILD", "build/gcc")
KILLS = int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("KILLS", "4"))
BATCH, RATE, CONTRACT = 50, 5000, "GPUH-M-2026-07"
sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
sodium.sodium_init()


def keypair(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    sodium.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


def sign(secret, message):
    out = ctypes.create_string_buffer(64)
    sodium.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(len(message)), secret)
    return base64.b64encode(out.raw).decode()


KEYS = {name: keypair(hashlib.sha256(name.encode()).digest()) for name in ("alpha/k1", "beta/k1")}


class Client:
    def __init__(self, port, key):
        self.http, self.key = http.client.HTTPConnection("127.0.0.1", port, timeout=30), key
        self.nonce = 0

    def ask(self, method, target, body=None):
        text = json.dumps(body).encode() if body is not None else b""
        self.nonce += 1
        now, nonce = str(int(time.time() * 1000)), f"{os.getpid()}-{id(self)}-{self.nonce}"
        lines = "\n".join(["HEDGEROW-REST-1", method, target, now, nonce, hashlib.sha256(text).hexdigest()])
        headers = {"HR-Key": self.key, "HR-Time": now, "HR-Nonce": nonce,
                   "HR-Sign": sign(KEYS[self.key][1], lines.encode())}
        if text:
            headers["Content-Type"] = "application/json"
        self.http.request(method, target, text, headers)
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")


def one_order(rng, tag, i):
    side = rng.choice(("buy", "sell"))
    return {"client_id": f"{tag}-{i}", "contract": CONTRACT, "side": side, "type": "limit",
            "price": f"2.{770 + rng.randrange(-6, 7):03d}", "quantity": str(rng.randrange(1, 4)),
            "tif": rng.choice(("day", "ioc"))}


def load(port, key, tag, rate, out):
    """Sends until the connection breaks; every acknowledged answer is written to `out` at once."""
    rng, client, sent, started = random.Random(tag), Client(port, key), 0, time.monotonic()
    with open(out, "a", encoding="utf-8") as acks:
        try:
            while True:
                batch = [one_order(rng, tag, sent + i) for i in range(BATCH)]
                status, answer = client.ask("POST", "/v1/orders/batch", {"orders": batch})
                if status == 200:
                    for asked, said in zip(batch, answer["orders"]):
                        acks.write(json.dumps([asked["client_id"], said.get("order_id"), said.get("code"),
                                               [f["trade_id"] for f in said.get("fills", [])]]) + "\n")
                    acks.flush()
                else:
                    acks.write(json.dumps(["", None, answer.get("code", str(status)), []]) + "\n")
                sent += BATCH
                if sent % (20 * BATCH) == 0:
                    client.ask("DELETE", "/v1/orders")
                ahead = sent / rate - (time.monotonic() - started)
                if ahead > 0:
                    time.sleep(ahead)
        except (OSError, http.client.HTTPException, ValueError):
            return


def write_config(folder):
    with open("examples/venue.yaml", encoding="utf-8") as f:
        root = os.path.abspath(".")
        text = f.read()
    text = text[:text.index("calendars:")].replace('"127.0.0.1:8080"', '"127.0.0.1:0"')
    keys = "".join(f"  - {{key: {k}, account: {i + 1}, public_key: \"{KEYS[k][0].hex()}\", "
                   f"permissions: [trade, read]}}\n" for i, k in enumerate(KEYS))
    accounts = "".join(f"  - {{account: {i}, member: {i}, group: {i}, kind: direct, category: dealer, "
                       f"name: \"load {i}\", deposit: \"50000000\"}}\n" for i in (1, 2))
    text += f"""calendars:
  - {{file: {root}/specs/calendars/us-gpu.yaml}}
indexes:
  - {{methodology: {root}/specs/methodology/h100-synthetic.yaml, observations: {root}/examples/rentals-synthetic.csv}}
specs:
  - {{file: {root}/specs/gpuh-m.yaml, overlay: {root}/specs/overlays/synthetic.yaml}}
approvers: [first, second]
limits: {{orders_per_second: 100000, cancels_per_second: 100000}}
accounts:
{accounts}keys:
{keys}"""
    path = os.path.join(folder, "venue.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


class Venue:
    def __init__(self, config, data):
        self.process = subprocess.Popen(
            [BUILD + "/hedgerow", "serve", "--config", config, "--data", data, "--no-page", "--json",
             "--clock", "2026-07-14T09:00:00Z"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("serve did not start: " + self.process.stderr.read())
        self.ready = json.loads(line)
        self.port = int(self.ready["address"].rsplit(":", 1)[1])

    def wait_open(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for _ in range(600):
            client.request("GET", "/v1/instruments/" + CONTRACT)
            answer = client.getresponse()
            body = json.loads(answer.read())
            if answer.status == 200 and body.get("phase") == "continuous":
                return
            time.sleep(0.05)
        raise RuntimeError(f"{CONTRACT} did not open: {body}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def tool(*args):
    done = subprocess.run([BUILD + "/hedgerow", *args], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{args}: exit {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return done.stdout


def journaled_orders(data, orders, from_seq):
    """client_id -> [seq] of every ORDER_NEW from from_seq on; returns the last seq."""
    last = from_seq - 1
    for line in tool("journal", "export", data, "--from", str(from_seq), "--json").splitlines():
        row = json.loads(line)
        last = int(row["seq"])
        if row["command"] == "ORDER_NEW":
            orders.setdefault(row["client_id"], []).append(str(row["seq"]))
    return last


def stored_trades(data):
    db = sqlite3.connect(f"file:{data}/store.sqlite?mode=ro", uri=True)
    rows = db.execute("SELECT trade_id, COUNT(*) FROM trades GROUP BY trade_id").fetchall()
    db.close()
    return {str(trade): count for trade, count in rows}


def check(data, ready, acks, orders, upto):
    """Everything of the issue's sentence; returns (last journaled seq, acknowledged, trades, faults)."""
    faults = []
    if not json.loads(tool("journal", "verify", data, "--json"))["ok"]:
        faults.append("journal verify")
    last = journaled_orders(data, orders, upto + 1)
    replayed = json.loads(tool("journal", "hash", data, "--to", str(ready["seq"]), "--json"))
    if replayed["state_hash"] != ready["state_hash"]:
        faults.append(f"hash at {ready['seq']}: {ready['state_hash']} replayed {replayed['state_hash']}")
    trades = stored_trades(data)
    faults += [f"trade {t} stands {n} times" for t, n in trades.items() if n != 1]
    n, fills, refused = 0, set(), {}
    for client_id, order_id, code, filled in acks:
        n += 1
        if code:
            refused[code] = refused.get(code, 0) + 1
        elif orders.get(client_id) != [order_id]:
            faults.append(f"order {client_id} acknowledged as {order_id}, journaled as {orders.get(client_id)}")
        fills.update(filled)
    faults += [f"trade {t} acknowledged and gone" for t in fills if t not in trades]
    faults += [f"client id {c} journaled {len(s)} times" for c, s in orders.items() if len(s) > 1]
    return last, n, len(fills), refused, faults


def read_acks(paths):
    rows = []
    for path in paths:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                rows += [json.loads(line) for line in f if line.endswith("\n")]
    return rows


def main():
    folder = tempfile.mkdtemp(prefix="hedgerow-kill-")
    rng = random.Random(5)
    config, data = write_config(folder), os.path.join(folder, "data")
    paths = [os.path.join(folder, f"acks-{i}") for i in range(4)]
    orders, upto, failed, notices, seconds, recover = {}, 0, 0, 0, 0.0, []
    n = fills = 0
    refused = {}
    venue = Venue(config, data)
    try:
        for kill in range(1, KILLS + 1):
            venue.wait_open()
            workers = [multiprocessing.Process(target=load, args=(
                venue.port, list(KEYS)[i % 2], f"k{kill}w{i}", RATE / len(paths), paths[i])) for i in range(len(paths))]
            began = time.monotonic()
            for worker in workers:
                worker.start()
            time.sleep(rng.uniform(0.4, 1.4))
            venue.kill()
            seconds += time.monotonic() - began
            for worker in workers:
                worker.join()
            began = time.monotonic()
            venue = Venue(config, data)
            recover.append(time.monotonic() - began)
            notices += 1 if venue.ready["notice"] else 0
            upto, n, fills, refused, faults = check(data, venue.ready, read_acks(paths), orders, upto)
            failed += 1 if faults else 0
            print(f"kill {kill}: journal at {venue.ready['seq']}, {venue.ready['replayed']} replayed in "
                  f"{recover[-1]:.2f} s; {n} acknowledged, {fills} trades; "
                  f"{'ok' if not faults else faults[:3]}", flush=True)
        venue.process.terminate()
        if venue.process.wait(timeout=60):
            failed += 1
            print("serve did not end in order:", venue.process.stderr.read())
    finally:
        if venue.process.poll() is None:
            venue.kill()
        shutil.rmtree(folder, ignore_errors=True)
    recover.sort()
    print(f"{n / max(seconds, 1e-9):.0f} orders acknowledged a second under load; {notices} torn tails cut; "
          f"restart median {recover[len(recover) // 2]:.2f} s, worst {recover[-1]:.2f} s; refusals {refused}")
    if n < 100 or fills < 10:
        failed += 1
        print("the load did not trade: nothing was shown")
    print(f"{KILLS - min(failed, KILLS)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
