"""Renewing: known objects under changed rules, settled by one look at their bytes where those rules cannot match."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.content import Sample, Subject
from scanner.domain.known import Difference, Edition, Known, Settled, second_of
from scanner.domain.verdicts import Verdict, judge
from scanner.ports import Clock, Contents, Fetched, Unread
from scanner.services.knowing import Knowing, sample_of
from scanner.services.reads import groups

SMALL = 256 * 1024  # bytes of an object that is read while its page is listed; a larger one is owed a scan
SPAN = timedelta(seconds=20)  # spent so on one page at most: its lease is three times as long
Renewed = tuple[Settled, Verdict, Known]


@dataclass(frozen=True, slots=True)
class _Read:
    """A known object whose bytes came as they were: its row, what is known of it, and the bytes."""

    row: Settled
    known: Known
    sample: Sample


@dataclass(frozen=True, slots=True)
class Renewing:
    """Reads known objects. Whatever it does not give is to be scanned as ever; nothing is taken for read that was not.

    An object is given only where all of its bytes came and are those that were scanned before.
    """

    contents: Contents
    knowing: Knowing
    clock: Clock

    def renewed(self, rows: Mapping[str, Settled], account: str) -> dict[str, Renewed]:
        """By key, the objects settled anew under the rules in force, with their verdict and what is known of them."""
        edition = self.knowing.edition()
        wanted = {key: row for key, row in rows.items() if row.size <= SMALL and self._difference(row.edition, edition)}
        known = self.knowing.store.known(sorted({row.content for row in wanted.values()})) if wanted else {}
        subjects = [
            Subject(row.bucket, key, "", row.etag, row.size, account, row.modified)
            for key, row in wanted.items()
            if row.content in known
        ]
        until, judged = self.clock.now() + SPAN, dict[str, Renewed]()
        for group in groups(self.contents.read(subjects, SMALL) if subjects else ()):
            same = [one for read in group if (one := self._same(read, wanted[read.asked.key], known)) is not None]
            judged.update(self._judged(same, edition))
            if self.clock.now() > until:
                break
        return judged

    def _difference(self, old: str, edition: Edition) -> Difference | None:
        """What changed, where there is something that bytes have to be read for and not everything has changed."""
        difference = self.knowing.since(old, edition)
        return difference if difference is not None and difference.changed and not difference.whole else None

    def _same(self, read: Fetched | Unread, row: Settled, known: Mapping[str, Known]) -> _Read | None:
        """The read, where it is whole, the object is as it was, and its content is taken as it was."""
        if not isinstance(read, Fetched) or read.gaps or read.unchanged:
            return None
        seen, sample = read.subject, sample_of(read)
        mark = seen.key, seen.etag, seen.size, second_of(seen.modified)
        is_same = mark == row.mark and sample.sha256 == row.sha256 and row.content in self.knowing.names(sample)
        return _Read(row, known[row.content], sample) if is_same else None

    def _judged(self, reads: Sequence[_Read], edition: Edition) -> Iterator[tuple[str, Renewed]]:
        by_edition: dict[str, list[_Read]] = {}
        for read in reads:
            by_edition.setdefault(read.known.edition, []).append(read)
        for name, group in by_edition.items():
            difference = self._difference(name, edition)
            if difference is not None:
                yield from self._untouched(group, difference, edition)

    def _untouched(
        self, group: Sequence[_Read], difference: Difference, edition: Edition
    ) -> Iterator[tuple[str, Renewed]]:
        detector, book = self.knowing.detector, self.knowing.rules.current()
        known = [read.known.detection for read in group]
        fresh = detector.untouched_all([read.sample for read in group], known, difference)
        for read, found in zip(group, fresh, strict=True):
            if found is not None and found.coverage.rulebook_digest == edition.judging:
                verdict = judge(detector.named(found, read.sample), book)
                row = replace(read.row, edition=edition.id, word=verdict.word)
                yield row.key, (row, verdict, Known(read.known.content, edition.id, found))
