"""Looking through the edges: each address of a domain, as a plain visitor, in the variants that caches keep apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.fetching import BROWSER, Ask
from scanner.domain.cdn.looks import Look, look_of
from scanner.domain.cdn.urls import read_url
from scanner.ports import Clock
from scanner.ports_cdn import Fetcher

_PLAIN = tuple((name, "identity" if name == "Accept-Encoding" else value) for name, value in BROWSER)
VARIANTS = {"packed": BROWSER, "plain": _PLAIN}  # a cache may hold each under a key of its own


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at URLs. No request asks a cache to look anew: what a visitor would get is what counts."""

    fetcher: Fetcher
    domains: Domains
    clock: Clock

    def look(self, urls: Sequence[str], etag: str = "") -> list[Look]:
        """Every URL through every edge of its domain, or every address of its name where none is listed."""
        asks = [ask for url in urls for ask in self._asks(url)]
        found = []
        for outcome in self.fetcher.fetch(asks):
            edge = outcome.asked.address or (outcome.hops[-1].address if outcome.hops else "")
            found.append(look_of(outcome, edge, self.clock.now(), etag))
        return sorted(found, key=lambda look: (look.url, look.edge))

    def _asks(self, url: str) -> list[Ask]:
        edges = self.domains.find(read_url(url).host).edges or self.fetcher.edges(url) or ("",)
        return [
            Ask(url, headers, span=(0, 0), address=edge, name=variant)
            for edge in edges
            for variant, headers in VARIANTS.items()
        ]
