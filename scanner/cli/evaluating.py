"""Runs a rules folder over labelled corpora, in one process or several; a foreign YARA set runs the same way."""

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from scanner.bootstrap_local import default_rules_dir, detector, load_rulebook
from scanner.cli.rules_folders import Folders
from scanner.detection.detector import Detector
from scanner.domain.rules import Rulebook
from scanner.rulebook.agreement import NAME as AGREEMENT
from scanner.rulebook.corpus import Item, read_corpus
from scanner.rulebook.evaluation import Evaluation, Seen, seen_of
from scanner.rulebook.foreign import Source
from scanner.rulebook.importing import grades_of, take, write
from scanner.rulebook.policyfile import NAME as POLICY

CHUNK = 32  # contents handed to a process at a time


@dataclass(slots=True)
class _Process:
    """What one process keeps between contents."""

    book: Rulebook | None = None
    engine: Detector | None = None

    def open(self, folders: Folders, cache: Path | None) -> None:
        self.book = load_rulebook(folders.rules, folders.overlay, cache)
        self.engine = detector(self.book, cache_dir=cache)

    def look(self, item: Item) -> tuple[Item, Seen]:
        assert self.book is not None
        assert self.engine is not None
        return item, seen_of(self.engine.detect(item.sample()), self.book)


_process = _Process()


def evaluate_items(
    folders: Folders, items: Iterable[Item], jobs: int = 1, tuned: frozenset[str] = frozenset()
) -> Evaluation:
    """A rules folder over labelled contents; `tuned`: the repositories that the rules were tuned on."""
    found = Evaluation(load_rulebook(folders.rules, folders.overlay), tuned=tuned)
    for item, seen in looked_at(folders, items, jobs):
        found.add(item, seen)
    return found


def items_of(corpora: Sequence[Path], only: frozenset[str]) -> Iterator[Item]:
    """The contents of all corpora, of those kinds (all, if none is named)."""
    return (item for item in chain.from_iterable(map(read_corpus, corpora)) if not only or item.cat in only)


@contextmanager
def compared(folder: Path) -> Iterator[Folders]:
    """A folder to compare with: one of ours as it is, or any YARA set, taken over into a scratch folder."""
    if (folder / AGREEMENT).exists():
        yield Folders(folder, None)
        return
    with TemporaryDirectory(prefix="aup-compare-") as scratch:
        rules, overlay = Path(scratch, "rules"), Path(scratch, "overlay")
        rules.mkdir()
        for name in (AGREEMENT, POLICY):
            copyfile(default_rules_dir() / name, rules / name)
        source = Source("compared", str(folder), "", "", grades_of("3.1.3.7", "high", "low", "review", "review"), "")
        write(take(folder), source, overlay)
        yield Folders(rules, overlay)


def looked_at(
    folders: Folders, items: Iterable[Item], jobs: int, cache: Path | None = None
) -> Iterator[tuple[Item, Seen]]:
    """Every item with what the rules make of it, in no order where there are several processes.

    `cache`: where compiled rules are kept between processes.
    """
    if jobs == 1:
        _process.open(folders, cache)
        yield from map(_process.look, items)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _open, (folders, cache)) as pool:
        yield from pool.imap_unordered(_look, items, CHUNK)


def _open(folders: Folders, cache: Path | None) -> None:
    _process.open(folders, cache)


def _look(item: Item) -> tuple[Item, Seen]:
    return _process.look(item)
