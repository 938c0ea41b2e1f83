#!/usr/bin/env python3
"""Final settlement, computed a second time with nothing of Hedgerow's arithmetic.

usage: settlement.py PRINTS.jsonl CALENDAR.yaml YYYY-MM [MAX_CARRY_DAYS] [DIGITS]

PRINTS.jsonl is what `hedgerow index run --json` wrote. The rule is GPUH-M's: the mean over the
business days of the month; a day without a print takes the last price if that is at most
MAX_CARRY_DAYS calendar days old, else it leaves the set; one half-even rounding at the end.
Prints one JSON object: value, days, carried, missing.
"""
import datetime as dt
import json
import re
import sys
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction


def holidays(path):
    with open(path, encoding="utf-8") as f:
        return set(re.findall(r"\b\d{4}-\d{2}-\d{2}\b", f.read().split("holidays", 1)[1]))


def month_days(month):
    day = dt.date.fromisoformat(month + "-01")
    while day.strftime("%Y-%m") == month:
        yield day
        day += dt.timedelta(days=1)


def settle(prints, closed, month, max_carry, digits):
    """prints: {date: (status, value)}; returns the JSON object."""
    fresh = {d: v for d, (s, v) in prints.items() if s == "PRINTED"}
    total, days, carried, missing = Fraction(0), 0, 0, 0
    for day in month_days(month):
        if day.weekday() >= 5 or day.isoformat() in closed:
            continue
        back = [day - dt.timedelta(days=k) for k in range(max_carry + 1)]
        source = next((d for d in back if d.isoformat() in fresh), None)
        if source is None:
            missing += 1
            continue
        days += 1
        carried += source != day
        total += Fraction(fresh[source.isoformat()])
    if not days:
        return {"value": None, "days": 0, "carried": 0, "missing": missing}
    mean = total / days
    scaled = mean * 10**digits
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2):
        whole += 1
    value = (Decimal(whole) / 10**digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return {"value": str(value), "days": days, "carried": carried, "missing": missing}


def main(argv):
    if len(argv) < 4:
        sys.exit(__doc__)
    prints = {}
    with open(argv[1], encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            prints[row["date"]] = (row["status"], row["value"])
    max_carry = int(argv[4]) if len(argv) > 4 else 3
    digits = int(argv[5]) if len(argv) > 5 else 4
    print(json.dumps(settle(prints, holidays(argv[2]), argv[3], max_carry, digits)))


if __name__ == "__main__":
    main(sys.argv)
