"""`python -m benchmarks.keywords`: the figures of the keyword half, to benchmarks/results/keywords.json.

Speed against other ways, caches, accuracy on the labelled lines of ../shared/data, and what evasions leave.
`--only speed|rules|cache|accuracy|evasion` takes one part; then nothing is written.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.detect_rows import Row
from benchmarks.evasion_text import evasion_rows
from benchmarks.keywords_accuracy import accuracy_rows
from benchmarks.keywords_speed import cache_rows, rule_rows, speed_rows
from benchmarks.keywords_text import corpora, read_lines, shipped_packs
from scanner.keywords.matcher import Matcher

RESULTS = Path(__file__).resolve().parent / "results" / "keywords.json"
PACKAGES = ("daachorse", "ahocorasick_rs", "pyahocorasick", "yara-python", "numpy", "google-re2")


def parts() -> dict[str, Callable[[], Iterator[Row]]]:
    """Every part by its name."""
    lines, packs = read_lines(), shipped_packs()
    texts, matcher = list(corpora(lines)), Matcher.build(packs)
    return {
        "speed": lambda: speed_rows(texts),
        "rules": lambda: rule_rows(texts, packs),
        "cache": lambda: cache_rows(packs),
        "accuracy": lambda: accuracy_rows(matcher, packs, lines),
        "evasion": lambda: evasion_rows(matcher, lines),
    }


def main() -> None:
    """Takes the figures, prints and writes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("speed", "rules", "cache", "accuracy", "evasion"))
    only = parser.parse_args().only
    rows: list[Row] = []
    for name, take in parts().items():
        for row in take() if only in (None, name) else ():
            rows.append(row)
            holds = "ok  " if row["holds"] else "FAIL"
            print(
                f"{holds} {row['figure']:58} {row['value']:>9} {row['unit']:9} {row['target']:9} {row['note']}",
                flush=True,
            )
    if only is None:
        write(rows)


def write(rows: list[Row]) -> None:
    """The results file."""
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    found = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}, {load}",
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "rows": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
