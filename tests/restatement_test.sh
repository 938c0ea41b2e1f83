#!/bin/sh
# examples/restatement.sh says what it promises: both versions, one settlement, one fixing at the first print.
set -u
program=$PWD/${HEDGEROW_BUILD:?}/hedgerow
out=$(mktemp)
trap 'rm -f "$out"' EXIT
passed=0 failed=0
has() { # WHAT TIMES PATTERN
    n=$(grep -c "$3" "$out")
    if [ "$n" -eq "$2" ]; then passed=$((passed + 1)); else
        echo "FAIL $1: $n lines with $3"
        failed=$((failed + 1))
    fi
}
sh examples/restatement.sh "$program" >"$out" 2>&1 || { echo "FAIL it ended with $?: $(tail -n 3 "$out")"; failed=1; }
has "two receipts verify" 2 'receipt: ok: PRINTED'
has "both versions stand in the table" 2 '^2026-07-08 .* PRINTED  L1 '
has "two markets end alike" 2 '^Final settlement of GPUH-M-2026-07: 2.7617 '
has "one was restated, and fixed at the first print" 1 '2.8180 first, 2.7800 as version 2 .* fixing of that day is 2.8180'
has "the first stands in the journal" 1 '^version 1: 2.818$'
has "the second stands in the journal" 1 '^version 2: 2.78$'
has "the journal replays" 1 '^replayed to [0-9a-f]\{64\}$'
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
