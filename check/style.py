#!/usr/bin/env python3
"""check/style.py FILE ... -- every number of STYLE.md, one line a finding: file:line: what.

Core rooms (and wire, which keeps their rules): no float, no heap, no clock, no stdio; two assertions a
function on average over a file, functions with a body of one line exempt. All rooms: functions of at most
70 lines, files of at most 1,000, 100 columns, four spaces, headers that open with what they own. Tests and
benches, pure and shell rooms may use doubles and the heap.
"""
import pathlib
import re
import sys

FUNCTION_LINES, FILE_LINES, COLUMNS, ASSERTIONS = 70, 1000, 100, 2
ROOT = pathlib.Path(__file__).resolve().parent.parent
KIND = {}
for row in (ROOT / "check/rooms.txt").read_text().split("\n"):
    if row.strip() and not row.startswith("#"):
        KIND[row.split()[0]] = row.split()[1]

BANNED = [
    (r"\b(float|double|_Complex)\b", "no floating point in a core room"),
    (r"\b(malloc|calloc|realloc|free|strdup|alloca|aligned_alloc)\s*\(", "no heap in a core room"),
    (r"\b(time|clock|clock_gettime|gettimeofday|localtime|gmtime|rdtsc)\s*\(", "no clock in a core room"),
    (r"\b(f?printf|snprintf|puts|fopen|fputs|fwrite|fread)\s*\(|<stdio\.h>", "no stdio in a core room"),
    (r"\b(rand|srand|getrandom|random|getenv|open|read|write|socket)\s*\(", "no outside world in a core room"),
]
EXCEPT = {"src/base/why.h": "the sentence of an Err, for pure and shell rooms only; no core file includes it"}
ASSERTION = re.compile(r"\b(ASSERT|ASSERT_SLOW|static_assert|UNREACHABLE)\s*\(")
TEST = re.compile(r"_(test|fuzz)\.c$|^bench/|^tests/")
said = 0


def say(path, line, what):
    global said
    said += 1
    print(f"{path}:{line}: {what}")


def without_comments(text):
    """Comments and strings blanked, lines kept."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    keep = re.compile(r'^#include[^\n]*$', re.M)
    held = keep.findall(text)
    text = keep.sub("\x00", text)
    text = re.sub(pattern, blank, text, flags=re.S)
    it = iter(held)
    return re.sub("\x00", lambda m: next(it), text)


def functions(lines):
    """(name, first line from 1, lines in all, code lines in the body) of every function."""
    found, i = [], 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("#"):
            while line.endswith("\\") and i + 1 < len(lines):
                i += 1
                line = lines[i]
        elif re.match(r"^[A-Za-z_].*\) \{ .*\}\s*$", line) and "=" not in line.split("{")[0]:
            found.append((line, i + 1, 1, 1))
        elif line.rstrip() == "{" and i:
            start = i - 1
            while start and lines[start][:1] in (" ", "\t", ")"):
                start -= 1
            end = i
            while end < len(lines) and lines[end].rstrip() != "}":
                end += 1
            body = [b for b in lines[i + 1:end] if b.strip()]
            found.append((lines[start], start + 1, end - start + 1, len(body)))
            i = end
        i += 1
    return [(re.search(r"(\w+)\s*\(", f[0]), *f[1:]) for f in found]


def check_header(path, lines):
    want = [f"/* {pathlib.Path(path).name} -- ", " * Owns:   ", " * Never:  ", " * Always: "]
    head = "\n".join(lines[:12])
    for w in want:
        if w not in head:
            say(path, 1, f"the opening comment has no `{w.strip(' */')}`")
            return


def test_only(paths):
    """Headers that only tests, fuzz targets, benches and other such headers include."""
    users = {}
    for p in paths:
        for name in re.findall(r'^#include "([^"]+)"', (ROOT / p).read_text(), re.M):
            users.setdefault(name, set()).add(p)
    only, before = set(), -1
    while len(only) != before:
        before = len(only)
        for name, by in users.items():
            if all(TEST.search(u) or u in only for u in by):
                only.add(f"src/{name}")
    return only


def check(path):
    raw = (ROOT / path).read_text()
    raw_lines = raw.rstrip("\n").split("\n")
    text = without_comments(raw)
    lines = text.rstrip("\n").split("\n")
    parts = path.split("/")
    room = parts[1] if parts[0] == "src" and len(parts) > 2 else ""
    test = bool(TEST.search(path)) or path in TEST_HEADERS
    core = (KIND.get(room) == "core" or room == "wire") and not test
    if not path.endswith(".inc"):
        for n, line in enumerate(raw_lines, 1):
            if len(line) > COLUMNS:
                say(path, n, f"{len(line)} columns, {COLUMNS} allowed")
            if "\t" in line:
                say(path, n, "a tab; four spaces")
            if line != line.rstrip():
                say(path, n, "blanks at the end of the line")
    if len(raw_lines) > FILE_LINES:
        say(path, len(raw_lines), f"{len(raw_lines)} lines, {FILE_LINES} allowed")
    found = functions(lines)
    for name, first, total, _ in found:
        if total > FUNCTION_LINES:
            say(path, first, f"{name.group(1) if name else 'function'} has {total} lines, "
                             f"{FUNCTION_LINES} allowed")
    if path.startswith("src/") and path.endswith(".h"):
        check_header(path, raw_lines)
    if not core or path in EXCEPT:
        return
    for n, line in enumerate(lines, 1):
        for pattern, what in BANNED:
            if re.search(pattern + r'|"base/why\.h"' * ("stdio" in what), line) and not (room == "wire" and "heap" in what):
                say(path, n, f"{what}: {line.strip()[:60]}")
    if path.endswith(".c"):
        counted = [f for f in found if f[3] > 1]
        have = len(ASSERTION.findall(text))
        if have < ASSERTIONS * len(counted):
            say(path, 1, f"{have} assertions in {len(counted)} functions of more than a line, "
                         f"{ASSERTIONS * len(counted)} wanted")


TEST_HEADERS = test_only(sys.argv[1:])
for name in sys.argv[1:]:
    check(name)
sys.exit(1 if said else 0)
