#!/bin/sh
# The command line's frame: every command and verb has help that fits a screen, refuses a wrong option with
# exit 2, and offers its words to the completion.
set -u
program=${HEDGEROW_BUILD:?}/hedgerow
out=$(mktemp)
trap 'rm -f "$out"' EXIT
passed=0 failed=0
expect() { # WHAT CODE COMMAND ...
    what=$1 want=$2
    shift 2
    "$@" >"$out" 2>&1 </dev/null
    code=$?
    if [ $code -eq "$want" ]; then passed=$((passed + 1)); else
        echo "FAIL $what: exit $code, wanted $want: $(head -n 2 "$out")"
        failed=$((failed + 1))
    fi
}
page() { # WORD ...: one command or verb
    expect "$* --help" 0 "$program" "$@" --help
    if [ "$(wc -l <"$out")" -gt 40 ] || ! grep -q '^usage: hedgerow' "$out" || ! grep -q '^example: ' "$out"; then
        echo "FAIL $* --help: wants usage, an example and at most 40 lines"
        failed=$((failed + 1))
    fi
    expect "help $*" 0 "$program" help "$@"
    expect "$* --no-such-option" 2 "$program" "$@" --no-such-option
}
expect "no argument" 2 "$program"
expect "--version" 0 "$program" --version
expect "--help" 0 "$program" --help
expect "an unknown command" 2 "$program" no-such-command
for command in $("$program" --help-words | grep -vE '^(help|--)'); do
    page "$command"
    for verb in $("$program" "$command" --help-words | grep -v '^-'); do page "$command" "$verb"; done
done
expect "completion bash" 0 "$program" completion bash
bash -n "$out" || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
