"""The in-memory twin of what is known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scanner.detection.knowing import is_calm
from scanner.domain.changes import Change
from scanner.domain.known import DELTA, Edition, Known, Look, Mark, Settled


@dataclass(slots=True)
class MemoryKnown:
    """Serves the port `KnownStore`; `MemoryStore.commit` hands its changes on to it."""

    editions: dict[str, Edition] = field(default_factory=dict)
    contents: dict[str, Known] = field(default_factory=dict)
    objects: dict[tuple[str, str], Settled] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def edition(self, name: str) -> Edition | None:
        """The edition of that id."""
        return self.editions.get(name)

    def enrol(self, edition: Edition) -> None:
        """Keep it."""
        self.editions.setdefault(edition.id, edition)

    def known(self, contents: Sequence[str]) -> Mapping[str, Known]:
        """Those that are known."""
        return {content: self.contents[content] for content in contents if content in self.contents}

    def look(self, bucket: str, after: str, marks: Sequence[Mark], edition: str) -> Look:
        """The listed objects beside what is settled."""
        if not marks:
            return Look((), ())
        span = [row for (where, key), row in self.objects.items() if where == bucket and after < key <= marks[-1][0]]
        now = {row.mark: row.word for row in span if row.edition == edition}
        listed = {mark[0] for mark in marks}
        return Look([now.get(mark, "") for mark in marks], tuple(row.key for row in span if row.key not in listed))

    def settled(self, bucket: str, keys: Sequence[str]) -> Mapping[str, Settled]:
        """What is settled of these keys."""
        return {key: self.objects[bucket, key] for key in keys if (bucket, key) in self.objects}

    def forget(self, bucket: str, keys: Sequence[str]) -> None:
        """Objects that are gone."""
        for key in keys:
            self.objects.pop((bucket, key), None)

    def calm(self, contents: Sequence[str]) -> Mapping[str, str]:
        """The editions of the calm ones."""
        return {name: each.edition for name, each in self.known(contents).items() if is_calm(each.detection)}

    def renew(
        self, rows: Sequence[Settled], known: Sequence[Known], calm: Sequence[Settled] = (), brought: int = 0
    ) -> None:
        """Settle without a request."""
        self.objects.update({(row.bucket, row.key): row for row in (*rows, *calm)})
        self.contents.update({each.content: each for each in known})
        still = self.calm([row.content for row in calm])
        renewed = {
            row.content: replace(self.contents[row.content], edition=row.edition)
            for row in calm
            if row.content in still
        }
        self.contents.update(renewed)
        self.counts.update({("", DELTA): brought} if brought else {})

    def tallies(self, scope: str) -> Mapping[str, int]:
        """The counters of a scope."""
        return {name: count for (where, name), count in self.counts.items() if where == scope}

    def prune(self, most: int) -> int:
        """Forget the first ones beyond `most`."""
        over = list(self.contents)[: max(0, len(self.contents) - most)]
        for content in over:
            del self.contents[content]
        return len(over)

    def take(self, change: Change, lost: frozenset[int]) -> None:
        """A committed change."""
        self.renew([row for request, row in change.settled if request not in lost], change.known)
        self.counts.update((scope, name) for request, scope, name in change.counts if request not in lost)
