#!/usr/bin/env python3
"""The whole market from outside: the demo settles, replays to one hash on every build, and its final
settlement is the mean that tests/settlement.py computes on its own.

Environment: HEDGEROW_BUILD (default build/gcc). Other builds (gcc -O0, clang -O3) are made if need be.
"""
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction

sys.path.insert(0, os.path.dirname(__file__))
import settlement  # noqa: E402

BUILD = os.environ.get("HEDGEROW_BUILD", "build/gcc")
REAL = "../shared/data/gpu_offers.csv"
results = {"passed": 0, "failed": 0, "skipped": 0}


def check(name, ok, said=""):
    results["passed" if ok else "failed"] += 1
    print(("ok   " if ok else "FAIL ") + name + ("" if ok else f": {said}"), flush=True)
    return ok


def run(*args, build=BUILD):
    return subprocess.run([build + "/hedgerow", *args], capture_output=True, text=True, timeout=600)


def demo(folder, *args, build=BUILD):
    done = run("demo", "--headless", "--until", "settled", "--seed", "7", "--data", folder, *args, build=build)
    if done.returncode != 0:
        return None, f"exit {done.returncode}: {done.stderr[-400:]}"
    return json.loads(done.stdout.splitlines()[-1]), done.stdout


def settlement_agrees(name, last, method, observations):
    month = last["final_settlement"]["contract"][-7:]
    with tempfile.NamedTemporaryFile("w+", suffix=".jsonl") as f:
        prints = run("index", "run", "-m", method, "-i", observations, "--vintages", "first", "--to", month + "-31"
                     if month[-2:] in ("01", "03", "05", "07", "08", "10", "12") else month + "-28", "--json")
        f.write(prints.stdout)
        f.flush()
        rows = [json.loads(line) for line in prints.stdout.splitlines()]
        table = {r["date"]: (r["status"], r["value"]) for r in rows}
    want = settlement.settle(table, settlement.holidays("specs/calendars/us-gpu.yaml"), month, 3, 4)
    got = last["final_settlement"]
    same = all(str(got[k]) == str(want[k]) for k in ("days", "carried", "missing")) and \
        float(got["value"]) == float(want["value"])
    check(name + ": final settlement is the mean computed apart", same, f"got {got}, want {want}")


def least_limit(method, observations, last_day, fixings):
    """L* of a 730-hour lot over the 20 prints to last_day, from `index stress`, in thousandths; and the cost."""
    least, day, prints = None, dt.date.fromisoformat(last_day), 0
    while prints < 20:
        done = run("index", "stress", "-m", method, "-i", observations, "--date", day.isoformat(), "--json")
        said = json.loads(done.stdout) if done.returncode == 0 else {"status": ""}
        day -= dt.timedelta(days=1)
        if said["status"] != "PRINTED":
            continue
        own = said["methods"][-1]
        costs = [Fraction(own[side]["cost"]) for side in ("up_split", "down_split") if "cost" in own[side]]
        if not costs:
            continue
        prints += 1
        cost = min(costs)
        limit = cost * fixings / (3 * 730 * Fraction(said["value"]) / 100)
        if least is None or limit < least[0]:
            least = limit, cost
    return f"cost to move 1 % is {float(least[1]):.2f} USD, L* = {int(least[0] * 1000) / 1000:.3f} lots"


def says_may_not_list(name, said, want):
    lines = [line for line in said.splitlines() if line.startswith("demonstration: by rule this contract may not list: ")]
    check(name + ": says that by rule it may not list", len(lines) > 0 and lines[-1].endswith(": " + want),
          f"got {lines}, want {want}")


def scenario(name, method, observations, may_not_list, *args):
    folders = [tempfile.mkdtemp(prefix="hedgerow-test-") for _ in range(2)]
    try:
        first, said = demo(folders[0], *args)
        if not check(name + ": settles", first is not None, said):
            return None
        second, _ = demo(folders[1], *args)
        check(name + ": twice gives one state hash", first == second, f"{first} {second}")
        check(name + ": the ledger sums to 0", first["ledger_sum"] == "0", first)
        check(name + ": there were trades", int(first["trades"]) > 100, first)
        says_may_not_list(name, said, may_not_list)
        settlement_agrees(name, first, method, observations)
        verify = run("journal", "verify", folders[0], "--json")
        check(name + ": journal verify", verify.returncode == 0 and json.loads(verify.stdout)["ok"],
              verify.stdout + verify.stderr)
        replayed = run("journal", "hash", folders[0], "--json")
        check(name + ": a replay from the beginning gives the hash",
              replayed.returncode == 0 and json.loads(replayed.stdout)["state_hash"] == first["state_hash"],
              replayed.stdout + replayed.stderr)
        return first
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def other_build(name, first, *args):
    build = "build/" + name
    made = subprocess.run(["tools/build", name], capture_output=True, text=True)
    if not check(f"build {name}", made.returncode == 0, made.stdout[-800:] + made.stderr[-800:]):
        return
    folder = tempfile.mkdtemp(prefix="hedgerow-test-")
    try:
        last, said = demo(folder, *args, build=build)
        check(f"{name} gives the same state hash", last == first, said if last is None else f"{last} {first}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    synthetic = scenario("synthetic", "specs/methodology/h100-synthetic.yaml",
                         "examples/rentals-synthetic.csv",
                         least_limit("specs/methodology/h100-synthetic.yaml", "examples/rentals-synthetic.csv",
                                     "2026-07-30", 22))
    arguments = []
    first = synthetic
    if os.path.exists(REAL):
        arguments = ["--observations", REAL]
        first = scenario("real posted prices, July 2026", "specs/methodology/h100-posted.yaml", REAL,
                         "posted prices cost nothing to move, L* = 0 lots", *arguments)
        if first:
            check("real data play July 2026", first["final_settlement"]["contract"].endswith("2026-07"), first)
    else:
        print("skipped: no shared data")
        results["skipped"] += 1
    if first:
        for name in ("O0", "clang"):
            other_build(name, first, *arguments)
    print(f"{results['passed']} passed, {results['failed']} failed, {results['skipped']} skipped")
    return 1 if results["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
