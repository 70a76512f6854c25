"""Writes scanner/keywords/benign_counts.txt: how many benign texts hold each frequent n-gram. Counts only, no text.

    python -m benchmarks.keywords_counts ../shared/data/text_lines.jsonl.gz

The loader refuses anchors by it. Hanzi n-grams of 1 to 4 folded characters, and Latin words, that at least FLOOR of the
benign texts hold; each stands once, with the number of texts.
"""

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from scanner.text.folding import fold_text
from scanner.text.sounds import is_hanzi

FLOOR = 10
OUT = Path(__file__).resolve().parent.parent / "scanner" / "keywords" / "benign_counts.txt"
_WORD = re.compile(r"[A-Za-z0-9]+")


def benign_lines(path: Path) -> Iterator[str]:
    """The texts that no rule may hit."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["label"] == "benign":
                yield row["text"]


def grams(text: str) -> set[str]:
    """Each hanzi n-gram and each Latin word of a text, once."""
    folded = fold_text(text)
    out = {
        folded[start : start + size]
        for size in (1, 2, 3, 4)
        for start in range(len(folded) - size + 1)
        if all(map(is_hanzi, folded[start : start + size]))
    }
    return out | {fold_text(word) for word in _WORD.findall(text)}


def main() -> None:
    """Counts and writes."""
    counts: Counter[str] = Counter()
    total = 0
    for text in benign_lines(Path(sys.argv[1])):
        counts.update(grams(text))
        total += 1
    kept = sorted((-count, gram) for gram, count in counts.items() if count >= FLOOR and gram)
    lines = [f"texts {total} floor {FLOOR}", *(f"{gram} {-count}" for count, gram in kept)]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(kept)} n-grams of {total} texts")


if __name__ == "__main__":
    main()
