"""URLs and rooms' snapshots behind the same port as stored objects: what is scanned need not lie in a bucket."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.places import CDN, ROOM, seen_as, snapshot_of, version_of
from scanner.domain.cdn.vantage import headers_of
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
        asks: dict[str, Subject] = {}
        wanted: list[Ask] = []
        for number, subject in enumerate(subjects):
            try:
                url, vantage = seen_as(subject)
            except ContentError as error:
                yield Unread(subject, Gap(Reason.ACCESS_DENIED, "", f"the key {error.what}"))
                continue
            asks[str(number)] = subject
            wanted.append(Ask(url.text, headers_of(vantage), limit=limit, name=str(number)))
        for outcome in self.fetcher.fetch(wanted):
            yield read_of(asks[outcome.asked.name], outcome)

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Nothing: the web lists nothing; `aup cdn ingest` finds URLs."""
        return iter(())

    def missing(self, bucket: str) -> bool:
        """Whether the place is none of ours."""
        return not bucket.startswith(CDN)


def read_of(subject: Subject, outcome: Page | Unfetched) -> Fetched | Unread:
    """What a fetch came to, for those who scan."""
    if isinstance(outcome, Unfetched):
        return Unread(subject, outcome.gap)
    version = version_of(outcome.body)
    if subject.etag and subject.etag != version:
        return Unread(subject, Gap(Reason.CHANGED, "", "other bytes are served now"))
    headers = outcome.headers
    read = replace(
        subject, etag=version, size=len(outcome.body), modified=headers.get("last-modified", subject.modified)
    )
    kinds = headers.get("content-type", ""), headers.get("content-encoding", "")
    return Fetched(subject, read, outcome.body, *kinds)


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
    return Fetched(room, subject, read.data, read.media_type, read.encoding)
