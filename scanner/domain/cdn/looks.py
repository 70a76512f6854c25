"""What the edges of a CDN show: each look at one edge, and the worst of them all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.cdn.fetching import Page, Unfetched

ORDER = ("served", "unclear", "refused", "gone")  # the worst first, in the words of the Surface port
REFUSALS = (401, 403, 407, 451)
CACHE_HEADERS = ("x-cache", "x-cache-status", "x-cache-lookup", "cf-cache-status", "x-swift-cachetime", "via", "x-log")
_BY_STATUS = (
    dict.fromkeys((200, 203, 206), "served") | dict.fromkeys((404, 410), "gone") | dict.fromkeys(REFUSALS, "refused")
)


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


def look_of(outcome: Page | Unfetched, edge: str, at: datetime) -> Look:
    """What one answer means: only statuses that refuse are a refusal, and what began to come is served."""
    headers, status = outcome.headers, outcome.status
    cache = "; ".join(f"{name}: {headers[name]}" for name in CACHE_HEADERS if name in headers)
    age, etag = headers.get("age", ""), headers.get("etag", "").removeprefix("W/").strip('"')
    seen = "served" if isinstance(outcome, Page) else _BY_STATUS.get(status, "unclear")
    detail = outcome.gap.detail if isinstance(outcome, Unfetched) else ""
    told = int(age) if age.isascii() and age.isdigit() else -1
    return Look(outcome.asked.url, edge, seen, status, at, told, cache, etag, detail)


def names_other(look: Look, etag: str) -> bool:
    """Whether a served answer calls itself another version than the judged one. A CDN's settings can make it say so."""
    return bool(etag and look.seen == "served" and look.etag and look.etag.removesuffix("-gzip") != etag)


def seen_of_bytes(body: bytes | None, etag: str, size: int) -> str:
    """What an edge serves that names another version, by its whole bytes: `gone` only if they are others for sure."""
    if body is None or not size:
        return "unclear"
    if hashlib.md5(body, usedforsecurity=False).hexdigest() == etag.lower():
        return "served"
    return "unclear" if len(body) == size else "gone"


def worst_of(looks: Iterable[Look]) -> str:
    """The worst that any edge shows; unclear for no look."""
    return worst_word(look.seen for look in looks)


def worst_word(words: Iterable[str]) -> str:
    """The worst of what was seen; unclear for nothing."""
    return min(words, key=ORDER.index, default="unclear")
