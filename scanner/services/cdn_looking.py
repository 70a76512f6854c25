"""Looking through the edges: each address of a domain, as a plain visitor, in the variants that caches keep apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.fetching import BROWSER, Ask, Page, Unfetched
from scanner.domain.cdn.looks import Look, look_of, names_other, seen_of_bytes
from scanner.domain.cdn.urls import PORTS, Url, read_url
from scanner.ports import Clock
from scanner.ports_cdn import Fetcher

_PLAIN = tuple((name, "identity" if name == "Accept-Encoding" else value) for name, value in BROWSER)
VARIANTS = {"packed": BROWSER, "plain": _PLAIN}  # a cache may hold each under a key of its own

SPARE = 64 * 1024  # bytes of a body that a look reads: an edge may send the whole though one byte was asked for


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at URLs. No request asks a cache to look anew: what a visitor would get is what counts."""

    fetcher: Fetcher
    domains: Domains
    clock: Clock

    def look(self, urls: Sequence[str], etag: str = "", size: int = 0) -> list[Look]:
        """Every URL through every edge of its domain, or every address of its name where none is listed.

        With `etag` and `size` of a judged version, an edge that holds another content is `gone`. What it calls its
        content is not believed: a CDN's settings can rewrite an ETag.
        """
        asks = [ask for url in urls for ask in (*self._asks(url), *self._twin(url))]
        found, doubtful = list[Look](), list[Ask]()
        for outcome in self.fetcher.fetch(asks):
            look = self._look(outcome)
            if names_other(look, etag):
                doubtful.append(replace(outcome.asked, span=None, limit=2 * size + SPARE))
            elif look.status or look.url in urls:  # nobody need answer at the other scheme
                found.append(look)
        for outcome in self.fetcher.fetch(doubtful):
            page = self.fetcher.plain(outcome, 2 * size + SPARE) if isinstance(outcome, Page) else None
            look, body = self._look(outcome), page.body if page else None
            found.append(replace(look, seen=seen_of_bytes(body, etag, size)) if look.seen == "served" else look)
        return sorted(found, key=lambda look: (look.url, look.edge))

    def _look(self, outcome: Page | Unfetched) -> Look:
        edge = outcome.asked.address or (outcome.hops[-1].address if outcome.hops else "")
        return look_of(outcome, edge, self.clock.now())

    def _asks(self, url: str) -> list[Ask]:
        edges = self.domains.find(read_url(url).host).edges or self.fetcher.edges(url) or ("",)
        return [
            Ask(url, headers, span=(0, 0), address=edge, name=variant, limit=SPARE)
            for edge in edges
            for variant, headers in VARIANTS.items()
        ]

    def _twin(self, text: str) -> list[Ask]:
        """The same over the other of http and https, which caches may hold apart; not where edges name their ports."""
        url = read_url(text)
        if self.domains.find(url.host).edges or url.port != PORTS[url.scheme]:
            return []
        other = "http" if url.scheme == "https" else "https"
        return self._asks(Url(other, url.host, PORTS[other], url.target).text)
