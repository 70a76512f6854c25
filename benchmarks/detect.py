"""`python -m benchmarks.detect [SECTION...]`: how fast and how sound detection is, all contenders in one run.

Sections: rules kinds sizes parity whole process hostile foreign; all of them without a word. Times are CPU time,
medians of interleaved rounds. AUP_CORPUS names the built file corpus, AUP_FOREIGN_RULES a folder of public rules
(evaluation only). Writes `benchmarks/results/detect.json`.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import detect_files
from benchmarks.detect_contenders import Contender, contenders, microseconds
from benchmarks.detect_foreign import foreign_rows
from benchmarks.detect_parity import parity_rows
from benchmarks.detect_rows import Row, at_least, at_most
from benchmarks.detect_runs import hostile_rows, process_rows, whole_rows
from scanner.domain.rules import Rulebook
from scanner.rulebook.load import load_rulebook

RESULTS = Path(__file__).parent / "results" / "detect.json"
RULES = Path(__file__).parents[1] / "rules"
SIZE_TARGETS = {"1 KB": 50.0, "100 KB": 5.0, "50 MB": 1.4}
PACKAGES = ("yara-python", "yara-x", "hyperscan", "daachorse", "ahocorasick-rs", "python-magic")


def main(words: list[str]) -> int:
    """Run the sections and write what they gave."""
    book = load_rulebook(RULES)
    kept: dict[str, list[Row]] = _former() if words else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for section, rows in sections(book, folder).items():
            if not words or section in words:
                print(f"\n== {section}")
                kept[section] = []
                for row in rows():
                    print(_line(row))
                    kept[section].append(row)
                _write(kept)
    return 0


def sections(book: Rulebook, folder: Path) -> Mapping[str, Callable[[], Iterator[Row]]]:
    """What there is to run; contenders are compiled once, when first needed."""
    cache = folder / "cache"
    who: dict[str, Contender] = {}

    def all_() -> dict[str, Contender]:
        if not who:
            who.update(contenders(book, folder, cache))
        return who

    return {
        "rules": lambda: _mix_rows(all_()),
        "sizes": lambda: _size_rows(all_()),
        "kinds": lambda: _kind_rows(all_()),
        "parity": lambda: parity_rows(book, cache),
        "whole": lambda: whole_rows(book, folder, cache),
        "process": lambda: process_rows(book, cache),
        "hostile": lambda: hostile_rows(book, cache),
        "foreign": lambda: foreign_rows(folder),
    }


def _mix_rows(who: Mapping[str, Contender]) -> Iterator[Row]:
    files = detect_files.mix()
    took = microseconds(who, files)
    note = f"{len(files)} objects, {sum(map(len, files)) / len(files):.0f} bytes on average"
    for name, each in took.items():
        yield at_most(f"mix of small objects, {name}", each, "us/file", None, note)
    for other, target in (("yara", 12.0), ("yara-python", 12.0), ("yara-x", None)):
        if other in took:
            yield at_least(f"mix of small objects, ours against {other}", took[other] / took["ours"], "x", target)


def _size_rows(who: Mapping[str, Contender]) -> Iterator[Row]:
    for name, files in detect_files.sized():
        took = microseconds(who, files, rounds=1 if name == "50 MB" else 3)
        note = ", ".join(f"{other} {each:.0f}" for other, each in took.items()) + " us/file"
        ratio = took["yara-python"] / took["ours"]
        yield at_least(f"{name} of web text, ours against yara-python", ratio, "x", SIZE_TARGETS.get(name), note)


def _kind_rows(who: Mapping[str, Contender]) -> Iterator[Row]:
    lowest, worst = 1e9, ""
    for name, files in detect_files.kinds():
        took = microseconds(who, files, rounds=2)
        ratio = took["yara-python"] / took["ours"]
        lowest, worst = min((lowest, worst), (ratio, name))
        note = f"{len(files)} files; " + ", ".join(f"{other} {each:.0f}" for other, each in took.items()) + " us/file"
        yield at_least(f"files of kind {name}, ours against yara-python", ratio, "x", 0.9, note)
    yield at_least("the worst kind of file, ours against yara-python", lowest, "x", 0.9, worst)


def _line(row: Row) -> str:
    return f"{row['figure']:<58}{row['value']:>12} {row['unit']:<10} target {row['target']:<8} {row['note']}"


def _former() -> dict[str, list[Row]]:
    """What a former run wrote, so that one section can be run again by itself."""
    if not RESULTS.exists():
        return {}
    found: dict[str, list[Row]] = {}
    for row in json.loads(RESULTS.read_text())["rows"]:
        found.setdefault(str(row.pop("section", "")), []).append(row)
    return found


def _write(kept: Mapping[str, list[Row]]) -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    body = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, load {load}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "rows": [{**row, "section": section} for section, rows in kept.items() for row in rows],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
