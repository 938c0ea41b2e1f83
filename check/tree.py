#!/usr/bin/env python3
"""check/tree.py -- what must hold of the tree's texts: one line a finding, file:line: what.

No unfinished marks, no paths of somebody's machine, no addresses of package registries; every relative
link of a document leads somewhere; every room has its README with the four headings; every sub-command has
its man page; JSON files parse.
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True,
                       capture_output=True, check=True).stdout.split("\n")
files = [f for f in files if f and (ROOT / f).is_file()]
said = 0
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
MACHINE = re.compile(r"(?<![\w./-])/(" + "|".join(["wor" + "k", "hom" + "e", "roo" + "t", "User" + "s"]) + r")/")
REGISTRY = re.compile("registry" + r"\.npmjs|registry" + r"\.yarnpkg|pypi" + r"\.org|deb" + r"\.debian")


def say(path, line, what):
    global said
    said += 1
    print(f"{path}:{line}: {what}")


def check_lines(path, text):
    for n, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            say(path, n, f"an unfinished mark: {line.strip()[:60]}")
        if MACHINE.search(line):
            say(path, n, f"a path of one machine: {line.strip()[:60]}")
        if REGISTRY.search(line):
            say(path, n, f"the address of a package registry: {line.strip()[:60]}")


def check_links(path, text):
    for n, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", re.sub(r"`[^`]*`", "", line)):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not ((ROOT / path).parent / target).exists():
                say(path, n, f"the link {target} leads nowhere")


def check_rooms():
    for row in (ROOT / "check/rooms.txt").read_text().split("\n"):
        room = row.split()[0] if row.strip() and not row.startswith("#") else ""
        folder = f"src/{room}/"
        if not room or not any(f.startswith(folder) and f.endswith(".c") for f in files):
            continue
        readme = ROOT / folder / "README.md"
        if not readme.exists():
            say(f"{folder}README.md", 1, "the room has no README")
            continue
        text = readme.read_text()
        for head in ("Answers", "Never", "Differs", "Proof"):
            if not re.search(rf"^(#+ |\*\*)?{head}\b", text, re.M):
                say(f"{folder}README.md", 1, f"no heading {head}")
        if text.count("\n") > 60:
            say(f"{folder}README.md", 61, "more than one screen")


def check_commands():
    text = (ROOT / "src/cmd/cmd.h").read_text()
    table = re.search(r"#define SUBCOMMANDS\(X\)((?:.*\\\n)*.*)", text).group(1)
    for name in ["hedgerow"] + ["hedgerow-" + n for n in re.findall(r"X\((\w+),", table)]:
        if f"docs/man/{name}.1" not in files:
            say(f"docs/man/{name}.1", 1, "the man page is missing")
    for page in [f for f in files if f.startswith("docs/man/")]:
        body = (ROOT / page).read_text()
        if not re.search(r"^\.(SH|Sh) .*EXAMPLE", body, re.M):
            say(page, 1, "no EXAMPLES section")


for f in files:
    data = (ROOT / f).read_bytes()
    if b"\0" in data[:4096] or "_corpus/" in f:
        continue
    try:
        text = data.decode()
    except UnicodeDecodeError:
        say(f, 1, "neither text nor binary: not UTF-8")
        continue
    check_lines(f, text)
    if f.endswith(".md"):
        check_links(f, text)
    if f.endswith(".json"):
        try:
            json.loads(text)
        except ValueError as e:
            say(f, getattr(e, "lineno", 1), f"not JSON: {e}")
def check_decisions():
    """Numbers of decisions are given once."""
    seen = {}
    for f in files:
        m = re.match(r"docs/decisions/(\d{3})-[a-z0-9-]+\.md$", f)
        if f.startswith("docs/decisions/") and not m:
            say(f, 1, "a decision is called NNN-title.md")
        elif m and seen.setdefault(m.group(1), f) != f:
            say(f, 1, f"the number of {seen[m.group(1)]}")


check_rooms()
check_commands()
check_decisions()
sys.exit(1 if said else 0)
