"""Public rules as they come (AUP_FOREIGN_RULES, evaluation only): the same contenders, and parity."""

import os
import random
import warnings
from collections.abc import Iterator
from pathlib import Path

import yara

from benchmarks import detect_files
from benchmarks.detect_contenders import contenders, microseconds
from benchmarks.detect_making import files_for
from benchmarks.detect_rows import Row, at_least, at_most
from scanner.detection.bundle import open_bundle
from scanner.domain.clauses import Agreement
from scanner.domain.policy import Policy
from scanner.domain.rules import Rulebook, RuleFile

SOME = 2_000  # files made of the rules' own strings


def foreign_rows(folder: Path) -> Iterator[Row]:
    """The mix under public rules, and differing verdicts over files made of their own strings."""
    named = os.environ.get("AUP_FOREIGN_RULES", "")
    if not named or not Path(named).is_dir():
        print("AUP_FOREIGN_RULES names no folder of public rules: left out")
        return
    warnings.simplefilter("ignore")
    book = foreign_book(Path(named))
    count = sum(len(file.names) for file in book.yara)
    cache = folder / "foreign-cache"
    who = contenders(book, folder, cache)
    took = microseconds(who, detect_files.mix(), rounds=2)
    note = f"{count} rules; " + ", ".join(f"{name} {each:.0f}" for name, each in took.items()) + " us/file"
    for other, target in (("yara", 5.0), ("yara-python", 3.5), ("yara-x", None)):
        if other in took:
            yield at_least(f"public rules, ours against {other}", took[other] / took["ours"], "x", target, note)
    yield _parity(book, cache)


def foreign_book(root: Path) -> Rulebook:
    """A rulebook of all files that YARA takes alone; rules of one name in two files stay apart by namespace."""
    files = [file for path in sorted(root.rglob("*.yar*")) if path.is_file() and (file := _file(path)) is not None]
    return Rulebook(Agreement("none", {}), Policy({}), {}, tuple(files), digest="foreign")


def _file(path: Path) -> RuleFile | None:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        compiled = yara.compile(source=text, includes=False)
    except yara.Error:
        return None
    namespace = str(path).replace("/", "_").replace(".", "_").replace("-", "_")
    names = {rule.identifier: f"{namespace}.{rule.identifier}" for rule in compiled if not rule.is_private}
    return RuleFile(str(path), namespace, text, names) if names else None


def _parity(book: Rulebook, cache: Path) -> Row:
    """Rules that plain YARA finds and the prefilter would have dropped."""
    engine = open_bundle(book, 1_000, cache).engine
    numbers = {rule: number for number, piece in enumerate(engine.pieces) for rule in piece.rules}
    dice = random.Random(detect_files.SEED)
    hits = dropped = scans = 0
    for file in dice.sample(book.yara, len(book.yara)):
        for data in files_for(file.text, dice, 1):
            scans += 1
            possible = {*engine.possible(data, frozenset()), *engine.always(frozenset())}
            found = _found(engine, data)
            hits += len(found)
            dropped += sum(numbers[rule] not in possible for rule in found)
        if scans >= SOME:
            break
    note = f"{scans} files, {hits} hits, 1 file or more of each rule of as many sources as fit"
    return at_most("public rules, hits that the prefilter would drop", dropped, "hits", 0, note)


def _found(engine: "object", data: bytes) -> list[str]:
    full = getattr(engine, "full", None)
    try:
        return [hit.rule for hit in full.ask(data, 30).hits] if full is not None else []
    except TimeoutError:
        return []
