#!/bin/sh
# hedgerow index compare: its figures against a second computation, and what it says of inputs that do not compare.
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

# Methods over the shipped month: as shipped, one partition, capped harder, winsorised, without a fallback.
mkdir -p "$dir/specs/methodology"
cp specs/owners.yaml "$dir/specs/"
m="$dir/specs/methodology"
cp specs/methodology/h100-synthetic.yaml "$m/shipped.yaml"
made() { # NAME SED: a change of the shipped one
    sed "$2" "$m/shipped.yaml" >"$m/$1.yaml"
    if cmp -s "$m/shipped.yaml" "$m/$1.yaml"; then bad "$1.yaml changes nothing"; fi
}
made whole 's/partitions: 24}/partitions: 1}/; s/partitions: 12/partitions: 1/; s/, min_owners_partition: 3, merge: FORWARD//; s/-OD-US/-WHOLE/'
sed 's/id: pvwm/id: winsor, alpha_ppm: 100000/; s/-WHOLE/-WINSOR/' "$m/whole.yaml" >"$m/winsor.yaml"
made capped 's/weight_cap_ppm: 250000/weight_cap_ppm: 200000/; s/-OD-US/-CAPPED/'
made strict 's/owners: 5/owners: 100/; s/-OD-US/-STRICT/'
made later 's/2026-01-05/2026-07-20/; s/-OD-US/-LATER/'
made future 's/2026-01-05/2027-01-05/; s/-OD-US/-FUTURE/'
made h200 's/gpu_class: H100/gpu_class: H200/; s/-H100/-H200/'
made noscreen 's/^publish:/screens: {stale_trade_hours: 24, stale_quote_hours: 24, stale_list_hours: 24, jump_ppm: 0, jump_owners: 2, jump_within_ppm: 100000, outlier_sd_milli: 0, outlier_values: 20, outlier_floor_ppm: 30000, venue_ppm: 0, venue_return_ppm: 0, venue_sources: 3}\npublish:/; s/-OD-US/-NOSCREEN/'
data="-i examples/rentals-synthetic.csv"
five="-m $m/shipped.yaml -m $m/winsor.yaml -m $m/capped.yaml -m $m/strict.yaml -m $m/later.yaml -m $m/noscreen.yaml"

# shellcheck disable=SC2086 -- words
if tests/compare_check.py "$program" $data $five >"$dir/check"; then ok; else bad "second computation: $(grep FAIL "$dir/check" | head -n 3)"; fi
# shellcheck disable=SC2086
if tests/compare_check.py "$program" $data $five --from 2026-07-10 --to 2026-07-30 >"$dir/check"; then ok; else bad "second computation of some dates: $(grep FAIL "$dir/check" | head -n 3)"; fi

# What each form says.
# shellcheck disable=SC2086
expect "text" 0 "Widest gap: on " "$program" index compare $data -m "$m/shipped.yaml" -m "$m/winsor.yaml"
same "a row a date" "$(grep -c '^2026-0[67]' "$dir/out")" 38
same "a line of blocks a method" "$(grep -c '▁' "$dir/out")" 2
# shellcheck disable=SC2086
expect "rules that differ" 0 "estimator.id pvwm / winsor; estimator.min_owners_partition 3 / 1" "$program" index compare $data --json -m "$m/shipped.yaml" -m "$m/winsor.yaml"
expect "screens that differ" 0 "out of shipped: " "$program" index compare $data -m "$m/shipped.yaml" -m "$m/noscreen.yaml"
# shellcheck disable=SC2086
"$program" index compare $data $five --csv >"$dir/csv"
same "csv rows" "$(wc -l <"$dir/csv")" $((38 * 6 + 1))
same "csv columns" "$(awk -F, 'NF != 11' "$dir/csv" | wc -l)" 0
same "not yet in effect" "$(grep -c 'later.*,,NOT_IN_EFFECT,' "$dir/csv")" 26
# shellcheck disable=SC2086
"$program" index compare $data $five >"$dir/a" && "$program" index compare $data $five -o "$dir/page.html" >"$dir/b"
same "the page changes no number" "$(grep -c . "$dir/a")" "$(grep -c . "$dir/b")"
same "a picture and a narrow one of values and of gaps" "$(grep -cE '<svg class="(wide|narrow)"' "$dir/page.html")" 4
expect "the page fetches nothing" 1 "" grep -E 'https?://|<script|@import|url\(' "$dir/page.html"
cp "$dir/page.html" "$dir/page1.html"
# shellcheck disable=SC2086
"$program" index compare $data $five -o "$dir/page.html" >/dev/null
if cmp -s "$dir/page.html" "$dir/page1.html"; then ok; else bad "the same inputs give another page"; fi

# What does not compare.
expect "one methodology" 2 "-m at least twice" "$program" index compare $data -m "$m/shipped.yaml"
expect "two forms" 2 "not both" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/winsor.yaml" --json --csv
expect "the same file twice" 3 "says the same as $m/shipped.yaml" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/shipped.yaml"
cp "$m/shipped.yaml" "$m/copy.yaml"
expect "the same rules in two files" 3 "copy.yaml: says the same as" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/copy.yaml"
expect "two classes" 0 "nothing of this class and term to compare it with" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/h200.yaml"
same "each class by itself" "$(grep -cE '^H[12]00 on_demand, ' "$dir/out")" 2
same "two classes, no gap" "$(grep -c "Widest gap" "$dir/out")" 0
expect "no common date" 0 "no date on which both printed" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/future.yaml"
same "and no reason of a gap" "$(grep -c "Widest gap" "$dir/out")" 0
expect "insufficient everywhere" 0 "L6 38 (L1 failed by MIN_ENTITIES 38)" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/strict.yaml"
expect "none in effect" 3 "before any of the methodologies takes effect" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/winsor.yaml" --to 2025-01-01
expect "dates backwards" 3 "--to: before" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/winsor.yaml" --from 2026-07-10 --to 2026-07-09
head -n 1 examples/rentals-synthetic.csv >"$dir/none.csv"
expect "no record" 3 "has no record" "$program" index compare -i "$dir/none.csv" -m "$m/shipped.yaml" -m "$m/winsor.yaml"
expect "a methodology that does not load" 3 "missing.yaml" "$program" index compare $data -m "$m/shipped.yaml" -m "$m/missing.yaml"
many=
for v in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
    sed "s/^version: .*/version: $v/" "$m/winsor.yaml" >"$m/v$v.yaml"
    many="$many -m $m/v$v.yaml"
done
# shellcheck disable=SC2086
expect "too many of one class" 3 "more than 12 methodologies of one class and term" "$program" index compare $data $many
# shellcheck disable=SC2086
expect "a folder that is not there" 3 "page.html" "$program" index compare $data $five -o "$dir/none/page.html"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
