"""Hostile bodies, headers, lengths, redirects and certificates: a reason each, and nothing stuck."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import Ask, FetchLimits, Page, Unfetched
from scanner.domain.coverage import Reason
from tests.unit.cdn.hostile import reply, scripted

LIMITS = FetchLimits(content_bytes=100_000, deadline=1.5, slow_bytes=2_000, slow_seconds=1, connect=0.5, rate=10_000)


def one(
    script: Callable[[str, str, socket.socket], None], limits: FetchLimits = LIMITS, **more: object
) -> Page | Unfetched:
    with scripted(script) as server:
        fetcher = CurlFetcher(limits, Allowed.of([f"127.0.0.1#{server.port}"]))
        try:
            return next(iter(fetcher.fetch([Ask(f"http://127.0.0.1:{server.port}/", **more)])))  # type: ignore[arg-type]
        finally:
            fetcher.close()


def drip(_path: str, _head: str, peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        peer.sendall(b"x")
        time.sleep(0.05)


def endless(_path: str, _head: str, peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


def flood(_path: str, _head: str, peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"X-Flood: " + b"y" * 200 + b"\r\n")


def hundreds(_path: str, _head: str, peer: socket.socket) -> None:
    while True:
        peer.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


def silent(_path: str, _head: str, peer: socket.socket) -> None:
    time.sleep(3)


def text(raw: bytes) -> Callable[[str, str, socket.socket], None]:
    return lambda _path, _head, peer: peer.sendall(raw)


BAD = {
    "slow": (drip, Reason.TIMEOUT),
    "endless": (endless, Reason.OVER_SIZE),
    "header-flood": (flood, Reason.OVER_SIZE),
    "endless-hints": (hundreds, Reason.OVER_SIZE),
    "silent": (silent, Reason.TIMEOUT),
    "short": (text(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort"), Reason.DAMAGED),
    "negative": (text(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort"), Reason.DAMAGED),
    "two-lengths": (text(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nshort"), Reason.DAMAGED),
    "cut-chunk": (text(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nshort"), Reason.DAMAGED),
    "no-http": (text(b"SSH-2.0-OpenSSH_9.9\r\n"), Reason.DAMAGED),
    "part-unasked": (text(reply(b"part", "206 Partial", "Content-Range: bytes 0-3/900")), Reason.DAMAGED),
    "error": (text(reply(b"oops", "500 Oops")), Reason.DAMAGED),
    "refused": (text(reply(b"no", "403 Forbidden")), Reason.ACCESS_DENIED),
    "gone": (text(reply(b"parked", "404 Not Found")), Reason.GONE),
    "self-redirect": (text(reply(b"", "302 Found", "Location: /")), Reason.OVER_DEPTH),
    "redirect-to-file": (text(reply(b"", "302 Found", "Location: file:///etc/passwd")), Reason.ACCESS_DENIED),
    "redirect-body": (text(reply(b"x" * 90_000, "302 Found", "Location: /y")), Reason.OVER_SIZE),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_a_reason_in_time(name: str) -> None:
    script, reason = BAD[name]
    began = time.monotonic()
    outcome = one(script)
    assert isinstance(outcome, Unfetched)
    assert outcome.gap.reason is reason, outcome.gap
    assert outcome.gap.detail
    assert time.monotonic() - began < 4


def test_redirects_in_a_circle_and_without_end_are_broken_off() -> None:
    def circle(path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"", "302 Found", f"Location: /{'b' if path == '/a' else 'a'}"))

    def endlessly(path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"", "302 Found", f"Location: {path}x"))

    first, second = one(circle), one(endlessly)
    assert isinstance(first, Unfetched)
    assert isinstance(second, Unfetched)
    assert first.gap.detail == "the redirects lead in a circle"
    assert second.gap.detail == "more than 10 redirects"
    assert len(second.hops) == 11


def test_a_body_is_handed_over_as_sent_with_its_encoding_named() -> None:
    outcome = one(text(reply(gzip.compress(b"hello"), "200 OK", "Content-Encoding: gzip")))
    assert isinstance(outcome, Page)
    assert gzip.decompress(outcome.body) == b"hello"
    assert outcome.headers["content-encoding"] == "gzip"


def test_a_redirect_is_followed_and_every_hop_is_told() -> None:
    def script(path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"there") if path == "/b?x=1" else reply(b"", "301 Moved", "Location: b?x=1"))

    outcome = one(script)
    assert isinstance(outcome, Page)
    assert (outcome.body, [hop.status for hop in outcome.hops]) == (b"there", [301, 200])


def test_a_conditional_request_is_answered_with_as_before() -> None:
    def script(_path: str, head: str, peer: socket.socket) -> None:
        same = 'If-None-Match: "v1"' in head
        peer.sendall(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n" if same else reply(b"new"))

    outcome, other = one(script, etag='"v1"'), one(script, etag='"v0"')
    assert isinstance(outcome, Page)
    assert outcome.unchanged
    assert isinstance(other, Page)
    assert other.body == b"new"


def test_an_unasked_304_is_no_content() -> None:
    assert isinstance(one(text(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")), Unfetched)


RANGES = {
    "right": (b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-3/9\r\nContent-Length: 4\r\n\r\nbody", True),
    "other": (b"HTTP/1.1 206 P\r\nContent-Range: bytes 5-8/9\r\nContent-Length: 4\r\n\r\nbody", False),
    "longer": (b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-8/9\r\nContent-Length: 4\r\n\r\nbody", False),
    "unnamed": (b"HTTP/1.1 206 P\r\nContent-Length: 4\r\n\r\nbody", False),
    "outside": (b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-3/2\r\nContent-Length: 4\r\n\r\nbody", False),
    "whole": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwholebody", True),
}


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_the_one_that_was_asked_for_or_none(name: str) -> None:
    raw, good = RANGES[name]
    assert isinstance(one(text(raw), span=(0, 3)), Page if good else Unfetched)


def test_a_certificate_that_nobody_signed_is_a_tls_fault(tmp_path: Path) -> None:
    from tests.unit.cdn.certificates import self_signed

    pem = self_signed(tmp_path, "secure.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    def plain(_path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"secret"))

    with scripted(plain) as server:
        server.context = context
        from scanner.adapters.cdn_names import Names

        trusting = CurlFetcher(LIMITS, Allowed.of(["127.0.0.1"]), Names(lambda _: ["127.0.0.1"]), ca_file=str(pem))
        strict = CurlFetcher(LIMITS, Allowed.of(["127.0.0.1"]), Names(lambda _: ["127.0.0.1"]))
        asks = [Ask(f"https://{name}.example:{server.port}/") for name in ("secure", "other")]
        good, other = sorted(trusting.fetch(asks), key=lambda each: each.asked.url, reverse=True)
        unsigned = next(iter(strict.fetch(asks[:1])))
    assert isinstance(good, Page)
    assert good.body == b"secret"
    assert "secure.example" in names
    for each in (other, unsigned):
        assert isinstance(each, Unfetched)
        assert each.gap.detail.startswith("TLS")


def test_what_does_not_speak_tls_is_a_tls_fault() -> None:
    with scripted(text(b"plain\r\n\r\n")) as server:
        fetcher = CurlFetcher(LIMITS, Allowed.of(["127.0.0.1"]))
        outcome = next(iter(fetcher.fetch([Ask(f"https://127.0.0.1:{server.port}/")])))
    assert isinstance(outcome, Unfetched)
    assert outcome.gap.reason in (Reason.DAMAGED, Reason.TIMEOUT)


def test_many_bad_and_good_ones_together_all_come_to_an_end() -> None:
    def script(path: str, head: str, peer: socket.socket) -> None:
        [drip, endless, silent, lambda _p, _h, to: to.sendall(reply(b"fine"))][int(path[1:]) % 4](path, head, peer)

    with scripted(script) as server:
        fetcher = CurlFetcher(LIMITS, Allowed.of(["127.0.0.1"]))
        asks = [Ask(f"http://127.0.0.1:{server.port}/{n}", name=str(n)) for n in range(40)]
        outcomes = list(fetcher.fetch(asks))
        fetcher.close()
    assert sorted(int(each.asked.name) for each in outcomes) == list(range(40))
    assert all(isinstance(each, Unfetched) for each in outcomes if int(each.asked.name) % 4 != 3)


def test_an_address_that_refuses_is_followed_by_the_next() -> None:
    from scanner.adapters.cdn_names import Names

    with scripted(text(reply(b"second"))) as server:
        names = Names(lambda _: ["127.0.0.9", "127.0.0.1"])
        fetcher = CurlFetcher(LIMITS, Allowed.of(["127.0.0.0/8"]), names)
        outcome = next(iter(fetcher.fetch([Ask(f"http://two.example:{server.port}/")])))
        fetcher.close()
    assert isinstance(outcome, Page)
    assert [hop.address for hop in outcome.hops] == ["127.0.0.9", "127.0.0.1"]


def test_a_host_gets_no_more_than_its_rate() -> None:
    limits = FetchLimits(rate=20, per_host=2)
    with scripted(text(reply(b"x"))) as server:
        fetcher = CurlFetcher(limits, Allowed.of(["127.0.0.1"]))
        began = time.monotonic()
        outcomes = list(fetcher.fetch([Ask(f"http://127.0.0.1:{server.port}/{n}") for n in range(12)]))
        took = time.monotonic() - began
        fetcher.close()
    assert len(outcomes) == 12
    assert took > 0.4


def test_every_address_of_a_name_is_an_edge() -> None:
    from scanner.adapters.cdn_names import Names

    def look_up(host: str) -> list[str]:
        if host == "gone.example":
            raise OSError("no such name")
        return ["198.51.100.1", "2001:db8::1"]

    fetcher = CurlFetcher(LIMITS, names=Names(look_up))
    assert fetcher.edges("https://w.example/x") == ("198.51.100.1:443", "[2001:db8::1]:443")
    assert fetcher.edges("http://gone.example/") == ()
    assert fetcher.edges("http://198.51.100.1/") == ()
    fetcher.close()


def test_a_name_that_leads_nowhere_is_an_outcome_of_its_own() -> None:
    from scanner.adapters.cdn_names import Names

    def look_up(host: str) -> list[str]:
        if host == "gone.example":
            raise OSError("no such name")
        if host == "slow.example":
            time.sleep(2)
        return []

    fetcher = CurlFetcher(FetchLimits(deadline=0.5, connect=0.2), names=Names(look_up))
    asks = [Ask(f"http://{name}.example/", name=name) for name in ("gone", "bare", "slow")]
    found = {each.asked.name: each for each in fetcher.fetch(asks)}
    fetcher.close()
    reasons = {name: each.gap.reason for name, each in found.items() if isinstance(each, Unfetched)}
    assert reasons == {"gone": Reason.UNRESOLVED, "bare": Reason.UNRESOLVED, "slow": Reason.TIMEOUT}


def test_several_content_encodings_are_one_list_and_trailers_say_nothing() -> None:
    twice = one(text(reply(b"body", "200 OK", "Content-Encoding: br", "Content-Encoding: identity")))
    assert isinstance(twice, Page)
    assert twice.headers["content-encoding"] == "br, identity"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
    late = one(text(head + b"4\r\nbody\r\n0\r\nContent-Type: image/png\r\n\r\n"))
    assert isinstance(late, Page)
    assert (late.headers["content-type"], late.body) == ("text/html", b"body")


def test_a_redirect_is_read_as_sloppily_as_browsers_do() -> None:
    def script(path: str, _head: str, peer: socket.socket) -> None:
        peer.sendall(reply(b"", "302 Found", "Location: \\my page") if path == "/" else reply(path.encode()))

    found = one(script)
    assert isinstance(found, Page)
    assert found.body == b"/my%20page"
