#!/bin/sh
# hedgerow index over a token basket, as a user runs it: prints, receipts, what is refused; another's arithmetic.
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
method=specs/methodology/token-synthetic.yaml prices=examples/token-prices-synthetic.csv

if tools/make_token_prices.py | cmp -s - $prices; then ok; else bad "$prices is not what tools/make_token_prices.py writes"; fi

# One line a date, a receipt a date; each verifies alone, one of them from the log too.
expect "run" 0 "181 printed, 0 carried, 0 without a print, 1 links" "$program" index run -m $method -i $prices \
    --to 2026-06-30 --receipts "$dir/r"
same "receipts" "$(find "$dir/r" -name '*.receipt' | wc -l)" 181
same "only receipts" "$(find "$dir/r" ! -name '*.receipt' | wc -l)" 1
expect "they verify" 0 "" "$program" index verify "$dir"/r/*.receipt
expect "from the log" 0 "ok: PRINTED" "$program" index verify "$dir/r/2026-06-30.receipt" -i $prices
expect "explained" 0 "under the new 83.653189: no jump" "$program" index explain "$dir/r/2026-04-01.receipt"
expect "the successor" 0 "succeeds breeze-1 at factor 1.250000" "$program" index explain "$dir/r/2026-05-12.receipt"
expect "retired without one" 0 "left" "$program" index explain "$dir/r/2026-02-23.receipt"
sed 's/^value 83/value 84/' "$dir/r/2026-04-01.receipt" >"$dir/forged"
expect "forged" 1 "value: DIFFERS" "$program" index verify "$dir/forged"
expect "explained, forged" 1 "does not verify" "$program" index explain "$dir/forged"
expect "json" 0 '"unit_value":' "$program" index run -m $method -i $prices --from 2026-04-01 --to 2026-04-01 --json
expect "as of before" 1 "NOT_PUBLISHED" "$program" index run -m $method -i $prices --from 2026-04-01 --to 2026-04-01 \
    --as-of 2026-04-01

# What a basket does not have is refused in one sentence, not passed over.
expect "versions" 2 "a token basket restates no date" "$program" index run -m $method -i $prices --vintages first
expect "owners" 2 "counts providers, not owners" "$program" index run -m $method -i $prices --owners specs/owners.yaml
expect "two versions of rules" 2 "a token_basket takes one -m and no --shadow" "$program" index run -m $method -m $method -i $prices
for verb in statement stress report pack; do
    set -- -i $prices -o "$dir/none"
    if [ $verb = statement ]; then set -- -o "$dir/none"; fi
    if [ $verb = stress ]; then set -- -i $prices; fi
    expect "$verb" 3 "token-synthetic.yaml:2: kind: a token_basket is no GPU benchmark" "$program" index $verb -m $method "$@"
done
expect "impact" 3 "a token_basket is no GPU benchmark" "$program" index impact --old $method --new $method -i $prices
same "none of them writes" "$(find "$dir" -name none | wc -l)" 0
expect "a date that is none" 2 " --to 2026-02-30: not a date" "$program" index run -m $method -i $prices --to 2026-02-30

# Signed.
printf '%064d\n' 7 >"$dir/key"
expect "signed" 0 "" "$program" index run -m $method -i $prices --from 2026-01-01 --to 2026-01-02 --receipts "$dir/s" \
    --key "$dir/key"
expect "verifies" 0 ", signed" "$program" index verify "$dir/s/2026-01-02.receipt"
sed '$ s/0/1/' "$dir/s/2026-01-02.receipt" >"$dir/forged"
expect "another signature" 1 "signature" "$program" index verify "$dir/forged"

# Rules that are none are refused by line.
sed 's/ppm: 250000, basis/ppm: 190000, basis/' $method >"$dir/m.yaml"
expect "a cap that can not be kept" 3 "shares: CAP_INFEASIBLE" "$program" index run -m "$dir/m.yaml" -i $prices
sed 's/overlap_days: 98/overlap_days: 12/' $method >"$dir/m.yaml"
expect "a short overlap" 3 "fewer days of overlap" "$program" index run -m "$dir/m.yaml" -i $prices
sed 's/quantity_ppm: 150000/quantity_ppm: 150001/' $method >"$dir/m.yaml"
expect "shares that do not sum" 3 "m.yaml:" "$program" index run -m "$dir/m.yaml" -i $prices
same "nothing left behind" "$(find "$dir" -name '*.partial' | wc -l)" 0

# Nobody else's arithmetic differs.
"$program" index run -m $method -i $prices --to 2026-06-30 --csv >"$dir/prints.csv"
expect "reference" 0 "181 passed, 0 failed, 1 links without a jump" tests/token_reference.py $method $prices "$dir/prints.csv"

# Generations: a factor and links from prints, a spliced series, what is too thin.
"$program" index run -m specs/methodology/h100-synthetic.yaml -i examples/rentals-synthetic.csv --csv >"$dir/a.csv"
"$program" index run -m specs/methodology/h100-synthetic-winsor.yaml -i examples/rentals-synthetic.csv --csv >"$dir/b.csv"
expect "too few days" 1 "60 are needed" "$program" index factors --reference A="$dir/a.csv" --series B="$dir/b.csv"
expect "a factor" 0 "factor_ppm: " "$program" index factors --reference A="$dir/a.csv" --series B="$dir/b.csv" \
    --min-days 20 --to 2026-07-20 --roll 2026-07-21 -o "$dir/report"
part=$(grep '^  -' "$dir/out")
same "the report's hash" "$(sha256sum "$dir/report" | cut -d' ' -f1)" "$(echo "$part" | sed 's/.*report: //; s/}//')"
splice() { # JOIN STANDING
    printf 'kind: splice\nindex: EQ\nversion: 1\neffective_from: 2026-06-24\nlabel: synthetic\nstanding: %s\n' "$2"
    printf 'measures: "x"\nreference: A\njoin: %s\npublish: {decimals: 4, round: HALF_EVEN}\nparts:\n' "$1"
    printf '  - {series: A, from: 2026-06-24, factor_ppm: 1000000}\n%s\n' "$part"
}
splice FACTOR shadow >"$dir/m.yaml"
expect "a spliced series" 0 "ROLL" "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv" -i B="$dir/b.csv"
expect "prints missing" 3 "no prints of B" "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv"
splice LINK_DAY shadow >"$dir/m.yaml"
expect "chain-linked" 0 "ROLL  0.00 %" "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv" -i B="$dir/b.csv"
expect "json" 0 '"seam_ppm":"0"' "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv" -i B="$dir/b.csv" --json
splice FACTOR official >"$dir/m.yaml"
expect "an official roll needs more" 3 "a roll needs overlap_from" "$program" index run -m "$dir/m.yaml" \
    -i A="$dir/a.csv" -i B="$dir/b.csv"
expect "one series twice" 3 "A is given twice" "$program" index factors --reference A="$dir/a.csv" --series A="$dir/b.csv" --min-days 20
expect "twice among the links" 3 "A is given twice" "$program" index links -i A="$dir/a.csv" -i A="$dir/a.csv"
expect "a series that is no name" 3 "series: not one word" "$program" index links -i "A B=$dir/a.csv"
# A carried day makes no link: the roll waits for the next day that both printed.
splice LINK_DAY shadow | sed 's/2026-07-21/2026-07-26/' >"$dir/m.yaml"
same "A carries the day of the roll" "$(grep -c '^2026-07-26,.*,CARRIED' "$dir/a.csv")" 1
expect "the roll waits" 0 "ROLL" "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv" -i B="$dir/b.csv"
same "for both" "$(sed -n 's/^\(2026-07-..\) .*ROLL.*/\1/p' "$dir/out")" 2026-07-28
# Its receipts verify alone, and from the prints; no byte of one can change.
for join in FACTOR LINK_DAY; do
    splice $join shadow >"$dir/m.yaml"
    "$program" index run -m "$dir/m.yaml" -i A="$dir/a.csv" -i B="$dir/b.csv" --receipts "$dir/$join" --key "$dir/key" --csv >"$dir/s.csv"
    same "$join: a receipt a date" "$(find "$dir/$join" -name '*.receipt' | wc -l)" 38
    expect "$join: they verify" 0 ", signed" "$program" index verify "$dir/$join"/*.receipt
    expect "$join: by the prints" 0 "ok: PRINTED" "$program" index verify "$dir/$join/2026-07-28.receipt" -i A="$dir/a.csv" -i B="$dir/b.csv"
    same "$join: the row names it" "$(sed -n 's/^2026-07-28.*,//p' "$dir/s.csv")" "$(sed -n 's/^receipt //p' "$dir/$join/2026-07-28.receipt")"
    expect "$join: explained" 0 "Part in force: B" "$program" index explain "$dir/$join/2026-07-28.receipt"
    expect "$join: other prints" 1 "the prints given make another" "$program" index verify "$dir/$join/2026-07-28.receipt" -i A="$dir/b.csv" -i B="$dir/a.csv"
done
python3 - "$program" "$dir/LINK_DAY/2026-07-28.receipt" "$dir/spoilt" <<'PY'
import random, subprocess, sys
program, path, to = sys.argv[1:]
text, r, bad = open(path, "rb").read(), random.Random(1), 0
cases = [text[:n] for n in (0, 1, 26, 200, len(text) - 1)] + [text + b"x\n", text + text]
while len(cases) < 80:
    i = r.randrange(len(text))
    c = r.choice(b" \n0123456789abz~")
    if text[i] != c: cases.append(text[:i] + bytes([c]) + text[i + 1:])
for n, case in enumerate(cases):
    open(to, "wb").write(case)
    if subprocess.run([program, "index", "verify", to], capture_output=True).returncode != 1: print("FAIL verifies, spoilt:", n); bad += 1
sys.exit(bad > 0)
PY
same "eighty spoilt receipts, none verifies" $? 0
expect "links" 0 "drift_ppm" "$program" index links -i A="$dir/a.csv" -i B="$dir/b.csv" --every 7
same "their YAML" "$(grep -c '  - {from: .*, link_ppb: ' "$dir/out")" 5
expect "no prints" 3 "column missing" "$program" index links -i A=examples/rentals-synthetic.csv

# The real list, when it is there: 23 months, eight baskets, models retired and added.
data=${HEDGEROW_SHARED:-../shared}/data/token_prices.csv
if [ -r "$data" ]; then
    real=specs/methodology/token-basket.yaml
    expect "import" 0 "refused 0" "$program" feed import --format token_prices "$data" -o "$dir/t.obs"
    expect "the real basket" 0 "701 printed, 0 carried, 0 without a print, 7 links" "$program" index run -m $real \
        -i "$dir/t.obs" --to 2026-08-22
    "$program" index run -m $real -i "$data" --to 2026-08-22 --csv --receipts "$dir/t" >"$dir/prints.csv"
    expect "they verify" 0 "" "$program" index verify "$dir"/t/2025-*.receipt
    expect "reference" 0 "701 passed, 0 failed, 7 links without a jump" tests/token_reference.py $real "$data" \
        "$dir/prints.csv"
else
    echo "the real list: skipped: no shared data"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
