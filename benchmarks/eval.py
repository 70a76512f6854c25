"""`make eval`: the shipped rules over the development data, against their targets.

    python -m benchmarks.eval [--record] [--jobs 2]

Text and made containers come from AUP_SHARED/data (default ../shared), files from AUP_CORPUS, a public rule set to
compare with from AUP_FOREIGN_RULES, commercially encoded PHP from AUP_ENCODED; what is not there is said and left out.
Writes benchmarks/results/eval.json.
What was seen is kept under AUP_EVAL_KEPT (default /tmp/aup-eval): a run that was stopped goes on where it stopped.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path

from benchmarks.eval_contents import (
    WRAPPINGS,
    encoded_files,
    in_wrapping,
    made_containers,
    named_sources,
    ordinary_files,
)
from benchmarks.eval_kept import Kept
from benchmarks.eval_targets import Row, all_rows, compared_rows
from scanner.bootstrap_local import default_rules_dir, load_rulebook
from scanner.cli.evaluating import compared
from scanner.cli.rules_eval import record_precision, report, side_by_side, slowest_rules
from scanner.cli.rules_folders import Folders, columns
from scanner.rulebook.corpus import Item, read_corpus
from scanner.rulebook.evaluation import Evaluation
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
    tuned = frozenset(TUNED_ON.read_text(encoding="utf-8").split()) if TUNED_ON.exists() else frozenset[str]()
    corpus = os.environ.get("AUP_CORPUS", "")
    kept = Kept(load_rulebook(folders.rules, folders.overlay), folders, jobs, tuned)
    found = kept.evaluate(_contents(corpus), "these rules")
    if record:
        record_precision(found, folders.rules)
    print("\n".join(report(found, tuned, mistakes=True)))
    yield from all_rows(found, tuned, named_sources())
    if corpus:
        yield from _wrapped_rows(kept, Path(corpus))
        yield from _foreign_rows(found, Path(corpus), jobs)


def _contents(corpus: str) -> Iterable[Item]:
    """Ordinary files of this machine, and what of the labelled content is there."""
    shared = Path(os.environ.get("AUP_SHARED", "../shared")) / "data"
    encoded = os.environ.get("AUP_ENCODED", "")
    items: list[Iterable[Item]] = [ordinary_files(), *([encoded_files(Path(encoded))] if encoded else [])]
    for what, where, read in (
        ("text lines", shared / "text_lines.jsonl.gz", read_corpus),
        ("made containers", shared / "made_by_us.jsonl.gz", made_containers),
        ("file corpus (AUP_CORPUS)", Path(corpus or "none"), read_corpus),
    ):
        items.extend([read(where)] if where.exists() else [])
        print(f"{what}: {where if where.exists() else f'left out, there is no {where}'}")
    return chain.from_iterable(items)


def _wrapped_rows(kept: Kept, corpus: Path) -> Iterator[Row]:
    """What is found outside must be found inside."""
    outside = list(islice((item for item in read_corpus(corpus) if _is_found(kept, item)), WRAPPED * 4))[::4]
    inside = kept.evaluate(chain.from_iterable(in_wrapping(outside, each) for each in WRAPPINGS), "in wrappings")
    for wrapping in WRAPPINGS:
        yield Row(f"found outside, and in {wrapping}", inside.share("flagged", cat=wrapping), 1.0, True)


def _is_found(kept: Kept, item: Item) -> bool:
    return item.bad and len(item.sample().data) < 1_000_000 and kept.judged(item)


def _foreign_rows(ours: Evaluation, corpus: Path, jobs: int) -> Iterator[Row]:
    foreign = os.environ.get("AUP_FOREIGN_RULES", "")
    if not foreign:
        print("a public rule set to compare with: left out, AUP_FOREIGN_RULES names none")
        return
    with compared(Path(foreign)) as others:
        kept = Kept(load_rulebook(others.rules, others.overlay), others, jobs)
        theirs = kept.evaluate(read_corpus(corpus), Path(foreign).name)
    print("\n".join(side_by_side(ours, theirs)))
    yield from compared_rows(theirs, f"{Path(foreign).name} ({len(theirs.book.rules)} rules)")


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
