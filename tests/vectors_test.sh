#!/bin/sh
# The vector runner must be able to fail: each wrong vector below is one failure, with got and wanted.
set -u
runner=$(dirname "${HEDGEROW_BUILD:?}")/tests/vectors
file=$(mktemp)
trap 'rm -f "$file" "$file.out"' EXIT
passed=0 failed=0
case_of() { # NAME VECTOR WANTED-LINE
    printf '{"schema": 1, "area": "self", "vectors": [%s]}' "$2" >"$file"
    "$runner" "$file" >"$file.out" 2>&1
    code=$?
    if [ $code -eq 1 ] && grep -qF "$3" "$file.out" && grep -qx "0 passed, 1 failed" "$file.out"; then
        passed=$((passed + 1))
    else
        echo "FAIL $1: exit $code, $(cat "$file.out")"
        failed=$((failed + 1))
    fi
}
case_of "off by one in 64 bits" '{"id": "x", "op": "echo", "in": {"a": 9223372036854775807}, "want": {"a": 9223372036854775806}}' \
    'FAIL x: a got "#9223372036854775807" want "#9223372036854775806"'
case_of "outside the tolerance" '{"id": "x", "op": "echo", "in": {"a": 1.1}, "want": {"a": 1}, "tol": 0.01}' 'FAIL x: a got 1.1 want 1'
case_of "a missing key" '{"id": "x", "op": "echo", "in": {"a": 1}, "want": {"b": 1}}' 'FAIL x: b got nothing want 1'
case_of "a longer list" '{"id": "x", "op": "echo", "in": {"a": [1, 2]}, "want": {"a": [1]}}' 'FAIL x: a got [1,2] want [1]'
case_of "an item of a list" '{"id": "x", "op": "echo", "in": {"a": [1, 2]}, "want": {"a": [1, 3]}}' 'FAIL x: a[1] got 2 want 3'
case_of "text for a number" '{"id": "x", "op": "echo", "in": {"a": "1"}, "want": {"a": 1}}' 'FAIL x: a got "1" want 1'
case_of "null for a number" '{"id": "x", "op": "echo", "in": {"a": null}, "want": {"a": 0}}' 'FAIL x: a got null want 0'
case_of "an unknown op" '{"id": "x", "op": "nothing", "in": {}, "want": {"a": 1}}' 'FAIL x: unknown op nothing of self'
case_of "nothing wanted" '{"id": "x", "op": "echo", "in": {}, "want": {}}' 'FAIL x: in and want must be objects'
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
