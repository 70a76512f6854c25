"""URLs read with a memory: asked whether they changed where the verdict would stand, their ranges held to the whole."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.adapters.cdn_contents import asks_of, read_of
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.memory import Remembered, askable, memory_id, remembered
from scanner.domain.cdn.places import CDN
from scanner.domain.cdn.vantage import part_difference, spans
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.ports import Clock, Fetched, Unread
from scanner.ports_cdn import UrlMemories

Stands = Callable[[Sequence[Fetched]], Sequence[bool]]


@dataclass(slots=True)
class _Reading:
    """One call of `read`: what is remembered of its subjects, and what is to be remembered."""

    subjects: Sequence[Subject]
    ids: Sequence[str]
    held: Mapping[str, Remembered]
    now: datetime
    believed: dict[str, Fetched] = field(default_factory=dict)  # by the name of the request that may be answered so
    fresh: list[Remembered] = field(default_factory=list)

    def of(self, name: str) -> Remembered | None:
        return self.held.get(self.ids[int(name)])


@dataclass(frozen=True, slots=True)
class RememberedContents:
    """The Contents of `cdn:` places for those who scan. `stands` says of contents whether their verdict would stand.

    A URL is asked conditionally only where it would: after a change of rules its bytes are read again, and only the
    changed rules are run over them if they are the same.
    """

    fetcher: CurlFetcher
    memories: UrlMemories
    stands: Stands
    clock: Clock

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each URL's bytes, or that they are as they were, or why there are none."""
        asks, bad = asks_of(subjects, limit)
        yield from bad
        ids = [memory_id(each) for each in subjects]
        reading = _Reading(subjects, ids, self.memories.recall(ids), self.clock.now())
        doubtful: list[Page] = []
        for outcome in self.fetcher.fetch(self._conditional(asks, reading)):
            held = reading.of(outcome.asked.name)
            if isinstance(outcome, Page) and held is not None and held.checks and not outcome.unchanged:
                doubtful.append(outcome)
            else:
                yield self._read(outcome, reading)
        if doubtful:
            yield from self._checked(doubtful, reading, limit)
        self.memories.keep(reading.fresh)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Nothing: the web lists nothing."""
        return iter(())

    def missing(self, bucket: str) -> bool:
        """Whether the place is none of ours."""
        return not bucket.startswith(CDN)

    def _conditional(self, asks: Sequence[Ask], reading: _Reading) -> list[Ask]:
        """The requests, with validators where an answer of "as before" would be taken."""
        offers = {ask.name: held for ask in asks if (held := self._offer(ask, reading)) is not None}
        reads = {name: _unchanged(reading.subjects[int(name)], held) for name, held in offers.items()}
        for (name, read), stands in zip(reads.items(), self.stands(list(reads.values())) if reads else (), strict=True):
            if stands:
                reading.believed[name] = read
        return [
            replace(ask, etag=offers[ask.name].etag, modified=offers[ask.name].modified)
            if ask.name in reading.believed
            else ask
            for ask in asks
        ]

    def _offer(self, ask: Ask, reading: _Reading) -> Remembered | None:
        held, wanted = reading.of(ask.name), reading.subjects[int(ask.name)].etag
        if held is None or ask.span is not None or wanted not in ("", held.sha256[:32]):
            return None
        return held if askable(held, reading.now) else None

    def _read(self, outcome: Page | Unfetched, reading: _Reading, doubt: str | None = None) -> Fetched | Unread:
        """What one fetch came to. `doubt`: what a check of ranges said just now."""
        name = outcome.asked.name
        subject, held = reading.subjects[int(name)], reading.of(name)
        if isinstance(outcome, Page) and outcome.unchanged:
            return reading.believed[name]
        if isinstance(outcome, Page) and outcome.asked.span is None:
            read = read_of(subject, outcome)
            digest = read.sha256 if isinstance(read, Fetched) else hashlib.sha256(outcome.body).hexdigest()
            row = remembered(held, subject, outcome.headers, digest, len(outcome.body), reading.now)
            row = row if doubt is None else replace(row, doubt=doubt)
            read = _with_doubt(read, row.doubt)
            whole = isinstance(read, Fetched) and not read.gaps
            reading.fresh.append(row if whole else replace(row, etag="", modified=""))  # it is looked at every time
            return read
        return read_of(subject, outcome)

    def _checked(self, pages: Sequence[Page], reading: _Reading, limit: int) -> Iterator[Fetched | Unread]:
        """Pages whose ranges are to be compared: a difference counts if the whole is meanwhile as it was."""
        by_name, told = {page.asked.name: page for page in pages}, dict[str, str]()
        parts = [replace(page.asked, span=span) for page in pages for span in spans(page.body)]
        for part in self.fetcher.fetch(parts):
            page = by_name[part.asked.name]
            for each in part_difference(page, part):
                told.setdefault(part.asked.name, each.what)
        again = [replace(by_name[name].asked, limit=limit) for name in told]
        for outcome in self.fetcher.fetch(again):
            whole = by_name[outcome.asked.name].body
            if isinstance(outcome, Page) and outcome.body != whole:
                del told[outcome.asked.name]  # it is made anew for every request: its ranges tell nothing
        for page in pages:
            yield self._read(page, reading, told.get(page.asked.name, ""))


def _unchanged(subject: Subject, held: Remembered) -> Fetched:
    seen = replace(subject, etag=held.sha256[:32], size=held.size, modified=held.modified or subject.modified)
    return Fetched(subject, seen, b"", held.media_type, held.encoding, unchanged=held.sha256)


def _with_doubt(read: Fetched | Unread, doubt: str) -> Fetched | Unread:
    if isinstance(read, Unread) or not doubt:
        return read
    return replace(read, gaps=(*read.gaps, Gap(Reason.INCONSISTENT, "", f"ranges: {doubt}")))
