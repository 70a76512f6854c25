"""Make scanner/detection/engine/gram_table.bin: how common four bytes are in ordinary files.

    AUP_CORPUS=... python -m scripts.gram_table

Counts only: no byte of any file is kept. Files are the corpus's benign part, and programs and shared files of this
machine. Slot h of the table belongs to all grams whose hash is h; its value is -log2(share of files), rounded down.
"""

import json
import os
import random
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scanner.detection.engine.commonness import BITS, MULTIPLIER, RARE

WEB_PIECE, OTHER_PIECE = 65_536, 4_096
NOISE = 0.05  # in programs a slot of the table is hit by chance in a few of a hundred pieces
TARGET = Path(__file__).parents[1] / "scanner" / "detection" / "engine" / "gram_table.bin"


def shares(files: Iterable[Path], piece: int) -> NDArray[np.float64]:
    """The share of files in which each slot occurs."""
    counts, total = np.zeros(1 << BITS), 0
    for file in files:
        try:
            body = file.read_bytes()
        except OSError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        start = random.randrange(max(1, len(body) - piece))
        counts[slots(body[start : start + piece])] += 1
        total += 1
    return counts / max(1, total)


def slots(body: bytes) -> NDArray[np.int64]:
    """The slots of every gram in the bytes, letters in lower case."""
    values = np.frombuffer(body.lower(), dtype=np.uint8).astype(np.uint32)
    if len(values) < 4:
        return np.zeros(0, dtype=np.int64)
    grams = values[:-3] | values[1:-2] << 8 | values[2:-1] << 16 | values[3:] << 24
    return np.unique((grams * np.uint32(MULTIPLIER)) >> np.uint32(32 - BITS)).astype(np.int64)


def regular(*folders: str) -> list[Path]:
    """All regular files below, in a stable order."""
    found = [path for folder in folders for path in Path(folder).rglob("*")]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def main() -> None:
    """Count and write."""
    random.seed(7)
    corpus = Path(os.environ["AUP_CORPUS"])
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    web = sorted(corpus / row["path"] for row in rows if row["label"] == "benign")
    native, shared = regular("/usr/bin", "/usr/sbin"), regular("/usr/share", "/usr/lib/python3")
    table = shares(random.sample(web, min(4_000, len(web))), WEB_PIECE)
    for files in (native, shared):
        other = shares(random.sample(files, min(2_000, len(files))), OTHER_PIECE)
        table = np.maximum(table, np.where(other > NOISE, other, 0))
    levels = np.clip(np.floor(-np.log2(np.maximum(table, 1e-9))), 0, RARE).astype(np.uint8)
    TARGET.write_bytes(zlib.compress((levels[::2] | levels[1::2] << 4).tobytes(), 9))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, slots by level {np.bincount(levels).tolist()}")


if __name__ == "__main__":
    main()
