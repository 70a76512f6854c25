"""`make eval`: the shipped rules over the development data, against their targets.

    python -m benchmarks.eval [--record] [--jobs 2]

Text and made containers come from AUP_SHARED/data (default ../shared), files from AUP_CORPUS, a public rule set to
compare with from AUP_FOREIGN_RULES; what is not there is said and left out. Writes benchmarks/results/eval.json.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from benchmarks.eval_contents import WRAPPINGS, in_wrapping, made_containers, named_sources, ordinary_files
from benchmarks.eval_targets import Row, all_rows, compared_rows
from scanner.bootstrap_local import default_rules_dir, detector, load_rulebook
from scanner.cli.evaluating import compared, evaluate_items
from scanner.cli.rules_eval import record_precision, report, slowest_rules
from scanner.cli.rules_folders import Folders, columns
from scanner.rulebook.corpus import Item, read_corpus
from scanner.rulebook.evaluation import seen_of
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
    lines, made = shared / "text_lines.jsonl.gz", shared / "made_by_us.jsonl.gz"
    tuned = frozenset(TUNED_ON.read_text(encoding="utf-8").split()) if TUNED_ON.exists() else frozenset[str]()
    items: list[Iterable[Item]] = [ordinary_files()]
    for what, where, read in (
        ("text lines", lines, read_corpus),
        ("made containers", made, made_containers),
        ("file corpus (AUP_CORPUS)", Path(corpus or "none"), read_corpus),
    ):
        items.extend([read(where)] if where.exists() else [])
        print(f"{what}: {where if where.exists() else f'left out, there is no {where}'}")
    found = evaluate_items(folders, chain.from_iterable(items), jobs)
    if record:
        record_precision(found, folders.rules)
    print("\n".join(report(found, tuned, mistakes=True)))
    yield from all_rows(found, tuned, named_sources())
    if corpus:
        yield from _wrapped_rows(folders, Path(corpus), jobs)
        yield from _foreign_rows(Path(corpus), jobs)


def _wrapped_rows(folders: Folders, corpus: Path, jobs: int) -> Iterator[Row]:
    """What is found outside must be found inside."""
    found = _found_outside(folders, read_corpus(corpus))
    for wrapping in WRAPPINGS:
        inside = evaluate_items(folders, in_wrapping(found, wrapping), jobs)
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


def _foreign_rows(corpus: Path, jobs: int) -> Iterator[Row]:
    foreign = os.environ.get("AUP_FOREIGN_RULES", "")
    if foreign:
        with compared(Path(foreign)) as others:
            yield from compared_rows(evaluate_items(others, read_corpus(corpus), jobs), Path(foreign).name)
    else:
        print("a public rule set to compare with: left out, AUP_FOREIGN_RULES names none")


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
