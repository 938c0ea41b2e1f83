#!/bin/sh
# hedgerow feed as a user runs it: the examples of its page, every format, and what is refused with nothing left behind.
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
        echo "FAIL $what: exit $code, wanted $want: $(head -n 2 "$dir/out")"
        failed=$((failed + 1))
    elif [ -n "$words" ] && ! tr '\n' ' ' <"$dir/out" | grep -qF -- "$words"; then
        echo "FAIL $what: no \"$words\" in: $(head -n 9 "$dir/out")"
        failed=$((failed + 1))
    else passed=$((passed + 1)); fi
}
at=2026-07-01T08:00:00Z
import() { "$program" feed import --at $at -o "$dir/o.obs" "$@"; }
e=examples/feeds

# What becomes of each shipped example.
expect aws_spot 0 "rows 12 taken 11   of a machine type not in the catalogue 2 skipped 1" import -f aws_spot $e/aws_spot.json
expect azure_retail 0 "rows 12 taken 9 skipped 3   SECONDARY_METER 1" import -f azure_retail $e/azure_retail.json
expect vast 0 "rows 4 taken 4 skipped 0 refused 0" import -f vast $e/vast.json
expect "vast by lines" 0 "rows 9 taken 7 skipped 1   OFFER_TWICE 1" import -f vast $e/vast.jsonl
expect "vast, two files of one fetch" 0 "rows 13 taken 7 skipped 5   DUPLICATE 4" import -f vast $e/vast.jsonl $e/vast.json
expect runpod 0 "rows 24 taken 8 skipped 16   NOT_OFFERED 5" import -f runpod $e/runpod.json
expect lambda 0 "rows 4 taken 4 skipped 0 refused 0" import -f lambda $e/lambda.json
expect openrouter 0 "rows 11 taken 11" import -f openrouter $e/openrouter.json
expect litellm 0 "rows 10 taken 6 skipped 4   NO_DATA 1" import -f litellm $e/litellm.json
expect silicon_daily 0 "rows 5 taken 3 skipped 0 refused 2" import -f silicon_daily $e/silicon_daily.csv
expect "mapping file" 0 "rows 5 taken 2 skipped 0 refused 3" import -f generic --map-file $e/desk.map.yaml $e/desk.csv
expect "rows are named" 0 "desk.csv:4: t_event: OBS_BAD_TIME" import -f generic --map-file $e/desk.map.yaml --rows $e/desk.csv
expect "skips are named" 0 "litellm.json:6: maker-pictures: skipped: NO_PRICE" import -f litellm --rows $e/litellm.json
expect "json" 0 '"taken":"4","unmapped":"0","skipped":"0"' import -f lambda --json $e/lambda.json

# The log names its reply, the catalogue and who said what may be done with it.
expect "log" 0 "" import -f lambda --source lambda_desk --rights contract $e/lambda.json
expect "the log names the reply" 0 "format lambda source lambda_desk at 2026-07-01T08:00:00.000000000Z rows 4 taken 4" \
    grep -a "reply $(sha256sum $e/lambda.json | cut -d' ' -f1)" "$dir/o.obs"
expect "show" 0 "lambda_desk  2026-07-01T08:00:00 " "$program" feed show "$dir/o.obs"
expect "show as JSON" 0 "\"reply\":\"$(sha256sum $e/lambda.json | cut -d' ' -f1)\"" "$program" feed show --json "$dir/o.obs"
expect "show of none" 3 "not an observation log" "$program" feed show $e/lambda.json

# Refused, with the reason and nothing written.
rm -f "$dir/o.obs"
expect "no time" 2 "--at is needed: a lambda reply has no time of its own" "$program" feed import -f lambda $e/lambda.json -o "$dir/o.obs"
expect "no such format" 2 "--format: one of generic, gpu_offers, aws_spot" import -f dream $e/lambda.json
expect "maps are for generic" 2 "--map and --map-file are for --format generic" import -f vast --map a=b $e/vast.json
expect "no such rights" 2 "--rights: no value of its list" import -f lambda --rights all $e/lambda.json
expect "another format's reply" 3 "SpotPriceHistory: no such list in the reply" import -f aws_spot $e/lambda.json
head -c 300 $e/lambda.json >"$dir/cut.json"
expect "cut off" 3 "cut.json:2: byte 300" import -f lambda "$dir/cut.json"
expect "not a catalogue" 3 "desk.map.yaml:2: mapping: unknown key" import -f lambda --instances $e/desk.map.yaml $e/lambda.json
sed 's/gpu: H100/gpu: H101/' specs/instances.yaml >"$dir/i.yaml"
expect "a chip that is none" 3 "i.yaml:" import -f lambda --instances "$dir/i.yaml" $e/lambda.json
sed 's/ours: price/ours: pries/' $e/desk.map.yaml >"$dir/m.yaml"
expect "a mapping to nowhere" 3 "desk.csv:1: USD per GPU hour: unknown column" import -f generic --map-file "$dir/m.yaml" $e/desk.csv
sed 's/theirs: Where/theirs: Board/' $e/desk.map.yaml >"$dir/m.yaml"
expect "a column twice" 3 "m.yaml:" import -f generic --map-file "$dir/m.yaml" $e/desk.csv
sed 's/ours: source,/ours: price,/' $e/desk.map.yaml >"$dir/m.yaml"
expect "given and in the file" 3 "price: in the file and given for all rows" import -f generic --map-file "$dir/m.yaml" $e/desk.csv
# A source's excuse in place of its list is no row of it.
echo '{"success": false, "error": "rate limited"}' >"$dir/sorry.json"
echo '[]' >"$dir/list.json"
expect "an excuse for an offer" 3 "offers: no such list in the reply" import -f vast "$dir/sorry.json"
expect "a list for a map" 3 "{}: no such list in the reply" import -f litellm "$dir/list.json"
echo null >"$dir/null.json"
expect "no reply at all" 3 "not a list or an object" import -f vast "$dir/null.json"
# The log does not take the place of what it is read from, and no file speaks to the terminal.
cp $e/desk.csv "$dir/desk.csv"
expect "onto its own input" 3 "-o is one of the files to read" "$program" feed import -f generic --map-file $e/desk.map.yaml "$dir/desk.csv" -o "$dir/desk.csv"
expect "which is untouched" 0 "" cmp $e/desk.csv "$dir/desk.csv"
printf '\033[2Jt_event\n1\n' >"$dir/esc.csv"
expect "an escape in a header" 3 "?[2Jt_event: unknown column" import -f generic "$dir/esc.csv"
printf '{"m\\u001b[2J": {"litellm_provider": "x"}}' >"$dir/esc.json"
expect "an escape in a key" 0 "m?[2J: skipped: NO_PRICE" import -f litellm --rows "$dir/esc.json"
rm -f "$dir/o.obs"
expect "nothing was left behind" 1 "" test -e "$dir/o.obs"

# The page's examples, as they stand.
awk '/^hedgerow feed|^hedgerow index/ { on = 1 } on { gsub(/\\e$/, "\\"); print } !/\\$/ { on = 0 }' docs/man/hedgerow-feed.1 |
    sed "s,hedgerow \(feed\|index\),\"$program\" \1,; s,/tmp/,$dir/,g" >"$dir/page.sh"
expect "the page has examples" 0 "" test "$(grep -c -- "$program" "$dir/page.sh")" -ge 6
expect "the page's examples run" 0 "printed" sh -e "$dir/page.sh"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
