"""What an evaluation saw, kept beside it: an interrupted run goes on where it stopped, and says how far it is."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scanner.cli.evaluating import looked_at
from scanner.cli.rules_folders import Folders
from scanner.domain.rules import Rulebook
from scanner.rulebook.corpus import Item
from scanner.rulebook.evaluation import Evaluation, Seen

EVERY = 10.0  # seconds between two words of progress
FOLDER = Path(os.environ.get("AUP_EVAL_KEPT", "/tmp/aup-eval"))


@dataclass(slots=True)
class Kept:
    """What was seen under one rulebook, one line a content; written at once, read when the same rulebook runs again."""

    book: Rulebook
    folders: Folders
    jobs: int
    tuned: frozenset[str] = frozenset()
    seen: dict[str, Seen] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """Where it is kept: by what the rules are, and by the program that asks them."""
        return FOLDER / f"{self.book.digest[:24]}-{_program()}.jsonl"

    def evaluate(self, items: Iterable[Item], what: str) -> Evaluation:
        """The items tallied: those seen before as they were, the others looked at."""
        self._read()
        found, rest, told = Evaluation(self.book, tuned=self.tuned), list[Item](), Progress(what)
        for item in items:
            known = self.seen.get(_key(item))
            if known is None:
                rest.append(item)
            else:
                found.add(item, known)
        told.total = len(rest)
        print(f"{what}: {len(rest)} contents to look at, {sum(g.total for g in found.groups.values())} known")
        self._look(rest, found, told)
        return found

    def judged(self, item: Item) -> bool:
        """Whether an item that was looked at opened a case."""
        known = self.seen.get(_key(item))
        return known is not None and bool(known.judging)

    def _look(self, rest: list[Item], found: Evaluation, told: "Progress") -> None:
        if not rest:
            return
        with self.file.open("a", encoding="utf-8") as kept:
            for item, seen in looked_at(self.folders, rest, self.jobs, FOLDER / "compiled"):
                found.add(item, seen)
                self.seen[_key(item)] = seen
                kept.write(json.dumps([_key(item), *_row(seen)]) + "\n")
                told.one()

    def _read(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        if self.seen or not self.file.exists():
            return
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                key, judging, strong, every, lead, full = json.loads(line)
            except ValueError:
                continue  # the line that was being written when the run was stopped: looked at again
            self.seen[key] = Seen(frozenset(judging), frozenset(strong), frozenset(every), lead, full)


@dataclass(slots=True)
class Progress:
    """A word now and then on standard error."""

    what: str
    total: int = 0
    done: int = 0
    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    def one(self) -> None:
        """One more content."""
        self.done += 1
        now = time.monotonic()
        if now - self.last >= EVERY or self.done == self.total:
            self.last = now
            left = (now - self.begun) / self.done * (self.total - self.done)
            print(f"  {self.what}: {self.done} of {self.total}, about {left:.0f} s left", file=sys.stderr, flush=True)


def _key(item: Item) -> str:
    """A content by its bytes and its name, for the name says what it is, too."""
    sample = item.sample()
    return hashlib.sha256(sample.name.encode("utf-8", "surrogatepass") + b"\0" + sample.data).hexdigest()[:40]


def _row(seen: Seen) -> Iterator[object]:
    yield from (sorted(seen.judging), sorted(seen.strong), sorted(seen.all), seen.lead, seen.full)


def _program() -> str:
    """The detection's source, digested: a changed program sees anew."""
    whole = hashlib.sha256()
    for part in ("detection", "text", "keywords", "rulebook", "domain"):
        for file in sorted((Path(__file__).parents[1] / "scanner" / part).rglob("*.py")):
            whole.update(file.read_bytes())
    return whole.hexdigest()[:16]
