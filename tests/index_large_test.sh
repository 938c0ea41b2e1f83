#!/bin/sh
# Prints over more records than a receipt lists (65,536): they verify by their log, say so without it, and a
# changed byte of receipt or log is found.
set -u
program=${HEDGEROW_BUILD:?}/hedgerow
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0
expect() { # WHAT CODE WORDS COMMAND ...: exit code, and words that its output holds ("" any)
    what=$1 want=$2 words=$3
    shift 3
    "$@" >"$dir/out" 2>&1 </dev/null
    code=$?
    if [ $code -ne "$want" ]; then
        failed=$((failed + 1)) && echo "FAIL $what: exit $code, wanted $want: $(head -n 2 "$dir/out")"
    elif [ -n "$words" ] && ! grep -qE -- "$words" "$dir/out"; then
        failed=$((failed + 1)) && echo "FAIL $what: no \"$words\" in: $(head -n 2 "$dir/out")"
    else passed=$((passed + 1)); fi
}

# N made-up rentals in the window of 2026-06-25 and 2,000 in that of the day before.
cat >"$dir/make.py" <<'PY'
import datetime, random, sys
n, out = int(sys.argv[1]), open(sys.argv[2], "w")
r, names = random.Random(n), ["oak", "elm", "ash", "fir", "yew", "bay", "box", "may"]
out.write("t_event,source,kind,channel,provider,counter_owner,gpu_class,form,region,term,gpus,duration_s,"
          "price,raw_unit,size,ccy,rights,key,quality\n")
for day, count in ((23, 2000), (24, n)):
    at = datetime.datetime(2026, 6, day, 16)
    for i in range(count):
        t = at + datetime.timedelta(seconds=86399 * i // count)
        price = 2.8 + r.uniform(-0.15, 0.15)
        out.write(f"{t:%Y-%m-%dT%H:%M:%SZ},syn-tape,trade,neocloud,big-{r.choice(names)},lab-{r.randrange(40)},"
                  f"H100,SXM,US/east,on_demand,{r.choice((1, 2, 4, 8))},{r.randrange(3600, 90000)},{price:.4f},"
                  f"gpu_hour,{r.randrange(500, 90000)},USD,open,k{r.randrange(50)},synthetic\n")
PY
{
    echo "registry: made-up"
    echo "version: 1"
    echo "owners:"
    for name in oak elm ash fir yew bay box may; do
        echo "  - {provider: big-$name, owner: $name, from: 2026-01-01, share_ppm: 1000000, evidence: made up, approver: a}"
    done
} >"$dir/owners.yaml"
sed 's/^effective_from: .*/effective_from: 2026-06-23/' specs/methodology/h100-synthetic.yaml >"$dir/m.yaml"

one_size() { # RECORDS
    receipt=$dir/r$1/2026-06-25.receipt log=$dir/$1.obs
    python3 "$dir/make.py" "$1" "$dir/$1.csv"
    expect "$1: import" 0 "" "$program" feed import --format generic "$dir/$1.csv" -o "$log"
    expect "$1: run" 0 "3 printed|2026-06-25  *PRINTED" "$program" index run -m "$dir/m.yaml" -i "$log" \
        --owners "$dir/owners.yaml" --from 2026-06-25 --to 2026-06-25 --receipts "$dir/r$1"
    expect "$1: by the log" 0 "ok: PRINTED" "$program" index verify "$receipt" -i "$log" --owners "$dir/owners.yaml"
    expect "$1: by the CSV" 0 "ok: PRINTED" "$program" index verify "$receipt" -i "$dir/$1.csv" --owners "$dir/owners.yaml"
    expect "$1: without a log" 1 "65,?536" "$program" index verify "$receipt"
    head -c 32 /dev/zero | od -v -An -tx1 | tr -d ' \n' >"$dir/key"
    expect "$1: signed" 0 "" "$program" index run -m "$dir/m.yaml" -i "$log" --owners "$dir/owners.yaml" \
        --from 2026-06-25 --to 2026-06-25 --receipts "$dir/s$1" --key "$dir/key"
    expect "$1: the signed one" 0 "ok: PRINTED.*signed" "$program" index verify "$dir/s$1/2026-06-25.receipt" -i "$log" --owners "$dir/owners.yaml"
    sed 's/^volume .*/volume 1/' "$receipt" >"$dir/spoilt"
    expect "$1: a changed value" 1 "spoilt:[0-9]+: volume: DIFFERS" "$program" index verify "$dir/spoilt" -i "$log" --owners "$dir/owners.yaml"
    python3 - "$receipt" "$dir/spoilt" <<'PY'
import sys
rows = open(sys.argv[1]).read().split("\n")
at = [i for i, row in enumerate(rows) if row.startswith("page ")][3]
rows[at] = rows[at][:-1] + ("0" if rows[at][-1] != "0" else "1")
open(sys.argv[2], "w").write("\n".join(rows))
print(at + 1, file=open(sys.argv[2] + ".line", "w"))
PY
    expect "$1: a changed page" 1 "spoilt:$(cat "$dir/spoilt.line"): page: DIFFERS" "$program" index verify "$dir/spoilt" -i "$log" --owners "$dir/owners.yaml"
    python3 - "$log" "$dir/spoilt.obs" <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[len(b) // 2] ^= 1
open(sys.argv[2], "wb").write(b)
PY
    expect "$1: a damaged log" 3 "damaged" "$program" index verify "$receipt" -i "$dir/spoilt.obs" --owners "$dir/owners.yaml"
    awk -F, -v OFS=, 'NR == 40000 { $13 = $13 + 0.0001 } { print }' "$dir/$1.csv" >"$dir/spoilt.csv"
    expect "$1: another price in the log" 1 "receipt:[0-9]+: [a-z_]+: DIFFERS: the log gives" "$program" index verify "$receipt" -i "$dir/spoilt.csv" --owners "$dir/owners.yaml"
}

one_size 70000
one_size 100000
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
