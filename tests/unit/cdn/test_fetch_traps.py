"""No spelling, rebinding or redirect leads a fetch to an internal address: trap listeners count zero connections."""

import socket

import pytest

from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.adapters.cdn_names import Names
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import Ask, FetchLimits, Page, Unfetched
from scanner.domain.coverage import Reason
from tests.unit.cdn.hostile import reply, scripted, traps

HOSTS = [
    "127.0.0.1",
    "127.0.0.2",
    "127.1.2.3",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0177.0.0.0x1",
    "１２７.０.０.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "user@127.0.0.1",
    "example.com@127.0.0.1",
    "example.com＠127.0.0.1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "[::1%25lo]",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example.com",
    "rebound.example",
]


def fetcher(*allowed: str, **names: list[str]) -> CurlFetcher:
    def look_up(host: str) -> list[str]:
        if host in names:
            return names[host]
        return [str(row[4][0]) for row in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]

    return CurlFetcher(FetchLimits(deadline=5), Allowed.of(allowed), Names(look_up))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_a_host_reaches_a_trap(scheme: str) -> None:
    with traps() as listening:
        one = fetcher(**{"rebound.example": ["127.0.0.1"]})
        asks = [Ask(f"{scheme}://{host}:{listening[0].port}/") for host in HOSTS]
        outcomes = list(one.fetch(asks))
        assert len(HOSTS) >= 30
        assert len(outcomes) == len(HOSTS)
        assert all(isinstance(each, Unfetched) for each in outcomes)
        assert {each.gap.reason for each in outcomes} <= {Reason.ACCESS_DENIED, Reason.UNRESOLVED}  # type: ignore[union-attr]
        assert sum(trap.connections for trap in listening) == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_no_redirect_leads_to_a_trap(status: str) -> None:
    with traps() as listening:
        trap = listening[0].port

        def script(path: str, _head: str, peer: socket.socket) -> None:
            host = HOSTS[int(path[1:])]
            location = f"Location: http://{host}:{trap}/".encode().decode("latin-1")
            peer.sendall(reply(b"", status, location))

        with scripted(script) as server:
            one = fetcher(f"127.0.0.1#{server.port}", **{"front.example": ["127.0.0.1"]})
            asks = [Ask(f"http://front.example:{server.port}/{number}") for number in range(len(HOSTS))]
            outcomes = list(one.fetch(asks))
            assert server.connections == len(HOSTS)
            assert all(isinstance(each, Unfetched) and each.hops for each in outcomes)
            assert sum(each.connections for each in listening) == 0


def test_a_name_that_turns_inward_after_it_was_checked_is_not_followed() -> None:
    """The resolver's first answer is allowed, each later one is the trap: only the first address is ever connected."""
    with traps() as listening:
        answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]])

        def script(path: str, _head: str, peer: socket.socket) -> None:
            target = f"http://turning.example:{server.port}/two"
            peer.sendall(reply(b"", "302 Found", f"Location: {target}") if path == "/" else reply(b"second"))

        with scripted(script) as server:
            inward = [trap for trap in listening if trap.socket.getsockname()[0] == "127.0.0.2"]
            one = CurlFetcher(
                FetchLimits(deadline=5), Allowed.of([f"127.0.0.1#{server.port}"]), Names(lambda _: next(answers))
            )
            outcome = next(iter(one.fetch([Ask(f"http://turning.example:{server.port}/")])))
            assert isinstance(outcome, Page)  # looked up once; both hops went to the address that was checked
            assert {hop.address for hop in outcome.hops} == {"127.0.0.1"}
            one.names.kept.clear()
            again = next(iter(one.fetch([Ask(f"http://turning.example:{server.port}/")])))
            assert isinstance(again, Unfetched)
            assert "loopback" in again.gap.detail
            assert sum(trap.connections for trap in inward) == 0


def test_one_internal_address_among_public_ones_spoils_the_name() -> None:
    with traps() as listening:
        one = fetcher(**{"mixed.example": ["8.8.8.8", "127.0.0.1"]})
        outcome = next(iter(one.fetch([Ask(f"http://mixed.example:{listening[0].port}/")])))
        assert isinstance(outcome, Unfetched)
        assert outcome.gap.reason is Reason.ACCESS_DENIED
        assert sum(trap.connections for trap in listening) == 0


def test_an_edge_that_is_named_is_checked_like_any_address() -> None:
    with traps() as listening:
        outcome = next(iter(fetcher().fetch([Ask("http://a.example/", address=f"127.0.0.1:{listening[0].port}")])))
        assert isinstance(outcome, Unfetched)
        assert listening[0].connections == 0


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with traps() as listening:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{listening[0].port}")
        with scripted(lambda _p, _h, peer: peer.sendall(reply(b"direct"))) as server:
            one = fetcher(f"127.0.0.1#{server.port}")
            outcome = next(iter(one.fetch([Ask(f"http://127.0.0.1:{server.port}/")])))
            assert isinstance(outcome, Page)
            assert listening[0].connections == 0


def test_an_egress_proxy_is_told_the_checked_address() -> None:
    def script(path: str, _head: str, peer: socket.socket) -> None:
        assert path == "93.184.216.34:80"
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.recv(65_536)
        peer.sendall(reply(b"through"))

    with scripted(script) as server:
        one = fetcher(**{"public.example": ["93.184.216.34"]})
        one.proxy = f"http://127.0.0.1:{server.port}"
        outcome = next(iter(one.fetch([Ask("http://public.example/")])))
        assert isinstance(outcome, Page)
        assert outcome.body == b"through"
        assert server.seen[0].startswith("CONNECT 93.184.216.34:80")
