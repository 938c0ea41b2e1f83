#!/usr/bin/env python3
"""tests/cri_like_test.py [PROGRAM] -- the CRI-like method on the raw marketplace replies, done again with fractions.

Reads gpu_offers.csv itself and, for each of the eight dates that source `ccir` covers, pools the trailing seven days
of H100 SXM offers in the United States by the rules of specs/methodology/h100-cri-like.yaml: days of at least ten
offers, one pass that drops what is more than 2.5 sample standard deviations from the pool's mean, the median of the
rest, four decimals half-even. Compares value, valid days, records pooled and kept, and each record's fate with the
product's receipts, and the words of `index explain`. Then the published rules as they are, day by day about the
trimmed mean, and the two values that the administrator published in those days: 1.6021 on 2026-03-05, over the two
days that it counted, and 1.7350 for the window to 2026-03-04.
Without the shared data: `skipped: no shared data`, exit 77. Ends with `N passed, N failed`.
"""
import csv
import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / os.environ.get("HEDGEROW_BUILD", "build/gcc") / "hedgerow")
DATA = pathlib.Path(os.environ.get("HEDGEROW_SHARED", ROOT / "../shared")) / "data/gpu_offers.csv"
METHOD = "specs/methodology/h100-cri-like.yaml"
FIRST, LAST, DAYS, LEAST, K = datetime.date(2026, 2, 27), datetime.date(2026, 3, 6), 7, 10, Fraction(5, 2)
passed = failed = 0


def same(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {what}: {got}, wanted {want}")


def offers():
    """Day -> prices of the offers that are eligible by the file's rules."""
    days = {}
    for row in csv.DictReader(open(DATA, encoding="utf-8")):
        if not row["source"].startswith("ccir@") or row["kind"] != "marketplace_offer":
            continue
        if row["gpu"] != "H100" or row["form_factor"] != "SXM" or row["term"] != "on_demand":
            continue
        if not row["region"].endswith("; US") or row["verification"] != "verified":
            continue
        days.setdefault(row["observed_at"], []).append(Fraction(row["price_usd_per_gpu_hour"]))
    return days


def median(values):
    values = sorted(values)
    n = len(values)
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def rounded(value):
    return f"{float(Fraction(round(value * 10**4), 10**4)):.4f}"


def trim(pool):
    """One pass, no roots: (n p - S)^2 (n - 1) <= k^2 n (n Q - S^2) stays."""
    n, s, q = len(pool), sum(pool), sum(p * p for p in pool)
    return [p for p in pool if n < 2 or (n * p - s) ** 2 * (n - 1) <= K * K * n * (n * q - s * s)]


def trim_as_published(day):
    """Each day about its mean without the top and bottom tenth; the sd is of the whole day."""
    if len(day) < 4:
        return day
    day, cut = sorted(day), len(day) // 10
    inner = day[cut:len(day) - cut] if cut else day
    centre, mean, n = sum(inner) / len(inner), sum(day) / len(day), len(day)
    variance = sum((p - mean) ** 2 for p in day) / (n - 1)
    return [p for p in day if (p - centre) ** 2 <= K * K * variance]


def read(path):
    facts, records = {}, []
    for line in open(path, encoding="ascii"):
        name, _, rest = line.rstrip("\n").partition(" ")
        if name == "record":
            records.append(rest.split(" "))
        elif name == "dropped":
            facts["dropped " + rest.split(" ")[0]] = rest.split(" ")[1]
        else:
            facts[name] = rest
    return facts, records


def main():
    if not DATA.is_file():
        print("skipped: no shared data")
        sys.exit(77)
    days = offers()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([PROGRAM, "index", "run", "-m", METHOD, "-i", str(DATA), "--from", str(FIRST), "--to",
                               str(LAST), "--receipts", folder], capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            sys.exit(done.stderr)
        date = FIRST
        while date <= LAST:
            check_date(date, days, f"{folder}/{date}.receipt")
            date += datetime.timedelta(1)
    # The administrator's audit of its value of 2026-03-05 counts 2026-02-27 (16 offers) and 2026-03-01 (12).
    counted = days["2026-02-27"] + days["2026-03-01"]
    same("offers it counted", [len(days["2026-02-27"]), len(days["2026-03-01"])], [16, 12])
    same("median of 2026-02-27, published 1.7347", rounded(median(days["2026-02-27"])), "1.7347")
    same("the published value of 2026-03-05", rounded(median(counted)), "1.6021")
    pool = [p for d, prices in days.items() if d <= "2026-03-04" and len(prices) >= LEAST for p in prices]
    same("the value published for the window to 2026-03-04", rounded(median(trim(pool))), "1.7350")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


def check_date(date, days, path):
    window = [str(date - datetime.timedelta(k)) for k in range(DAYS)]
    valid = [d for d in window if len(days.get(d, [])) >= LEAST]
    pool = [p for d in valid for p in days[d]]
    kept = trim(pool)
    published = [p for d in window for p in (trim_as_published(days.get(d, [])) if d in days else [])
                 if len(trim_as_published(days[d])) >= LEAST]
    facts, records = read(path)
    value = facts["value"] if facts["value"] == "-" else rounded(Fraction(facts["value"]))
    same(f"{date} value", value, rounded(median(kept)))
    same(f"{date} valid days", facts["partitions"], str(len(valid)))
    same(f"{date} status", facts["status"], "PRINTED")
    eligible = [r for r in records if r[1] == "ELIGIBLE"]
    same(f"{date} eligible", len(eligible), sum(len(days.get(d, [])) for d in window))
    same(f"{date} owners", facts["owners"], "1")
    told = subprocess.run([PROGRAM, "index", "explain", path], capture_output=True, text=True, cwd=ROOT).stdout
    told = " ".join(told.split())
    steps = [f"{len(pool)} records, mean", f"{len(pool) - len(kept)} trimmed", f"median of the {len(kept)} left",
             f"mean {float(Fraction(round(sum(pool) / len(pool) * 10**6), 10**6)):.6f}"]
    for d in window:
        n = len(days.get(d, []))
        steps.append(f"to {d}T16:00:00Z {n} records {'counts' if d in valid else 'out: too few'}")
    for words in steps:
        same(f"{date} explain says {words!r}", words in told, True)
    print(f"{date}: {value} over {len(valid)} valid days, {len(pool)} pooled, {len(pool) - len(kept)} trimmed; by the "
          f"published rules {rounded(median(published)) if published else 'no value'} over {len(published)}")


main()
