#!/usr/bin/env python3
"""tools/make_token_prices.py > examples/token-prices-synthetic.csv -- made-up token prices for the example.

Standard library, one seed, the same bytes each time. Five models at two to four hosts each, a row a change, from
2026-01-01 to 2026-06-30, with what a token basket has to live with: a host that joins and one that leaves, a model
that is taken down and has a successor, one that is taken down and has none, a week of promotion at price 0,
a `:free` variant, a dated variant, a router at -1, and a model whose tokenizer changes on a day.
"""
import datetime
import random

rng = random.Random(20260101)
START, END = datetime.date(2026, 1, 1), datetime.date(2026, 6, 30)
HEAD = "kind,channel,source,provider,term,gpus,price,raw_unit,ccy,model,token_side,t_event,quality,rights"
# model, input, output, hosts, first day, day it is taken down
MODELS = [
    ("atlas-large", 3.00, 12.00, ["hostalpha", "hostbeta"], START, None),
    ("atlas-small", 0.30, 1.20, ["hostalpha", "hostbeta", "hostgamma"], START, None),
    ("breeze-1", 0.80, 2.40, ["hostbeta", "hostgamma", "hostdelta"], START, datetime.date(2026, 5, 12)),
    ("breeze-2", 0.60, 2.00, ["hostbeta", "hostgamma", "hostdelta"], datetime.date(2026, 2, 3), None),
    ("cinder-code", 1.50, 6.00, ["hostalpha", "hostdelta"], START, datetime.date(2026, 2, 20)),
    ("delta-chat", 0.50, 1.50, ["hostalpha", "hostbeta", "hostgamma", "hostdelta"], START, None),
    ("ember-pro", 2.00, 8.00, ["hostgamma", "hostdelta"], datetime.date(2026, 2, 10), None),
]
rows = []


def add(day, host, model, side, price, quality="synthetic"):
    rows.append((day, f"list,neocloud,example,{host},token,0,{price},mtoken,USD,{model},{side},{day},{quality},open"))


def state(day, host, model, prices):
    for side, price in zip(("input", "output", "cached"), prices):
        add(day, host, model, side, f"{price:.4f}")


for model, inp, out, hosts, first, end in MODELS:
    for host in hosts:
        tilt = rng.uniform(0.9, 1.15)
        prices = [inp * tilt, out * tilt, inp * tilt / 4]
        day = first
        while day <= (end or END) and day <= END:
            state(day, host, model, prices)
            day += datetime.timedelta(days=rng.randint(20, 45))
            move = rng.choice([0.8, 0.9, 0.95, 1.0, 1.05])
            prices = [p * move for p in prices]
        if end:
            for side in ("input", "output", "cached"):
                add(end, host, model, side, 0, "synthetic+removed")
# a week at price 0, then back; the other hosts' prices count meanwhile
for day, price in ((datetime.date(2026, 3, 2), 0), (datetime.date(2026, 3, 9), 0.45)):
    for side, part in (("input", 1), ("output", 3), ("cached", 0.25)):
        add(day, "hostbeta", "delta-chat", side, f"{price * part:.4f}", "synthetic" if price else "synthetic+promotion")
for side in ("input", "output"):
    add(START, "hostalpha", "atlas-small:free", side, 0)
    add(START, "hostalpha", "atlas-large-2025-11-20", side, "2.0")
    add(START, "hostalpha", "auto", side, -1, "synthetic+placeholder")
print(HEAD)
for _, row in sorted(rows, key=lambda r: r[0]):
    print(row)
