"""Exploring: from a URL to what it leads to on the same site, and to what other visitors are shown there; bounded."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.domain.cdn.domains import Domains, normalised
from scanner.domain.cdn.fetching import Ask, Page, Unfetched
from scanner.domain.cdn.links import MOST_BYTES, Led, kind_of, led, same_site
from scanner.domain.cdn.memory import Remembered, memory_id
from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import Url, read_url
from scanner.domain.cdn.vantage import RANGE, Difference, differences, headers_of
from scanner.domain.content import Subject
from scanner.domain.requests import Lane, Owed
from scanner.ports import Clock
from scanner.ports_cdn import Fetcher, UrlMemories
from scanner.services.intake import Intake

VANTAGES = ("spider", "phone", "search", "again")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far exploring goes from the URLs that it is given."""

    depth: int = 2
    pages: int = 200
    links: int = 50  # of one page
    vantages: tuple[str, ...] = VANTAGES


@dataclass(slots=True)
class Explored:
    """What was found: URLs by text, what other visitors are shown, other sites that are linked, counts."""

    urls: dict[str, Url] = field(default_factory=dict)
    cloaked: dict[str, tuple[Difference, ...]] = field(default_factory=dict)
    outside: dict[str, Url] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all that was led to, as deep as was asked for, was looked at or filed."""
        return not any(self.counts[word] for word in ("unread", "undecoded", "cut", "left", "over-links", "not-drawn"))


@dataclass(frozen=True, slots=True)
class Exploring:
    """Looks at pages and playlists only as far as to know where they lead; what is found is filed to be scanned."""

    fetcher: Fetcher
    domains: Domains
    intake: Intake
    clock: Clock
    memories: UrlMemories
    reach: Reach = Reach()

    def explore(self, urls: Sequence[str]) -> Explored:
        """Breadth first, each URL once, within the reach."""
        done, queue = Explored(), deque[tuple[Url, int]]()
        for text in urls:
            self._meet(done, queue, read_url(text), 0)
        while queue and done.counts["fetched"] < self.reach.pages:
            batch = [queue.popleft() for _ in range(min(len(queue), self.reach.pages - done.counts["fetched"]))]
            depth_of = {url.text: depth for url, depth in batch}
            pages: list[Page] = []
            for outcome in self.fetcher.fetch(Ask(url.text, limit=MOST_BYTES, name=url.text) for url, _ in batch):
                done.counts["fetched"] += 1
                self._take(done, queue, outcome, depth_of[outcome.asked.name], pages)
            self._compare(done, pages)
        done.counts["left"] = len(queue)
        return done

    def file(self, done: Explored, account: str = "", lane: Lane = Lane.UPLOADS) -> list[int]:
        """File every URL, its ranges to be held to the whole, and every vantage that is shown something else."""
        subjects = [self._subject(url, account) for url in done.urls.values()]
        now = self.clock.now()
        self.memories.check([Remembered(memory_id(each), each.key, now) for each in subjects])
        for text, found in done.cloaked.items():
            subjects += [self._subject(done.urls[text], account, each.vantage) for each in found]
        return self._filed(subjects, lane)

    def file_ranges(self, texts: Iterable[str], account: str = "", lane: Lane = Lane.UPLOADS) -> list[int]:
        """File URLs whose ranges are not the whole's once more, as those who ask for ranges are shown them."""
        return self._filed([self._subject(read_url(text), account, RANGE) for text in texts], lane)

    def _filed(self, subjects: Sequence[Subject], lane: Lane) -> list[int]:
        stamp = f"explored-{self.clock.now():%Y%m%d%H%M%S%f}"
        return self.intake.file([Owed(subject, lane, "cdn-explored", stamp) for subject in subjects])

    def _subject(self, url: Url, account: str, vantage: str = "") -> Subject:
        return url_subject(url, account or self.domains.find(url.host).account, vantage)

    def _meet(self, done: Explored, queue: deque[tuple[Url, int]], url: Url, depth: int) -> None:
        url = normalised(url, self.domains.find(url.host))
        if url.text not in done.urls:
            done.urls[url.text] = url
            queue.append((url, depth))

    def _take(
        self, done: Explored, queue: deque[tuple[Url, int]], outcome: Page | Unfetched, depth: int, pages: list[Page]
    ) -> None:
        if isinstance(outcome, Unfetched):
            done.counts["unread"] += 1
            done.unread[outcome.asked.name] = outcome.gap.detail or outcome.gap.reason.value
            return
        if (plain := self.fetcher.plain(outcome, MOST_BYTES)) is None:
            done.counts["undecoded"] += 1
            done.unread[outcome.asked.name] = f"content encoding {outcome.headers.get('content-encoding', '')[:40]}"
            return
        outcome = plain
        done.counts["cut"] += len(outcome.body) == MOST_BYTES
        kind = kind_of(outcome.url, outcome.headers.get("content-type", ""), outcome.body)
        done.counts[kind or "other"] += 1
        if not kind:
            return
        if kind == "page":
            pages.append(outcome)
        at = read_url(outcome.url)
        found, left = led(at, kind, outcome.body)
        done.counts["not-drawn"] += left
        self._follow(done, queue, at, found, depth)

    def _follow(
        self, done: Explored, queue: deque[tuple[Url, int]], page: Url, found: Iterable[Led], depth: int
    ) -> None:
        taken = 0
        for each in found:
            if not same_site(each.url.host, page.host) and each.kind == "link":
                done.outside.setdefault(each.url.text, each.url)
            elif depth >= self.reach.depth:
                done.counts["too-deep"] += 1
            elif taken >= self.reach.links:
                done.counts["over-links"] += 1
            else:
                taken += 1
                done.counts[each.kind] += 1
                self._meet(done, queue, each.url, depth + 1)

    def _compare(self, done: Explored, pages: Sequence[Page]) -> None:
        asks = [
            Ask(page.asked.url, headers_of(vantage), limit=MOST_BYTES, name=f"{vantage} {page.asked.name}")
            for page in pages
            for vantage in self.reach.vantages
        ]
        seen: dict[str, dict[str, Page | Unfetched]] = {}
        for outcome in self.fetcher.fetch(asks):
            vantage, _, text = outcome.asked.name.partition(" ")
            plain = self.fetcher.plain(outcome, MOST_BYTES) if isinstance(outcome, Page) else None
            seen.setdefault(text, {})[vantage] = plain or outcome
        for page in pages:
            others: Mapping[str, Page | Unfetched] = seen.get(page.asked.name, {})
            if found := differences(page, others):
                done.cloaked[page.asked.name] = found
                done.counts["cloaked"] += 1
