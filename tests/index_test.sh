#!/bin/sh
# hedgerow index and feed as a user runs them: prints, receipts, what is refused and what is left behind.
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
        bad "$what: no \"$words\" in: $(head -n 2 "$dir/out")"
    else ok; fi
}
same() { if [ "$2" = "$3" ]; then ok; else bad "$1: $2, wanted $3"; fi; }
synthetic="-m specs/methodology/h100-synthetic.yaml -i examples/rentals-synthetic.csv"

# The shipped set is what its generator writes.
if tools/make_observations.py | cmp -s - examples/rentals-synthetic.csv; then ok; else bad "examples/rentals-synthetic.csv is not what tools/make_observations.py writes"; fi

# One line a scheduled date; a status for each; the carried days where the outage is.
# shellcheck disable=SC2086 -- words
expect "run" 0 "36 printed, 2 carried, 0 without a print" "$program" index run $synthetic --receipts "$dir/r"
same "receipts" "$(find "$dir/r" -type f | wc -l)" 38
same "only receipts" "$(find "$dir/r" ! -name '*.receipt' | wc -l)" 1
# shellcheck disable=SC2086
"$program" index run $synthetic --json --from 2026-07-26 --to 2026-07-28 >"$dir/json"
same "json keys" "$(head -n 1 "$dir/json" | sed 's/[^"{},:]*//' | grep -oE '"[a-z0-9]+":' | tr -d '":' | tr '\n' ' ')" \
    "date value status level label reason entities volume p1 p25 p50 p75 p99 version receipt "
same "json statuses" "$(grep -oE '"status":"[A-Z_]+"' "$dir/json" | tr '\n' ' ')" \
    '"status":"CARRIED" "status":"CARRIED" "status":"PRINTED" '
sed 's/^method   id: pvwm/method   id: newest/' "$dir/r/2026-07-21.receipt" >"$dir/unknown"
if tests/index_reference.py "$dir/unknown" >"$dir/reference"; then bad "the reference guesses an estimator"; else ok; fi
same "the reference says what it does not know" "$(grep -c 'Unknown estimator newest' "$dir/reference")" 1
same "label" "$(grep -c '"label":"synthetic"' "$dir/json")" 3
same "a receipt does not know --from" "$(grep -o '"receipt":"[0-9a-f]*"' "$dir/json" | head -n 1)" \
    "\"receipt\":\"$(sed -n 's/^receipt //p' "$dir/r/2026-07-26.receipt")\""

# A unit value, and the weights of an order book: those in the files are what the command writes.
expect "usage" 0 "36 printed, 1 carried, 1 without a print" "$program" index run -m specs/methodology/h100-synthetic-usage.yaml \
    -i examples/rentals-synthetic.csv --receipts "$dir/u"
expect "a first day without usage" 0 "why_l1 NO_USAGE" cat "$dir/u/2026-06-24.receipt"
expect "usage verifies" 0 "ok: PRINTED" "$program" index verify "$dir"/u/*.receipt
if tests/index_reference.py "$dir"/u/*.receipt >"$dir/reference"; then ok; else bad "reference: $(grep FAIL "$dir/reference" | head -n 2)"; fi
"$program" index decay --steps 32 | tr -d ' \n' >"$dir/decay"
for m in h100-traded h100-synthetic h100-posted-rti; do
    same "decay of $m" "$(sed -n '/decay_1e18/,/\]/p' specs/methodology/$m.yaml | tr -d ' \n')" "$(cat "$dir/decay")"
done
expect "decay of one step" 0 '{"share_ppm":"1000000","decay_1e18":["367879441171442322"]}' "$program" index decay --share 1000000 --steps 1 --json
expect "too many steps" 2 "--steps" "$program" index decay --steps 129
expect "weights that vanish" 2 "--share" "$program" index decay --share 99999

expect "made-up rentals make no traded price" 0 "0 printed, 0 carried, 38 without a print" "$program" index run \
    -m specs/methodology/h100-traded.yaml -i examples/rentals-synthetic.csv

# Receipts verify alone, from a log, and against a reference that shares no code.
expect "verify" 0 "ok: CARRIED" "$program" index verify "$dir"/r/*.receipt
expect "verify from elsewhere" 0 "" sh -c "cd / && '$(realpath "$program")' index verify '$dir/r/2026-07-31.receipt'"
expect "import" 0 "refused 1" "$program" feed import --format generic examples/rentals-synthetic.csv -o "$dir/log.obs"
expect "verify by the log" 0 "ok: PRINTED" "$program" index verify "$dir/r/2026-07-31.receipt" -i "$dir/log.obs"
expect "explain" 0 "syn-oak-holding" "$program" index explain "$dir/r/2026-07-21.receipt"
if tests/index_reference.py "$dir"/r/*.receipt >"$dir/reference"; then ok; else bad "reference: $(grep FAIL "$dir/reference" | head -n 2)"; fi

# The value between prints: at the window's end that of the print, and the mean of the medians it explains.
# shellcheck disable=SC2086
expect "watch" 0 "before rounding: 2.7193" "$program" index watch $synthetic -d 2026-06-30 --every 20
same "watch ends with the print" "$(tail -n 2 "$dir/out" | head -n 1 | awk '{print $2, $3, $4, $5, $7}')" "PRINTED L1 2.7193 12 170"
"$program" index explain "$dir/r/2026-06-30.receipt" >"$dir/steps"
same "as the print explains it" "$(awk '/^before rounding/ { u = $3 } /valid partition [0-9]/ { n++; sum += $NF } END { d = u - sum / n; print n, (d < 1e-6 && d > -1e-6) }' "$dir/out" "$dir/steps")" "23 1"
# shellcheck disable=SC2086
"$program" index watch $synthetic -d 2026-06-30 --json >"$dir/watch"
same "watch --json" "$(python3 -c "
import json, sys
rows = [json.loads(row) for row in open(sys.argv[1])]
at = [row['at'] for row in rows]
print(at == sorted(at), len(rows) > 150, rows[-1]['value'], rows[-1]['unrounded'][:6])" "$dir/watch")" "True True 2.7193 2.7193"
# shellcheck disable=SC2086
"$program" index watch $synthetic -d 2026-07-26 --json >"$dir/watch"
same "watch in the outage" "$(tail -n 1 "$dir/watch" | grep -c '"status":"CARRIED","level":"L5"')" 1
# Any change of a digit: exit 1. Every digit of one receipt, the signature's too.
head -c 32 /dev/zero | od -v -An -tx1 | tr -d ' \n' >"$dir/key"
# shellcheck disable=SC2086
expect "signed" 0 "" "$program" index run $synthetic --from 2026-06-24 --to 2026-06-25 --receipts "$dir/s" --key "$dir/key"
expect "verify signed" 0 "signed" "$program" index verify "$dir/s/2026-06-25.receipt"
cat >"$dir/spoil.py" <<'EOF'
import subprocess, sys
program, path, spoiled = sys.argv[1:4]
good = open(path, "rb").read()
digits = [i for i, c in enumerate(good) if 48 <= c <= 57]
lines = good.split(b"\n")
sign = good.index(b"\nsignature ") + 1
picked = digits[::max(1, len(digits) // 60)] + [i for i in digits if i >= sign][::9] + list(range(sign, len(good), 23))
for i in picked:
    text = bytearray(good)
    text[i] = 48 + (text[i] - 48 + 1) % 10 if 48 <= text[i] <= 57 else text[i] ^ 1
    open(spoiled, "wb").write(text)
    if subprocess.run([program, "index", "verify", spoiled], capture_output=True).returncode != 1:
        sys.exit(f"byte {i}: {bytes(text[max(0, i - 20):i + 20])!r} verifies")
EOF
expect "spoilt digits" 0 "" python3 "$dir/spoil.py" "$program" "$dir/s/2026-06-25.receipt" "$dir/spoilt"
sed 's/^value 2/value 3/' "$dir/r/2026-07-31.receipt" >"$dir/spoilt"
expect "a changed value" 1 "value: DIFFERS" "$program" index verify "$dir/spoilt"
sed '0,/2026-07-31T0/s/2026-07-31T0/2026-07-31T1/' "$dir/r/2026-07-31.receipt" >"$dir/spoilt"
expect "explain a changed one" 1 "does not verify" "$program" index explain "$dir/spoilt"
expect "not a receipt" 1 "not a receipt" "$program" index verify examples/rentals-synthetic.csv

# Bad input: exit 3, one sentence, nothing left behind.
# shellcheck disable=SC2086
expect "a folder with something else" 3 "is no receipt of the dates asked for" "$program" index run $synthetic --receipts "$dir"
sed 's/^label:.*/label: synthetic\ncolour: red/' specs/methodology/h100-synthetic.yaml >"$dir/m.yaml"
line=$(grep -n colour "$dir/m.yaml" | cut -d: -f1)
expect "an unknown key" 3 "$dir/m.yaml:$line: colour: unknown key" "$program" index run -m "$dir/m.yaml" --owners specs/owners.yaml -i examples/rentals-synthetic.csv
sed '/^effective_from/d' specs/methodology/h100-synthetic.yaml >"$dir/m.yaml"
expect "no effective_from" 3 "effective_from: missing" "$program" index run -m "$dir/m.yaml" --owners specs/owners.yaml -i examples/rentals-synthetic.csv
sed 's/  L5:.*/  L3: {spread_ppm: 50000}/' specs/methodology/h100-synthetic-usage.yaml >"$dir/m.yaml"
expect "L3 without a book" 3 "rti.decay_1e18: missing" "$program" index run -m "$dir/m.yaml" --owners specs/owners.yaml -i examples/rentals-synthetic.csv
printf 'a,b\n1,2\n' >"$dir/x.csv"
expect "an unknown column" 3 "$dir/x.csv:1: a: unknown column" "$program" feed import --format generic "$dir/x.csv" -o "$dir/x.obs"
if [ -e "$dir/x.obs" ]; then bad "a log was left behind"; else ok; fi
expect "a damaged log" 3 "damaged" sh -c "head -c 5000 '$dir/log.obs' >'$dir/cut.obs'; '$program' index run -m specs/methodology/h100-synthetic.yaml -i '$dir/cut.obs'"
# shellcheck disable=SC2086
expect "before the rules" 3 "before the methodology" "$program" index run $synthetic --from 2020-01-01
# shellcheck disable=SC2086
expect "not yet published" 1 "NOT_PUBLISHED" "$program" index run $synthetic --as-of 2026-07-10T16:00:59Z --to 2026-07-10
# shellcheck disable=SC2086
expect "published" 0 "2026-07-10" "$program" index run $synthetic --as-of 2026-07-10T16:01:00Z --to 2026-07-10
expect "no such file" 3 "" "$program" index run -m specs/methodology/h100-synthetic.yaml -i "$dir/none.csv"

# What was seen up to a time gives the prints up to it: later rows change nothing.
head -n 2000 examples/rentals-synthetic.csv >"$dir/early.csv"
# shellcheck disable=SC2086
"$program" index run $synthetic --to 2026-06-30 --csv >"$dir/all"
"$program" index run -m specs/methodology/h100-synthetic.yaml -i "$dir/early.csv" --to 2026-06-30 --csv >"$dir/early"
same "no future data" "$(cut -d, -f1-14 "$dir/all" | sha256sum)" "$(cut -d, -f1-14 "$dir/early" | sha256sum)"

# Records that come after the print: a second version beside the first, which stays as it was byte for byte.
late="$synthetic -i examples/rentals-late.csv"
# shellcheck disable=SC2086
expect "a restatement" 0 "1 of 38 dates restated; largest revision 1.3485 % of the first print" "$program" index run $late --receipts "$dir/late"
# shellcheck disable=SC2086
expect "what came too late" 0 "1 late records came after the restatement window" "$program" index run $late
expect "both verify alone" 0 "ok: PRINTED 2.7800" "$program" index verify "$dir/late/2026-07-08.receipt" "$dir/late/2026-07-08.2.receipt"
# shellcheck disable=SC2086
expect "and against the log" 0 "2.7800" "$program" index verify "$dir/late/2026-07-08.2.receipt" $(echo "$late" | sed 's/-m [^ ]*//')
expect "explained as a version" 0 "Version 2, published 2026-07-08T19:01:00" "$program" index explain "$dir/late/2026-07-08.2.receipt"
head -n 7 examples/rentals-late.csv >"$dir/wrong.csv"
# shellcheck disable=SC2086
"$program" index run $synthetic -i "$dir/wrong.csv" --vintages first --csv | cut -d, -f1-14 >"$dir/first"
# shellcheck disable=SC2086
"$program" index run $late --vintages first --csv | cut -d, -f1-14 >"$dir/first2"
same "first prints" "$(head -n 16 "$dir/first")" "$(head -n 16 "$dir/first2")"
# shellcheck disable=SC2086
expect "as of before" 0 "2.8180" "$program" index run $late --from 2026-07-08 --to 2026-07-08 --as-of 2026-07-08T19:00:59Z
# shellcheck disable=SC2086
expect "as of after" 0 "2.7800" "$program" index run $late --from 2026-07-08 --to 2026-07-08 --as-of 2026-07-08T19:01:00Z
# shellcheck disable=SC2086
expect "versions chosen wrongly" 2 "all, first or last" "$program" index run $late --vintages newest
# shellcheck disable=SC2086
expect "a smaller folder" 0 "" "$program" index run $late --vintages first --receipts "$dir/late"
same "no version left of the last run" "$(find "$dir/late" -name '*.2.receipt' | wc -l)" 0

# A new version of the rules takes over on its date; a trial over the past has another id.
sed 's/^version: 2/version: 3/; s/^effective_from:.*/effective_from: 2026-07-15/; s/decimals: 4/decimals: 2/' \
    specs/methodology/h100-synthetic.yaml >"$dir/v2.yaml"
# shellcheck disable=SC2086
expect "two versions" 0 "" "$program" index run $synthetic -m "$dir/v2.yaml" --owners specs/owners.yaml --csv --receipts "$dir/v"
same "the past stays" "$(head -n 22 "$dir/out" | sha256sum)" "$("$program" index run $synthetic --csv | head -n 22 | sha256sum)"
expect "the new one verifies" 0 "ok" "$program" index verify "$dir/v/2026-07-15.receipt"
same "its version" "$(grep -h ^method_version "$dir/v/2026-07-14.receipt" "$dir/v/2026-07-15.receipt" | tr '\n' ' ')" "method_version 2 method_version 3 "
log="-i examples/rentals-synthetic.csv --owners specs/owners.yaml"
v1=specs/methodology/h100-synthetic.yaml
# shellcheck disable=SC2086
expect "from the log, with both versions" 0 "ok" "$program" index verify "$dir/v/2026-07-15.receipt" "$dir/v/2026-07-14.receipt" $log -m $v1 -m "$dir/v2.yaml"
# shellcheck disable=SC2086
expect "from the log, with its own rules alone" 1 "give the versions before it with -m" "$program" index verify "$dir/v/2026-07-15.receipt" $log
# shellcheck disable=SC2086
expect "from the log, under other rules" 3 "none of the versions given" "$program" index verify "$dir/v/2026-07-15.receipt" $log -m $v1
expect "rules without a log" 2 "goes with -i" "$program" index verify "$dir/v/2026-07-15.receipt" -m $v1
sed -i 's/^version: 3/version: 4/' "$dir/v2.yaml"
# shellcheck disable=SC2086
expect "a version left out" 3 "does not follow" "$program" index run $synthetic -m "$dir/v2.yaml" --owners specs/owners.yaml
expect "a trial" 0 "TRIAL-H100" "$program" index run -m "$dir/v2.yaml" --owners specs/owners.yaml -i examples/rentals-synthetic.csv --shadow TRIAL-H100 --from 2026-07-01
expect "not under its own id" 3 "own id" "$program" index run -m "$dir/v2.yaml" --owners specs/owners.yaml -i examples/rentals-synthetic.csv --shadow HDG-H100-OD-US --from 2026-07-01

# The real table, when it is there: one status a date, every receipt verifies, nobody else's arithmetic differs.
data=${HEDGEROW_SHARED:-../shared}/data/gpu_offers.csv
if [ -r "$data" ]; then
    expect "the posted index" 0 "43 printed, 0 carried, 0 without a print" "$program" index run \
        -m specs/methodology/h100-posted.yaml -i "$data" --from 2026-07-11 --to 2026-08-22 --receipts "$dir/p"
    same "one receipt a date" "$(find "$dir/p" -name '*.receipt' | wc -l)" 43
    expect "they verify" 0 "" "$program" index verify "$dir"/p/*.receipt
    expect "winsorised" 0 "43 printed" "$program" index run -m specs/methodology/h100-posted-winsor.yaml -i "$data" \
        --from 2026-07-11 --to 2026-08-22 --receipts "$dir/w"
    for m in pvwm provmean iqm trail cap2med; do
        expect "$m" 0 "" "$program" index run -m specs/methodology/h100-posted-$m.yaml -i "$data" \
            --from 2026-07-11 --to 2026-08-22 --receipts "$dir/w/$m"
    done
    if tests/index_reference.py "$dir"/p/*.receipt "$dir"/w/*.receipt "$dir"/w/*/*.receipt >"$dir/reference"; then ok; else bad "reference: $(grep FAIL "$dir/reference" | head -n 2)"; fi
    same "prints that the reference computed" "$(tail -n 1 "$dir/reference")" "301 passed, 0 failed"
else
    echo "the real table: skipped: no shared data"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
