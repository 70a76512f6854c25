"""`make eval`: the shipped rules over the development data, against their targets.

    python -m benchmarks.eval [--record] [--jobs 2]

Text and made containers come from AUP_SHARED/data (default ../shared), files from AUP_CORPUS, a public rule set to
compare with from AUP_FOREIGN_RULES; what is not there is said and left out. Writes benchmarks/results/eval.json.
"""

import argparse
import base64
import gzip
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.eval_contents import WRAPPINGS, in_wrapping, named_sources, ordinary_files
from benchmarks.eval_targets import Row, compared_rows, file_rows, ordinary_rows, source_rows, text_rows
from scanner.bootstrap import default_rules_dir, detector, load_rulebook
from scanner.cli.evaluating import compared, evaluate_items
from scanner.cli.rules_eval import record_precision, report, slowest_rules
from scanner.cli.rules_folders import Folders, columns
from scanner.domain.content import Sample
from scanner.rulebook.corpus import Item, read_corpus
from scanner.rulebook.evaluation import Share, seen_of
from scanner.rulebook.lint_cost import RULE_BUDGET

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "eval.json"
TUNED_ON = ROOT / "benchmarks" / "tuned_on.txt"
WRAPPED = 80  # found contents that are tried again in each wrapping


def main() -> None:
    """Measure, print, keep."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--record", action="store_true", help="keep it in rules/precision.yaml, too")
    options.add_argument("--jobs", type=int, default=2)
    chosen = options.parse_args()
    folders = Folders(default_rules_dir(), None)
    rows = list(_rows(folders, chosen.jobs, record=chosen.record))
    costs = [*_cost_rows(folders)]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept([*(row.record() for row in rows), *costs])
    RESULTS.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print("\n".join(columns([("holds", "figure", "value", "target", "counted"), *(row.shown() for row in rows)])))
    print("\nslowest rules, µs per 10 KB of the harmless samples, each alone")
    print("\n".join(columns([(f"{each['value']}", each["figure"]) for each in costs[:12]])))
    print(f"\nwrote {RESULTS.relative_to(ROOT)}")


def _rows(folders: Folders, jobs: int, *, record: bool) -> Iterator[Row]:
    shared, corpus = Path(os.environ.get("AUP_SHARED", "../shared")) / "data", os.environ.get("AUP_CORPUS", "")
    tuned = frozenset(TUNED_ON.read_text(encoding="utf-8").split()) if TUNED_ON.exists() else frozenset[str]()
    lines = shared / "text_lines.jsonl.gz"
    items = [read_corpus(lines)] if lines.exists() else []
    print(f"text lines: {lines if items else 'left out, there is no ' + str(lines)}")
    if corpus:
        items.append(read_corpus(Path(corpus)))
    print(f"file corpus: {corpus or 'left out, AUP_CORPUS names none'}")
    found = evaluate_items(folders, chain(chain.from_iterable(items), ordinary_files()), jobs)
    if record:
        record_precision(found, folders.rules)
    print("\n".join(report(found, tuned, mistakes=True)))
    if lines.exists():
        yield from text_rows(found)
    if corpus:
        yield from file_rows(found)
        yield from source_rows(found, tuned)
        yield from _wrapped_rows(folders, Path(corpus), jobs)
    if (shared / "made_by_us.jsonl.gz").exists():
        yield _made_row(folders, shared / "made_by_us.jsonl.gz")
    yield from ordinary_rows(found, named_sources())
    foreign = os.environ.get("AUP_FOREIGN_RULES", "")
    if corpus and foreign:
        with compared(Path(foreign)) as others:
            yield from compared_rows(evaluate_items(others, read_corpus(Path(corpus)), jobs), Path(foreign).name)


def _wrapped_rows(folders: Folders, corpus: Path, jobs: int) -> Iterator[Row]:
    """What is found outside must be found inside."""
    found = _found_outside(folders, read_corpus(corpus))
    for wrapping in WRAPPINGS:
        with TemporaryDirectory(prefix="aup-eval-") as scratch:
            inside = evaluate_items(folders, in_wrapping(found, wrapping, Path(scratch)), jobs)
        yield Row(f"found outside, and in {wrapping}", inside.share("flagged"), 1.0, True)


def _found_outside(folders: Folders, items: Iterable[Item]) -> list[Item]:
    book = load_rulebook(folders.rules)
    engine, found = detector(book), list[Item]()
    for item in items:
        if item.bad and len(item.sample().data) < 1_000_000 and seen_of(engine.detect(item.sample()), book).judging:
            found.append(item)
        if len(found) == WRAPPED * 4:
            break
    return found[::4]


def _made_row(folders: Folders, file: Path) -> Row:
    """The made containers: every marker that must be found."""
    book = load_rulebook(folders.rules)
    engine, missed, total = detector(book), list[str](), 0
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["expect"] == "must":
                total += 1
                hit = seen_of(engine.detect(Sample(row["form"], base64.b64decode(row["b64"]))), book).judging
                missed.extend([] if hit else [row["form"]])
    note = f"missed: {', '.join(missed)}" if missed else ""
    return Row("made containers: markers found", Share(total - len(missed), total), 1.0, True, note)


def _cost_rows(folders: Folders) -> list[dict[str, object]]:
    ranked = slowest_rules(load_rulebook(folders.rules), folders.rules)
    fixed = {"unit": "µs per 10 KB", "target": f"≤ {RULE_BUDGET:g}", "note": "one rule alone over the harmless samples"}
    return [{"figure": name, "value": round(cost, 1), "holds": cost <= RULE_BUDGET, **fixed} for name, cost in ranked]


def _kept(rows: list[dict[str, object]]) -> dict[str, object]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT).stdout
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "python": platform.python_version(),
            "yara-python": version("yara-python"),
            "commit": commit.strip(),
            "rulebook": load_rulebook(default_rules_dir()).digest,
        },
        "rows": rows,
    }


if __name__ == "__main__":
    main()
