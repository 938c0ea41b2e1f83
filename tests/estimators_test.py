#!/usr/bin/env python3
"""tests/estimators_test.py [CASES] -- random inputs for every estimator, answered twice.

The answers here are slow and obvious: fractions, sorted lists, no integer tricks. They go as vectors through
$HEDGEROW_BUILD/tests/vectors, which answers with the product's own functions, all in one process.
"""
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 50
TABLE = [Fraction(round((Decimal(-1) / (Decimal("0.3") * (i + 1))).exp() * 10**18), 10**18) for i in range(128)]


def median(points, tie="MID"):
    points, cum, lower = sorted(points), 0, None
    total = sum(w for _, w in points)
    for p, w in points:
        cum += w
        if lower is None and w and 2 * cum >= total:
            lower = Fraction(p)
        if 2 * cum > total:
            return {"LOWER": lower, "UPPER": Fraction(p), "MID": (lower + p) / 2}[tie]
    raise ValueError("no weight")


def quantile(points, u):
    cum, total = 0, sum(w for _, w in points)
    for p, w in sorted(points):
        cum += w
        if w and cum >= u * total:
            return Fraction(p)
    raise ValueError("no weight")


def mean(points):
    return Fraction(sum(Fraction(p) * w for p, w in points), sum(w for _, w in points))


def book(rng, most=40):
    spread = rng.choice((0, 0, 1000, 100000))
    return [[rng.randint(2000000, 3000000) if spread else 2800000 + rng.randint(-3, 3), rng.choice((1, 7, 1000, 64000,
             rng.randint(1, 10**9)))] for _ in range(rng.randint(1, most))]


def weighted_median(rng):
    obs = book(rng)
    return {"obs": obs, "ties": ["LOWER", "UPPER", "MID"]}, {t: round(median(obs, t)) for t in ("LOWER", "UPPER", "MID")}


def partitioned_vwm(rng):
    parts = [book(rng, 9) if rng.random() < 0.8 else [] for _ in range(rng.randint(1, 24))]
    tie, medians = rng.choice(("LOWER", "UPPER", "MID")), []
    medians = [median(p, tie) for p in parts if p]
    if not medians:
        return None
    return {"partitions": parts, "tie": tie, "empty": "DROP", "min_valid": 1}, \
        {"valid": len(medians), "value": round(sum(medians) / len(medians))}


def winsorised_vwm(rng):
    obs, alpha = book(rng), rng.randint(1, 499999)
    a = Fraction(alpha, 10**6)
    lo, hi = quantile(obs, a), quantile(obs, 1 - a)
    return {"obs": obs, "alpha_ppm": alpha}, \
        {"lo": int(lo), "hi": int(hi), "value": round(mean([(min(max(p, lo), hi), w) for p, w in obs]))}


def iqm_votes(rng):
    n, parts = rng.randint(1, 20), rng.choice((3, 3, 4, 5, 10))
    rows = [{"w_pct": rng.randint(1, 100), "p": rng.randint(1000000, 9000000),
             "sd": rng.choice((0, rng.randint(0, 900000), rng.randint(0, 9000000)))} for _ in range(n)]
    votes = sorted((max(r["p"] + k * r["sd"], 0), r["w_pct"]) for r in rows for k in (-1, 0, 1))
    total, cum, got = sum(w for _, w in votes), Fraction(0), Fraction(0)
    lo, hi = Fraction(total, parts), total - Fraction(total, parts)
    for p, w in votes:
        got += p * max(Fraction(0), min(cum + w, hi) - max(cum, lo))
        cum += w
    return {"entities": rows, "band": [f"1/{parts}", f"{parts - 1}/{parts}"]}, {"value": round(got / (hi - lo))}


def orderbook_rti(rng):
    middle = 2800000
    width = rng.choice((500, 5000, 40000))
    bids = [[middle - rng.randint(-20, width), rng.randint(1, 9)] for _ in range(rng.randint(1, 12))]
    asks = [[middle + rng.randint(0, width), rng.randint(1, 9)] for _ in range(rng.randint(1, 12))]
    grid, limit = rng.randint(1, 3), rng.choice((500, 5000, 20000))

    def units(side, up):  # the price of each single unit, best first
        return [p for p, s in sorted(side, reverse=not up) for _ in range(s)]
    ask, bid, mids, depth = units(asks, True), units(bids, False), [], 0
    for v in range(1, 129):
        if v * grid > min(len(ask), len(bid)):
            break
        a, b = ask[v * grid - 1], bid[v * grid - 1]
        mid = Fraction(a + b, 2)
        within = a / mid - 1 <= Fraction(limit, 10**6)
        if v > 1 and not within:
            break
        mids.append(mid)
        if not within:
            break
    if not mids:
        return None
    depth = len(mids)
    weights = [TABLE[depth - 1]**v for v in range(depth)]
    value = sum(w * m for w, m in zip(weights, mids)) / sum(weights)
    return {"bids": bids, "asks": asks, "grid": grid, "max_spread_ppm": limit, "lambda_rule": "1/(0.3*vT)"}, \
        {"vT": depth, "value": round(value)}


def trailing_median_trim(rng):
    days = [[rng.choice((rng.randint(2600000, 2700000), rng.randint(2600000, 2700000), rng.randint(10**6, 10**7)))
             for _ in range(rng.randint(0, 9))] for _ in range(7)]
    least, k = rng.randint(1, 4), rng.choice((1000, 1500, 3000))
    valid = [d for d in days if len(d) >= least]
    if len(valid) < 4:
        return None
    pool = [p for d in valid for p in d]
    mid, n = Fraction(sum(pool), len(pool)), len(pool)
    variance = sum((p - mid)**2 for p in pool) / (n - 1)
    kept = [p for p in pool if (p - mid)**2 <= Fraction(k, 1000)**2 * variance]
    return {"days": days, "window_days": 7, "k_milli": k, "min_obs_per_day": least, "min_valid_days": 4, "tie": "MID"}, \
        {"observations": n, "kept": len(kept), "valid_days": len(valid), "value": round(median([(p, 1) for p in kept]))}


def provider_mean(rng):
    names = [f"p{i}" for i in range(rng.randint(1, 12))]
    rows, weights = {n: book(rng, 6) for n in names}, {n: rng.randint(1, 400000) for n in names}
    return {"providers": rows, "weight_ppm": weights, "within": "SIZE_WEIGHTED"}, \
        {"provider_means": {n: round(mean(rows[n])) for n in names},
         "value": round(mean([(mean(rows[n]), weights[n]) for n in names]))}


def cap_to_median_mean(rng):
    mids, limit = [p for p, _ in book(rng)], rng.choice((0, 5000, 100000))
    mid = median([(p, 1) for p in mids])
    reach = mid * limit / 10**6
    return {"mids": mids, "limit_ppm": limit}, \
        {"value": round(Fraction(sum(min(max(p, mid - reach), mid + reach) for p in mids), len(mids)))}


def usage_weighted(rng):
    names = [f"m{i}" for i in range(rng.randint(1, 9))]
    prices = {n: rng.randint(1, 10**9) for n in names}
    before, after = ({n: rng.randint(1, 10**6) for n in names} for _ in range(2))
    return {"prices": prices, "usage_before_ppm": before, "usage_after_ppm": after}, \
        {"before": round(mean([(prices[n], before[n]) for n in names])),
         "after": round(mean([(prices[n], after[n]) for n in names])), "lowe_change_ppm": 0}


def apply_factors(rng):
    price, factors = rng.randint(1, 10**9), [rng.randint(-400000, 400000) for _ in range(rng.randint(0, 5))]
    product = math.prod((Fraction(10**6 + f, 10**6) for f in factors), start=Fraction(1))
    way = rng.choice(("DIVIDE", "MULTIPLY"))
    return {"price": price, "factors_ppm": factors, "direction": way}, \
        {"value": round(price / product if way == "DIVIDE" else price * product)}


OPS = (weighted_median, partitioned_vwm, winsorised_vwm, iqm_votes, orderbook_rti, trailing_median_trim, provider_mean,
       cap_to_median_mean, usage_weighted, apply_factors)


def main():
    rng, cases = random.Random(43), int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    vectors = []
    for op in OPS:
        made = 0
        while made < cases:
            pair = op(rng)
            if pair:
                vectors.append({"id": f"{op.__name__}-{made}", "op": op.__name__, "in": pair[0], "want": pair[1],
                                "tol": 0, "source": "tests/estimators_test.py", "standing": "ours"})
                made += 1
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="ascii") as f:
        json.dump({"schema": 1, "area": "index", "about": "random", "ops": {}, "vectors": vectors}, f)
        f.flush()
        out = subprocess.run([os.environ.get("HEDGEROW_BUILD", "build/gcc") + "/tests/vectors", f.name], capture_output=True, text=True, check=False)
    for line in [s for s in out.stdout.splitlines() if s.startswith("FAIL")][:10]:
        print(line)
    print(out.stdout.splitlines()[-1] if out.stdout else out.stderr[:300])
    return out.returncode


if __name__ == "__main__":
    sys.exit(main())
