#!/bin/sh
# A first start that fails says one sentence, exits 3 or 4 and leaves nothing half-written: the same
# folder then takes a whole first start.
set -u
program=$PWD/${HEDGEROW_BUILD:?}/hedgerow
room=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$room"' EXIT
passed=0 failed=0
judge() { # WHAT OK(0)
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else
        echo "FAIL $1: $(head -c 400 "$room/out")"
        failed=$((failed + 1))
    fi
}
refused() { # WHAT CODE PATTERN COMMAND ...: also leaves nothing in $room/data
    what=$1 want=$2 pattern=$3
    shift 3
    timeout 60 "$program" "$@" >"$room/out" 2>&1 </dev/null
    code=$?
    judge "$what: exit $code, wanted $want" "$([ $code -eq "$want" ]; echo $?)"
    judge "$what: one sentence with $pattern" \
        "$(grep -q "$pattern" "$room/out" && [ "$(wc -l <"$room/out")" -eq 1 ]; echo $?)"
    left=$(find "$room/data" -mindepth 1 2>/dev/null | head -n 3)
    judge "$what: leaves $left" "$([ -z "$left" ]; echo $?)"
}
venue() { # FILE SED
    sed -e "s#\.\./specs#$PWD/specs#g; s#rentals-synthetic#$PWD/examples/rentals-synthetic#" \
        -e 's#127.0.0.1:8080#127.0.0.1:0#' -e "$2" examples/venue.yaml >"$room/$1"
}
drill="--data $room/data --clock 2026-07-14T09:00:00Z --no-page"

venue small.yaml 's/accounts: 256/accounts: 1/'
venue address.yaml 's/127.0.0.1:0/127.0.0.1:80800/'
sed 's/^version: 2/version: 3/; s/^effective_from:.*/effective_from: 2026-07-10/' specs/methodology/h100-synthetic.yaml >"$room/v2.yaml"
venue versions.yaml "s#^  - {methodology.*#&\n  - {methodology: $room/v2.yaml}#"
venue twice.yaml "s#^  - {methodology.*#&\n  - {methodology: $room/v2.yaml, observations: x.csv}#"
venue traded.yaml 's/, overlay: [^}]*//'
venue posted.yaml 's#overlays/synthetic#overlays/posted#; s#h100-synthetic#h100-posted#'
# shellcheck disable=SC2086 -- options are words
{
    refused "too few accounts" 3 CAPACITY serve --config "$room/small.yaml" $drill
    refused "a contract on traded prices, a synthetic benchmark" 3 'labelled traded, but HDG-H100-OD-US is labelled synthetic' \
        serve --config "$room/traded.yaml" $drill
    refused "trades for a posted benchmark" 3 'no row of it can enter HDG-H100-OD-POSTED, which is labelled posted' \
        serve --config "$room/posted.yaml" $drill
    refused "a bad address" 3 'HOST:PORT' serve --config "$room/address.yaml" $drill
    refused "inputs of a later version" 3 'reads what the first one does' serve --config "$room/twice.yaml" $drill
    "$program" serve --config "$room/versions.yaml" $drill --json >"$room/ready" 2>"$room/out" &
    server=$!
}
for _ in $(seq 1 300); do
    if grep -q '"ready":true' "$room/ready" || ! kill -0 "$server"; then break; fi
    sleep 0.1
done
judge "the folder takes a first start" "$(grep -q '"ready":true' "$room/ready"; echo $?)"
port=$(sed -nE 's/.*"address":"127.0.0.1:([0-9]+)".*/\1/p' "$room/ready")
python3 - "$port" >"$room/out" <<'P'
import json, sys, urllib.request
with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/v1/instruments") as answer:
    print(len(json.load(answer)["instruments"]))
P
judge "ready means that contracts are listed" "$([ "$(cat "$room/out")" -eq 36 ]; echo $?)"
installed=$("$program" journal export "$room/data" --json | grep -c '"INDEX_INSTALL"')
judge "both versions of the rules are installed, not $installed" "$([ "$installed" -eq 2 ]; echo $?)"
accounts=$("$program" journal export "$room/data" --json | grep -c '"ACCOUNT_OPEN"')
judge "with all $accounts accounts" "$([ "$accounts" -eq 3 ]; echo $?)"

mv "$room/data" "$room/served"
refused "a port in use" 4 'in use' demo --data "$room/data" --listen "127.0.0.1:$port"
kill "$server" && wait "$server"
judge "the venue ends" $?
server=
refused "a month without observations" 3 'no day in it' demo --data "$room/data" --headless --month 2026-02
refused "a month after them" 3 'no day in it' demo --data "$room/data" --headless --month 2026-09
refused "a folder in place of a file" 4 "$room: read" demo --data "$room/data" --headless --observations "$room"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
