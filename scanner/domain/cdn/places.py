"""URLs and rooms as subjects: the place has a colon, which no bucket's name has; the key says what lies there.

`cdn:host` with the whole URL as its key; a fragment `#as=NAME` names the vantage that it is looked at from (fragments
never leave a client, so no real URL has one). `room:NAME` with the stored snapshot's `s3://bucket/key` as its key.
The version of a URL is a digest of the bytes that came: an ETag of the web binds nobody.
"""

import hashlib

from scanner.domain.cdn.urls import Url, read_url
from scanner.domain.content import Subject

CDN, ROOM = "cdn:", "room:"
_AS = "#as="


def version_of(body: bytes) -> str:
    """The version of bytes that came from a URL."""
    return version_named(hashlib.sha256(body).hexdigest())


def version_named(sha256: str) -> str:
    """The same of bytes whose sha256 is known."""
    return sha256[:32]


def url_subject(url: Url, account: str = "", vantage: str = "") -> Subject:
    """The subject of a URL, as seen from a vantage ("" is a browser's)."""
    key = url.text + (f"{_AS}{vantage}" if vantage else "")
    return Subject(f"{CDN}{url.host}", key, account=account or url.host)


def seen_as(subject: Subject) -> tuple[Url, str]:
    """The URL of a subject and the vantage; ContentError if its key is no URL."""
    text, _, vantage = subject.key.partition(_AS)
    return read_url(text), vantage


def snapshot_of(subject: Subject) -> Subject:
    """The stored object that a room's snapshot lies in."""
    bucket, _, key = subject.key.removeprefix("s3://").partition("/")
    return Subject(bucket, key, subject.version_id, subject.etag, subject.size, subject.account, subject.modified)
