#!/usr/bin/env python3
"""tests/token_reference.py METHOD.yaml PRICES.csv PRINTS.csv -- a token basket computed again from its rules.

Shares nothing with the product: its own reading of the files, fractions instead of integers, its own median,
cap, links and successions. PRICES is a token_prices or a generic table, PRINTS the output of `hedgerow index
run --csv`. Each date is computed twice: once with the roundings the rules state (a slot's price to a micro,
quantities to 1e-9, the level at a link to a micro, the value to its decimals), which must agree to the last
digit, and once without any, which must agree within a hundred thousandth (shares of cost are whole ppm). On
every link day the value is also taken under the new basket: it must be the same. Prints `N passed, N failed`.
"""
import csv
import datetime
import re
import sys
from fractions import Fraction as F

day = datetime.date.fromisoformat


def rule_file(path):
    rules, rows, name = {}, {}, None
    for line in open(path, encoding="ascii"):
        line = line.split(" #")[0].rstrip() if not line.startswith("#") else ""
        if m := re.match(r"(\w+):$", line):
            name = m.group(1)
        elif m := re.match(r"  (- )?\{(.*)\}$", line):
            pairs = dict(re.findall(r'(\w+): ("[^"]*"|\[[^]]*\]|[^,]+)', m.group(2)))
            rows.setdefault(name, []).append({k: v.strip('"') for k, v in pairs.items()})
        elif m := re.match(r"(\w+): \{(.*)\}$", line):
            for k, v in re.findall(r'(\w+): ("[^"]*"|\[[^]]*\]|[^,]+)', m.group(2)):
                rules[m.group(1) + "." + k] = v.strip('"')
        elif m := re.match(r"(\w+): (.*)$", line):
            rules[m.group(1)] = m.group(2).strip('"')
    return rules, rows


def changes(path):
    """(day, order, host, model, side, price or None), in order."""
    out = []
    for n, r in enumerate(csv.DictReader(open(path, encoding="ascii"))):
        if "observed_at" in r:
            for side in ("input", "output", "cached_input"):
                text = r[side + "_usd_per_mtok"]
                price = F(round(F(text) * 10**6), 10**6) if text else None
                out.append((day(r["observed_at"]), n, r["provider"], r["model"].split("/", 1)[-1], side[:6], price))
        else:
            bad = re.search("removed|promotion|placeholder", r["quality"] or "")
            price = None if bad else F(round(F(r["price"]) * 10**6), 10**6)
            out.append((day(r["t_event"][:10]), n, r["provider"], r["model"], r["token_side"], price))
    return sorted(out, key=lambda c: (c[0], c[1]))


def median(values):
    v = sorted(values)
    return (v[(len(v) - 1) // 2] + v[len(v) // 2]) / 2


def largest_remainder(weights, total):
    whole = sum(weights)
    exact = [w * total / whole for w in weights]
    out = [int(x) for x in exact]
    order = sorted(range(len(out)), key=lambda i: (out[i] - exact[i], i))
    for i in order[: total - sum(out)]:
        out[i] += 1
    return out


def capped(weights, cap):
    share, fixed = [w / sum(weights) for w in weights], set()
    while any(share[i] > cap for i in range(len(share)) if i not in fixed):
        fixed |= {i for i in range(len(share)) if share[i] > cap}
        rest = sum(w for i, w in enumerate(weights) if i not in fixed)
        share = [cap if i in fixed else w * (1 - cap * len(fixed)) / rest for i, w in enumerate(weights)]
    return share


class Basket:
    def __init__(self, rules, rows, rounded):
        self.r, self.rows, self.rounded = rules, rows, rounded
        self.slots = {s["slot"]: s for s in rows["slots"]}
        self.now, self.start, self.last, self.level, self.base_cost = None, None, {}, None, None

    def rnd(self, x, digits):
        return F(round(x * 10**digits), 10**digits) if self.rounded else x

    def price(self, slot, d, book):
        s, factor = self.slots[slot], F(1)
        model = s["model"]
        if "successor" in s and day(s["successor_from"]) <= d:
            model, factor = s["successor"], F(int(s["factor_ppm"]), 10**6)
        hosts = []
        for (host, m), p in book.items():
            if m != model or (self.r["eligible.providers"] == "MAKER" and host != s["maker"]):
                continue
            if p.get("input", 0) and p.get("output", 0) and p["input"] > 0 and p["output"] > 0:
                cached = p.get("cached") if (p.get("cached") or 0) > 0 else p["input"]
                hosts.append((p["input"] * int(self.r["blend.input_ppm"]) + cached * int(self.r["blend.cached_ppm"])
                              + p["output"] * int(self.r["blend.output_ppm"])) / 10**6)
        if not hosts:
            return None
        kappa = F(1)
        if "tokenizer.kappa_ref" in self.r:
            ref = int(self.r["tokenizer.kappa_ref"])
            known = [k for k in self.rows.get("kappas", []) if k["model"] == model and day(k["from"]) <= d]
            kappa = F(int(max(known, key=lambda k: k["from"])["kappa"]) if known else ref, ref)
        return self.rnd(median(hosts) * kappa * factor, 6)

    def form(self, start, d, book):
        chosen = [s for s in self.rows["shares"] if day(s["from"]) == start
                  and int(s.get("score_milli", 0)) >= int(self.r.get("gate.score_milli", 0))]
        priced = [(s, self.price(s["slot"], d, book)) for s in chosen]
        priced = [(s, p) for s, p in priced if p is not None]
        at_cost = self.r["slot_cap.basis"] == "COST"
        weights = [int(s["quantity_ppm"]) * (p if at_cost else 1) for s, p in priced]
        shares = capped(weights, F(int(self.r["slot_cap.ppm"]), 10**6))
        if self.rounded:
            shares = [F(x, 10**6) for x in largest_remainder(shares, 10**6)]
        quantity = [x / p if at_cost else x for x, (_, p) in zip(shares, priced)]
        if self.rounded and at_cost:
            whole = [int(x * 10**12 * 10**6 / (p * 10**6)) for x, (_, p) in zip(shares, priced)]
            quantity = [F(x, 10**9) for x in largest_remainder([F(x) for x in whole], 10**9)]
        else:
            quantity = [q / sum(quantity) for q in quantity]
        return ({s["slot"]: q for q, (s, _) in zip(quantity, priced)}, {s["slot"]: p for s, p in priced})

    def cost(self, prices, basket=None):
        return sum(q * prices[s] for s, q in (basket or self.now).items())

    def step(self, d, book):
        """(value, value under the new basket or None) of one day."""
        due = max(day(s["from"]) for s in self.rows["shares"] if day(s["from"]) <= d)
        new = None
        if self.now is None:
            self.now, prices = self.form(due, d, book)
            self.start, self.level, self.base_cost = due, F(self.r["base"]), self.cost(prices)
            self.last = {s: (p, d) for s, p in prices.items()}
        before = {s: self.last[s][0] for s in self.now}
        gone = []
        for s in self.now:
            p = self.price(s, d, book)
            if p is not None:
                self.last[s] = (p, d)
            elif (d - self.last[s][1]).days > int(self.r["retirement.carry_days"]):
                gone.append(s)
        if gone:
            level = self.level * self.cost(before) / self.base_cost
            self.now = {s: q for s, q in self.now.items() if s not in gone}
            self.level, self.base_cost = self.rnd(level, 6), self.cost(before)
        prices = {s: self.last[s][0] for s in self.now}
        value = self.rnd(self.level * self.cost(prices) / self.base_cost, 6)
        if due > self.start:
            self.now, prices = self.form(due, d, book)
            self.start, self.level, self.base_cost = due, value, self.cost(prices)
            self.last = {s: (p, d) for s, p in prices.items()}
            new = self.level * self.cost(prices) / self.base_cost
        return value, new


def main():
    rules, rows = rule_file(sys.argv[1])
    table, at, book = changes(sys.argv[2]), 0, {}
    exact, free = Basket(rules, rows, True), Basket(rules, rows, False)
    passed = failed = links = 0
    for r in csv.DictReader(open(sys.argv[3], encoding="ascii")):
        d = day(r["date"])
        while at < len(table) and table[at][0] <= d:
            _, _, host, model, side, price = table[at]
            book.setdefault((host, model), {})[side] = price
            at += 1
        value, new = exact.step(d, book)
        loose, loose_new = free.step(d, book)
        digits = re.search(r"decimals: (\d)", open(sys.argv[1], encoding="ascii").read())
        want = F(round(value * 10 ** int(digits.group(1))), 10 ** int(digits.group(1)))
        ok = r["status"] == "PRINTED" and F(r["value"]) == want and abs(loose - value) <= value / 10**5
        if new is not None:
            links += 1
            ok = ok and new == value and loose_new == loose and bool(r["linked_to"])
        passed, failed = passed + ok, failed + (not ok)
        if not ok:
            print(f"FAIL {d}: printed {r['value']} ({r['status']}), the rules give {float(want)}, free {float(loose)}")
    print(f"{passed} passed, {failed} failed, {links} links without a jump")
    return failed > 0 or not passed


sys.exit(main())
