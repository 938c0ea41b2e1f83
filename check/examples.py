#!/usr/bin/env python3
"""check/examples.py -- compiles every C example of STYLE.md with check/style_prelude.h, one by one."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
text = (ROOT / "STYLE.md").read_text()
bad = n = 0
for m in re.finditer(r"^```c\n(.*?)^```$", text, re.S | re.M):
    n += 1
    line = text[:m.start()].count("\n") + 2
    source = f'#define EXAMPLE {n}\n#include "style_prelude.h"\n#line {line} "STYLE.md"\n{m.group(1)}'
    for cc in ("gcc", "clang"):
        run = subprocess.run([cc, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
                              "-Wno-unused-const-variable", "-Wno-unused-variable", "-fsyntax-only",
                              f"-I{ROOT}/src", f"-I{ROOT}/check", f"-I{ROOT}/tests", "-xc", "-"],
                             input=source, text=True, capture_output=True)
        if run.returncode:
            bad += 1
            first = [e for e in run.stderr.split("\n") if "error" in e] or [run.stderr]
            print(f"{first[0]} (example {n}, {cc})")
if not n:
    print("STYLE.md:1: no C example found")
if not bad and n:
    print(f"style: {n} examples compile")
sys.exit(1 if bad or not n else 0)
