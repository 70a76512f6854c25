"""Renewing: known objects under changed rules, settled by one look at their bytes where those rules cannot match."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from scanner.domain.content import Sample, Subject
from scanner.domain.known import Difference, Edition, Known, Settled, second_of
from scanner.domain.verdicts import Verdict, judge
from scanner.ports import Clock, Contents, Fetched, Unread
from scanner.services.knowing import Knowing, sample_of
from scanner.services.reads import groups

SMALL = 256 * 1024  # bytes of an object that is read while its page is listed; a larger one is owed a scan
CLEAN = "CLEAN"
SPAN = timedelta(seconds=20)  # spent so on one page at most: its lease is three times as long
Renewed = tuple[Settled, Verdict, Known]


@dataclass(frozen=True, slots=True)
class Renewals:
    """What was settled anew, by key: `judged` with verdict and detection; `calm` where nothing was and is found."""

    judged: dict[str, Renewed] = field(default_factory=dict)
    calm: dict[str, Settled] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """A known object whose bytes came as they were: its row and the bytes."""

    row: Settled
    sample: Sample


@dataclass(frozen=True, slots=True)
class Renewing:
    """Reads known objects. Whatever it does not give is to be scanned as ever; nothing is taken for read that was not.

    An object is given only where all of its bytes came and are those that were scanned before.
    """

    contents: Contents
    knowing: Knowing
    clock: Clock

    def renewed(self, rows: Mapping[str, Settled], account: str) -> Renewals:
        """The objects settled anew under the rules in force."""
        edition, done, store = self.knowing.edition(), Renewals(), self.knowing.store
        wanted = {key: row for key, row in rows.items() if row.size <= SMALL and self._difference(row.edition, edition)}
        contents = sorted({row.content for row in wanted.values()})
        calm = store.calm(contents) if contents else {}
        known = dict(store.known([content for content in contents if content not in calm]) if contents else {})
        subjects = [
            Subject(row.bucket, key, "", row.etag, row.size, account, row.modified)
            for key, row in wanted.items()
            if row.content in calm or row.content in known
        ]
        until = self.clock.now() + SPAN
        for group in groups(self.contents.read(subjects, SMALL) if subjects else ()):
            same = [one for read in group if (one := self._same(read, wanted[read.asked.key])) is not None]
            rest = self._calm(same, calm, edition, done.calm)
            known.update(store.known(sorted({one.row.content for one in rest} - known.keys())) if rest else {})
            done.judged.update(self._judged(rest, known, edition))
            if self.clock.now() > until:
                break
        return done

    def _difference(self, old: str, edition: Edition) -> Difference | None:
        """What changed, where there is something that bytes have to be read for and not everything has changed."""
        difference = self.knowing.since(old, edition)
        return difference if difference is not None and difference.changed and not difference.whole else None

    def _same(self, read: Fetched | Unread, row: Settled) -> _Read | None:
        """The read, where it is whole, the object is as it was, and its content is taken as it was."""
        if not isinstance(read, Fetched) or read.gaps or read.unchanged:
            return None
        seen, sample = read.subject, sample_of(read)
        mark = seen.key, seen.etag, seen.size, second_of(seen.modified)
        is_same = mark == row.mark and sample.sha256 == row.sha256 and row.content in self.knowing.names(sample)
        return _Read(row, sample) if is_same else None

    def _calm(
        self, reads: Sequence[_Read], calm: Mapping[str, str], edition: Edition, done: dict[str, Settled]
    ) -> list[_Read]:
        """Put to `done` those in which nothing was found and no changed rule can match; the others."""
        by_edition: dict[str, list[_Read]] = {}
        for read in reads:
            is_calm = read.row.word == CLEAN and read.row.content in calm
            by_edition.setdefault(calm[read.row.content] if is_calm else "", []).append(read)
        rest = by_edition.pop("", [])
        for name, group in by_edition.items():
            stand = self._stand(group, self.knowing.since(name, edition), edition)
            for read, stands in zip(group, stand, strict=True):
                if stands:
                    done[read.row.key] = replace(read.row, edition=edition.id)
                else:
                    rest.append(read)
        return rest

    def _stand(self, reads: Sequence[_Read], difference: Difference | None, edition: Edition) -> list[bool]:
        """Which of them no changed rule can match; none where the rules changed once more meanwhile."""
        detector = self.knowing.detector
        stand = detector.calm_all([read.sample for read in reads], difference) if difference is not None else []
        return stand if stand and detector.edition().id == edition.id else [False] * len(reads)

    def _judged(
        self, reads: Sequence[_Read], known: Mapping[str, Known], edition: Edition
    ) -> Iterator[tuple[str, Renewed]]:
        by_edition: dict[str, list[_Read]] = {}
        for read in reads:
            if read.row.content in known:
                by_edition.setdefault(known[read.row.content].edition, []).append(read)
        for name, group in by_edition.items():
            difference = self._difference(name, edition)
            if difference is not None:
                yield from self._untouched(group, known, difference, edition)

    def _untouched(
        self, group: Sequence[_Read], known: Mapping[str, Known], difference: Difference, edition: Edition
    ) -> Iterator[tuple[str, Renewed]]:
        detector, book = self.knowing.detector, self.knowing.rules.current()
        before = [known[read.row.content].detection for read in group]
        fresh = detector.untouched_all([read.sample for read in group], before, difference)
        for read, found in zip(group, fresh, strict=True):
            if found is not None and found.coverage.rulebook_digest == edition.judging:
                verdict = judge(detector.named(found, read.sample), book)
                row = replace(read.row, edition=edition.id, word=verdict.word)
                yield row.key, (row, verdict, Known(row.content, edition.id, found))
