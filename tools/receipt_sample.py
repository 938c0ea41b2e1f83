#!/usr/bin/env python3
"""tools/receipt_sample.py [PROGRAM] -- writes src/index/receipt_sample.inc anew, when the form of a receipt changes.

The sample's own methodology and records go through PROGRAM (build/gcc/hedgerow) again; its second date is kept.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "src/index/receipt_sample.inc"
COLUMNS = {"t_event": 22, "source": 3, "kind": 1, "channel": 2, "provider": 6, "counter_owner": 8, "gpu_class": 9,
           "form": 10, "region": 11, "term": 12, "gpus": 13, "duration_s": 15, "price": 16, "raw_unit": 17, "size": 18,
           "ccy": 19, "rights": 26}


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/gcc/hedgerow"
    text = "".join(eval(s) for s in re.findall(r'"(?:[^"\\]|\\.)*"', SAMPLE.read_text(encoding="ascii")))
    lines = text.splitlines()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        method = [line[7:] for line in lines if line.startswith("method ")]
        (work / "m.yaml").write_text("\n".join(method) + "\n", encoding="ascii")
        rows = [",".join(COLUMNS)]
        for line in lines:
            if line.startswith("record "):
                words = line.split(" ")[3:]
                rows.append(",".join(words[i] for i in COLUMNS.values()).replace(".000000000Z", "Z"))
        (work / "rows.csv").write_text("\n".join(rows) + "\n", encoding="ascii")
        subprocess.run([program, "index", "run", "-m", work / "m.yaml", "--owners", ROOT / "specs/owners.yaml", "-i",
                        work / "rows.csv", "--receipts", work / "r"], check=True,
                       stdout=subprocess.DEVNULL)
        made = (work / "r/2026-07-02.receipt").read_text(encoding="ascii").splitlines()
    out = []
    for line in made:
        pieces = [line[i:i + 84] for i in range(0, len(line), 84)]
        pieces[-1] += "\n"
        quoted = ['"' + p.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for p in pieces]
        quoted[-1] += ","
        out += quoted
    SAMPLE.write_text("\n".join(out) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
