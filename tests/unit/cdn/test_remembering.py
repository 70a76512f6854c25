"""URLs read with a memory: "as before" is taken where the verdict would stand, and ranges are held to the whole."""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.adapters.cdn_memory import MemoryMemories
from scanner.adapters.cdn_remembering import RememberedContents
from scanner.adapters.memory import FixedClock
from scanner.domain.cdn import memory
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.memory import Remembered, memory_id
from scanner.domain.cdn.places import url_subject, version_of
from scanner.domain.cdn.urls import read_url
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.ports import Fetched, Unread
from tests.unit.cdn.hostile import Scripted, reply, scripted

WHOLE = b"<html>" + bytes(range(65, 91)) * 300 + b"</html>"
HTML = "Content-Type: text/html"


def ranged(body: bytes, head: str, *headers: str) -> bytes:
    """An honest answer to a request for a range, or for the whole."""
    wanted = next((row for row in head.split("\r\n") if row.lower().startswith("range: bytes=")), "")
    if not wanted:
        return reply(body, "200 OK", HTML, *headers)
    first, last = (int(part) for part in wanted.partition("=")[2].split("-"))
    last = min(last, len(body) - 1)
    return reply(body[first : last + 1], "206 P", HTML, f"Content-Range: bytes {first}-{last}/{len(body)}", *headers)


def script(path: str, head: str, peer: socket.socket) -> None:
    if path == "/etag":
        same = 'If-None-Match: "v1"' in head
        peer.sendall(reply(b"", "304 Not Modified") if same else reply(WHOLE, "200 OK", HTML, 'ETag: "v1"'))
    elif path == "/time":
        told = "Last-Modified: Wed, 31 Dec 2025 10:00:00 GMT"
        same = "If-Modified-Since: Wed, 31 Dec 2025 10:00:00 GMT" in head
        peer.sendall(reply(b"", "304 Not Modified") if same else reply(WHOLE, "200 OK", HTML, told))
    elif path == "/honest":
        peer.sendall(ranged(WHOLE, head, 'ETag: "h"'))
    elif path == "/other-parts":
        peer.sendall(ranged(WHOLE if "Range:" not in head else WHOLE.swapcase(), head, f'ETag: "{len(head)}"'))
    elif path == "/other-size":
        peer.sendall(ranged(WHOLE if "Range:" not in head else WHOLE + b"more", head))
    elif path == "/lying-range":
        lie = reply(WHOLE[:9], "206 P", "Content-Range: bytes 0-1023/9000")
        peer.sendall(lie if "Range:" in head else reply(WHOLE, "200 OK", HTML))
    elif path == "/anew":
        script.visits += 1  # type: ignore[attr-defined]
        peer.sendall(ranged(WHOLE + str(script.visits).encode() * 40, head))  # type: ignore[attr-defined]
    elif path == "/bare":
        peer.sendall(reply(b"", "404 Not Found"))
    else:
        peer.sendall(reply(WHOLE, "200 OK", HTML) if "Range:" in head else reply(b"no", "404 Not Found"))


script.visits = 0  # type: ignore[attr-defined]


@dataclass
class Site:
    server: Scripted
    contents: RememberedContents
    memories: MemoryMemories
    stands: list[bool] = field(default_factory=lambda: [True])

    def subject(self, path: str) -> Subject:
        return url_subject(read_url(f"http://127.0.0.1:{self.server.port}{path}"), "tenant")

    def read(self, path: str, limit: int = 1_000_000) -> Fetched | Unread:
        [found] = self.contents.read([self.subject(path)], limit)
        return found

    def check(self, path: str) -> Fetched | Unread:
        subject = self.subject(path)
        self.memories.check([Remembered(memory_id(subject), subject.key, self.contents.clock.now())])
        return self.read(path)


@pytest.fixture
def site(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(memory, "WHOLE_SHARE", 1_000_000)
    memories = MemoryMemories()
    with scripted(script) as server:
        fetcher = CurlFetcher(allowed=Allowed.of(["127.0.0.1"]))

        def stands(reads: Sequence[Fetched]) -> list[bool]:
            return [made.stands[0] for _ in reads]

        made = Site(server, RememberedContents(fetcher, memories, stands, clock), memories)
        yield made
        fetcher.close()


@pytest.mark.parametrize("path", ["/etag", "/time"])
def test_what_is_as_before_is_not_sent_again(path: str, site: Site) -> None:
    first, second = site.read(path), site.read(path)
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert (first.data, first.unchanged) == (WHOLE, "")
    assert (second.data, second.subject.etag, second.subject.size) == (b"", version_of(WHOLE), len(WHOLE))
    assert second.unchanged.startswith(second.subject.etag)
    assert (second.media_type, second.asked) == ("text/html", site.subject(path))


def test_a_verdict_that_would_not_stand_has_the_bytes_read_again(site: Site) -> None:
    site.read("/etag")
    site.stands[0] = False
    again = site.read("/etag")
    assert isinstance(again, Fetched)
    assert again.data == WHOLE
    assert not any("If-None-Match" in head for head in site.server.seen)


def test_after_a_week_the_bytes_are_read_again(site: Site, clock: FixedClock) -> None:
    site.read("/etag")
    clock.advance(8 * 24 * 3600)
    again = site.read("/etag")
    assert isinstance(again, Fetched)
    assert again.data == WHOLE


def test_a_version_that_is_asked_for_by_name_is_not_another_one(site: Site) -> None:
    site.read("/etag")
    other = replace(site.subject("/etag"), etag="0" * 32)
    [found] = site.contents.read([other], 1_000_000)
    assert isinstance(found, Unread)
    assert found.gap.reason is Reason.CHANGED


def test_an_errors_own_page_is_read_with_its_gap_and_not_remembered(site: Site) -> None:
    found, bare = site.read("/gone"), site.read("/bare")
    assert isinstance(found, Fetched)
    assert isinstance(bare, Unread)
    assert (found.data, [gap.reason for gap in found.gaps], bare.gap.reason) == (b"no", [Reason.GONE], Reason.GONE)
    assert site.memories.rows == {}
    assert site.contents.missing("bucket")
    assert list(site.contents.listing("cdn:x", "", "")) == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/other-parts", "other bytes come when a part is asked for"),
        ("/other-size", "its ranges are of"),
        ("/lying-range", "its part is a lie"),
    ],
)
def test_ranges_that_are_not_the_wholes_are_a_gap_that_stays(path: str, told: str, site: Site) -> None:
    checked, later = site.check(path), site.read(path)
    for found in (checked, later):
        assert isinstance(found, Fetched)
        assert [gap.reason for gap in found.gaps] == [Reason.INCONSISTENT]
        assert told in found.gaps[0].detail


@pytest.mark.parametrize("path", ["/honest", "/anew", "/etag"])
def test_honest_ranges_none_and_a_page_made_anew_are_no_gap(path: str, site: Site) -> None:
    found = site.check(path)
    assert isinstance(found, Fetched)
    assert found.gaps == ()
    assert found.data.startswith(WHOLE)
    assert not site.memories.rows[memory_id(site.subject(path))].checks


def test_a_doubt_goes_when_another_check_finds_nothing(site: Site) -> None:
    subject = site.subject("/honest")
    row = Remembered(memory_id(subject), subject.key, site.contents.clock.now(), doubt="it was otherwise")
    site.memories.keep([row])
    before, after = site.read("/honest"), site.check("/honest")
    assert isinstance(before, Fetched)
    assert isinstance(after, Fetched)
    assert (len(before.gaps), after.gaps) == (1, ())


def test_those_who_ask_for_ranges_are_read_as_they_are_served(site: Site) -> None:
    plain = site.subject("/other-parts")
    ranged_ = replace(plain, key=f"{plain.key}#as=range")
    [whole] = site.contents.read([ranged_], 1_000_000)
    [part] = site.contents.read([ranged_], 100)
    assert isinstance(whole, Fetched)
    assert isinstance(part, Fetched)
    assert (whole.data, whole.gaps) == (WHOLE.swapcase(), ())
    assert [gap.reason for gap in part.gaps] == [Reason.OVER_SIZE]
