#!/usr/bin/env python3
"""tests/index_random_test.py [DAYS] -- random small markets, every estimator and level, printed and computed again.

One log of DAYS (100) little markets: trades, quotes of both sides and panel answers, owners with several names, names
that change hands in the middle of a window, names that nobody knows, equal prices, sizes below and above the bounds,
days without trades. One process an estimator prints them all; tests/index_reference.py answers each print again from
its receipt, with fractions. Fails too if a level or an estimator was not met often enough to mean anything.
"""
import datetime
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import index_reference  # noqa: E402

PROGRAM = os.environ.get("HEDGEROW_BUILD", "build/gcc") + "/hedgerow"
FIRST = datetime.date(2024, 1, 10)
COLUMNS = ("t_event,source,kind,channel,provider,counter_owner,gpu_class,form,region,term,gpus,duration_s,price,raw_unit,"
           "size,ccy,rights,key,quality,corrects").split(",")
DECAY = "[35673993347252398, 188875602837561838, 329192987807905583, 434598208507078223]"
COMMON = """index: TEST-RANDOM
version: 1
effective_from: {first}
label: {label}
eligible: {{gpu_class: H100, form: [SXM], term: on_demand, regions: [US], kinds: [{kind}], channels: [neocloud, marketplace], synthetic: {made_up}}}
weights: {weights}
measures: "a random market"
window: {{hours: {hours}, end: "16:00Z", partitions: {parts}}}
estimator: {{{estimator}}}
{more}owner: {{{owner}weight_cap_ppm: {cap}}}
sufficiency: {{owners: {owners}, partitions: {need}, volume: 1, max_owner_ppm: {most}}}
waterfall: {{{waterfall}L5: {{max_age: 1}}}}
screens: {{stale_trade_hours: 200, stale_quote_hours: 200, stale_list_hours: 200, jump_ppm: 0, jump_owners: 0, jump_within_ppm: 0, outlier_sd_milli: 0, outlier_values: 1, outlier_floor_ppm: 0, venue_ppm: 0, venue_return_ppm: 0, venue_sources: 2}}
publish: {{decimals: {decimals}, round: HALF_EVEN, percentiles: [1, 25, 50, 75, 99]}}
pins: {{averaging_calendar: BUSINESS, day: UTC, tie: {tie}}}
"""
BOOK = f"rti: {{grid: 3000, max_spread_ppm: 20000, stale_s: 7200, decay_1e18: {DECAY}}}\n"
LISTED = "\n".join(["id: provmean", "  tie: MID", "  within: %s", "  provider_weights:"] +
                   [f"    - {{owner: {n}, ppm: {w}}}" for n, w in (("%s0", 500000), ("%s1", 300000), ("%s2", 150000),
                                                                     ("%s7", 50000))])
SIZES = "s_min: 2000, s_cap: 30000, "


def method(estimator, **given):
    row = {"first": FIRST, "label": "synthetic", "kind": "trade", "made_up": "ALSO", "weights": "SIZE", "hours": 24, "parts": 1,
           "owner": SIZES, "cap": 400000, "owners": 3, "need": 1, "most": 1000000, "waterfall": "", "more": "", "decimals": 6,
           "tie": "MID"}
    row.update(given)
    if row["weights"] != "SIZE":
        row["owner"] = ""
    if "provider_weights" in estimator:
        return COMMON.replace("estimator: {{{estimator}}}", "estimator:\n  {estimator}").format(estimator=estimator, **row)
    return COMMON.format(estimator=f"{estimator}, tie: {row['tie']}", **row)


def named(within, prefix):
    return LISTED.replace("%s", "@").replace("@", within, 1).replace("@", prefix)


WIDER = "L2: {widen_hours: [48, 72], decay_ppm: 500000}, "
LOWER = "L3: {spread_ppm: 30000}, L4: {panellists: 4, drop_each_side: 1}, "
METHODS = {
    "pvwm": method("id: pvwm, min_owners_partition: 2, merge: FORWARD", parts=4, need=2, waterfall=WIDER + LOWER, more=BOOK),
    "pvwm-drop": method("id: pvwm, min_owners_partition: 2, merge: DROP", parts=6, tie="UPPER", waterfall=WIDER),
    "pvwm-owners": method("id: pvwm, min_owners_partition: 2", parts=3, weights="OWNER_EQUAL", tie="LOWER"),
    "winsor": method("id: winsor, alpha_ppm: 150000", waterfall=WIDER),
    "winsor-records": method("id: winsor, alpha_ppm: 210000", weights="RECORD_EQUAL", cap=1000000),
    "provmean": method(named("SIZE", "o"), owners=2, cap=700000),
    "provmean-plain": method(named("PLAIN", "o"), owners=2, cap=1000000, waterfall=WIDER),
    "provmean-records": method(named("PLAIN", "p"), owners=2, cap=1000000, weights="RECORD_EQUAL"),
    "iqm": method("id: iqm, band_parts: 3, weight_floor_ppm: 25000", owners=4, cap=300000, waterfall=WIDER),
    "iqm-owners": method("id: iqm, band_parts: 4", weights="OWNER_EQUAL"),
    "iqm-floor": method("id: iqm, band_parts: 5, weight_floor_ppm: 120000", weights="OWNER_EQUAL", cap=350000),
    "cap2med": method("id: cap2med, limit_ppm: 5000"),
    "cap2med-owners": method("id: cap2med, limit_ppm: 20000", weights="OWNER_EQUAL", tie="UPPER"),
    "cap2med-records": method("id: cap2med, limit_ppm: 50000", weights="RECORD_EQUAL", cap=1000000),
    "trail": method("id: trail, k_milli: 1500, n_min: 6", hours=120, parts=5, need=3, cap=300000, owners=4),
    "trail-owners": method("id: trail, k_milli: 1000, n_min: 5", hours=96, parts=4, need=2, weights="OWNER_EQUAL"),
    "trail-records": method("id: trail, k_milli: 2000, n_min: 9", hours=96, parts=4, need=2, weights="RECORD_EQUAL", cap=1000000),
    "usage": method("id: usage, usage_days: 3"),
    "rti": method("id: rti", label="posted", kind="quote", made_up="NEVER", more=BOOK, cap=600000, owners=2),
    "book": method("id: pvwm", owners=9, cap=1000000, waterfall=LOWER, more=BOOK),
}


def registry(days):
    """p0..p8 of owners o0..o6 (p7 is o0's too); p9 changes hands every two days; u0..u3 are nobody's."""
    rows = [(f"p{i}", f"o{i % 7}", FIRST - datetime.timedelta(400), None) for i in range(9)]
    for i in range(-4, days + 2, 2):
        day = FIRST + datetime.timedelta(i)
        rows.append(("p9", f"o{i // 2 % 3}", day, day + datetime.timedelta(1)))
    text = "registry: random\nversion: 1\nowners:\n"
    for provider, owner, first, last in rows[:1000]:
        to = f", to: {last}" if last else ""
        text += f'  - {{provider: {provider}, owner: {owner}, from: {first}{to}, share_ppm: 1000000, approver: a, evidence: "made up"}}\n'
    return text


def day_of(rng, day, before):
    """The records of one window, by time; some take the place of an earlier one. `before` rows stand above."""
    start = datetime.datetime.combine(day, datetime.time(16), datetime.timezone.utc) - datetime.timedelta(1)
    names = [f"p{i}" for i in range(10)] + [f"u{i}" for i in range(4)]
    rng.shuffle(names)
    names = names[:rng.randint(2, 14)]
    base, span, out = rng.randint(1000000, 9000000), rng.choice((3, 20000, 400000)), []

    def add(seconds, kind, price, quality, channel="neocloud"):
        gpus, hours = rng.choice((1, 2, 8)), rng.choice((1, 3, 24, 400))
        if kind != "trade":
            hours = 1
        unit = rng.choice(("gpu_hour", "gpu_hour", "instance_hour"))
        micros = price * (gpus if unit == "instance_hour" else 1) + (rng.randint(0, gpus - 1) if unit == "instance_hour" else 0)
        at = start + datetime.timedelta(seconds=seconds)
        owner = rng.choice(("o1", "lab-1", "lab-2", "lab-3")) if rng.random() < 0.05 else f"lab-{rng.randint(4, 30)}"
        size = rng.choice((0, 500, 1000, 7000, 50000, rng.randint(1, 90000)))
        out.append((at, [at.strftime("%Y-%m-%dT%H:%M:%SZ"), f"tape-{rng.randint(1, 3)}", kind, channel, rng.choice(names),
                         owner if kind == "trade" else "", "H100", "SXM", rng.choice(("US", "US/east")), "on_demand", gpus,
                         hours * 3600 if kind == "trade" else 0, f"{micros // 10**6}.{micros % 10**6:06}", unit, size, "USD",
                         "open", f"k{rng.randint(1, 4)}", quality]))
    if rng.random() < 0.75:
        for _ in range(rng.randint(1, 30)):
            add(rng.randint(0, 86399), "trade", base + rng.randint(-span, span), "")
    if rng.random() < 0.75:
        width = rng.choice((0, 5000, 40000))
        for _ in range(rng.randint(1, 24)):
            bid = rng.random() < 0.5
            price = base + (-1 if bid else 1) * rng.randint(-100, width)
            add(86399 - rng.randint(0, 9000), "quote", price, "bid+verified" if bid else rng.choice(("", "capacity", "no_capacity")))
    if rng.random() < 0.75:
        for _ in range(rng.randint(1, 12)):
            add(rng.randint(0, 86399), "panel", base + rng.randint(-span, span), "")
    rows = [row for _, row in sorted(out, key=lambda r: r[0])]
    for i, row in enumerate(rows):
        row.append(before + rng.randint(1, i) if i and rng.random() < 0.05 else "")
    return rows


def main():
    days, rng = int(sys.argv[1]) if len(sys.argv) > 1 else 100, random.Random(17)
    levels, failed, met = {}, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/obs.csv", "w", encoding="ascii") as f:
            f.write(",".join(COLUMNS) + "\n")
            rows = []
            for i in range(-6, days):
                rows += day_of(rng, FIRST + datetime.timedelta(i), len(rows))
            f.writelines(",".join(map(str, row)) + "\n" for row in rows)
        with open(folder + "/owners.yaml", "w", encoding="ascii") as f:
            f.write(registry(days))
        for name, text in METHODS.items():
            with open(f"{folder}/{name}.yaml", "w", encoding="ascii") as f:
                f.write(text)
            last = FIRST + datetime.timedelta(days - 1)
            done = subprocess.run([PROGRAM, "index", "run", "-m", f"{folder}/{name}.yaml", "-i", folder + "/obs.csv", "--owners",
                                   folder + "/owners.yaml", "--from", str(FIRST), "--to", str(last), "--receipts",
                                   f"{folder}/{name}"], capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"FAIL {name}: {done.stderr.strip()[:300]}")
                failed += 1
                continue
            seen = {}
            for receipt in sorted(os.listdir(f"{folder}/{name}")):
                bad = index_reference.check(f"{folder}/{name}/{receipt}")
                if bad is None:
                    continue
                met += 1
                level = next(s for s in open(f"{folder}/{name}/{receipt}", encoding="ascii") if s.startswith("level "))[6:8]
                seen[level] = seen.get(level, 0) + 1
                if bad:
                    failed += 1
                    if failed <= 10:
                        print(f"FAIL {name} {receipt}: {bad}")
                    if failed == 1 and len(sys.argv) > 2:
                        os.system(f"cp {folder}/{name}/{receipt} {sys.argv[2]}")
            levels[name] = seen
            want = ["L3", "L4"] if name == "book" else ["L1", "L2", "L3", "L4"] if name == "pvwm" else ["L1"]
            for level in want:
                if seen.get(level, 0) * 50 < days:
                    failed += 1
                    print(f"FAIL {name}: {seen.get(level, 0)} prints at {level} in {days} days")
    print(f"{met - failed} passed, {failed} failed: " + "; ".join(f"{n} " + " ".join(f"{k} {v}" for k, v in sorted(s.items()))
                                                                   for n, s in levels.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
