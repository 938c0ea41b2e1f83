#!/usr/bin/env python3
"""tools/shrink_png.py IN.png OUT.png -- a screenshot in 256 colours, for documents: a third of the bytes.

Takes what Chromium writes: 8 bits, RGB or RGBA, not interlaced. The palette is the most frequent colours,
then for each other colour the nearest of them. Standard library only.
"""
import collections
import struct
import sys
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def unfilter(raw, width, height, size):
    stride, rows, before = width * size, [], bytearray(width * size)
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = line[i - size] if i >= size else 0
            corner = before[i - size] if i >= size else 0
            if kind == 1:
                line[i] = line[i] + left & 255
            elif kind == 2:
                line[i] = line[i] + before[i] & 255
            elif kind == 3:
                line[i] = line[i] + (left + before[i] >> 1) & 255
            elif kind == 4:
                guess = left + before[i] - corner
                distances = abs(guess - left), abs(guess - before[i]), abs(guess - corner)
                line[i] = line[i] + (left, before[i], corner)[distances.index(min(distances))] & 255
        rows.append(line)
        before = line
    return rows


def read(path):
    data = open(path, "rb").read()
    if not data.startswith(SIGNATURE):
        sys.exit(f"{path}: not a PNG")
    at, packed, head = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        head = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else head
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = head
    if depth != 8 or colour not in (2, 6) or interlaced:
        sys.exit(f"{path}: not 8-bit RGB or RGBA, or interlaced")
    size = 3 if colour == 2 else 4
    rows = unfilter(zlib.decompress(packed), width, height, size)
    return width, height, [[bytes(row[i:i + 3]) for i in range(0, len(row), size)] for row in rows]


def palette_of(rows):
    """Frequent colours first, none within a hair of one already taken."""
    counts = collections.Counter(pixel for row in rows for pixel in row)
    taken = []
    for reach in (24, 12, 6, 0):
        for colour, _ in counts.most_common():
            if len(taken) == 256:
                return taken, counts
            if all(sum(abs(a - b) for a, b in zip(colour, other)) > reach for other in taken):
                taken.append(colour)
    return taken, counts


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    width, height, rows = read(sys.argv[1])
    palette, counts = palette_of(rows)
    nearest = {c: min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(c, palette[i])))
               for c in counts}
    raw = b"".join(b"\0" + bytes(nearest[pixel] for pixel in row) for row in rows)
    with open(sys.argv[2], "wb") as out:
        out.write(SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) +
                  chunk(b"PLTE", b"".join(palette)) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))


main()
