#!/usr/bin/env python3
"""tests/compare_check.py PROGRAM [--from D] [--to D] -i OBS ... -m A.yaml -m B.yaml ... -- `index compare` done again.

Runs every methodology alone with `index run --json` and computes from those lines, with fractions, what
`index compare --json` says: each print, low, mean, high, volatility, levels, and each pair's dates, gaps and widest
date. Of the reasons it asks that what owners and statistic make of a gap adds up to the gap. Shares no code with
the product. Prints `N passed, N failed`.
"""
import json
import subprocess
import sys
from fractions import Fraction

PPM = 10**6
passed = failed = 0


def same(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {what}: {got}, wanted {want}")


def lines(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return [json.loads(x) for x in done.stdout.splitlines()]


def micros(text):
    return int(Fraction(text) * PPM) if text else 0


def gap(a, b):
    return round(Fraction((a - b) * 2 * PPM, a + b))


def check_method(row, prints):
    name = f"{row['gpu_class']} {row['term']} {row['method']}"
    values = [(i, micros(p["value"])) for i, p in enumerate(prints) if p["status"] == "PRINTED"]
    moves = [(prints[i]["date"], Fraction(abs(v - w) * PPM, w)) for (j, w), (i, v) in zip(values, values[1:]) if i == j + 1]
    for level in range(1, 7):
        same(f"{name} L{level}", int(row[f"L{level}"]), sum(p["level"] == f"L{level}" for p in prints))
    same(f"{name} changes", int(row["changes"]), len(moves))
    if moves:
        each = [round(m) for _, m in moves]
        same(f"{name} volatility", int(row["volatility_ppm"]), round(Fraction(sum(each), len(each))))
    if values:
        digits = len(row["mean"].partition(".")[2])
        only = [v for _, v in values]
        mean = round(Fraction(sum(only), len(only)) / PPM * 10**digits)
        same(f"{name} mean", round(Fraction(row["mean"]) * 10**digits), mean)
        same(f"{name} low", micros(row["low"]), min(only))
        same(f"{name} high", micros(row["high"]), max(only))
        owners = [int(p["entities"]) for p in prints if p["status"] == "PRINTED"]
        same(f"{name} entities", [int(row["entities_min"]), int(row["entities_max"])], [min(owners), max(owners)])


def check_pair(row, a, b, reasons):
    name = f"{row['gpu_class']} {row['term']} {row['method']} {row['other']}"
    gaps, others = [], 0
    by_date = {p["date"]: p for p in b}
    for p in a:
        q = by_date.get(p["date"], {"status": "", "value": None})
        if p["status"] == "PRINTED" and q["status"] == "PRINTED":
            gaps.append((p["date"], gap(micros(p["value"]), micros(q["value"]))))
        else:
            others += bool(p["value"] or q["value"])
    dates = {p["date"] for p in a}
    others += sum(bool(q["value"]) for q in b if q["date"] not in dates)
    same(f"{name} dates", int(row["dates"]), len(gaps))
    same(f"{name} one-sided", int(row["one_sided"]), others)
    if not gaps:
        return
    same(f"{name} mean gap", int(row["gap_mean_ppm"]), round(Fraction(sum(abs(g) for _, g in gaps), len(gaps))))
    same(f"{name} lean", int(row["lean_mean_ppm"]), round(Fraction(sum(g for _, g in gaps), len(gaps))))
    widest = max(gaps, key=lambda x: abs(x[1]))  # the first of equals
    same(f"{name} widest", [row["gap_max_on"], int(row["gap_max_ppm"])], list(widest))
    parts = [int(r["gap_ppm"]) for r in reasons if r["gap_ppm"] is not None]
    if parts:
        same(f"{name} reasons add up", abs(sum(parts) - int(row["gap_max_ppm"])) <= 2, True)


def main():
    args = sys.argv[2:]
    program, files, rest = sys.argv[1], [], []
    while args:
        word = args.pop(0)
        (files if word == "-m" else rest).append(args.pop(0) if word == "-m" else word)
    data = [x for i, x in enumerate(rest) if "-i" in (x, rest[i - 1] if i else "")]
    rows = lines([program, "index", "compare", "--json", *rest, *[x for f in files for x in ("-m", f)]])
    methods = {(r["gpu_class"], r["term"], r["method"]): r for r in rows if r["row"] == "method"}
    same("one row a methodology", len(methods), len(files))
    run = {}
    for key, row in methods.items():
        shown = [r for r in rows if r["row"] == "print" and (r["gpu_class"], r["term"], r["method"]) == key]
        in_effect = [r for r in shown if r["status"] != "NOT_IN_EFFECT"]
        dates = ["--from", in_effect[0]["date"], "--to", in_effect[-1]["date"]] if in_effect else []
        alone = lines([program, "index", "run", "--json", "--vintages", "first", "-m", row["file"], *data, *dates]) if in_effect else []
        want = {p["date"]: [p["value"], p["status"], p["level"], p["reason"], p["entities"]] for p in alone}
        got = {r["date"]: [r["value"], r["status"], r["level"], r["reason"], r["entities"]] for r in in_effect}
        same(f"{key} prints", got, want)
        run[key] = in_effect
        check_method(row, in_effect)
    for row in (r for r in rows if r["row"] == "pair"):
        a, b = (row["gpu_class"], row["term"], row["method"]), (row["gpu_class"], row["term"], row["other"])
        mine = [r for r in rows if r["row"] == "reason" and (r["gpu_class"], r["term"], r["method"], r["other"]) == (*a, b[2])]
        check_pair(row, run[a], run[b], mine)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


main()
