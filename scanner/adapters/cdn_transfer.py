"""One fetch under way: where it stands, what came so far, and how libcurl is told of it."""

import ssl
import time
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pycurl

from scanner.domain.cdn.fetching import Ask, FetchLimits, Hop, Page, Unfetched
from scanner.domain.cdn.urls import Url
from scanner.domain.coverage import Gap, Reason

LISTED = frozenset({"content-encoding"})  # headers whose several lines are one list
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CA_FILE = ssl.get_default_verify_paths().cafile or ""


@dataclass(slots=True)
class Transfer:
    """One fetch: its present hop, the addresses left to be tried for it, and the bounds it runs under."""

    ask: Ask
    url: Url
    limits: FetchLimits
    ends: float
    started: float = field(default_factory=time.monotonic)
    body: BytesIO = field(default_factory=BytesIO)
    headers: dict[str, str] = field(default_factory=dict)
    header_bytes: int = 0
    header_lines: int = 0
    status: int = 0
    over: str = ""
    hops: tuple[Hop, ...] = ()
    addresses: list[tuple[str, int]] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)

    def take_header(self, line: bytes) -> int | None:
        """libcurl's header callback; a new status line (after a 1xx) starts anew. The bound is over all of them."""
        self.header_bytes += len(line)
        self.header_lines += 1
        if self.header_bytes > self.limits.header_bytes or self.header_lines > self.limits.header_lines:
            self.over = f"more than {self.limits.header_bytes} bytes or {self.limits.header_lines} lines of headers"
            return -1
        if self.body.tell():
            return None  # a trailer: nothing that a browser would heed
        name, colon, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        if line.startswith(b"HTTP/"):
            self.headers, self.status = {}, _status(line)
        elif colon:
            held = self.headers.get(name) if name in LISTED else None
            self.headers[name] = f"{held}, {value}" if held else value
        return None

    def take_body(self, piece: bytes) -> int | None:
        """libcurl's body callback; more than the bound ends the transfer."""
        if self.body.tell() + len(piece) > self.bound:
            self.over = f"more than {self.bound} bytes"
            return -1
        self.body.write(piece)
        return None

    @property
    def bound(self) -> int:
        """Bytes of body that this answer may have."""
        if self.status in REDIRECTS:
            return self.limits.hop_bytes
        return self.ask.limit or self.limits.content_bytes

    def next_hop(self, url: Url) -> "Transfer":
        """The same fetch at another URL, with nothing left of this one's answer."""
        fresh = Transfer(self.ask, url, self.limits, self.ends, self.started, hops=self.hops)
        if url.authority != self.url.authority:
            fresh.ask = replace(self.ask, address="")  # an edge was named for the first host only
        fresh.visited = self.visited | {self.url.text}
        return fresh

    def again(self) -> "Transfer":
        """The same hop at its next address."""
        fresh = Transfer(self.ask, self.url, self.limits, self.ends, self.started, hops=self.hops)
        fresh.addresses, fresh.visited = self.addresses[1:], self.visited
        return fresh

    def page(self) -> Page:
        """What came, whole."""
        took = time.monotonic() - self.started
        body = self.body.getvalue()
        return Page(self.ask, self.url.text, self.status, self.headers, body, self.hops, took)

    def failed(self, reason: Reason, detail: str) -> Unfetched:
        """What did not come whole, and why."""
        return Unfetched(self.ask, Gap(reason, "", detail), self.hops, self.status, self.headers)

    def turned_down(self, reason: Reason, detail: str) -> Unfetched:
        """An error with the page that came with it."""
        gap = Gap(reason, "", detail)
        return Unfetched(self.ask, gap, self.hops, self.status, self.headers, self.body.getvalue())


def tell(handle: Any, transfer: Transfer, proxy: str, ca_file: str) -> None:
    """Set everything on a fresh handle. The connection goes to the checked address; SNI and Host say the URL's name."""
    address, port = transfer.addresses[0]
    limits, option = transfer.limits, handle.setopt
    option(pycurl.URL, transfer.url.text)
    option(pycurl.CONNECT_TO, [f"::[{address}]:{port}" if ":" in address else f"::{address}:{port}"])
    option(pycurl.PROXY, proxy)  # empty: none, whatever the environment says
    option(pycurl.NOPROXY, "" if proxy else "*")
    option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    option(pycurl.FOLLOWLOCATION, 0)
    option(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    option(pycurl.HTTP09_ALLOWED, 0)
    option(pycurl.PATH_AS_IS, 1)
    option(pycurl.NOSIGNAL, 1)
    option(pycurl.CONNECTTIMEOUT_MS, int(limits.connect * 1000))
    option(pycurl.TIMEOUT_MS, max(1, int((transfer.ends - time.monotonic()) * 1000)))
    option(pycurl.LOW_SPEED_LIMIT, limits.slow_bytes)
    option(pycurl.LOW_SPEED_TIME, limits.slow_seconds)
    option(pycurl.HEADERFUNCTION, transfer.take_header)
    option(pycurl.WRITEFUNCTION, transfer.take_body)
    option(pycurl.HTTPHEADER, _headers(transfer.ask))
    if transfer.url.scheme == "https" and (ca_file or CA_FILE):
        option(pycurl.CAINFO, ca_file or CA_FILE)


def _headers(ask: Ask) -> list[str]:
    lines = [f"{name}: {value}" for name, value in ask.headers if "\n" not in value and "\r" not in value]
    if ask.etag:
        lines.append(f"If-None-Match: {ask.etag}")
    if ask.modified:
        lines.append(f"If-Modified-Since: {ask.modified}")
    if ask.span:
        lines.append(f"Range: bytes={ask.span[0]}-{ask.span[1]}")
    return lines


def _status(line: bytes) -> int:
    word = line.split(None, 2)[1:2]
    return int(word[0]) if word and word[0].isdigit() else 0
