#!/usr/bin/env python3
"""`hedgerow exposure import` and `show`: the shipped bill, the same bill shuffled, split and with its columns moved,
twenty broken bills, rates, plans and rules; the shared bills against their truth to the last digit when they are there.
"""
import collections
import csv
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from decimal import Decimal as D

BUILD = os.environ.get("HEDGEROW_BUILD", "build/gcc")
SHARED = pathlib.Path("../shared/data/focus")
EXAMPLES = pathlib.Path("examples/exposure")
BILL = EXAMPLES / "bill-synthetic.csv"
TMP = pathlib.Path(tempfile.mkdtemp(prefix="hedgerow-exposure-"))
results = {"passed": 0, "failed": 0}


def check(name, ok, said=""):
    results["passed" if ok else "failed"] += 1
    print(("ok   " if ok else "FAIL ") + name + ("" if ok else f": {said}"), flush=True)


def run(*args):
    return subprocess.run([f"{BUILD}/hedgerow", "exposure", *map(str, args)], capture_output=True, text=True,
                          errors="replace")


def imported(name, bills, *more):
    to = TMP / f"{name}.json"
    r = run("import", *[a for b in bills for a in ("--focus", b)], "-o", to, *more)
    return (json.loads(to.read_text()) if r.returncode == 0 else None), r


def put(name, rows, head=None, **form):
    to = TMP / name
    with open(to, "w", newline="", encoding="utf-8") as f:
        w = csv.DictWriter(f, head or list(rows[0]), lineterminator="\n", extrasaction="ignore", **form)
        w.writeheader()
        w.writerows(rows)
    return to


def tie(name, e, bills):
    """Buckets against sums of the bill made here with decimals."""
    want = collections.defaultdict(lambda: [0, D(0), D(0)])
    for b in bills:
        with open(b, newline="", encoding="utf-8-sig") as f:
            for r in csv.DictReader(f):
                t = want[r["BillingCurrency"]]
                t[0], t[1], t[2] = t[0] + 1, t[1] + D(r["BilledCost"]), t[2] + D(r["EffectiveCost"])
    got = collections.defaultdict(lambda: [0, D(0), D(0)])
    for r in e["buckets"]:
        t = got[r["currency"]]
        t[0], t[1], t[2] = t[0] + int(r["rows"]), t[1] + D(r["billed_cost"]), t[2] + D(r["effective_cost"])
    check(f"{name}: buckets tie to the bill", want == got, f"{dict(want)} {dict(got)}")


def same(name, a, b):
    for part in ("gpu", "tokens", "buckets", "unmapped"):
        check(f"{name}: the same {part}", b and a[part] == b[part], "differs")


def shipped():
    rows = list(csv.DictReader(open(BILL, newline="")))
    base, r = imported("base", [BILL])
    check("the shipped bill imports", base is not None, r.stderr)
    tie("shipped", base, [BILL])
    check("H100 on demand at AWS in April",
          [c["gpu_hours"] for c in base["gpu"] if (c["month"], c["provider"], c["pool"]) == ("2026-04", "AWS", "on_demand")]
          == [str(8 * sum(D(x["PricingQuantity"]) for x in rows if x["SkuMeter"].startswith("BoxUsage")
                          and x["ChargePeriodStart"].startswith("2026-04"))).rstrip("0").rstrip(".")], base["gpu"][:2])
    rnd = random.Random(5)
    for i in range(3):
        mixed = rows[:]
        rnd.shuffle(mixed)
        head = list(rows[0])
        rnd.shuffle(head)
        other, _ = imported(f"mixed{i}", [put(f"mixed{i}.csv", mixed, head, quoting=[csv.QUOTE_ALL, csv.QUOTE_MINIMAL,
                                                                                    csv.QUOTE_MINIMAL][i])])
        same(f"shuffled {i}", base, other)
        cut = rnd.randrange(1, len(rows) - 1)
        other, _ = imported(f"split{i}", [put(f"a{i}.csv", mixed[:cut]), put(f"b{i}.csv", mixed[cut:])])
        same(f"split {i}", base, other)
    text = BILL.read_text()
    (TMP / "crlf.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").rstrip().encode())
    other, _ = imported("crlf", [TMP / "crlf.csv"])
    same("BOM and CRLF", base, other)
    check("BOM and CRLF are counted", {q["code"] for q in other["quality"]} >= {"byte_order_marks", "crlf_files"})
    (TMP / "semi.csv").write_text(put("x.csv", rows, delimiter=";").read_text())
    other, _ = imported("semi", [TMP / "semi.csv"], "--delimiter", ";")
    same("another delimiter", base, other)
    other, r = imported("doubled", [put("doubled.csv", rows + rows[:7])])
    check("identical rows are kept and counted", [q["count"] for q in other["quality"] if q["code"] == "identical_rows"] == ["7"],
          other["quality"])
    again, _ = imported("again", [BILL])
    check("the same bytes twice", (TMP / "again.json").read_bytes() == (TMP / "base.json").read_bytes())
    r = run("show", TMP / "base.json", "--why", "2")
    check("--why names the rule", r.returncode == 0 and "rule           type table" in r.stdout, r.stdout + r.stderr)
    r = run("show", TMP / "base.json", "--by", "class", "--json")
    check("--by adds up", sum(D(json.loads(x).get("gpu_hours", "0")) for x in r.stdout.splitlines()) ==
          sum(D(c["gpu_hours"]) for c in base["gpu"]), r.stdout)
    other, _ = imported("redacted", [BILL], "--redact")
    words = json.dumps(other)
    check("--redact hides texts of the bill", "block32" not in words and str(BILL) not in words, words[:300])
    return rows, base


def inputs(rows, base):
    e, r = imported("all", [BILL], "--plan", EXAMPLES / "fleet-synthetic.csv", "--tokens", EXAMPLES / "tokens-synthetic.csv",
                    "--rules", EXAMPLES / "rules-own.csv")
    check("plan, tokens and rules", e and len(e["plan"]) == 3 and len(e["token_sd"]) == 2, r.stderr)
    check("a rule of one's own maps what was unmapped", e and not e["unmapped"] and
          any(c["provider"] == "Example GPU Cloud" and c["gpu_hours"] == str(32 * 720) for c in e["gpu"]), r.stderr)
    tie("with other inputs", e, [BILL])
    euro = [dict(x, BillingCurrency="EUR", PricingCurrency="", PricingCurrencyEffectiveCost="") for x in rows]
    (TMP / "fx.csv").write_text("month,from,to,rate\n2026-04,EUR,USD,1.25\n2026-05,EUR,USD,1.25\n")
    e, r = imported("euro", [put("euro.csv", euro)], "--fx", TMP / "fx.csv")
    sums = collections.Counter()
    for c in base["gpu"]:
        sums[c["month"]] += D(c["effective_cost"])
    got = collections.Counter()
    for c in e["gpu"]:
        got[c["month"], c["currency"]] += D(c["effective_cost"])
    check("exchange rates by month; none: kept as billed", got == {
        ("2026-04", "USD"): sums["2026-04"] * D("1.25"), ("2026-05", "USD"): sums["2026-05"] * D("1.25"),
        ("2026-06", "EUR"): sums["2026-06"]}, got)
    one = dict(rows[0], ChargePeriodStart="2026-04-30T18:00:00-02:00", ChargePeriodEnd="2026-05-01T08:00Z",
               PricingQuantity="12", ConsumedQuantity="12", BilledCost="100", EffectiveCost="100",
               PricingCurrencyEffectiveCost="100")
    e, r = imported("across", [put("across.csv", [one])])
    check("a row across a month's end is split by hours",
          [(c["month"], c["gpu_hours"], c["effective_cost"], c["rows"]) for c in e["gpu"]] ==
          [("2026-04", "32", "33.333333333333", "1"),
           ("2026-05", "64", "66.666666666667", "0")] and
          sum(D(c["effective_cost"]) for c in e["gpu"]) == 100, r.stderr + str(e and e["gpu"]))
    tiny = dict(rows[0], BilledCost="1.5E-17", EffectiveCost="0.000000000000000001", PricingCurrencyEffectiveCost="1e-18")
    e, r = imported("tiny", [put("tiny.csv", [tiny])])
    check("eighteen digits and exponents are exact", e["buckets"][0]["billed_cost"] == "0.000000000000000015" and
          e["gpu"][0]["effective_cost"] == "0.000000000000000001", e["buckets"])
    odd = [dict(rows[0], ConsumedQuantity="1"), dict(rows[0], PricingUnit="fortnight"),
           dict(rows[0], SkuMeter="BoxUsage:r6g.4xlarge", SkuPriceDetails='{"InstanceType": "r6g.4xlarge"}',
                ChargeDescription="r6g"),
           dict(rows[0], SkuMeter="BoxUsage:p9zz.48xlarge", SkuPriceDetails='{"InstanceType": "p9zz.48xlarge"}')]
    tok = next(x for x in rows if "input_tokens" in x["SkuMeter"])
    odd += [dict(tok, PricingUnit="1K tokens"), dict(tok, ChargeDescription="a model nobody knows")]
    e, r = imported("odd", [put("odd.csv", odd)])
    check("doubts go to unmapped, not to exposure", {b["bucket"]: b["rows"] for b in e["buckets"]} ==
          {"unmapped_gpu": "3", "token_unpriced": "2", "non_gpu": "1"}, e["buckets"])
    tie("odd", e, [TMP / "odd.csv"])


def broken(rows):
    """Twenty broken bills: (name, bytes, line, column, word of the sentence)."""
    text = BILL.read_text()
    lines = text.split("\n")
    head = lines[0].split(",")

    def cell(column, value, line=3):
        rows2 = [dict(x) for x in rows[:20]]
        rows2[line - 2][column] = value
        return put("b.csv", rows2).read_bytes()

    def without(column):
        return put("b.csv", rows[:20], [c for c in head if c != column]).read_bytes()

    raw = lambda s: s.encode()
    cases = [
        ("UTF-16", text.encode("utf-16"), 1, "header", "UTF-16"),
        ("Latin-1", cell("ChargeDescription", "Gebühr").decode().encode("latin-1"), 3, "ChargeDescription", "UTF-8"),
        ("gzip", b"\x1f\x8b\x08\x00" + os.urandom(99), 1, "header", "gzip"),
        ("empty", b"", 1, "header", "empty"),
        ("semicolons", raw(text.replace(",", ";")), 1, "header", "--delimiter"),
        ("open quote", raw("\n".join(lines[:5]) + '\n"' + lines[5]), 6, head[0], "quote"),
        ("stray quote", raw("\n".join(lines[:3]) + '\n1"2,' + lines[3]), 4, head[0], "quote"),
        ("text behind a quote", raw("\n".join(lines[:3]) + '\n"1"2,' + lines[3]), 4, head[0], "quote"),
        ("too few cells", raw("\n".join(lines[:4]) + "\n1,USD\n"), 5, "BillingPeriodStart", "cells"),
        ("too many cells", raw("\n".join(lines[:4]) + "\n" + lines[4] + ",1\n"), 5, "row", "cells"),
        ("no BilledCost", without("BilledCost"), 1, "BilledCost", "missing"),
        ("no ProviderName", without("ProviderName"), 1, "ProviderName", "missing"),
        ("column twice", raw(text.replace("ListCost", "BilledCost", 1)), 1, "BilledCost", "twice"),
        ("thousands", cell("BilledCost", "1,234.50"), 3, "BilledCost", "thousands"),
        ("decimal comma", cell("EffectiveCost", "12,5"), 3, "EffectiveCost", "decimal comma"),
        ("dollar sign", cell("BilledCost", "$12.5"), 3, "BilledCost", "currency sign"),
        ("day first", cell("ChargePeriodStart", "31/12/25"), 3, "ChargePeriodStart", "month/day"),
        ("no such day", cell("ChargePeriodStart", "2026-02-30T00:00:00Z"), 3, "ChargePeriodStart", "no such day"),
        ("no zone", cell("ChargePeriodEnd", "2026-04-03T00:00:00"), 3, "ChargePeriodEnd", "offset"),
        ("ends before it starts", cell("ChargePeriodEnd", "2025-01-01T00:00:00Z"), 3, "ChargePeriodEnd", "before"),
        ("no cost", cell("BilledCost", "NULL"), 3, "BilledCost", "no value"),
        ("a category of its own", cell("ChargeCategory", "Refund"), 3, "ChargeCategory", "one of"),
        ("currency", cell("BillingCurrency", "dollars"), 3, "BillingCurrency", "currency"),
        ("19 digits", cell("BilledCost", "0.0000000000000000001"), 3, "BilledCost", "18 digits"),
        ("zero bytes", raw("\n".join(lines[:3]) + "\n\0\0\n"), 4, head[0], "zero byte"),
    ]
    for name, content, line, column, word in cases:
        path, to = TMP / "broken.csv", TMP / "broken.json"
        path.write_bytes(content)
        to.unlink(missing_ok=True)
        r = run("import", "--focus", path, "-o", to)
        first = r.stderr.split("\n")[0]
        check(f"broken: {name}", r.returncode == 3 and first.startswith(f"{path}:{line}: {column}: ") and word in first
              and not to.exists(), f"exit {r.returncode}: {r.stderr[:300]}")
    path = TMP / "broken.csv"
    path.write_bytes(BILL.read_bytes())
    r = run("import", "--focus", BILL, "--focus", path, "-o", TMP / "twice.json")
    check("broken: the same file twice", r.returncode == 3 and "the same bytes" in r.stderr and not
          (TMP / "twice.json").exists(), r.stderr)
    r = run("import", "--focus", BILL, "--csv", TMP / "tables", "-o", TMP / "no-folder" / "e.json")
    check("an output that can not be written leaves no tables", r.returncode != 0 and r.stderr and
          not list((TMP / "tables").glob("*")), r.stderr)
    for name, option, content, said in (
            ("rule pattern", "--rules", "provider,field,pattern,kind,class_or_model,count,unit,list_price,standing,since,until\n"
             "*,meter,[a,gpu,H100,1,,,,,\n", ":2: pattern: a class that is not closed"),
            ("rate", "--fx", "month,from,to,rate\n2026-04,EUR,USD,0\n", ":2: rate: must be above 0"),
            ("plan", "--plan", "month,gpu_class,region,provider,term,hours,price,sd\n2026-13,H100,r,p,spot,1,1,1\n",
             ":2: month: not a month"),
            ("tokens", "--tokens", "month,provider,model,direction,tokens,price_per_mtok,sd\n2026-04,p,m,sideways,1,1,\n",
             ":2: direction: one of")):
        (TMP / "side.csv").write_text(content)
        r = run("import", "--focus", BILL, option, TMP / "side.csv", "-o", TMP / "side.json")
        check(f"broken: {name}", r.returncode == 3 and said in r.stderr and not (TMP / "side.json").exists(), r.stderr)


def shared():
    if not SHARED.is_dir():
        print("skipped: no shared data")
        return
    def table(path, keys, values):
        rows = list(csv.DictReader(open(path, newline="")))
        return {tuple(r[k].replace("A100-40GB", "A100_40") for k in keys): tuple(D(r[v]) for v in values) for r in rows}
    for version in ("1.0", "1.2"):
        bill = SHARED / f"synthetic_focus_{version}.csv"
        e, r = imported(f"truth{version}", [bill], "--csv", TMP / version)
        tie(f"synthetic {version}", e, [bill])
        base = str(SHARED / f"synthetic_focus_{version}.truth_")
        for part, keys, mine, theirs in (
                ("gpu", ("month", "provider", "region", "gpu_class", "pool"), ("gpu_hours", "effective_cost", "rows"),
                 ("gpu_hours", "effective_cost_usd", "rows")),
                ("tokens", ("month", "provider", "region", "model", "direction"), ("tokens", "effective_cost", "rows"),
                 ("tokens", "effective_cost_usd", "rows"))):
            check(f"synthetic {version}: {part} equal to the truth",
                  table(TMP / version / f"{part}.csv", keys, mine) == table(base + part + ".csv", keys, theirs))
        values = ("rows", "billed_cost", "effective_cost")
        check(f"synthetic {version}: buckets equal to the truth", table(TMP / version / "buckets.csv", ("bucket", "currency"), values)
              == table(base + "buckets.csv", ("bucket", "billing_currency"), values))
    e, r = imported("sample", [SHARED / "focus_1.0_sample.csv"])
    tie("sample", e, [SHARED / "focus_1.0_sample.csv"])
    counts = {q["code"]: q["count"] for q in e["quality"]}
    check("the published sample: its hazards are counted", counts.get("null_words") == "8973" and counts.get("extra_columns") == "1"
          and counts.get("whole_dollar_effective") == "8" and counts.get("weak_hits") == "8", counts)
    for path in sorted((SHARED / "spec_examples_v1.2").glob("*.csv")):
        e, r = imported("spec", [path])
        if e:
            tie(path.name, e, [path])
        else:
            check(f"{path.name}: refused in a sentence", r.returncode == 3 and r.stderr.startswith(f"{path}:"), r.stderr)


rows, base = shipped()
inputs(rows, base)
broken(rows)
shared()
subprocess.run(["rm", "-rf", TMP])
print(f"{results['passed']} passed, {results['failed']} failed")
sys.exit(1 if results["failed"] else 0)
