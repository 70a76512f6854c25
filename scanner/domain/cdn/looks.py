"""What the edges of a CDN show: each look at one edge, and the worst of them all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.cdn.fetching import Page, Unfetched
from scanner.domain.coverage import Reason

ORDER = ("served", "unclear", "refused", "gone")  # the worst first, in the words of the Surface port
CACHE_HEADERS = ("x-cache", "x-cache-status", "x-cache-lookup", "cf-cache-status", "x-swift-cachetime", "via", "x-log")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one edge as a plain visitor: what it answered, and what it says of its cache."""

    url: str
    edge: str
    seen: str
    status: int
    at: datetime
    age: int = -1
    cache: str = ""
    etag: str = ""
    detail: str = ""

    @property
    def cached(self) -> bool:
        """Whether the edge says that the answer came out of its cache."""
        return self.age > 0 or "hit" in self.cache.lower()


def look_of(outcome: Page | Unfetched, edge: str, at: datetime, etag: str = "") -> Look:
    """What one answer means. With `etag`, other content than the judged version's is `gone`."""
    if isinstance(outcome, Unfetched):
        seen = {Reason.GONE: "gone", Reason.ACCESS_DENIED: "refused"}.get(outcome.gap.reason, "unclear")
        seen = "unclear" if outcome.status == 0 else seen  # nobody answered, or we would not ask
        return Look(outcome.asked.url, edge, seen, outcome.status, at, detail=outcome.gap.detail)
    headers, found = outcome.headers, outcome.headers.get("etag", "").removeprefix("W/").strip('"')
    cache = "; ".join(f"{name}: {headers[name]}" for name in CACHE_HEADERS if name in headers)
    age = headers.get("age", "")
    other = bool(etag and found and found.removesuffix("-gzip") != etag)
    seen = "gone" if other else "served"
    return Look(outcome.asked.url, edge, seen, outcome.status, at, int(age) if age.isdigit() else -1, cache, found)


def worst_of(looks: Iterable[Look]) -> str:
    """The worst that any edge shows; unclear for no look."""
    return worst_word(look.seen for look in looks)


def worst_word(words: Iterable[str]) -> str:
    """The worst of what was seen; unclear for nothing."""
    return min(words, key=ORDER.index, default="unclear")
