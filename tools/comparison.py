#!/usr/bin/env python3
"""tools/comparison.py [--check] -- the figures and pictures of docs/comparison.md, computed again.

Runs `hedgerow index compare` and `index run` over the shared table of posted prices ($HEDGEROW_SHARED, else
../shared) and writes what stands between `<!-- figures NAME -->` and `<!-- end -->` in docs/comparison.md, and
docs/img/methods-*.svg. --check writes nothing and fails if anything would change. Without the table it says
`skipped: no shared data` and exits 77.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / os.environ.get("HEDGEROW_BUILD", "build/gcc") / "hedgerow"
DATA = pathlib.Path(os.environ.get("HEDGEROW_SHARED", ROOT / "../shared")) / "data/gpu_offers.csv"
SPECS = "specs/methodology/"
DOC = ROOT / "docs/comparison.md"
LABELS = {"": "median", "-winsor": "winsor", "-provmean": "provmean", "-iqm": "iqm", "-cap2med": "cap2med",
          "-pvwm": "medians", "-trail": "trail"}
ON_DEMAND = ["", "-winsor", "-provmean", "-iqm", "-cap2med", "-pvwm", "-trail"]
SPOT = ["", "-winsor", "-provmean", "-iqm", "-pvwm", "-trail"]
WEEKS = ["2026-07-11", "2026-07-18", "2026-07-25", "2026-08-01", "2026-08-08", "2026-08-15", "2026-08-22"]
CLASSES = {"H100": "h100-posted", "H200": "h200-posted", "A100_80": "a100-posted", "B200": "b200-posted"}
TITLES = {"A100_80": "A100 80 GB"}
HUES = [("#0b7a53", "#62cfa0"), ("#2c62a8", "#8fb7e8"), ("#b4560c", "#f0a061"), ("#7a46b5", "#bfa4f5"),
        ("#b93460", "#f28aa9"), ("#5f6d16", "#c3cf6a"), ("#0b7d94", "#6fd0e3")]


def run(*words):
    done = subprocess.run([str(PROGRAM), *words], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"hedgerow {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(stems, first, last):
    files = [word for stem in stems for word in ("-m", f"{SPECS}{stem}.yaml")]
    return run("index", "compare", "--json", "--from", first, "--to", last, "-i", str(DATA), *files)


class Market:
    """One class and term of a comparison."""

    def __init__(self, rows, gpu_class, stem):
        rows = [r for r in rows if r["gpu_class"] == gpu_class]
        label = {r["method"]: LABELS[pathlib.Path(r["file"]).stem.removeprefix(stem)] for r in rows if r["row"] == "method"}
        for r in rows:
            r["method"] = label[r["method"]]
            if "other" in r:
                r["other"] = label[r["other"]]
            for name in sorted(label, key=len, reverse=True) if "text" in r else []:
                r["text"] = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", label[name], r["text"])
        self.methods = [r for r in rows if r["row"] == "method"]
        self.pairs = [r for r in rows if r["row"] == "pair"]
        self.reasons = [r for r in rows if r["row"] == "reason"]
        self.names = [m["method"] for m in self.methods]
        self.dates = sorted({r["date"] for r in rows if r["row"] == "print"})
        self.at = {(r["date"], r["method"]): r for r in rows if r["row"] == "print"}

    def value(self, date, name):
        text = self.at[date, name]["value"]
        return Fraction(text) if text else None

    def spread(self, date, without=""):
        values = [self.value(date, n) for n in self.names if self.at[date, n]["status"] == "PRINTED" and n != without]
        return (max(values) - min(values)) * 2 / (max(values) + min(values)) if len(values) > 1 else None

    def gap(self, a, b):
        for p in self.pairs:
            if {p["method"], p["other"]} == {a, b}:
                return int(p["gap_mean_ppm"]), int(p["dates"])
        return None


def percent(ppm):
    return f"{float(Fraction(ppm) / 10**4):.1f} %".replace("-", "−") if ppm is not None else ""


def usd(text):
    return f"{float(text):.4f}" if text else "–"


def table(heads, rows):
    right = "".join("---:|" if h.startswith(">") else "---|" for h in heads)
    return "\n".join(["| " + " | ".join(h.lstrip(">") for h in heads) + " |", "|" + right,
                      *("| " + " | ".join(str(c) for c in row) + " |" for row in rows)])


def methods_table(m):
    rows = []
    for r in m.methods:
        owners = r["entities_min"] if r["entities_min"] == r["entities_max"] else f"{r['entities_min']}–{r['entities_max']}"
        levels = ", ".join(f"L{k} {r[f'L{k}']}" for k in range(1, 7) if r[f"L{k}"] != "0")
        rows.append([f"`{r['method']}`", usd(r["low"]), usd(r["mean"]), usd(r["high"]),
                     f"{int(r['volatility_ppm']) / 10**4:.2f} %", owners, r["eligible"], levels])
    return table(["Method", ">Low", ">Mean", ">High", ">Moves a day", ">Owners", ">Records", "Days by level"], rows)


def gaps_table(m):
    rows = []
    for a in m.names:
        cells = []
        for b in m.names:
            g = m.gap(a, b) if a != b else None
            cells.append("" if a == b else percent(g[0]) if g[1] else "–")
        rows.append([f"`{a}`", *cells])
    return table(["Mean gap", *(f">`{n}`" for n in m.names)], rows)


def minus(text):
    return re.sub(r"(?<= )-(?=[0-9])", "−", text)


def widest(m, without=""):
    pairs = [p for p in m.pairs if p["gap_max_on"] and without not in (p["method"], p["other"])]
    pair = max(pairs, key=lambda p: abs(int(p["gap_max_ppm"])))
    a, b, ppm = pair["method"], pair["other"], int(pair["gap_max_ppm"])
    but = f" (but for `{without}`)" if without else ""
    said = [f"Widest{but}: on {pair['gap_max_on']} `{a}` stood {percent(abs(ppm))} {'above' if ppm > 0 else 'below'} `{b}`."
            f" The program's reasons (`{a}` / `{b}`):", ""]
    for r in m.reasons:
        if (r["method"], r["other"]) == (a, b):
            said.append(f"- **{r['why']}:** {minus(r['text'])}")
    return "\n".join(said)


def dates_table(m, dates):
    rows = []
    for d in dates:
        cells = []
        for n in m.names:
            r = m.at[d, n]
            cells.append((usd(r["value"]) + ("" if r["level"] == "L1" else f" {r['level']}")) if r["value"] else "no print")
        spread = m.spread(d)
        rows.append([d, *cells, percent(spread * 10**6) if spread is not None else ""])
    return table(["Date", *(f">`{n}`" for n in m.names), ">Spread"], rows)


def spread_of(m, without=""):
    each = [s for s in (m.spread(d, without) for d in m.dates) if s is not None]
    top = max(m.dates, key=lambda d: m.spread(d, without) or 0)
    return (f"mean {percent(sum(each) / len(each) * 10**6)} over {len(each)} days, "
            f"widest {percent(m.spread(top, without) * 10**6)} on {top}")


def section(m, dates, without):
    """Its tables and reasons; the widest pair also without the method that stands apart by its weights."""
    said = f"Spread of the methods, highest over lowest: {spread_of(m)}"
    said += f"; without `{without}` {spread_of(m, without)}." if without else "."
    more = [widest(m, without)] if without else []
    return "\n\n".join([said, methods_table(m), gaps_table(m), dates_table(m, dates), widest(m), *more])


# ---- pictures: each market a panel with its values and, below, their spread ----

def nice(low, high, want):
    span, step = high - low, Fraction(1, 10**6)
    while step * want < span:
        for f in (2, 5, 10):
            if step * f * want >= span:
                return step * f
        step *= 10
    return step


def hue(name):
    return f"h{list(LABELS.values()).index(name)}"


def panel(m, x, y, width, title):
    left, top, tall, below = x + 44, y + 30, 170, 60
    right, out = x + width - 8, []
    values = [m.value(d, n) for d in m.dates for n in m.names]
    values = [v for v in values if v is not None]
    top_spread = max((m.spread(d) or 0) for d in m.dates) * 100

    def axis(low, high, y0, y1, digits, want):
        step = nice(low, high, want)
        low, high = low // step * step, -(-high // step) * step
        v = low
        while v <= high:
            py = float(y1 - (v - low) / (high - low) * (y1 - y0))
            out.append(f'<path class="g" d="M{left} {py:.1f}H{right}"/><text class="m" text-anchor="end" x="{left - 6}" y="{py + 4:.1f}">{float(v):.{digits}f}</text>')
            v += step
        return lambda v: float(y1 - (v - low) / (high - low) * (y1 - y0))

    def px(i):
        return left + (right - left) * i / (len(m.dates) - 1)

    def line(get, place, cls):
        d, pen = [], "M"
        for i, date in enumerate(m.dates):
            v = get(date)
            if v is None:
                pen = "M"
                continue
            d.append(f"{pen}{px(i):.1f} {place(v):.1f}")
            pen = "L"
        out.append(f'<path class="{cls}" d="{"".join(d)}"/>')

    out.append(f'<text class="t" x="{x}" y="{y + 14}">{title}</text>')
    out.append(f'<text class="m" text-anchor="end" x="{right}" y="{y + 14}">USD per GPU-hour</text>')
    place = axis(min(values), max(values), top, top + tall, 2, 5)
    for n in m.names:
        line(lambda d, n=n: m.value(d, n), place, f"l {hue(n)}")
    base = top + tall + 34
    out.append(f'<text class="m" x="{left}" y="{base - 10}">spread, percent</text>')
    place = axis(Fraction(0), top_spread, base, base + below, 0, 3)
    line(lambda d: None if m.spread(d) is None else m.spread(d) * 100, place, "l s")
    for i in (0, len(m.dates) // 2, len(m.dates) - 1):
        anchor = "start" if i == 0 else "end" if i == len(m.dates) - 1 else "middle"
        out.append(f'<text class="m" text-anchor="{anchor}" x="{px(i):.1f}" y="{base + below + 18}">{m.dates[i]}</text>')
    return "\n".join(out), base + below + 30 - y


def picture(markets, title, says):
    width = 860
    across = 2 if len(markets) > 1 else 1
    each = (width - 20 * (across - 1)) // across
    parts, y, height = [], 66, 0
    for i, (name, m) in enumerate(markets):
        text, tall = panel(m, (i % across) * (each + 20), y, each, name)
        parts.append(text)
        height = tall
        if i % across == across - 1:
            y += tall + 16
    legend, x = [], 0
    for n in markets[0][1].names:
        legend.append(f'<path class="l {hue(n)}" d="M{x} 48h18"/><text x="{x + 24}" y="52">{n}</text>')
        x += 44 + 8 * len(n)
    light = "".join(f".h{k}{{stroke:{a}}}" for k, (a, _) in enumerate(HUES))
    dark = "".join(f".h{k}{{stroke:{b}}}" for k, (_, b) in enumerate(HUES))
    style = (".b{fill:#fff}text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#17211c}.t{font-weight:600;font-size:14px}"
             ".m{fill:#54645b}.g{stroke:#dbe3de;fill:none}.l{fill:none;stroke-width:2;stroke-linejoin:round}.s{stroke:#54645b}" + light +
             "@media(prefers-color-scheme:dark){.b{fill:#0e1311}text{fill:#e3ebe6}.m{fill:#9aaba2}.g{stroke:#27332e}.s{stroke:#9aaba2}" + dark + "}")
    rows = -(-len(markets) // across)
    total = 66 + rows * (height + 16)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -8 {width + 32} {total}" role="img" aria-label="{title}. {says}">\n'
            f'<style>{style}</style>\n<rect class="b" x="-16" y="-8" width="{width + 32}" height="{total}" rx="8"/>\n'
            f'<text class="t" x="0" y="14">{title}</text><text class="m" x="0" y="32">{says}</text>\n' +
            "\n".join(legend + parts) + "\n</svg>\n")


def receipt_facts(path):
    pairs = (line.rstrip("\n").split(" ", 1) for line in open(path, encoding="ascii") if " " in line)
    return {name: rest for name, rest in pairs if name not in ("record", "dropped", "method", "owner", "page")}


def cri():
    """The CRI-like method over the eight days of one marketplace's replies."""
    with tempfile.TemporaryDirectory() as folder:
        rows = run("index", "run", "--json", "-m", f"{SPECS}h100-cri-like.yaml", "-i", str(DATA), "--from", "2026-02-27",
                   "--to", "2026-03-06", "--receipts", folder)
        facts = [receipt_facts(f"{folder}/{r['date']}.receipt") for r in rows]
    published = {"2026-03-04": "1.7350 (2026-03-06)", "2026-03-05": "1.6021 (2026-03-05)"}
    return table(["Window to", ">Value", ">Offers pooled", ">Valid days", ">Published (when)"],
                 [[r["date"], usd(r["value"]), f["observations"], f["partitions"], published.get(r["date"], "")]
                  for r, f in zip(rows, facts)])


def figures():
    od = compare([f"{stem}{m}" for stem in CLASSES.values() for m in ON_DEMAND], "2026-07-05", "2026-08-22")
    markets = {c: Market(od, c, stem) for c, stem in CLASSES.items()}
    spot = Market(compare([f"a100-spot-gcp{m}" for m in SPOT], "2023-05-12", "2026-07-30"), "A100_80", "a100-spot-gcp")
    years = [d for d in spot.dates if d[5:] in ("01-15", "07-15")]
    doc = {c: section(m, WEEKS, "provmean") for c, m in markets.items()}
    doc["cri"] = cri()
    doc["spot"] = section(spot, years, "")
    says = ("Posted on-demand prices, 2026-07-05 to 2026-08-22. Data: GPU rental prices by adriannutiu (CC BY 4.0) and "
            "Cyclenerd (Apache-2.0), reshaped.")
    says_spot = "List prices, five regions, 2023-05-12 to 2026-07-30. Data: Cyclenerd (Apache-2.0), reshaped."
    pictures = {
        "methods-on-demand.svg": picture([(TITLES.get(c, c), m) for c, m in markets.items()], "One day's prices, seven methods", says),
        "methods-gcp-spot.svg": picture([("A100 80 GB spot at GCP", spot)], "Three years, one provider, six methods", says_spot),
    }
    return doc, pictures


def fill(text, doc):
    for name, body in doc.items():
        begin, end = f"<!-- figures {name} -->\n", "<!-- end -->"
        if begin not in text:
            sys.exit(f"docs/comparison.md: no place for the figures of {name}")
        head, rest = text.split(begin, 1)
        text = head + begin + "\n" + body + "\n\n" + end + rest.split(end, 1)[1]
    return text


def main():
    check = "--check" in sys.argv[1:]
    if not DATA.is_file():
        print("skipped: no shared data")
        sys.exit(77)
    doc, pictures = figures()
    files = {DOC: fill(DOC.read_text(), doc), **{ROOT / "docs/img" / n: t for n, t in pictures.items()}}
    stale = [p for p, text in files.items() if not p.is_file() or p.read_text() != text]
    for p in stale:
        if not check:
            p.write_text(text := files[p])
        print(f"{p.relative_to(ROOT)}: {'not what tools/comparison.py writes now' if check else 'written'}")
    sys.exit(1 if check and stale else 0)


main()
