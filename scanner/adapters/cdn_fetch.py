"""The fetcher for hostile networks: one thread, many transfers, each hop resolved, checked and pinned by ourselves.

A name is resolved here, every address that comes back is checked, and libcurl is told to connect to a checked one
(CONNECT_TO): what a name leads to a moment later does not matter. Redirects are not followed by libcurl; each goes
through the same gate again.
"""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import pycurl

from scanner.adapters.cdn_answers import answer, unreached
from scanner.adapters.cdn_codings import unpacked
from scanner.adapters.cdn_names import Names
from scanner.adapters.cdn_transfer import Transfer, tell
from scanner.domain.cdn.addresses import NOBODY, Allowed, denied
from scanner.domain.cdn.fetching import Ask, FetchLimits, Hop, Page, Unfetched
from scanner.domain.cdn.urls import Url, read_url
from scanner.domain.coverage import Gap, Reason
from scanner.errors import ContentError

LIMITS = FetchLimits()
MOST_EDGES = 16  # addresses of one name that are looked through
UNRESOLVED = "the name is not resolved"
LOOK_SECONDS = 0.05  # between two looks at resolvers and waiting hosts while nothing else happens


@dataclass(slots=True)
class CurlFetcher:
    """Fetches. `allowed` comes from settings, never from what is fetched; `proxy` is an egress proxy or empty."""

    limits: FetchLimits = LIMITS
    allowed: Allowed = NOBODY
    names: Names = field(default_factory=Names)
    proxy: str = ""
    ca_file: str = ""
    pool: list[Any] = field(default_factory=list)
    multi: Any = None

    def fetch(self, asks: Iterable[Ask]) -> Iterator[Page | Unfetched]:
        """Each request's outcome, in the order in which they come to an end. Never raises for one of them."""
        run = _Run(self, iter(asks))
        try:
            yield from run.outcomes()
        finally:
            run.drop()

    def edges(self, text: str) -> tuple[str, ...]:
        """Every address (`host:port`) that a URL's name leads to now; none where it is not resolved in time."""
        url = read_url(text)
        if url.is_address:
            return ()
        try:
            found = self.names.known(url.host) or self.names.asked(url.host).result(self.limits.connect)
        except (OSError, UnicodeError, TimeoutError):
            return ()  # the look itself says that the name is not resolved
        pairs = [f"[{address}]:{url.port}" if ":" in address else f"{address}:{url.port}" for address in found]
        return tuple(pairs[:MOST_EDGES])

    def plain(self, page: Page, most: int) -> Page | None:
        """The page with the first bytes of its body out of their content encoding; None where that cannot be undone."""
        body = unpacked(page.body, page.headers.get("content-encoding", ""), most)
        headers = {name: value for name, value in page.headers.items() if name != "content-encoding"}
        return None if body is None else replace(page, body=body, headers=headers)

    def close(self) -> None:
        """Give connections and threads back."""
        self.names.close()
        self.pool.clear()
        if self.multi is not None:
            self.multi.close()
            self.multi = None

    def addresses(self, url: Url, ask: Ask, found: list[str]) -> tuple[list[tuple[str, int]], str]:
        """The checked addresses of a hop, or why there is none. One bad address of several spoils all of them."""
        if ask.address:
            host, _, number = ask.address.rpartition(":")
            pairs = [(host.strip("[]"), int(number))]
        else:
            pairs = [(address, url.port) for address in found]
        for address, port in pairs:
            if why := denied(address, port, self.allowed):
                return [], why
        return pairs[: self.limits.addresses], "" if pairs else "the name has no address"


class _Run:
    """One call of `fetch`: what waits for a name, for its host's turn, or is under way."""

    def __init__(self, fetcher: CurlFetcher, asks: Iterator[Ask]) -> None:
        self.fetcher, self.asks, self.limits = fetcher, asks, fetcher.limits
        self.fetcher.multi = fetcher.multi or pycurl.CurlMulti()
        self.live: dict[Any, Transfer] = {}
        self.naming: list[tuple[Transfer, Future[list[str]]]] = []
        self.ready: defaultdict[str, deque[Transfer]] = defaultdict(deque)
        self.busy: Counter[str] = Counter()
        self.next_at: dict[str, float] = {}
        self.done: deque[Page | Unfetched] = deque()
        self.more, self.waiting = True, 0

    def outcomes(self) -> Iterator[Page | Unfetched]:
        """Until nothing is left."""
        while True:
            self._take()
            self._named()
            self._start()
            while self.done:
                yield self.done.popleft()
            if not (self.live or self.naming or self.waiting):
                if not self.more:
                    return
                continue
            self.fetcher.multi.perform()
            if not self._ended():
                self._wait()

    def drop(self) -> None:
        """Leave nothing on the wire."""
        for handle in self.live:
            self.fetcher.multi.remove_handle(handle)
        self.live.clear()

    def _take(self) -> None:
        while self.more and len(self.live) + len(self.naming) + self.waiting < self.limits.in_flight:
            ask = next(self.asks, None)
            if ask is None:
                self.more = False
                return
            try:
                url = read_url(ask.url)
            except ContentError as error:
                gap = Gap(Reason.ACCESS_DENIED, "", f"the URL {error.what}")
                self.done.append(Unfetched(ask, gap))
                continue
            self._gate(Transfer(ask, url, self.limits, time.monotonic() + self.limits.deadline))

    def _gate(self, transfer: Transfer) -> None:
        """Every hop comes through here: its addresses are found, and all of them checked."""
        url = transfer.url
        if url.is_address or transfer.ask.address:
            self._check(transfer, [url.host])
            return
        known = self.fetcher.names.known(url.host)
        if known is not None:
            self._check(transfer, known)
        else:
            self.naming.append((transfer, self.fetcher.names.asked(url.host)))

    def _named(self) -> None:
        still: list[tuple[Transfer, Future[list[str]]]] = []
        for transfer, future in self.naming:
            if time.monotonic() > transfer.ends:
                future.cancel()
                self.done.append(transfer.failed(Reason.TIMEOUT, "the name was not resolved in time"))
            elif not future.done():
                still.append((transfer, future))
            elif isinstance(future.exception(), OSError | UnicodeError):
                self.done.append(transfer.failed(Reason.UNRESOLVED, f"{UNRESOLVED}: {future.exception()}"))
            else:
                self._check(transfer, future.result())
        self.naming = still

    def _check(self, transfer: Transfer, found: list[str]) -> None:
        transfer.addresses, why = self.fetcher.addresses(transfer.url, transfer.ask, found)
        if why:
            reason = Reason.ACCESS_DENIED if found else Reason.UNRESOLVED
            told = f"not connected to: {why}" if found else f"{UNRESOLVED}: {why}"
            self.done.append(transfer.failed(reason, told))
            return
        self.ready[transfer.url.host].append(transfer)
        self.waiting += 1

    def _start(self) -> None:
        """Begin what its host's turn has come for: so many at once, so many a second."""
        now = time.monotonic()
        for host in [name for name, queue in self.ready.items() if queue]:
            queue = self.ready[host]
            while queue and self.busy[host] < self.limits.per_host and self.next_at.get(host, 0) <= now:
                transfer = queue.popleft()
                self.waiting -= 1
                if transfer.ends <= now:
                    self.done.append(transfer.failed(Reason.TIMEOUT, "its host's turn did not come in time"))
                    continue
                self.next_at[host] = max(self.next_at.get(host, 0), now - 0.05) + 1 / self.limits.rate
                self._send(host, transfer)
            if not queue:
                del self.ready[host]

    def _send(self, host: str, transfer: Transfer) -> None:
        handle = self.fetcher.pool.pop() if self.fetcher.pool else pycurl.Curl()
        handle.reset()
        tell(handle, transfer, self.fetcher.proxy, self.fetcher.ca_file)
        self.live[handle] = transfer
        self.busy[host] += 1
        self.fetcher.multi.add_handle(handle)

    def _ended(self) -> bool:
        ended, queued = False, 1
        while queued:
            queued, good, bad = self.fetcher.multi.info_read()
            for handle, code in [(handle, 0) for handle in good] + [(row[0], row[1]) for row in bad]:
                self._finish(handle, code)
                ended = True
        return ended

    def _finish(self, handle: Any, code: int) -> None:
        transfer = self.live.pop(handle)
        self.busy[transfer.url.host] -= 1
        transfer.hops = (*transfer.hops, Hop(transfer.url.text, transfer.status, transfer.addresses[0][0]))
        again = not transfer.over and unreached(transfer, code)
        outcome = None if again else answer(transfer, handle, code)
        self.fetcher.multi.remove_handle(handle)
        self.fetcher.pool.append(handle)
        if again:
            self.ready[transfer.url.host].append(transfer.again())
            self.waiting += 1
        elif isinstance(outcome, Url):
            self._gate(transfer.next_hop(outcome))
        elif outcome is not None:
            self.done.append(outcome)

    def _wait(self) -> None:
        if self.live:
            self.fetcher.multi.select(LOOK_SECONDS if self.naming or self.waiting else 1.0)
        else:
            time.sleep(LOOK_SECONDS / 10)
