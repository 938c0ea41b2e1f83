#!/bin/sh
# hedgerow index factors --hedonic: a true factor found, the figures against a second computation, what is refused.
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
near() { if awk "BEGIN { d = ($2) - ($3); exit !(d <= $4 && d >= -($4)) }"; then ok; else bad "$1: $2, wanted $3 within $4"; fi; }

mkdir -p "$dir/specs/methodology"
{ printf 'registry: made-up\nversion: 1\nowners:\n'
    for i in 1 2 3 4 5 6; do
        echo "  - {provider: P$i, owner: O$i, from: 2020-01-01, share_ppm: 1000000, approver: test, evidence: made up}"
    done; } >"$dir/specs/owners.yaml"
m="$dir/specs/methodology/m.yaml"
sed 's/form: \[SXM\]/form: [SXM, PCIE]/; s/regions: \[US\]/regions: [US, NL]/' specs/methodology/h100-synthetic.yaml >"$m"

# Ten dates, hourly trades of six providers: P5 and P6 a marketplace's at MARKET x, in PCIE at FORM x on even hours; of
# P1 in NL at REGION x every third hour; NOISE x a draw in -0.5..0.5. Prices move by date. 16:00 is the window's end.
rentals() { # MARKET FORM REGION NOISE
    awk -v market="$1" -v form="$2" -v region="$3" -v noise="$4" 'BEGIN {
        print "t_event,source,kind,channel,provider,counter_owner,gpu_class,form,region,term,gpus,duration_s,price,raw_unit,size,ccy,rights,key,quality"
        seed = 7
        for (h = 0; h < 240; h++) for (i = 1; i <= 6; i++) {
            t = h + 16; day = int(h / 24); p = 2 + 0.01 * ((day * 3) % 7)
            m = i >= 5; pcie = form != 1 && (h + i) % 2; nl = region != 1 && i == 1 && h % 3 == 0
            if (m) p *= market; if (pcie) p *= form; if (nl) p *= region
            seed = (seed * 16807) % 2147483647; p *= 1 + noise * (seed / 2147483647 - 0.5)
            printf "2026-01-%02dT%02d:%02d:00Z,tape,trade,%s,P%d,R%d,H100,%s,%s,on_demand,1,36000,%.6f,gpu_hour,10000,USD,open,,synthetic\n", \
                4 + int(t / 24), t % 24, 5 * i, m ? "marketplace" : "neocloud", i, i * 50 + h % 40, pcie ? "PCIE" : "SXM", nl ? "NL" : "US", p
        }
    }'
}
hedonic() { "$program" index factors --hedonic -m "$m" "$@"; }
ppm_of() { sed -n "s/.*, is: $1, ppm: \\(-*[0-9]*\\),.*/\\1/p" "$dir/out"; }

# True factors, without noise: found to the ppm, whatever the order of traits.
rentals 0.9 1 1 0 >"$dir/exact.csv"
expect "a marketplace 10 % below" 0 "records 1440" hedonic -i "$dir/exact.csv"
near "its factor" "$(ppm_of marketplace)" -100000 1
expect "on the other base" 0 "channel marketplace records 480 reference" hedonic -i "$dir/exact.csv" --base channel=marketplace
near "the other way" "$(ppm_of neocloud)" 111111 1
rentals 0.9 0.85 1.2 0 >"$dir/three.csv"
expect "three traits" 0 "factors:" hedonic -i "$dir/three.csv" -o "$dir/report" --base form=SXM
near "marketplace" "$(ppm_of marketplace)" -100000 1
near "PCIE" "$(ppm_of PCIE)" -150000 1
near "NL" "$(ppm_of NL)" 200000 1
hash=$(sha256sum "$dir/report" | cut -d' ' -f1)
same "the report's hash in every line" "$(grep -c "report: $hash}" "$dir/out")" 3
same "the day after the last" "$(grep -c 'from: 2026-01-15,' "$dir/out")" 3
same "the input's hash in the report" "$(grep -c "^input $(sha256sum "$dir/three.csv" | cut -d' ' -f1)$" "$dir/report")" 1

# The lines go into a methodology: prints at the reference grade; estimated again, they do not count twice.
{ cat "$m"; sed 's/from: 2026-01-15/from: 2026-01-01/' "$dir/out"; } >"$dir/specs/methodology/next.yaml"
grep factors: -A 3 "$dir/out" >"$dir/lines"
"$program" index run -m "$dir/specs/methodology/next.yaml" -i "$dir/three.csv" --csv >"$dir/prints.csv"
same "the reference grade's price" "$(sed -n 's/^2026-01-0[67],\([0-9.]*\),PRINTED.*/\1/p' "$dir/prints.csv" | tr '\n' ' ')" "2.0300 2.0600 "
expect "again, over the rules that have them" 0 "factors:" "$program" index factors --hedonic --base form=SXM \
    -m "$dir/specs/methodology/next.yaml" -i "$dir/three.csv"
same "the same factors" "$(sed -n 's/, from.*//; /- {on/p' "$dir/out")" "$(sed -n 's/, from.*//; /- {on/p' "$dir/lines")"
same "three of them" "$(grep -c '^  - {on' "$dir/lines")" 3

# With noise: coefficient, error and R2 against the within-date regression (Frisch, Waugh, Lovell) done by awk.
rentals 0.9 1 1 0.04 >"$dir/noisy.csv"
expect "noise" 0 "records 1440" hedonic -i "$dir/noisy.csv" --on channel
awk -F, 'NR > 1 { g = int((NR - 2) / 144); y[NR] = log($13); x[NR] = $4 == "marketplace"; d[NR] = g
    n[g]++; sy[g] += y[NR]; sx[g] += x[NR]; all += y[NR] }
END { for (i = 2; i <= NR; i++) { u = x[i] - sx[d[i]] / n[d[i]]; v = y[i] - sy[d[i]] / n[d[i]]
        xx += u * u; xy += u * v; yy += v * v; a = y[i] - all / (NR - 1); total += a * a }
    b = xy / xx; rest = yy - b * xy; s2 = rest / (NR - 1 - 11)
    printf "%.12f %.12f %.12f %.12f\n", b, sqrt(s2 / xx), 1 - rest / total, s2 }' "$dir/noisy.csv" >"$dir/second"
read -r b se r2 s2 <"$dir/second"
near "coefficient" "$(sed -n 's/.*marketplace.* coefficient \([^ ]*\).*/\1/p' "$dir/out")" "$b" 0.000000002
near "its error" "$(sed -n 's/.*marketplace.* se \([^ ]*\) .*/\1/p' "$dir/out")" "$se" 0.000000002
near "R2" "$(sed -n 's/^# r2 //p' "$dir/out")" "$r2" 0.000002
near "residual variance" "$(sed -n 's/^# residual_variance //p' "$dir/out")" "$s2" 0.00000000001
near "factor" "$(ppm_of marketplace)" "1000000 * (exp($b - $se * $se / 2) - 1)" 1
near "its error in ppm" "$(sed -n 's/.* se_ppm //p' "$dir/out")" "1000000 * $se * exp($b)" 1
hedonic -i "$dir/noisy.csv" --on channel >"$dir/again"
if cmp -s "$dir/out" "$dir/again"; then ok; else bad "the same inputs give another report"; fi

# What can not be told.
grep -v marketplace "$dir/exact.csv" >"$dir/one.csv"
expect "one channel" 1 "channel: no variation: every record is neocloud" hedonic -i "$dir/one.csv" --on channel
expect "no trait varies" 1 "no variation: every record has the same traits" hedonic -i "$dir/one.csv"
expect "too few" 1 "channel marketplace: 480 records; 481 are needed" hedonic -i "$dir/exact.csv" --min-records 481
rentals 0.55 1 1 0 >"$dir/far.csv"
expect "outside the limit" 1 "channel marketplace: the factor is outside +-400000 ppm" hedonic -i "$dir/far.csv" --on channel
sed '/neocloud/s/SXM/PCIE/' "$dir/exact.csv" >"$dir/tied.csv"
expect "two traits that are one" 1 "can not be told apart" hedonic -i "$dir/tied.csv"
expect "one of them" 0 "on: FORM" hedonic -i "$dir/tied.csv" --on form
expect "factors for the past" 3 "--effective: not after the last date" hedonic -i "$dir/exact.csv" --effective 2026-01-10
expect "before the rules" 3 "--from: before" hedonic -i "$dir/exact.csv" --from 2025-01-01
head -n 1 "$dir/exact.csv" >"$dir/none.csv"
expect "no record" 1 "no record" hedonic -i "$dir/none.csv"
expect "a base nobody has" 1 "no record of it" hedonic -i "$dir/exact.csv" --base channel=reseller
expect "a trait that is none" 2 "--on: channel" hedonic -i "$dir/exact.csv" --on colour
expect "region and zone" 2 "not both" hedonic -i "$dir/exact.csv" --on region --on zone
expect "nothing to read" 2 "-m and -i are needed" "$program" index factors --hedonic
expect "its own help" 0 "--min-records" "$program" index factors --hedonic --help
expect "named in the other" 0 "--hedonic" "$program" index factors --help
expect "no report for a refusal" 1 "" hedonic -i "$dir/far.csv" -o "$dir/refused"
same "none" "$(find "$dir" -name 'refused*' | wc -l)" 0
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
