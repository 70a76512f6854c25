"""URLs and rooms' snapshots behind the same port as stored objects: what is scanned need not lie in a bucket."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.adapters.cdn_codings import unpacked
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.parked import LOOKED_AT, parked
from scanner.domain.cdn.places import CDN, ROOM, seen_as, snapshot_of, version_named
from scanner.domain.cdn.vantage import RANGE, headers_of
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.errors import ContentError
from scanner.ports import Contents, Fetched, Unread


@dataclass(frozen=True, slots=True)
class UrlContents:
    """Subjects of `cdn:` places, fetched as the vantage that they name."""

    fetcher: CurlFetcher

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each URL's bytes as sent, its declared type and encoding, or why there are none."""
        asks, bad = asks_of(subjects, limit)
        yield from bad
        for outcome in self.fetcher.fetch(asks):
            yield read_of(subjects[int(outcome.asked.name)], outcome)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Nothing: the web lists nothing; `aup cdn ingest` finds URLs."""
        return iter(())

    def missing(self, bucket: str) -> bool:
        """Whether the place is none of ours."""
        return not bucket.startswith(CDN)


def asks_of(subjects: Sequence[Subject], limit: int) -> tuple[list[Ask], list[Unread]]:
    """The request for each subject, named by its number; and those whose key is no URL."""
    asks, bad = list[Ask](), list[Unread]()
    for number, subject in enumerate(subjects):
        try:
            url, vantage = seen_as(subject)
        except ContentError as error:
            bad.append(Unread(subject, Gap(Reason.ACCESS_DENIED, "", f"the key {error.what}")))
            continue
        span = (0, limit - 1) if vantage == RANGE and limit else None
        asks.append(Ask(url.text, headers_of(vantage), span=span, limit=limit, name=str(number)))
    return asks, bad


def read_of(subject: Subject, outcome: Page | Unfetched) -> Fetched | Unread:
    """What a fetch came to, for those who scan. An error's own page is read too: visitors are shown it."""
    if isinstance(outcome, Unfetched) and not outcome.body:
        return Unread(subject, outcome.gap)
    digest = hashlib.sha256(outcome.body).hexdigest()
    version = version_named(digest)
    if subject.etag and subject.etag != version:
        return Unread(subject, Gap(Reason.CHANGED, "", "other bytes are served now"))
    headers = outcome.headers
    read = replace(
        subject, etag=version, size=len(outcome.body), modified=headers.get("last-modified", subject.modified)
    )
    kinds = headers.get("content-type", ""), headers.get("content-encoding", "")
    gaps = (outcome.gap,) if isinstance(outcome, Unfetched) else page_gaps(outcome)
    return Fetched(subject, read, outcome.body, *kinds, gaps=gaps, sha256=digest)


def page_gaps(page: Page) -> tuple[Gap, ...]:
    """What is wrong with a page before anybody has read it: a stand-in for a domain, or a part for the whole."""
    gaps = parked(page, _opening(page))
    whole = page.headers.get("content-range", "").rpartition("/")[2]
    if page.status == 206 and page.asked.span and not (whole.isdigit() and int(whole) == len(page.body)):
        gaps += (Gap(Reason.OVER_SIZE, "", f"{len(page.body)} bytes of {whole or '?'} were read"),)
    return gaps


def _opening(page: Page) -> bytes:
    """The beginning of a page's text. What cannot be unpacked here is no page's beginning; detection says why."""
    return unpacked(page.body, page.headers.get("content-encoding", ""), 4 * LOOKED_AT + 1) or b""


@dataclass(frozen=True, slots=True)
class RoutedContents:
    """Stored objects from `objects`, URLs from `web`; a room's snapshot from the object that it lies in."""

    objects: Contents
    web: Contents

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Each subject's bytes, from where it lies."""
        urls = [subject for subject in subjects if subject.bucket.startswith(CDN)]
        rooms = {snapshot_of(subject): subject for subject in subjects if subject.bucket.startswith(ROOM)}
        plain = [subject for subject in subjects if not subject.bucket.startswith((CDN, ROOM))]
        if plain:
            yield from self.objects.read(plain, limit)
        for read in self.objects.read(list(rooms), limit) if rooms else ():
            yield _in_room(rooms[read.asked], read)
        if urls:
            yield from self.web.read(urls, limit)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """A bucket's objects."""
        return self.objects.listing(bucket, prefix, after)

    def missing(self, bucket: str) -> bool:
        """Whether there is no such bucket."""
        return self.objects.missing(bucket)


def _in_room(room: Subject, read: Fetched | Unread) -> Fetched | Unread:
    if isinstance(read, Unread):
        return Unread(room, read.gap)
    seen = read.subject
    subject = replace(room, version_id=seen.version_id, etag=seen.etag, size=seen.size, modified=seen.modified)
    return replace(read, asked=room, subject=subject)
