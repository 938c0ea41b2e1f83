#!/usr/bin/env python3
"""Writes src/base/crc32c_table.inc: the eight slicing tables of CRC32C (polynomial 0x82f63b78)."""
tables = [[0] * 256 for _ in range(8)]
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    tables[0][i] = c
for k in range(1, 8):
    for i in range(256):
        c = tables[k - 1][i]
        tables[k][i] = c >> 8 ^ tables[0][c & 255]
for t in tables:
    rows = [", ".join(f"0x{v:08x}" for v in t[i:i + 8]) for i in range(0, 256, 8)]
    print("{\n    " + ",\n    ".join(rows) + ",\n},")
