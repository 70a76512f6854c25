"""Whether the fast path says what the plain one says, and what yara-x thinks of the same rules."""

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks import detect_files
from benchmarks.detect_making import files_for
from benchmarks.detect_rows import Row, at_most
from scanner.detection.bundle import open_bundle
from scanner.detection.engine.engine import Engine
from scanner.domain.rules import Rulebook

EACH = 5  # files made of each rule's own strings
CORPUS_FILES = 4_000
SECONDS = 60
LANES = frozenset({"script", "page", "image", "native", "document", "archive", "text"})


def parity_rows(book: Rulebook, cache: Path) -> Iterator[Row]:
    """Differences over files made of the rules' own strings, and over the corpus."""
    fast, plain = open_bundle(book, 1_000, cache).engine, open_bundle(book, 1_000, cache, sieve=False).engine
    dice = random.Random(detect_files.SEED)
    made = [data for file in book.yara for data in files_for(file.text, dice, EACH)]
    yield _row("files made of the rules' own strings", fast, plain, made)
    paths = [*detect_files.labelled("benign"), *detect_files.labelled("malicious")]
    some = [path.read_bytes() for path in dice.sample(paths, min(CORPUS_FILES, len(paths)))]
    if some:
        yield _row("evaluation files", fast, plain, some)
        yield from second_opinion(book, plain, some)
    else:
        print("AUP_CORPUS names no corpus: evaluation files left out")


def _row(name: str, fast: Engine, plain: Engine, files: list[bytes]) -> Row:
    hits = differing = late = 0
    for data in files:
        one, other = fast.scan(data, LANES, SECONDS), plain.scan(data, LANES, SECONDS)
        hits += len(other.hits)
        late += bool(other.unfinished)
        differing += one.hits != other.hits and not other.unfinished
    note = f"{len(files)} files, {hits} hits, {late} left out because plain YARA did not end in {SECONDS} s"
    return at_most(f"differing verdicts over {name}", differing, "files", 0, note)


def second_opinion(book: Rulebook, plain: Engine, files: list[bytes]) -> Iterator[Row]:
    """Files of which yara-x and yara-python name other rules."""
    try:
        import yara_x as engine
    except ImportError:
        print("yara-x: not installed, no second opinion")
        return
    compiler = engine.Compiler(relaxed_re_syntax=True)
    try:
        for file in book.yara:
            compiler.new_namespace(file.namespace)
            compiler.add_source(file.text)
        scanner = engine.Scanner(compiler.build())
    except engine.CompileError as error:
        print(f"yara-x: refuses the rules: {str(error).splitlines()[0]}")
        return
    names = {(file.namespace, name): rule for file in book.yara for name, rule in file.names.items()}
    differing, told = 0, list[str]()
    for data in files:
        theirs = {names.get((rule.namespace, rule.identifier)) for rule in scanner.scan(data).matching_rules} - {None}
        wanted = {hit.rule for hit in plain.scan(data, LANES, SECONDS).hits}
        if theirs != wanted:
            differing += 1
            told += sorted(str(rule) for rule in theirs ^ wanted)
    note = f"{len(files)} files; " + ", ".join(sorted(set(told))[:8])
    yield at_most("files of which yara-x names other rules than yara-python", differing, "files", None, note)
