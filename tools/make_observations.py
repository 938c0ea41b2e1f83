#!/usr/bin/env python3
"""tools/make_observations.py [FILE] -- the shipped synthetic rentals: H100 SXM on-demand in July 2026.

Nobody rented anything here: providers, owners and prices are made up, seed 20260701, standard library only,
the same bytes each time. Integers only but for the generator's own randomness, which random.Random fixes.
What it holds, on purpose:
  - twelve owners; two of them sell under a second name, one of these outside the United States
  - every day from 2026-06-24 (history for the screens) to 2026-07-31
  - a thin Sunday, 2026-07-12: two owners only, so the window widens (L2)
  - an outage from 2026-07-25 00:00Z to 2026-07-27 12:00Z: a wider window once, then two carried days,
    the second of them a business day
  - 2026-07-21: one owner's prices jump by half, nobody follows (JUMP)
  - every day a few rows no benchmark may use: spot, PCIe, another chip, unverified rights, self-dealing,
    a round trip, a ring of three, a price of zero; and one row whose time is not one (refused at import)
"""
import datetime
import random
import sys

SEED = 20260701
COLUMNS = ("t_event,source,kind,channel,provider,counter_owner,gpu_class,form,region,term,gpus,duration_s,"
           "price,raw_unit,size,ccy,rights,key,quality")
FIRST, LAST = datetime.date(2026, 6, 24), datetime.date(2026, 7, 31)
THIN = datetime.date(2026, 7, 12)
DEAD = {datetime.date(2026, 7, 25), datetime.date(2026, 7, 26)}
BACK = datetime.date(2026, 7, 27)  # at noon
JUMP = datetime.date(2026, 7, 21)
# name, channel, region, offset of its prices from the market in millionths, share of the day's rentals
OWNERS = [
    ("alder", "hyperscaler", "US/east", 160000, 6), ("beech", "hyperscaler", "US/west", 120000, 5),
    ("cedar", "neocloud", "US/east", 20000, 12), ("elm", "neocloud", "US/central", -10000, 12),
    ("fir", "neocloud", "US/west", 0, 11), ("hazel", "neocloud", "US/east", -30000, 10),
    ("larch", "neocloud", "US/south", 15000, 10), ("maple", "neocloud", "US/central", -20000, 9),
    ("oak", "marketplace", "US/east", -70000, 8), ("pine", "marketplace", "US/west", -90000, 7),
    ("rowan", "marketplace", "US/south", -60000, 6), ("willow", "neocloud", "US/east", 5000, 4),
]
RENTERS = [f"syn-lab-{i:02}" for i in range(1, 41)]


def market(rng):
    """A price a day in micros: a slow walk about 2.80 USD with a dip in the third week."""
    level, out, day = 2_800_000, {}, FIRST
    while day <= LAST:
        level += rng.randint(-18_000, 18_000) + (2_800_000 - level) // 12
        if datetime.date(2026, 7, 13) <= day <= datetime.date(2026, 7, 17):
            level -= 14_000
        out[day] = level
        day += datetime.timedelta(days=1)
    return out


def moment(day, second):
    return f"{day.isoformat()}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def usd(micros):
    return f"{micros // 1_000_000}.{micros % 1_000_000:06}"


class Rows:
    """Rows of one day with their second; ids rise with time over the whole file."""

    def __init__(self):
        self.rows = []

    def add(self, day, second, owner, price, gpus, hours, **other):
        name, channel, region, _, _ = owner
        row = {"t_event": moment(day, second), "source": "syn-tape", "kind": "trade", "channel": channel,
               "provider": f"syn-{name}", "counter_owner": "syn-lab-01", "gpu_class": "H100", "form": "SXM",
               "region": region, "term": "on_demand", "gpus": str(gpus), "duration_s": str(hours * 3600),
               "price": usd(price), "raw_unit": "gpu_hour", "size": str(gpus * hours * 1000), "ccy": "USD",
               "rights": "open", "key": "", "quality": "synthetic"}
        row.update(other)
        self.rows.append((day, second, row))


def rental(rng, rows, day, owner, level):
    price = level + level * owner[3] // 1_000_000
    price += price * rng.randint(-12_000, 12_000) // 1_000_000
    gpus = rng.choice((1, 2, 4, 8, 8, 8, 16))
    hours = rng.choice((1, 2, 3, 4, 6, 8, 12, 24))
    second = rng.randint(43_200 if day == BACK else 0, 86_399)
    rows.add(day, second, owner, price // 100 * 100, gpus, hours, counter_owner=rng.choice(RENTERS))


def ordinary_day(rng, rows, day, level):
    weekend = day.weekday() >= 5
    for owner in OWNERS:
        for _ in range(max(2, owner[4] * (130 if weekend else 180) // 100)):
            rental(rng, rows, day, owner, level)
    if day == JUMP:
        for i in range(4):
            rows.add(day, 4_000 + 9_000 * i, OWNERS[4], level * 3 // 2, 8, 6, counter_owner="syn-lab-07")


def not_usable(rng, rows, day, level):
    at = lambda: rng.randint(0, 86_399)
    oak, fir, elm = OWNERS[8], OWNERS[4], OWNERS[3]
    rows.add(day, at(), oak, level // 2, 8, 2, term="spot")
    rows.add(day, at(), fir, level * 4 // 5, 1, 8, form="PCIE")
    rows.add(day, at(), elm, level * 5 // 4, 8, 4, gpu_class="H200")
    rows.add(day, at(), OWNERS[2], level, 8, 4, provider="syn-willow-eu", region="NL/ams")
    if day.day % 3 == 0:
        rows.add(day, at(), oak, level * 2, 8, 24, counter_owner="syn-oak-holding")
    if day.day % 4 == 1:
        second = rng.randint(0, 80_000)
        rows.add(day, second, fir, level * 6 // 5, 8, 12, counter_owner="syn-elm-holding")
        rows.add(day, second + 600, elm, level * 6 // 5, 8, 4, counter_owner="syn-fir-holding")
    if day.day % 7 == 3:
        second, hazel = rng.randint(0, 60_000), OWNERS[5]
        rows.add(day, second, fir, level * 7 // 6, 8, 12, counter_owner="syn-larch-holding")
        rows.add(day, second + 5_000, OWNERS[6], level * 7 // 6, 8, 12, counter_owner="syn-hazel-holding")
        rows.add(day, second + 10_000, hazel, level * 7 // 6, 8, 12, counter_owner="syn-fir-holding")
    if day.day % 5 == 2:
        rows.add(day, at(), OWNERS[9], 0, 1, 1)
        rows.add(day, at(), OWNERS[6], level, 8, 4, rights="display_only")


def build():
    rng = random.Random(SEED)
    levels = market(rng)
    rows = Rows()
    day = FIRST
    while day <= LAST:
        if day == THIN:
            for owner in OWNERS[:2]:
                rental(rng, rows, day, owner, levels[day])
        elif day not in DEAD:
            ordinary_day(rng, rows, day, levels[day])
        if day not in DEAD and day not in (THIN, BACK):
            not_usable(rng, rows, day, levels[day])
        day += datetime.timedelta(days=1)
    rows.rows.sort(key=lambda r: (r[0], r[1]))
    lines = [COLUMNS]
    for number, (_, _, row) in enumerate(rows.rows, 1):
        if number == 1000:
            row["t_event"] = "7/1/26 9:30"  # a local date: refused, counted, kept raw
        lines.append(",".join(row[c] for c in COLUMNS.split(",")))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = build()
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="ascii", newline="\n") as f:
            f.write(text)
    else:
        sys.stdout.write(text)
