#!/bin/sh
# Types every `hedgerow` line of README.md in a fresh folder; each must end well. `serve` must say it is ready.
set -u
root=$(pwd)
build=$(cd "${HEDGEROW_BUILD:?}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$root/specs" "$folder"
cp -r "$root/examples" "$folder" # with any free port, as another venue may run here
sed -i "s/127.0.0.1:8080/127.0.0.1:0/" "$folder/examples/venue.yaml"
cd "$folder" || exit 4
passed=0 failed=0
sed -n 's/^\(hedgerow .*\)$/\1/p' "$root/README.md" | sed 's/  *# .*$//' >lines
while read -r line; do
    case "$line" in
    *" serve "*)
        # shellcheck disable=SC2086 # words
        timeout 5 "$build"/$line >out 2>&1 </dev/null
        grep -q '^ready' out ;;
    *)
        # shellcheck disable=SC2086 # words
        "$build"/$line >out 2>&1 </dev/null ;;
    esac
    code=$?
    if [ $code -eq 0 ]; then echo "ok   $line"; passed=$((passed + 1)); else
        echo "FAIL $line: exit $code: $(tail -n 1 out)"
        failed=$((failed + 1))
    fi
done <lines
[ $((passed + failed)) -ge 5 ] || { echo "FAIL README.md has too few command lines"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
