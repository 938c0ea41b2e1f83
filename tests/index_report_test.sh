#!/bin/sh
# index stress and index report on the shipped month: what they print, that the page is whole and alone, that
# page and JSON say the same, and that the same inputs give the same bytes.
set -u
program=${HEDGEROW_BUILD:?}/hedgerow
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
method=specs/methodology/h100-synthetic.yaml
input=examples/rentals-synthetic.csv
passed=0 failed=0
check() { # WHAT COMMAND ...
    what=$1
    shift
    if "$@" >"$dir/out" 2>&1; then passed=$((passed + 1)); else
        echo "FAIL $what: $(head -n 3 "$dir/out")"
        failed=$((failed + 1))
    fi
}
code() { # WANT COMMAND ...
    want=$1
    shift
    "$@"
    [ $? -eq "$want" ]
}
stress() { "$program" index stress -m $method -i $input "$@"; }
report() { "$program" index report -m $method -i $input --date 2026-07-31 "$@"; }
field() { # FILE EXPRESSION
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); sys.exit(0 if eval(sys.argv[2]) else 1)' "$1" "$2"
}

check "stress prints" stress --date 2026-07-15
stress --date 2026-07-15 >"$dir/stress.txt"
check "stress fits 100 columns" awk 'length($0) > 100 { print; bad = 1 } END { exit bad }' "$dir/stress.txt"
stress --date 2026-07-15 --json >"$dir/stress.json"
check "four methods" field "$dir/stress.json" 'len(d["methods"]) == 4'
check "the mean is exact" field "$dir/stress.json" 'd["methods"][0]["up_split"]["kind"] == "exact"'
check "the least is no more than the cost" field "$dir/stress.json" \
    'all(float(m[k]["least"]) <= float(m[k]["cost"]) for m in d["methods"] for k in ("up_split", "down_split") if "cost" in m[k])'
check "a split is never dearer than one owner" field "$dir/stress.json" \
    'all(float(m["up_split"]["cost"]) <= float(m["up_one_owner"]["cost"]) for m in d["methods"] if "cost" in m["up_one_owner"])'
check "a map makes a split one" field "$dir/stress.json" \
    'all(m["wash_ppm"][0] == m["wash_ppm"][1] for m in d["methods"])'
check "a limit is a floor of the cost" field "$dir/stress.json" \
    'all(float(m["limit_lots"]) >= float(d["effective_limit_lots"]) for m in d["methods"][3:])'
stress --date 2026-07-15 --move 20000 --json >"$dir/twice.json"
check "twice the move costs more" python3 -c 'import json, sys
a, b = (json.load(open(f))["methods"][2]["up_split"]["cost"] for f in sys.argv[1:])
sys.exit(float(b) <= float(a))' "$dir/stress.json" "$dir/twice.json"
check "a carried day is no print to move" code 1 stress --date 2026-07-27
check "a date of no form" code 2 stress --date tomorrow
sed -e 's/{id: pvwm, tie: MID, min_owners_partition: 3, merge: FORWARD}/{id: trail, tie: MID, k_milli: 1000, n_min: 1}/' \
    -e 's/partitions: 24}/partitions: 1}/; s/partitions: 12/partitions: 1/; s/^weights: SIZE/weights: RECORD_EQUAL/' \
    -e 's/^owner: .*/owner: {weight_cap_ppm: 1000000}/; s/volume: 20000, max_owner_ppm: 400000/volume: 5, max_owner_ppm: 1000000/' \
    -e '/L2:/d' $method >"$dir/trail.yaml"
"$program" index stress -m "$dir/trail.yaml" -i $input --date 2026-07-15 --move 100000 --json >"$dir/trail.json"
check "a trimmed pool proves no least coalition" field "$dir/trail.json" \
    'not d["methods"][3]["rises_with_every_price"] and d["methods"][3]["coalition_up"]["least"] == "1" and d["methods"][0]["rises_with_every_price"]'
check "a date before the rules" code 3 stress --date 1999-01-01
says() { # TEXT COMMAND ...: refused in these words
    text=$1
    shift
    "$@" 2>&1 | grep -qF -- "$text"
}
check "an option is named once" says 'stress: --move 0:' stress --move 0
check "a basket is no market of one price" says 'kind: a token_basket is no GPU benchmark' \
    "$program" index stress -m specs/methodology/token-synthetic.yaml -i $input
check "no file" code 3 "$program" index stress -m $method -i "$dir/none.csv"

check "a report of a day before the rules" code 3 "$program" index report -m $method -i $input \
    --date 1999-01-01 -o "$dir/none.html"
check "a report of a day before the records" "$program" index report -m $method -i $input \
    --date 2026-03-01 -o "$dir/early.html"
check "page and JSON in one file" code 2 report -o "$dir/one" --json "$dir/one"
check "report" report --strata specs/strata/h100-2026q3.yaml -o "$dir/a.html" --json "$dir/a.json"
report --strata specs/strata/h100-2026q3.yaml -o "$dir/b.html" --json "$dir/b.json" >"$dir/out"
check "the same page again" cmp "$dir/a.html" "$dir/b.html"
check "the same JSON again" cmp "$dir/a.json" "$dir/b.json"
check "the page ends" grep -q '</html>' "$dir/a.html"
check "nothing from elsewhere" code 1 grep -qE 'src=|<script|<link|@import|url\(' "$dir/a.html"
check "the page parses" python3 - "$dir/a.html" "$dir/a.json" <<'P'
import html.parser, json, sys

OPEN = {"meta", "rect", "line", "circle", "path"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.stack, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag not in OPEN:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in OPEN:
            assert self.stack.pop() == tag, tag

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_data(self, data):
        self.text += data


page = Page()
page.feed(open(sys.argv[1]).read())
page.close()
assert not page.stack, page.stack
facts = json.load(open(sys.argv[2]))
for key in ("value", "receipt", "methodology", "input_root"):
    assert facts[key] in page.text, key
for owner in facts["owners"]:
    assert owner["owner"] in page.text, owner
assert sum(float(o["share"]) for o in facts["owners"]) > 0.9999
strata = facts["representativeness"]["strata"]
assert abs(sum(float(s["target"]) for s in strata) - 1) < 1e-9
shares = facts["variance_shares"]
assert abs(sum(float(v) for v in shares.values()) - 1) < 1e-5, shares
P
check "a carried day has a report" "$program" index report -m $method -i $input --date 2026-07-27 -o "$dir/c.html"
check "it says so" grep -q CARRIED "$dir/c.html"
printf 'name: x\nversion: 1\nfrom: 2026-07-01\nto: 2026-09-30\nn_min: 1\nevidence: "e"\nstrata:\n  - {id: a, channel: null, region: any, weight_ppm: 999999}\n' >"$dir/bad.yaml"
check "shares that do not add up" code 3 report --strata "$dir/bad.yaml" -o "$dir/d.html"
check "and nothing is written" test ! -e "$dir/d.html"
check "nowhere to write" code 2 report
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
