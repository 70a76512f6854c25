"""The ports of CDN content. Adapters subclass nothing; `bootstrap_cdn` wires them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from scanner.domain.cdn.budgets import Waiting
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.looks import Look
from scanner.domain.cdn.memory import Remembered
from scanner.domain.cdn.purging import Purge, PurgeState, Quota, Submitted
from scanner.domain.cdn.returned import Sighting


class Fetcher(Protocol):
    """Fetches from the hostile web; never raises for one request's troubles. `edges`: all addresses of a URL's name.

    `plain` is a page with the beginning of its body out of its content encoding, None where that cannot be undone.
    """

    def fetch(self, asks: Iterable[Ask]) -> Iterator[Page | Unfetched]: ...

    def edges(self, text: str) -> tuple[str, ...]: ...

    def plain(self, page: Page, most: int) -> Page | None: ...


class Provider(Protocol):
    """A CDN's own control API.

    `purge` submits URLs (at most `batch` at a time; the same again is one task, or none); `state` polls a task;
    `block` and `unblock` refuse URLs at the edges, where the provider can (`blocks`); `blocked` says which are in
    force; `stop` and `start` switch a whole domain. QuotaError where the day's quota is used up, AmbiguousError where
    an answer was lost.
    """

    @property
    def batch(self) -> int: ...

    @property
    def blocks(self) -> bool: ...

    def purge(self, urls: Sequence[str]) -> Submitted: ...

    def state(self, task: str) -> PurgeState: ...

    def quota(self) -> Quota: ...

    def blocked(self, host: str) -> frozenset[str]: ...

    def block(self, urls: Sequence[str]) -> None: ...

    def unblock(self, urls: Sequence[str]) -> None: ...

    def stop(self, host: str) -> None: ...

    def start(self, host: str) -> None: ...

    def running(self, host: str) -> bool: ...


class PurgeLedger(Protocol):
    """Purges as rows: what is owed, what was accepted under which task, what came of it."""

    def file(self, purges: Sequence[Purge]) -> None: ...

    def owed(self, now: datetime, limit: int) -> list[Purge]: ...

    def running(self, limit: int) -> list[Purge]: ...

    def latest(self, url: str) -> Purge | None: ...

    def save(self, purges: Sequence[Purge]) -> None: ...


class Looker(Protocol):
    """Looks at URLs through every edge of their domains, as a plain visitor.

    With `etag` and `size` of a judged version, an edge that holds another content is `gone`.
    """

    def look(self, urls: Sequence[str], etag: str = "", size: int = 0) -> list[Look]: ...


class Purger(Protocol):
    """Makes edges forget URLs: `want` files, `push` sends what is owed, `poll` asks what became of it."""

    @property
    def providers(self) -> Mapping[str, Provider]: ...

    def want(self, urls: Sequence[str]) -> list[Purge]: ...

    def push(self, limit: int = 10_000) -> Counter[str]: ...

    def poll(self, limit: int = 1_000) -> Counter[str]: ...


class Sightings(Protocol):
    """Contents that were read of late, the newest first, or where single ones (by sha256) were read of late.

    `first` is when a content was first read in an account.
    """

    def since(self, moment: datetime, limit: int) -> list[Sighting]: ...

    def of(self, contents: Sequence[str], moment: datetime) -> list[Sighting]: ...

    def first(self, sha256: str, account: str) -> datetime | None: ...


class UrlMemories(Protocol):
    """What is remembered of URLs, by `memory_id`. `check` has their ranges compared at the next read."""

    def recall(self, ids: Sequence[str]) -> Mapping[str, Remembered]: ...

    def keep(self, rows: Sequence[Remembered]) -> None: ...

    def check(self, rows: Sequence[Remembered]) -> None: ...

    def prune(self, before: datetime) -> int: ...


class Budgets(Protocol):
    """Days' budgets by domain: ids that a day took, and URLs that wait in line. Days are `2026-11-24`, UTC."""

    def taken(self, day: str, domain: str) -> frozenset[str]: ...

    def line(self, domain: str, limit: int) -> list[Waiting]: ...

    def settle(
        self, day: str, domain: str, taken: Sequence[str], freed: Sequence[str], new: Sequence[Waiting]
    ) -> None: ...

    def spent(self, day: str) -> dict[str, int]: ...

    def waiting(self) -> dict[str, int]: ...

    def prune(self, before: str) -> int: ...


class Stops(Protocol):
    """Cases for whose sake places are held, or are to be: `place` whole, or whatever begins with it."""

    def cases(self, place: str, *, whole: bool) -> list[str]: ...
