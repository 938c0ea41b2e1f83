#!/bin/sh
# hedgerow govern as its actors use it: four eyes, windows, complaints, agents, reviews, tampering.
set -u
program=${HEDGEROW_BUILD:?}/hedgerow
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { echo "FAIL $*"; failed=$((failed + 1)); }
expect() { # WHAT CODE WORDS COMMAND ...: exit code, and words that its output holds ("" any)
    what=$1 want=$2 words=$3
    shift 3
    "$@" >"$dir/out" 2>&1 </dev/null
    code=$?
    if [ $code -ne "$want" ]; then
        bad "$what: exit $code, wanted $want: $(head -n 2 "$dir/out")"
    elif [ -n "$words" ] && ! grep -qF -- "$words" "$dir/out"; then
        bad "$what: no \"$words\" in: $(head -n 3 "$dir/out")"
    else ok; fi
}
same() { if [ "$2" = "$3" ]; then ok; else bad "$1: $2, wanted $3"; fi; }
reg=$dir/gov.reg
g() { # VERB DAY ARGUMENT ...: at 10:00 of that day
    verb=$1 day=$2
    shift 2
    "$program" govern "$verb" -r "$reg" --at "$day"T10:00:00Z "$@"
}
method=specs/methodology/h100-synthetic.yaml
data="-m $method -i examples/rentals-synthetic.csv"

# Opening: the methodology in force, and who begins.
expect "nothing there" 3 "there is no register" g access 2026-07-01 --by zoe --text x
expect "open" 0 "head " g open 2026-07-01 --by ada -m $method --text "the first register" --consult-days 30 \
    --complaint-days 20 --actor ada=administrator --actor cyn=committee --actor cal=committee --actor ove=oversight \
    --actor oda=oversight --actor pat=panellist --actor tim=trader@syn-oak-holding --actor mia=committee@syn-oak-holding \
    --actor aud=auditor --actor ag1=agent --actor ag2=agent
expect "open twice" 1 "there is a register already" g open 2026-07-01 --by ada -m $method --text x --actor a=auditor
expect "a conflict of roles" 1 "can not hold these two roles" "$program" govern open -r "$dir/other" --by a -m $method --text x --actor a=administrator+trader
expect "a founder twice" 1 "name: is a founder already" "$program" govern open -r "$dir/other" --by a -m $method --text x --actor a=administrator --actor a=trader
expect "nothing is left of it" 1 "" test -e "$dir/other"
expect "actors" 0 "its entity has a trader" "$program" govern actors -r "$reg"

# Four eyes on an exclusion: 13 is the proposal.
expect "a trader" 1 "no role that may do this" g propose 2026-07-02 exclude --by tim --what owner --name syn-elm-holding --from 2026-07-21 --text x
expect "propose" 0 "13 2026-07-02" g propose 2026-07-02 exclude --by cyn --what owner --name syn-elm-holding --from 2026-07-21 --text "cancelled rentals"
expect "self-approval" 1 "proposer can not decide" g approve 2026-07-02 13 --by cyn
expect "an auditor" 1 "no role" g approve 2026-07-02 13 --by aud
expect "one" 0 "1 of 2 approvals" g approve 2026-07-02 13 --by cal
expect "the same again" 1 "approved it already" g approve 2026-07-02 13 --by cal
expect "no oversight" 1 "one of the two approvers must be oversight" g approve 2026-07-02 13 --by ada
expect "the queue" 1 "1 of 2 approvals" g status 2026-07-02
expect "two" 0 "proposal 13 is adopted" g approve 2026-07-02 13 --by ove
expect "three" 1 "is decided already" g approve 2026-07-02 13 --by oda
expect "own entity" 0 "" g propose 2026-07-02 exclude --by cyn --what owner --name syn-oak-holding --from 2026-07-21 --text x
expect "conflict" 1 "or on his own entity" g approve 2026-07-02 16 --by mia
expect "withdrawn" 0 "" g withdraw 2026-07-02 16 --by cyn --text "was wrong"
expect "time goes on" 1 "earlier than the entry before" g access 2026-07-01 --by zoe --text x

# Prints against the register.
# shellcheck disable=SC2086 # words
"$program" index run $data --receipts "$dir/r" >/dev/null
expect "a print before the exclusion" 0 "ok" "$program" govern check -r "$reg" "$dir/r/2026-07-20.receipt"
expect "a print with what was excluded" 1 "its owner syn-elm-holding is excluded" "$program" govern check -r "$reg" "$dir/r/2026-07-21.receipt"
sed 's/max_age: 3/max_age: 1/' $method >"$dir/m2.yaml"
"$program" index run -m "$dir/m2.yaml" -i examples/rentals-synthetic.csv --owners specs/owners.yaml --receipts "$dir/r2" --from 2026-07-10 --to 2026-07-30 >/dev/null
expect "a print by other rules" 1 "of another hash" "$program" govern check -r "$reg" "$dir/r2/2026-07-20.receipt"

"$program" index run -m specs/methodology/token-synthetic.yaml -i examples/token-prices-synthetic.csv --to 2026-01-01 --receipts "$dir/tokens" >/dev/null
expect "a token basket's print" 1 "registers are of GPU benchmarks" "$program" govern check -r "$reg" "$dir/tokens/2026-01-01.receipt"
expect "a complaint about one" 3 "registers are of GPU benchmarks" g complain 2026-07-22 --by zoe --receipt "$dir/tokens/2026-01-01.receipt" --text x

head -c 32 /dev/zero | od -v -An -tx1 | tr -d ' \n' >"$dir/key"
printf '%064d' 1 >"$dir/other-key"
for k in key other-key; do
    # shellcheck disable=SC2086
    "$program" index run $data --from 2026-07-15 --to 2026-07-16 --receipts "$dir/s-$k" --key "$dir/$k" >/dev/null
done
public=$(sed -n 's/^signature \([0-9a-f]*\) .*/\1/p' "$dir/s-key/2026-07-15.receipt")
"$program" govern open -r "$dir/keyed" --at 2026-07-01T10:00:00Z --by ada -m $method --text x --actor ada=administrator --key "$public" >/dev/null
expect "signed with the adopted key" 0 "ok" "$program" govern check -r "$dir/keyed" "$dir/s-key/2026-07-15.receipt"
expect "signed with another" 1 "a key not adopted" "$program" govern check -r "$dir/keyed" "$dir/s-other-key/2026-07-15.receipt"
expect "not signed" 1 "is not signed" "$program" govern check -r "$dir/keyed" "$dir/r/2026-07-15.receipt"

# A new version: window, forward only, two others.
sed 's/^version: 2/version: 3/; s/max_age: 3/max_age: 1/' $method >"$dir/v2.yaml"
sed -i 's/effective_from: .*/effective_from: 2026-08-05/' "$dir/v2.yaml"
echo "impact" >"$dir/impact.html"
expect "no impact report" 3 "report: is needed here" g propose 2026-07-03 methodology --by cyn -m "$dir/v2.yaml" --text "shorter carry"
expect "too short" 1 "shorter than the register's rule" g propose 2026-07-03 methodology --by cyn -m "$dir/v2.yaml" --report "$dir/impact.html" --days 10 --text x
expect "backdated" 1 "forward only" g propose 2026-07-10 methodology --by cyn -m "$dir/v2.yaml" --report "$dir/impact.html" --text x
expect "proposed" 0 "18 2026-07-03" g propose 2026-07-03 methodology --by cyn -m "$dir/v2.yaml" --report "$dir/impact.html" --text "shorter carry"
expect "a comment" 0 "" g comment 2026-07-05 18 --by somebody --text "too short for holidays"
expect "too early" 1 "window is still open" g approve 2026-07-20 18 --by ove
expect "after the window" 0 "1 of 2" g approve 2026-08-02 18 --by ove
expect "adopted" 0 "adopted" g approve 2026-08-03 18 --by cal

# Judgement, complaint, restatement by receipt.
expect "a judgement" 0 "22 2026-08-03" g propose 2026-08-03 judgement --by cyn --receipt "$dir/r/2026-07-22.receipt" --value 2.81 --text "feed of one host late"
expect "a judgement needs its effect" 3 "value: is needed" g propose 2026-08-03 judgement --by cyn --receipt "$dir/r/2026-07-22.receipt" --text x
expect "a complaint" 0 "23 2026-08-03" g complain 2026-08-03 --by zoe --receipt "$dir/r/2026-07-21.receipt" --text "one owner twice"
sed 's/^value 2/value 3/' "$dir/r/2026-07-21.receipt" >"$dir/spoilt"
expect "about no print" 1 "does not verify" g complain 2026-08-03 --by zoe --receipt "$dir/spoilt" --text x
expect "restated without a receipt" 1 "needs the new version" g resolve 2026-08-04 23 --by ove --outcome restated --text x
expect "restated by another date" 1 "is not of the print" g resolve 2026-08-04 23 --by ove --outcome restated --receipt "$dir/r/2026-07-22.receipt" --text x
expect "late" 1 "LATE" g status 2026-09-01
expect "resolved" 0 "" g resolve 2026-08-04 23 --by ove --outcome rejected --text "owners differ"

# A complaint that ends in a restatement: both versions verify, and the ticket names the second.
# shellcheck disable=SC2086
"$program" index run $data -i examples/rentals-late.csv --from 2026-07-08 --to 2026-07-08 --receipts "$dir/late" >/dev/null
cp "$reg" "$dir/late.reg"
l() { # VERB ARGUMENT ...
    verb=$1
    shift
    "$program" govern "$verb" -r "$dir/late.reg" --at 2026-08-05T10:00:00Z "$@"
}
expect "complained of" 0 "date=2026-07-08 version=1" l complain --by zoe --receipt "$dir/late/2026-07-08.receipt" --text "rentals were missing"
expect "the same version is no restatement" 1 "needs the new version" l resolve 25 --by ove --outcome restated --receipt "$dir/late/2026-07-08.receipt" --text x
expect "restated" 0 "version=2 outcome=restated report=$(sed -n 's/^receipt //p' "$dir/late/2026-07-08.2.receipt")" l resolve 25 --by ove --outcome restated --receipt "$dir/late/2026-07-08.2.receipt" --text "late rows came in time"
expect "the register holds" 0 "ok: 26 entries" "$program" govern verify -r "$dir/late.reg"

# Agents: equal, then one receipt changed.
cp -r "$dir/r" "$dir/b"
expect "agents agree" 0 "count=38" g recompute 2026-08-05 "$dir/r" "$dir/b" --by ag1 --agent-a ag1 --agent-b ag2
sed 's/^value 2/value 3/' "$dir/r/2026-07-21.receipt" >"$dir/b/2026-07-21.receipt"
rm "$dir/b/2026-07-22.receipt"
expect "agents differ" 1 ": value" g recompute 2026-08-05 "$dir/r" "$dir/b" --by ag1 --agent-a ag1 --agent-b ag2
expect "it is noted" 0 '"bad":"2"' "$program" govern list -r "$reg" --json

# Review: alarms are an answer.
# shellcheck disable=SC2086
expect "review" 0 "coverage_ppm=" g review 2026-08-06 --by ove $data
# shellcheck disable=SC2086
expect "review with an alarm" 1 "ALARM COVERAGE" g review 2026-08-06 --by ove $data --min-coverage 990000

# Panel: cut-off, attestation, score.
expect "a cut-off" 0 "" g propose 2026-08-06 panellist --by cyn --name pat --cutoff 15:00 --from 2026-08-10 --text "as agreed"
n=$("$program" govern list -r "$reg" --json | tail -n 1 | sed 's/.*"seq":"\([0-9]*\)".*/\1/')
expect "approved" 0 "" g approve 2026-08-06 "$n" --by cal
expect "approved again" 0 "adopted" g approve 2026-08-06 "$n" --by ada
expect "not attested" 1 "never attested" g status 2026-08-06
expect "attested" 0 "" g attest 2026-08-06 --by pat --to 2026-12-31 --text "code of 2026"
python3 - "$dir" <<'PY'
import csv, sys
rows = list(csv.reader(open("examples/rentals-synthetic.csv")))
print(rows[0], file=open(sys.argv[1] + "/head", "w"))
h = rows[0]
first = next(r for r in rows[1:] if r[h.index("kind")] == "trade")
out = [h]
for day, clock, price in (("2026-07-20", "14:00:00", "2.80"), ("2026-07-21", "14:00:00", "2.90"), ("2026-07-22", "15:30:00", "9.00")):
    r = list(first)
    for k, v in {"kind": "panel", "provider": "pat", "price": price, "gpus": "1", "min_gpus": "1"}.items():
        if k in h: r[h.index(k)] = v
    for k in h:
        if k.startswith("t_") or k in ("time", "seen"): r[h.index(k)] = f"{day}T{clock}Z"
        if k.startswith("counter"): r[h.index(k)] = ""
    out.append(r)
csv.writer(open(sys.argv[1] + "/panel.csv", "w"), lineterminator="\n").writerows(out)
PY
# shellcheck disable=SC2086
expect "scored: one of three is late" 0 "count=3 bad=1" g score 2026-08-06 pat --by aud $data -i "$dir/panel.csv"
same "bias and error by other hands" "$("$program" govern list -r "$reg" --json | tail -n 1 | sed 's/.*"bias_ppm":"\([-0-9]*\)".*"rmse_ppm":"\([0-9]*\)".*/\1 \2/')" "$(python3 - "$dir/r" <<'PY'
import math, sys
from fractions import Fraction
errors = []
for day, price in (("2026-07-20", "2.80"), ("2026-07-21", "2.90")):
    value = next(Fraction(l.split()[1]) for l in open(f"{sys.argv[1]}/{day}.receipt") if l.startswith("value "))
    errors.append(round((Fraction(price) - value) / value * 10**6))
print(round(Fraction(sum(errors), 2)), math.isqrt(round(Fraction(sum(e * e for e in errors), 2))))
PY
)"

# Impact: old and new over the same records; the page is the same each time, and the old rules stand.
expect "impact" 0 "37 with both values, 1 only old, 0 only new, 1 at another level" "$program" index impact --old $method --new "$dir/v2.yaml" -i examples/rentals-synthetic.csv -o "$dir/i1.html"
"$program" index impact --old $method --new "$dir/v2.yaml" -i examples/rentals-synthetic.csv --owners specs/owners.yaml -o "$dir/i2.html" >/dev/null
if cmp -s "$dir/i1.html" "$dir/i2.html"; then ok; else bad "two impact pages differ"; fi
"$program" index impact --old $method --new "$dir/v2.yaml" -i examples/rentals-synthetic.csv --json >"$dir/impact.json"
"$program" index run -m $method -i examples/rentals-synthetic.csv --json >"$dir/run.json"
same "the old column is index run" "$(grep '"row":"date"' "$dir/impact.json" | sed 's/.*"old":\("[0-9.]*"\|null\).*/\1/' | tr '\n' ' ')" \
    "$(sed 's/.*"value":\("[0-9.]*"\|null\).*/\1/' "$dir/run.json" | tr '\n' ' ')"
same "fields that differ" "$(grep '"row":"field"' "$dir/impact.json" | sed 's/.*"field":"\([^"]*\)".*/\1/' | tr '\n' ' ')" \
    "version effective_from waterfall.L5.max_age "
same "the month by other hands" "$(grep '"row":"month"' "$dir/impact.json" | sed 's/.*"old":"\([0-9.]*\)".*/\1/')" "$(python3 - "$dir/run.json" <<'PY'
import json, sys
from datetime import date
from fractions import Fraction
v = [Fraction(r["value"]) for r in map(json.loads, open(sys.argv[1])) if r["date"].startswith("2026-07") and date.fromisoformat(r["date"]).weekday() < 5 and r["date"] != "2026-07-03" and r["value"]]
print(f"{round(sum(v) / len(v) * 10**6) / 10**6:.6f}")
PY
)"
expect "another chip" 3 "a new index, not a change of one" "$program" index impact --old $method --new specs/methodology/h200-posted.yaml -i examples/rentals-synthetic.csv

# An extract that is refused half-way leaves no folder behind.
expect "an extract of a basket" 3 "is no GPU benchmark" "$program" index audit -m specs/methodology/token-synthetic.yaml -i examples/token-prices-synthetic.csv -r "$reg" -o "$dir/refused"
same "nothing of it is left" "$(find "$dir" -name 'refused*' | wc -l)" 0

# Statement: what the file says.
expect "statement" 0 "at most 1 scheduled days old" "$program" index statement -m "$dir/v2.yaml"
expect "with its register" 0 "version 3 from 2026-08-05: adopted (entry 18)" "$program" index statement -m "$dir/v2.yaml" -r "$reg"
if "$program" index statement -m specs/methodology/h100-traded.yaml | cmp -s - docs/benchmark-statement.md; then ok; else bad "docs/benchmark-statement.md is not fresh"; fi
for f in specs/methodology/*.yaml; do
    if grep -q "^kind: " "$f"; then continue; fi # a token basket is a record of another kind
    expect "statement of $f" 0 "# Benchmark statement" "$program" index statement -m "$f"
    if grep -q "no words for this estimator" "$dir/out"; then bad "$f: no words"; else ok; fi
done

# Appendix C: the figures by other hands, and what is not known said plainly.
# shellcheck disable=SC2086
expect "pack" 0 "Everything: the records are made up" "$program" index pack $data --contract specs/gpuh-m.yaml -o "$dir/p1.html"
if grep -q "market bears" "$dir/p1.html"; then ok; else bad "pack: the contract's limit is not held against L*"; fi
# shellcheck disable=SC2086
"$program" index pack $data --json >"$dir/pack.json"
same "its figures by other hands" "$(python3 - "$dir/pack.json" <<'PY'
import json, sys
m = next(r for r in map(json.loads, open(sys.argv[1])) if r["row"] == "market")
print(m["records"], m["gpu_hours"], m["turnover_usd"], m["owners"], m["renters"], m["hhi"])
PY
)" "$(python3 - <<'PY'
import csv, re
from collections import Counter
from fractions import Fraction
owner = dict(re.findall(r"provider: ([^,]+), owner: ([^,]+),", open("specs/owners.yaml").read()))
n, size, paid, by, renters = 0, 0, 0, Counter(), set()
for r in csv.DictReader(open("examples/rentals-synthetic.csv")):
    if r["kind"] != "trade" or r["gpu_class"] != "H100" or r["form"] != "SXM" or r["term"] != "on_demand": continue
    if r["region"].split("/")[0] != "US" or r["channel"] not in ("hyperscaler", "neocloud", "marketplace"): continue
    if not re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", r["t_event"]): continue  # the one refused row
    s = Fraction(r["size"]) / 1000
    n, size = n + 1, size + s
    paid += round(Fraction(r["price"]) * s * 10**6)
    by[owner.get(r["provider"], r["provider"])] += s
    if r["counter_owner"]: renters.add(r["counter_owner"])
usd = f"{paid / 10**6:.6f}".rstrip("0")
whole, _, part = usd.partition(".")
hhi = sum(round(v * 10**6 / size) ** 2 for v in by.values())
print(n, f"{float(size):.3f}".rstrip("0").rstrip("."), f"{whole}.{part:0<2}", len(by), len(renters), round(Fraction(hhi, 10**8)))
PY
)"
expect "posted prices have no volume" 0 "What was paid: no executed rental" "$program" index pack -m specs/methodology/h100-posted.yaml -i examples/rentals-synthetic.csv --from 2026-07-01

# The extract for an auditor: the same bytes each time, checked as a whole, and no change passes.
# shellcheck disable=SC2086
expect "audit" 0 "11 receipts" "$program" index audit $data -r "$reg" --from 2026-07-10 --to 2026-07-20 -o "$dir/x1"
# shellcheck disable=SC2086
"$program" index audit $data -r "$reg" --from 2026-07-10 --to 2026-07-20 -o "$dir/x2" >/dev/null
if diff -r "$dir/x1" "$dir/x2" >/dev/null; then ok; else bad "two extracts differ"; fi
same "its files" "$(find "$dir/x1" -type f ! -name '*.receipt' | sed "s,$dir/x1/,," | LC_ALL=C sort | tr '\n' ' ')" \
    "MANIFEST inputs methodology/v2.yaml owners.yaml prints.csv register statement/v2.md "
if (cd "$dir/x1" && sed -n 's/^file \([0-9a-f]*\) /\1  /p' MANIFEST | sha256sum -c --quiet); then ok; else bad "sha256sum"; fi
cp "$reg" "$dir/noted.reg"
# shellcheck disable=SC2086
expect "an extract is noted" 0 "" "$program" index audit $data -r "$dir/noted.reg" --from 2026-07-10 --to 2026-07-20 --by regulator -o "$dir/x3"
if diff -r "$dir/x1" "$dir/x3" >/dev/null; then ok; else bad "a noted extract differs"; fi
expect "in the register" 0 "hash=$(sed -n 's/^manifest //p' "$dir/x1/MANIFEST")" tail -n 1 "$dir/noted.reg"
expect "check" 0 "11 receipts" "$program" index audit --check "$dir/x1"
# shellcheck disable=SC2086
expect "a folder in use" 3 "new or empty" "$program" index audit $data -r "$reg" -o "$dir/x1"
# shellcheck disable=SC2086
expect "a broken register" 3 "chain" "$program" index audit $data -r README.md -o "$dir/x9"
same "nothing is left of it" "$(ls -d "$dir"/x9* 2>/dev/null)" ""
cat >"$dir/spoil.py" <<'PY'
import hashlib, os, shutil, subprocess, sys
program, good, work = sys.argv[1:4]
def check(why, spoil, remake):
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(good, work)
    spoil()
    if remake:  # a forger who can hash: the manifest agrees with the folder
        lines = [l for l in open(work + "/MANIFEST").read().split("\n") if l[:5] not in ("file ", "manif")][:-1]
        names = sorted(os.path.relpath(os.path.join(d, f), work) for d, _, fs in os.walk(work) for f in fs if f != "MANIFEST")
        lines += [f"file {hashlib.sha256(open(work + '/' + n, 'rb').read()).hexdigest()} {n}" for n in names]
        text = "\n".join(lines) + "\n"
        open(work + "/MANIFEST", "w").write(text + f"manifest {hashlib.sha256(text.encode()).hexdigest()}\n")
    got = subprocess.run([program, "index", "audit", "--check", work], capture_output=True, text=True)
    if got.returncode != 1: sys.exit(f"{why}: exit {got.returncode} {got.stdout}{got.stderr}")
def edit(name, a, b):
    path = work + "/" + name
    text = open(path).read()
    assert a in text, name
    open(path, "w").write(text.replace(a, b, 1))
def flip(name):
    path = work + "/" + name
    data = bytearray(open(path, "rb").read())
    data[len(data) // 2] ^= 1
    open(path, "wb").write(data)
names = [os.path.relpath(os.path.join(d, f), good) for d, _, fs in os.walk(good) for f in fs]
for n in names: check("flip " + n, lambda: flip(n), False)
for n in names:
    if n != "MANIFEST": check("remove " + n, lambda: os.remove(work + "/" + n), False)
check("a foreign file", lambda: open(work + "/more", "w").write("x"), False)
receipt = "receipts/v2/2026-07-15.receipt"
check("forged receipt", lambda: edit(receipt, "\nowners ", "\nowners 1"), True)
check("forged rules", lambda: edit("methodology/v2.yaml", "max_age: 3", "max_age: 2"), True)
check("forged register", lambda: edit("register", "cancelled", "Cancelled"), True)
def last_line_out():
    path = work + "/register"
    open(path + "x", "w").writelines(open(path).readlines()[:-1])
    os.replace(path + "x", path)
check("a register without its end", last_line_out, True)
PY
expect "no change passes" 0 "" python3 "$dir/spoil.py" "$program" "$dir/x1" "$dir/spoiled"

# The file: its chain by other hands, a flipped byte, lines taken away, a torn tail.
expect "verify" 0 "ok: " "$program" govern verify -r "$reg"
head=$("$program" govern verify -r "$reg" | sed 's/.*head //')
python3 - "$reg" "$head" <<'PY' && ok || bad "the chain by other hands"
import hashlib, sys
chain = "0" * 64
for line in open(sys.argv[1], "rb").read().split(b"\n")[:-1]:
    body, stated = line.rsplit(b" chain=", 1)
    chain = hashlib.sha256(chain.encode() + b"\n" + body).hexdigest()
    assert chain == stated.decode()
sys.exit(chain != sys.argv[2])
PY
sed '13s/elm/oak/' "$reg" >"$dir/t1"
expect "a changed word" 1 "t1:13: chain:" "$program" govern verify -r "$dir/t1"
expect "nothing is added to it" 3 "t1:13: chain:" "$program" govern access -r "$dir/t1" --by zoe --text x
sed 13d "$reg" >"$dir/t2"
expect "a line out" 1 "t2:13: chain:" "$program" govern verify -r "$dir/t2"
sed '$d' "$reg" >"$dir/t3"
expect "the last line out verifies" 0 "ok" "$program" govern verify -r "$dir/t3"
expect "but not against a head kept elsewhere" 1 "not in this register's chain" "$program" govern verify -r "$dir/t3" --head "$head"
head -c -5 "$reg" >"$dir/t4"
expect "a torn tail" 1 "torn" "$program" govern verify -r "$dir/t4"
expect "the next entry says so" 0 "" "$program" govern access -r "$dir/t4" --by zoe --text "reads on"
expect "and it verifies" 0 "ok" "$program" govern verify -r "$dir/t4"
expect "in words" 0 "a line without its end was cut" "$program" govern list -r "$dir/t4"

# The first day of docs/governance.md, as it is written there.
sed -n '/^```sh/,/^```$/p' docs/governance.md | sed '/^```/d' | sed "s,hedgerow ,$(realpath "$program") ,; s, specs/, $PWD/specs/,g; s, examples/, $PWD/examples/,g" >"$dir/day.sh"
mkdir "$dir/day"
expect "a first day" 0 "review" sh -c "cd '$dir/day' && sh -e ../day.sh"
same "its receipts" "$(find "$dir/day/receipts" -type f | wc -l)" 38

# Usage.
expect "no register named" 2 "--register is needed" "$program" govern list
expect "a bad time" 2 "not RFC 3339" "$program" govern access -r "$reg" --by zoe --at yesterday --text x
expect "a bad act" 2 "no act" "$program" govern propose nonsense -r "$reg" --by cyn
expect "not a register" 3 ":1: chain:" "$program" govern list -r README.md

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
