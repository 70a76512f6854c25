"""URLs and rooms behind the port of stored objects."""

import socket

from scanner.adapters.cdn_contents import RoutedContents, UrlContents
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.adapters.memory import MemoryContents
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.places import url_subject, version_of
from scanner.domain.cdn.urls import read_url
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.ports import Fetched, Unread
from tests.unit.cdn.hostile import reply, scripted


def by_agent(_path: str, head: str, peer: socket.socket) -> None:
    who = b"spider" if "Baiduspider" in head else b"browser"
    peer.sendall(reply(who, "200 OK", "Content-Type: text/html", 'ETag: "w"'))


def test_a_url_is_read_as_its_vantage_and_versioned_by_its_bytes() -> None:
    with scripted(by_agent) as server:
        contents = UrlContents(CurlFetcher(allowed=Allowed.of(["127.0.0.1"])))
        url = read_url(f"http://127.0.0.1:{server.port}/p")
        plain, spider = url_subject(url, "tenant"), url_subject(url, "tenant", "spider")
        read = {each.asked: each for each in contents.read([plain, spider, Subject("cdn:x", "no url")], 1_000)}
        first, second = read[plain], read[spider]
        bad = read[Subject("cdn:x", "no url")]
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert (first.data, second.data, first.media_type) == (b"browser", b"spider", "text/html")
    assert first.subject.etag == version_of(b"browser")
    assert first.subject.account == "tenant"
    assert isinstance(bad, Unread)
    assert bad.gap.reason is Reason.ACCESS_DENIED


def test_other_bytes_than_the_judged_ones_are_changed() -> None:
    with scripted(by_agent) as server:
        contents = UrlContents(CurlFetcher(allowed=Allowed.of(["127.0.0.1"])))
        subject = url_subject(read_url(f"http://127.0.0.1:{server.port}/p"))
        judged = Subject(subject.bucket, subject.key, etag=version_of(b"other"))
        answer = next(iter(contents.read([judged], 1_000)))
    assert isinstance(answer, Unread)
    assert answer.gap.reason is Reason.CHANGED


def test_each_subject_is_read_from_where_it_lies() -> None:
    objects = MemoryContents()
    stored = objects.put("snaps", "hub/a/1.jpg", b"picture")
    room = Subject("room:hub/a", "s3://snaps/hub/a/1.jpg")
    with scripted(by_agent) as server:
        routed = RoutedContents(objects, UrlContents(CurlFetcher(allowed=Allowed.of(["127.0.0.1"]))))
        url = url_subject(read_url(f"http://127.0.0.1:{server.port}/"))
        read = {each.asked: each for each in routed.read([room, url, stored], 1_000)}
    assert all(isinstance(each, Fetched) for each in read.values())
    seen = read[room]
    assert isinstance(seen, Fetched)
    assert (seen.data, seen.subject.bucket, seen.subject.etag) == (b"picture", "room:hub/a", stored.etag)
    assert routed.missing("nobody")
    assert list(routed.web.listing("cdn:x", "", "")) == []
