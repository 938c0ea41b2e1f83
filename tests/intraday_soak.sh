#!/bin/sh
# The value between prints on fresh markets, a quarter of all its states held against recomputation, for as
# long as SOAK_SECONDS says.
set -eu
build=${HEDGEROW_BUILD:-build/gcc}
end=$(($(date +%s) + ${SOAK_SECONDS:-60})) first=4001
while [ "$(date +%s)" -lt "$end" ]; do
    INTRADAY_FIRST=$first INTRADAY_MARKETS=2000 "$build/src_index_intraday_test" | grep 'sets of records'
    first=$((first + 2000))
done
