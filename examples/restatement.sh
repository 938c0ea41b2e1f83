#!/bin/sh
# A restatement after publication: a new version, the settlement unchanged, both shown.
# Made-up rentals: on 8 July 2026 six are recorded at 3.28; after the print their source corrects them to
# 2.828 (rentals-late.csv). Run from the top of the tree: sh examples/restatement.sh [HEDGEROW]
# Ends with 0 if what the headings say is so.
set -eu
hedgerow=${1:-hedgerow}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
rules=specs/methodology/h100-synthetic.yaml owners=specs/owners.yaml
on_time=examples/rentals-synthetic.csv late=examples/rentals-late.csv
head -n 7 $late >"$room/uncorrected.csv"

echo "1. The benchmark publishes two versions of the date, each with a receipt that verifies."
"$hedgerow" index run -m $rules --owners $owners -i $on_time -i $late \
    --from 2026-07-08 --to 2026-07-08 --receipts "$room/receipts"
"$hedgerow" index verify "$room/receipts/2026-07-08.receipt" "$room/receipts/2026-07-08.2.receipt"

echo
echo "2. The contract settles on the first: a market that saw the correction and one that did not end alike."
for which in "$room/uncorrected.csv" $late; do
    "$hedgerow" demo --headless --seed 7 --month 2026-07 --data "$room/market" \
        --observations $on_time --observations "$which" >"$room/said"
    grep -E '^Final settlement|was restated' "$room/said"
    sed -n 's/.*"final_settlement":\({[^}]*}\).*/\1/p' "$room/said" >>"$room/finals"
    [ "$which" = $late ] || rm -rf "$room/market"
done
[ "$(sort -u "$room/finals" | wc -l)" -eq 1 ]

echo
echo "3. Both versions stand in the journal, and it replays to the market's hash."
"$hedgerow" journal export "$room/market" --json | grep '"INDEX_PRINT"' | grep '"value_date":"2026-07-08"' >"$room/versions"
sed 's/.*"version":"*\([0-9]*\)"*,.*"value":"\([0-9.]*\)".*/version \1: \2/' "$room/versions"
[ "$(wc -l <"$room/versions")" -eq 2 ]
told=$(sed -n 's/.*"state_hash":"\([0-9a-f]*\)".*/\1/p' "$room/said")
"$hedgerow" journal hash "$room/market" --json | grep -q "$told"
echo "replayed to $told"
