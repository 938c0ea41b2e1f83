#!/bin/sh
# build.sh -- puts the chart libraries where the page finds them: web/vendor/, from the pinned packages.
# Asks the network only when node_modules is missing or older than the lock. --dev: the tests' browser driver too.
set -eu
cd "$(dirname "$0")"

lock=$(cat package-lock.json)
have=$(cat node_modules/.hedgerow-lock 2>/dev/null || true)
install() { # STAMP [OPTION]: what is installed with the driver serves without it as well
    echo "web/build.sh: npm ci in web/" >&2
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error ${2:+"$2"} >&2 || exit 4
    printf '%s\n' "$1" > node_modules/.hedgerow-lock
}
case "${1:-}" in
--dev) [ "$have" = "$lock" ] || install "$lock" ;;
*) [ "$have" = "$lock" ] || [ "$have" = "without the driver: $lock" ] || install "without the driver: $lock" --omit=dev ;;
esac

rm -rf vendor.new
mkdir vendor.new
cp node_modules/uplot/dist/uPlot.esm.js vendor.new/uPlot.js
cp node_modules/uplot/dist/uPlot.min.css vendor.new/uPlot.css
cp node_modules/uplot/LICENSE vendor.new/uPlot.txt
cp node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs vendor.new/lightweight-charts.js
cp node_modules/lightweight-charts/LICENSE vendor.new/lightweight-charts.txt
cp NOTICE vendor.new/notices.txt
rm -rf vendor
mv vendor.new vendor
