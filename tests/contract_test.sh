#!/bin/sh
# hedgerow contract at the command line: answers, exit codes, and show that reads back to the same bytes.
set -u
cd "$(dirname "$0")/.."
program=${HEDGEROW_BUILD:?}/hedgerow
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
expect() { # WHAT CODE TEXT COMMAND ...: exit code, and a piece of the output
    what=$1 want=$2 text=$3
    shift 3
    "$@" >"$work/out" 2>&1 </dev/null
    code=$?
    if [ $code -eq "$want" ] && { [ -z "$text" ] || grep -qF -- "$text" "$work/out"; }; then passed=$((passed + 1)); else
        echo "FAIL $what: exit $code, wanted $want with \"$text\": $(head -n 3 "$work/out")"
        failed=$((failed + 1))
    fi
}
expect "list" 0 "GPUH-M" "$program" contract list
expect "list --json" 0 '"product":"ICE-HPR"' "$program" contract list --json
expect "check of a shipped file" 0 "specs/gpuh-m.yaml: ok" "$program" contract check specs/gpuh-m.yaml
expect "check counts what is not known" 0 "values not known" "$program" contract check ice-hpr
expect "an overlay says it" 0 "specs/ice-hpr.yaml: ok" "$program" contract check \
    --overlay specs/overlays/ice-hpr.yaml specs/ice-hpr.yaml
expect "calendar of a month" 0 "2027-05-28  FRI  business   20/20  spot      last trade" \
    "$program" contract calendar gpuh-m --month 2027-05
expect "calendar of all periods" 0 "GPUH-M-2028-12" "$program" contract calendar gpuh-m
expect "a month the calendar does not reach" 1 "CALENDAR_SHORT" "$program" contract calendar gpuh-m --month 2031-01
expect "no month" 2 "not a month" "$program" contract calendar gpuh-m --month 2027-5
expect "equivalence" 0 "1000 lots of GPUH-M in a 31-day month: 981.18 lots of ICE-HPR" \
    "$program" contract equivalence gpuh-m ice-hpr
expect "equal contracts" 0 "0 of 13 differ" "$program" contract equivalence gpuh-m specs/gpuh-m.yaml
expect "no such contract" 3 "no such file" "$program" contract show nothing
expect "no argument" 2 "something is missing" "$program" contract show
for name in gpuh-m gpuh-h nymex-gpu1 nymex-gpu2 ice-hpr; do
    "$program" contract show "$name" >"$work/one.yaml" && "$program" contract show "$work/one.yaml" >"$work/two.yaml"
    expect "$name reads back to the same bytes" 0 "" cmp "$work/one.yaml" "$work/two.yaml"
done
sed 's/^version: 1$/version: 1.5/' specs/gpuh-m.yaml >"$work/bad.yaml"
expect "a file that is not of the form" 3 "bad.yaml:5: version: not an integer" "$program" contract check "$work/bad.yaml"
sed 's/nearby: 3000/nearby: 6000/' specs/gpuh-m.yaml >"$work/rises.yaml"
expect "a failed validity test" 1 "position.general: LIMIT_RISES" "$program" contract check "$work/rises.yaml"
expect "the worst of many wins" 3 "LIMIT_RISES" "$program" contract check "$work/rises.yaml" "$work/bad.yaml" gpuh-m
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
