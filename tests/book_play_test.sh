#!/bin/sh
# `hedgerow book play`: what passes, what fails, what is skipped, and one sentence for each kind of bad input.
set -u
program=${HEDGEROW_BUILD:?}/hedgerow
file=$(mktemp)
trap 'rm -f "$file" "$file.out"' EXIT
passed=0 failed=0
case_of() { # NAME EXIT MARKET SCRIPT WANT SENTENCE
    printf '{"vectors": [{"id": "x", "op": "order_script", "in": {"market": %s, "script": %s}, "want": %s}]}' \
        "$3" "$4" "$5" >"$file"
    "$program" book play "$file" --check >"$file.out" 2>&1
    code=$?
    if [ $code -eq "$2" ] && grep -qF -- "$6" "$file.out"; then passed=$((passed + 1)); else
        echo "FAIL $1: exit $code, wanted $2 and \"$6\": $(cat "$file.out")"
        failed=$((failed + 1))
    fi
}
two='["sell s A 5 @ 100", "buy b B 3 @ 101"]'
case_of "equal" 0 '{}' "$two" '{"fills": [["X", "b", "s", 3, 100, "B"]]}' "1 passed, 0 failed, 0 skipped"
case_of "another price" 1 '{}' "$two" '{"fills": [["X", "b", "s", 3, 101, "B"]]}' 'FAIL x: fills got [["X","b","s",3,100,"B"]]'
case_of "one fill more" 1 '{}' "$two" '{"fills": []}' "0 passed, 1 failed, 0 skipped"
case_of "an unknown key" 1 '{}' "$two" '{"profit": 1}' "FAIL x: profit got nothing"
case_of "not there yet" 0 '{}' '["buy b A 9 @ 100 show=3"]' '{"fills": []}' "0 passed, 0 failed, 1 skipped"
case_of "nothing wanted" 3 '{}' "$two" '{}' "vectors[0] x: want: nothing to check"
case_of "a word for a number" 3 '{}' '["buy b A five @ 100"]' '{"fills": []}' 'script[0]: "five": '
case_of "no price" 3 '{}' '["buy b A 5"]' '{"fills": []}' 'wants: buy|sell ID OWNER QTY @ PRICE'
case_of "an id twice" 3 '{}' '["buy b A 5 @ 1", "buy b A 5 @ 1"]' '{"fills": []}' 'script[1]: "b": this id was used before'
case_of "an unknown line" 3 '{}' '["bid b"]' '{"fills": []}' '"bid": no such line'
case_of "an unknown option" 3 '{}' '["buy b A 5 @ 1 hidden"]' '{"fills": []}' '"hidden": no such option'
case_of "a number out of range" 3 '{}' '["buy b A 99999999999999999999 @ 1"]' '{"fills": []}' 'script[0]: '
case_of "an unknown book" 3 '{}' '["buy b A 5 @ 1 in=Y"]' '{"fills": []}' '"Y": no such book'
case_of "a market of text" 3 '"fast"' '[]' '{"fills": []}' 'market: not an object'
case_of "a zero tick" 3 '{"tick": 0}' '[]' '{"fills": []}' 'market.tick: not an integer from 1 up'
case_of "off tick" 0 '{"tick": 5}' '["buy b A 1 @ 12"]' '{"rejects": [["b", "TICK"]]}' "1 passed"
case_of "zero quantity" 0 '{}' '["buy b A 0 @ 12"]' '{"rejects": [["b", "QTY"]]}' "1 passed"
case_of "absurd price" 0 '{}' '["buy b A 1 @ 99999999999"]' '{"rejects": [["b", "PRICE_LIMIT"]]}' "1 passed"
echo '[' >"$file"
"$program" book play "$file" >"$file.out" 2>&1
[ $? -eq 3 ] && grep -q 'not a vector file' "$file.out" || { echo "FAIL half a file"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
