#!/usr/bin/env python3
"""tests/index_reference.py RECEIPT ... -- recomputes L1 to L4 prints from their receipts' own records.

Shares nothing with the product: fractions instead of integers, its own grouping, capping, medians, votes and books.
Which records L1 and L2 count is taken from the receipt (the screens have tests of their own), as is which older ones
a widening or a usage looks at; L3 and L4 choose theirs here. After that all is done again: owners, partitions, forward
merge, capped weights, every estimator, percentiles, volume, one rounding. What it does not know (another estimator,
currency, unit, pin or factor) is a failure that says so, never a guess.
Prints one line a receipt and `N passed, N failed`.
"""
import datetime
import math
import sys
from fractions import Fraction

FIELDS = ("obs_id kind channel source source_ref key provider owner counter_owner gpu_class form region term gpus "
          "min_gpus duration_s price raw_unit size ccy model token_side t_event t_seen t_journal quality rights "
          "corrects attestation").split()
PPM, DAY = 10**6, 86400 * 10**9


class Unknown(Exception):
    """A receipt that says something this file has no rule for."""


def nanos(text):
    day = datetime.date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - 719163
    seconds = day * 86400 + int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
    return seconds * 10**9 + int(text[20:29])


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
            if rest.strip().startswith("- "):
                method.setdefault(".".join(group[:indent]) + "[]", []).append(rest.strip()[3:-1])
                continue
            key, _, value = rest.strip().partition(":")
            group = group[:indent] + [key]
            method[".".join(group)] = value.strip().strip('"')
        elif name not in ("dropped", "page", "venue_out"):
            facts[name] = rest
    return facts, method, owners, records


def number(method, key, default=0):
    return int(method.get(key) or default)


def listed(method, key):
    return [w.strip() for w in method.get(key, "").strip("[]").split(",") if w.strip()]


def owner_of(owners, record):
    day = record["t_event"][:10]
    for provider, owner, first, last in owners:
        if provider == record["provider"] and first <= day and (last == "-" or day <= last):
            return owner
    return record["owner"] if record["owner"] != "-" else "?" + record["provider"]


def price_of(record):
    if record["ccy"] != "USD":
        raise Unknown("currency " + record["ccy"])
    price = Fraction(record["price"]) * PPM
    if record["raw_unit"] == "instance_hour":
        price /= int(record["gpus"])
    elif record["raw_unit"] != "gpu_hour":
        raise Unknown("unit " + record["raw_unit"])
    return half_even(price)


def size_of(record):
    seconds = min(int(record["duration_s"]) or 604800, 604800)
    most = half_even(Fraction(int(record["gpus"]) * seconds * 1000, 3600))
    return min(int(record["size"]) or most, most)


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


def mean(points):
    return Fraction(sum(Fraction(p) * w for p, w in points)) / sum(w for _, w in points)


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


def shares(weights, floor, cap):
    """owner -> whole ppm between floor and cap, the larger breach first, by largest remainder; in the order given."""
    fixed = {}
    while True:
        rest = sum(w for o, w in weights.items() if o not in fixed)
        share = PPM - sum(fixed.values())
        free = {o: Fraction(w * share, rest) for o, w in weights.items() if o not in fixed}
        above = sum(v - cap for v in free.values() if v > cap)
        below = sum(floor - v for v in free.values() if v < floor)
        if not above and not below:
            break
        for o, v in free.items():
            if v > cap and above >= below or v < floor and above < below:
                fixed[o] = cap if above >= below else floor
    out = {**fixed, **{o: int(v) for o, v in free.items()}}
    for o in sorted(free, key=lambda o: int(free[o]) - free[o])[:PPM - sum(out.values())]:
        out[o] += 1
    return out


class Taken:
    """One eligible record: where it stands, whose it is, what it says."""

    def __init__(self, part, owner, price, size, record):
        self.part, self.owner, self.price, self.size, self.record = part, owner, price, size, record


def groups_of(taken, parts, least, s_min, forward):
    """Partitions with enough owners, thin ones merged forward or dropped; lists of Taken."""
    groups, held = [], []
    for part in range(parts):
        held += [t for t in taken if t.part == part]
        sizes = {}
        for t in held:
            sizes[t.owner] = sizes.get(t.owner, 0) + t.size
        if sum(1 for s in sizes.values() if s >= s_min and s > 0) >= least:
            groups.append(held)
            held = []
        elif not forward:
            held = []
    if held and groups:
        groups[-1] = groups[-1] + held
    return groups


def sample_sd(prices):
    """Of whole micros, half-even to a micro; by squares."""
    n = len(prices)
    if n < 2:
        return 0
    variance = Fraction(n * sum(p * p for p in prices) - sum(prices)**2, n * (n - 1))
    root = math.isqrt(variance.numerator // variance.denominator)
    twice = Fraction(2 * root + 1, 2)**2
    return root + (variance > twice or (variance == twice and root % 2))


def book_of(method, quotes):
    """What the book of (owner, is_bid, price, size, obs_id, source) says; None: no book."""
    s_min, s_cap = number(method, "owner.s_min"), number(method, "owner.s_cap") or 10**30
    grid, most = number(method, "rti.grid"), Fraction(number(method, "rti.max_spread_ppm"), PPM)
    sides, owners, count = [], [], 0
    for bid in (False, True):
        here, total, left, line = [q for q in quotes if q[1] == bid], {}, {}, []
        for q in here:
            total[q[0]] = total.get(q[0], 0) + q[3]
        here = [q for q in here if total[q[0]] >= s_min]
        count += len(here)
        order = sorted(here, key=lambda q: (q[2], q[4]), reverse=bid)
        for owner, _, price, size, _, _ in order:
            size = min(size, left.setdefault(owner, s_cap))
            left[owner] -= size
            line.append((price, size))
        sides.append(line)
        owners.append(counting_owners({q[0]: 1 for q in order}, [Taken(0, q[0], 1, 1, {"source": q[5]}) for q in order]))

    def marginal(line, want):
        for price, size in line:
            want -= size
            if want <= 0:
                return price
        return None
    mids, first, table = [], None, [Fraction(int(r), 10**18) for r in listed(method, "rti.decay_1e18")]
    for step in range(1, len(table) + 1):
        ask, bid = (marginal(line, grid * step) for line in sides)
        if ask is None or bid is None:
            break
        middle = Fraction(ask + bid, 2)
        within = ask / middle - 1 <= most
        if mids and not within:
            break
        mids.append(middle)
        first = first or (ask, bid)
        if not within:
            break
    if not mids:
        return None
    weights = [table[len(mids) - 1]**k for k in range(len(mids))]
    value = sum(w * m for w, m in zip(weights, mids)) / sum(weights)
    return {"value": value, "owners": owners, "quotes": count, "first": first,
            "volume": sum(s for line in sides for _, s in line)}


def may_enter(method, record, kind):
    """Rules 1 to 6 of index.md section 4, for the levels whose records are no input of L1."""
    quality, region = set(record["quality"].split("+")), record["region"]
    if record["channel"] == "reseller":
        raise Unknown("a reseller below L2")
    forms, made_up = listed(method, "eligible.form"), method.get("eligible.synthetic") or "NEVER"
    out = {"serverless", "devtest", "other_offer", "placeholder", "promotion"}
    if kind == "quote":
        out |= {"unverified", "no_capacity"}
    else:
        out.add("bid")
    checks = [
        record["kind"] == kind,
        record["rights"] in ("open", "cc_by", "contract"),
        record["gpu_class"] == method["eligible.gpu_class"],
        forms == ["any"] or record["form"] in forms,
        record["term"] == method["eligible.term"],
        record["term"] != "on_demand" or int(record["min_gpus"]) <= 8 and int(record["duration_s"]) <= 86400,
        any(r == "any" or region == r or region.startswith(r + "/") for r in listed(method, "eligible.regions")),
        record["channel"] in listed(method, "eligible.channels"),
        int(record["gpus"]) > 0,
        Fraction(record["price"]) > 0,
        made_up == "ALSO" or (made_up == "ONLY") == ("synthetic" in quality),
        kind != "quote" or record["channel"] != "marketplace" or "verified" in quality,
        not quality & out,
    ]
    return all(checks)


def below(facts, method, owners, records, start, end):
    """The order book or the panel: what the receipt should say."""
    kind = "quote" if facts["level"] == "L3" else "panel"
    gone = {r["corrects"] for roles, _, r in records if "candidate" in roles} - {"-", "0"}
    rows = [r for roles, _, r in records if "candidate" in roles and r["obs_id"] not in gone
            and start <= nanos(r["t_event"]) < end and may_enter(method, r, kind)]
    if kind == "quote":
        fresh = end - number(method, "rti.stale_s") * 10**9
        book = book_of(method, [(owner_of(owners, r), "bid" in r["quality"].split("+"), price_of(r), size_of(r),
                                 int(r["obs_id"]), r["source"]) for r in rows if nanos(r["t_event"]) >= fresh])
        ask, bid = book["first"]
        if Fraction(ask - bid, ask + bid) > Fraction(number(method, "waterfall.L3.spread_ppm"), PPM):
            raise ValueError("the spread is too wide")
        if min(book["owners"]) < number(method, "waterfall.L3.owners", 1):
            raise ValueError("too few owners")
        return book["value"], {"owners": min(book["owners"]), "observations": book["quotes"], "volume": book["volume"]}
    answers, taken = {}, []
    for r in rows:
        taken.append(Taken(0, owner_of(owners, r), 1, 1, r))
        answers[owner_of(owners, r)] = max(answers.get(owner_of(owners, r), (0, 0, 0)),
                                           (nanos(r["t_event"]), int(r["obs_id"]), price_of(r)))
    prices, drop = sorted(p for _, _, p in answers.values()), number(method, "waterfall.L4.drop_each_side")
    counting = counting_owners(dict.fromkeys(answers, 1), taken)
    if counting < number(method, "waterfall.L4.panellists"):
        raise ValueError("the panel is too small")
    kept = prices[drop:len(prices) - drop]
    return Fraction(sum(kept), len(kept)), {"owners": counting, "observations": len(prices), "volume": len(prices)}


def take(facts, method, owners, records, start, end):
    """What the estimator gets: records in their order."""
    equal, estimator, taken = method["weights"] != "SIZE", method["estimator.id"], []
    parts = number(method, "window.partitions")
    by_provider = method["weights"] == "RECORD_EQUAL" and estimator in ("provmean", "cap2med")
    since = end - number(method, "rti.stale_s") * 10**9 if estimator == "rti" else start
    for roles, reason, record in records:
        older = facts["level"] == "L2" and "older" in roles
        at = nanos(record["t_event"])
        if not (reason == "ELIGIBLE" if "candidate" in roles else older) or not since <= at < end:
            continue
        size = 1 if equal else size_of(record)
        if facts["level"] == "L2":
            for _ in range((end - 1 - at) // DAY):
                size = half_even(Fraction(size * number(method, "waterfall.L2.decay_ppm"), PPM))
        whose = record["provider"] if by_provider else owner_of(owners, record)
        taken.append(Taken((at - start) * parts // (end - start), whose, price_of(record), size, record))
    return taken


def points_of(method, group):
    """owner -> (price, weight) of one partition; for RECORD_EQUAL one key a record."""
    weights, estimator = method["weights"], method["estimator.id"]
    s_min, s_cap = number(method, "owner.s_min"), number(method, "owner.s_cap") or 10**30
    if weights == "RECORD_EQUAL" and estimator not in ("provmean", "cap2med"):
        return {(t.owner, i): (t.price, 1) for i, t in enumerate(group)}
    within = method.get("estimator.within") or ("SIZE" if weights == "SIZE" else "PLAIN")
    by_owner, here = {}, {}
    for t in group:
        by_owner.setdefault(t.owner, []).append((t.price, t.size))
    for owner, trades in by_owner.items():
        total = sum(s for _, s in trades)
        if estimator == "provmean" and within == "PLAIN" and total >= s_min:
            here[owner] = (Fraction(sum(p for p, _ in trades), len(trades)), min(total, s_cap))
        elif weights == "SIZE" or estimator == "provmean":
            if total >= s_min and total > 0:
                here[owner] = (mean(trades), min(total, s_cap))
        else:
            here[owner] = (median([(p, 1) for p, _ in trades], "MID"), 1)
    return here


def estimate(method, taken, groups, points, scaled, weights):
    """The estimator's value; `points` a list a group of (owner, price, weight), weights after the cap."""
    estimator, tie = method["estimator.id"], method.get("estimator.tie") or "MID"
    line = [(p, w) for here in points for _, p, w in here]
    if estimator == "pvwm":
        return Fraction(sum(median([(p, w) for _, p, w in here], tie) for here in points)) / len(points)
    if estimator == "winsor":
        alpha = Fraction(number(method, "estimator.alpha_ppm"), PPM)
        lo, hi = quantile(line, alpha), quantile(line, 1 - alpha)
        return mean([(min(max(p, lo), hi), w) for p, w in line])
    if estimator in ("provmean", "usage"):
        return mean(line)
    if estimator == "cap2med":
        middle = median(line, tie)
        reach = middle * number(method, "estimator.limit_ppm") / PPM
        return mean([(min(max(p, middle - reach), middle + reach), w) for p, w in line])
    if estimator == "trail":
        whole, k = [half_even(p) for p, _ in line], Fraction(number(method, "estimator.k_milli"), 1000)
        n, middle = len(line), Fraction(sum(whole), len(whole))
        spread = sum((p - middle)**2 for p in whole)
        return median([x for x, p in zip(line, whole) if (p - middle)**2 * (n - 1) <= k * k * spread], tie)
    if estimator == "iqm":
        parts, floor = number(method, "estimator.band_parts"), number(method, "estimator.weight_floor_ppm")
        share = shares(weights, floor, number(method, "owner.weight_cap_ppm"))
        votes = []
        for owner, price, _ in points[0]:
            sd = sample_sd([t.price for t in taken if t.owner == owner])
            votes += [(max(price + k * sd, 0), share[owner]) for k in (-1, 0, 1)]
        total, cum, got = sum(w for _, w in votes), 0, Fraction(0)
        lo, hi = Fraction(total, parts), total - Fraction(total, parts)
        for price, weight in sorted(votes):
            got += price * max(0, min(cum + weight, hi) - max(cum, lo))
            cum += weight
        return got / (hi - lo)
    if estimator == "rti":
        book = book_of(method, [(t.owner, "bid" in t.record["quality"].split("+"), t.price, t.size,
                                 int(t.record["obs_id"]), t.record["source"]) for t in taken])
        return book["value"]
    raise Unknown("estimator " + estimator)


def usage_of(method, owners, records, start, names):
    """Sizes of the days before the window, by owner."""
    first, used = start - number(method, "estimator.usage_days") * DAY, dict.fromkeys(names, 0)
    for roles, _, record in records:
        owner = owner_of(owners, record)
        if "older" in roles and first <= nanos(record["t_event"]) < start and owner in used:
            used[owner] += size_of(record)
    return used


def entity_weights(method):
    out = {}
    for row in method.get("estimator.provider_weights[]", []):
        words = dict(w.strip().split(": ") for w in row.split(","))
        out[words["owner"]] = int(words["ppm"])
    return out


def refuse_unknown(facts, method):
    pins = {"publish.round": "HALF_EVEN", "pins.day": "UTC", "pins.tie": method.get("estimator.tie") or "MID"}
    for key, want in pins.items():
        if method[key] != want:
            raise Unknown(f"{key} {method[key]}")
    if "factors[]" in method or "factors" in method:
        raise Unknown("factors")
    if method["estimator.id"] not in ("pvwm", "winsor", "provmean", "iqm", "rti", "trail", "cap2med", "usage"):
        raise Unknown("estimator " + method["estimator.id"])
    if method["weights"] not in ("SIZE", "OWNER_EQUAL", "RECORD_EQUAL") or facts["level"] not in ("L1", "L2", "L3", "L4"):
        raise Unknown(f"weights {method['weights']}, level {facts['level']}")


def counting_owners(weights, taken):
    """Known ones, and of the unknown no more than there are sources of theirs."""
    known = {o for o, w in weights.items() if w and not o.startswith("?")}
    unknown = {o for o, w in weights.items() if w and o.startswith("?")}
    return len(known) + min(len(unknown), len({t.record["source"] for t in taken if t.owner in unknown}))


def upper_levels(facts, method, owners, records, start, end):
    taken = take(facts, method, owners, records, start, end)
    estimator, days = method["estimator.id"], method["estimator.id"] == "trail"
    parts, least = number(method, "window.partitions"), number(method, "estimator.min_owners_partition", 1)
    if days:
        valid = [p for p in range(parts) if sum(t.part == p for t in taken) >= number(method, "estimator.n_min")]
        taken = [t for t in taken if t.part in valid]
        groups = [[t for t in taken if t.part == p] for p in valid]
    else:
        forward = (method.get("estimator.merge") or "FORWARD") == "FORWARD"
        groups = groups_of(taken, parts, least, number(method, "owner.s_min"), forward)
    points, weights = [points_of(method, group) for group in groups], {}
    whose = {k: k[0] if isinstance(k, tuple) else k for here in points for k in here}
    for here in points:
        for key, (_, weight) in here.items():
            weights[whose[key]] = weights.get(whose[key], 0) + weight
    if estimator == "provmean":
        stated = entity_weights(method)
        weights = {o: stated.get(o, 0) for o in weights}
    if estimator == "usage":
        weights = usage_of(method, owners, records, start, weights)
    alone = estimator in ("provmean", "usage")
    positive = {o: weights[o] for o in dict.fromkeys(t.owner for t in taken) if weights.get(o)}
    scaled = positive
    if estimator != "iqm" or not number(method, "estimator.weight_floor_ppm"):
        scaled = capped(positive, Fraction(number(method, "owner.weight_cap_ppm"), PPM))
    lines = [[(whose[k], p, (scaled[whose[k]] if alone else w * scaled[whose[k]] / Fraction(weights[whose[k]]))
               if weights.get(whose[k]) else 0) for k, (p, w) in here.items()] for here in points]
    value = estimate(method, taken, groups, lines, scaled, positive)
    if method["weights"] == "SIZE" or (method["weights"] == "RECORD_EQUAL" and estimator not in ("provmean", "cap2med")):
        spread = [(t.price, t.size) for t in taken]
    else:
        spread = [(p, w) for here in lines for _, p, w in here]
    volume = sum(t.size for t in taken)
    out = {"owners": counting_owners(weights, taken), "partitions": len(groups), "volume": volume,
           "observations": len(taken),
           "executed_ppm": half_even(Fraction(PPM * sum(t.size for t in taken if t.record["kind"] == "trade"), volume)),
           "absent": sum(not weights.get(o) for o in entity_weights(method)) if estimator == "provmean" else 0,
           "owner_max_ppm": half_even(Fraction(max(positive.values()) * PPM, sum(positive.values())))}
    for p in (1, 25, 50, 75, 99):
        at = half_even(quantile(spread, Fraction(p, 100)))
        out[f"p{p}"] = f"{at // PPM}.{at % PPM:06}"
    return value, out


def recompute(facts, method, owners, records):
    refuse_unknown(facts, method)
    clock = method["window.end"]
    end = nanos(facts["value_date"] + "T00:00:00.000000000Z") + (int(clock[:2]) * 60 + int(clock[3:5])) * 60 * 10**9
    start = end - int(facts["window_hours"]) * 3600 * 10**9
    levels = upper_levels if facts["level"] in ("L1", "L2") else below
    value, out = levels(facts, method, owners, records, start, end)
    unit = 10 ** (6 - number(method, "publish.decimals"))
    value = half_even(Fraction(value) / unit) * unit
    out["value"] = f"{value // PPM}.{value % PPM:06}"
    return {k: str(v) for k, v in out.items()}


def check(path):
    """None for a date without a price of its own; else what differs, "" if nothing does."""
    facts, method, owners, records = read(path)
    if facts["level"] not in ("L1", "L2", "L3", "L4"):
        return None
    try:
        want = recompute(facts, method, owners, records)
    except (Unknown, ValueError, KeyError, TypeError) as error:
        return f"not computed here: {type(error).__name__} {error}"
    return "; ".join(f"{k} {facts[k]} is {v} here" for k, v in want.items() if facts[k] != v)


def main():
    passed = failed = 0
    for path in sys.argv[1:]:
        bad = check(path)
        if bad is None:
            continue
        passed, failed = passed + (not bad), failed + bool(bad)
        print(f"{'FAIL' if bad else 'ok'} {path} {bad}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
