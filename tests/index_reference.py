#!/usr/bin/env python3
"""tests/index_reference.py RECEIPT ... -- recomputes L1 and L2 prints from their receipts' own records.

Shares nothing with the product: fractions instead of integers, its own grouping, capping and medians. Which
records are eligible is taken from the receipt (the screens have tests of their own); everything after that
is done again: owners, partitions, forward merge, capped weights, estimator, percentiles, volume, one rounding.
Prints one line a receipt and `N passed, N failed`.
"""
import datetime
import sys
from fractions import Fraction

FIELDS = ("obs_id kind channel source source_ref key provider owner counter_owner gpu_class form region term gpus "
          "min_gpus duration_s price raw_unit size ccy model token_side t_event t_seen t_journal quality rights "
          "corrects attestation").split()


def nanos(text):
    base = datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(base.timestamp()) * 10**9 + int(text[20:29])


def half_even(x):
    return round(x)  # Fraction rounds half to even


def read(path):
    facts, method, owners, records = {}, {}, [], []
    group = []
    for line in open(path, encoding="ascii"):
        name, _, rest = line.rstrip("\n").partition(" ")
        if name == "record":
            words = rest.split(" ")
            records.append((words[0].split("+"), words[1], dict(zip(FIELDS, words[2:]))))
        elif name == "owner":
            owners.append(rest.split(" ")[:4])
        elif name == "method":
            indent = (len(rest) - len(rest.lstrip())) // 2
            key, _, value = rest.strip().partition(":")
            group = group[:indent] + [key]
            method[".".join(group)] = value.strip().strip('"')
        elif name not in ("dropped", "page", "venue_out"):
            facts[name] = rest
    return facts, method, owners, records


def number(method, key, default=0):
    return int(method.get(key) or default)


def owner_of(owners, record):
    day = record["t_event"][:10]
    for provider, owner, first, last in owners:
        if provider == record["provider"] and first <= day and (last == "-" or day <= last):
            return owner
    return record["owner"] if record["owner"] != "-" else "?" + record["provider"]


def price_and_size(record, equal):
    price = Fraction(record["price"]) * 10**6
    gpus = int(record["gpus"])
    if record["raw_unit"] == "instance_hour":
        price /= gpus
    elif record["raw_unit"] != "gpu_hour":
        raise ValueError(record["raw_unit"])
    if equal:
        return half_even(price), 1
    seconds = min(int(record["duration_s"]) or 604800, 604800)
    most = half_even(Fraction(gpus * seconds * 1000, 3600))
    return half_even(price), min(int(record["size"]) or most, most)


def median(points, tie):
    points = sorted(points)
    total, cum, lower = sum(w for _, w in points), 0, None
    for price, weight in points:
        cum += weight
        if lower is None and weight and 2 * cum >= total:
            lower = price
        if 2 * cum > total:
            return {"LOWER": lower, "UPPER": price, "MID": (lower + price) / Fraction(2)}[tie]
    raise ValueError("no weight")


def quantile(points, share):
    points = sorted(p for p in points if p[1])
    total, cum = sum(w for _, w in points), 0
    for price, weight in points:
        cum += weight
        if cum >= share * total:
            return price
    raise ValueError("no weight")


def capped(weights, cap):
    """owner -> weight; those above the cap get what gives them exactly the cap."""
    fixed = set()
    while True:
        rest = sum(w for o, w in weights.items() if o not in fixed)
        share = 1 - cap * len(fixed)
        more = {o for o, w in weights.items() if o not in fixed and Fraction(w) * share / rest > cap}
        if not more:
            return {o: (rest * cap / share if o in fixed else Fraction(w)) for o, w in weights.items()}
        fixed |= more


def groups_of(records, parts, least, s_min):
    """Partitions merged forward; a list of lists of (owner, price, size)."""
    groups, held = [], []
    for part in range(parts):
        held += [r for p, r in records if p == part]
        sizes = {}
        for owner, _, size in held:
            sizes[owner] = sizes.get(owner, 0) + size
        if sum(1 for s in sizes.values() if s >= s_min and s > 0) >= least:
            groups.append(held)
            held = []
    if held and groups:
        groups[-1] = groups[-1] + held
    return groups


def recompute(facts, method, owners, records):
    equal = method["weights"] == "OWNER_EQUAL"
    hours, parts = int(facts["window_hours"]), number(method, "window.partitions")
    clock = method["window.end"]
    end = nanos(facts["value_date"] + "T00:00:00.000000000Z") + (int(clock[:2]) * 60 + int(clock[3:5])) * 60 * 10**9
    start, taken = end - hours * 3600 * 10**9, []
    for roles, reason, record in records:
        if not (reason == "ELIGIBLE" if "candidate" in roles else "older" in roles):
            continue
        at = nanos(record["t_event"])
        if not start <= at < end:
            continue
        price, size = price_and_size(record, equal)
        if facts["level"] == "L2":
            for _ in range((end - 1 - at) // (86400 * 10**9)):
                size = half_even(Fraction(size * number(method, "waterfall.L2.decay_ppm"), 10**6))
        taken.append(((at - start) * parts // (end - start), (owner_of(owners, record), price, size)))
    s_min, s_cap = number(method, "owner.s_min"), number(method, "owner.s_cap") or 10**18
    least = number(method, "estimator.min_owners_partition", 1) or 1
    groups, points, weights = groups_of(taken, parts, least, s_min), [], {}
    for group in groups:
        by_owner = {}
        for owner, price, size in group:
            by_owner.setdefault(owner, []).append((price, size))
        here = {}
        for owner, trades in by_owner.items():
            total = sum(s for _, s in trades)
            if equal:
                here[owner] = (median([(p, 1) for p, _ in trades], "MID"), 1)
            elif total >= s_min and total > 0:
                here[owner] = (Fraction(sum(p * s for p, s in trades), total), min(total, s_cap))
        points.append(here)
        for owner, (_, weight) in here.items():
            weights[owner] = weights.get(owner, 0) + weight
    scaled = capped(weights, Fraction(number(method, "owner.weight_cap_ppm"), 10**6))
    tie, values = method.get("estimator.tie", "MID"), []
    for here in points:
        line = [(p, w * scaled[o] / weights[o]) for o, (p, w) in here.items()]
        if method["estimator.id"] == "winsor":
            alpha = Fraction(number(method, "estimator.alpha_ppm"), 10**6)
            lo, hi = quantile(line, alpha), quantile(line, 1 - alpha)
            values.append(sum(min(max(p, lo), hi) * w for p, w in line) / sum(w for _, w in line))
        else:
            values.append(median(line, tie))
    unit = 10 ** (6 - number(method, "publish.decimals"))
    value = half_even(Fraction(sum(values)) / len(values) / unit) * unit
    spread = [(p, 1) for p, _ in points[0].values()] if equal else [(p, s) for _, (_, p, s) in taken]
    out = {"value": f"{value // 10**6}.{value % 10**6:06}", "owners": str(len(weights)),
           "partitions": str(len(groups)), "volume": str(sum(s for _, (_, _, s) in taken)),
           "observations": str(len(taken)),
           "owner_max_ppm": str(half_even(Fraction(max(weights.values()) * 10**6, sum(weights.values()))))}
    for p in (1, 25, 50, 75, 99):
        at = half_even(quantile(spread, Fraction(p, 100)))
        out[f"p{p}"] = f"{at // 10**6}.{at % 10**6:06}"
    return out


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        facts, method, owners, records = read(path)
        if facts["level"] not in ("L1", "L2"):
            continue
        want = recompute(facts, method, owners, records)
        bad = [f"{k} {facts[k]} is {v} here" for k, v in want.items() if facts[k] != v]
        passed, failed = passed + (not bad), failed + bool(bad)
        print(f"{'FAIL' if bad else 'ok'} {path} {'; '.join(bad)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
