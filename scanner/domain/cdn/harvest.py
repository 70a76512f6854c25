"""From counted requests to candidates: new, most requested, changed and sampled URLs, within each domain's budget."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_from_bytes

from scanner.domain.cdn.domains import WAITING_DAYS, Domain, Domains, normalised
from scanner.domain.cdn.sketches import HeavyHitters, Sample, Seen, digest_of
from scanner.domain.cdn.urls import MAX_URL, Url, read_url
from scanner.errors import ContentError

HITTERS = 20_000  # URLs whose counts are kept
SPELLED = 200_000  # spellings remembered, so that each is read once
MOST_DOMAINS = 5_000  # hosts of one log that are told apart
SERVED = frozenset({b"200", b"203", b"206", b"304"})
SHARES = {"changed": 0.15, "new": 0.55, "requested": 0.2, "sampled": 0.1}
# Bytes of a path that is written as it stands: no query, no escapes.
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.~-"
LONGEST_PLAIN = 4_000
_ABSOLUTE = re.compile(rb"(https?://[A-Za-z0-9.:_-]{1,250})(/[^\n]*)")
_SAFE = "/-_.~!$&'()*+,;=:@%|[]^{}\"`<>?"


class Why(StrEnum):
    """Why a URL is a candidate."""

    CHANGED = "changed"
    NEW = "new"
    REQUESTED = "requested"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL, in one spelling, that is worth a scan. `requests` is a lower bound where it is counted at all."""

    text: str
    domain: Domain
    why: Why
    requests: int = 0

    @property
    def url(self) -> Url:
        """The URL read."""
        return read_url(self.text)


@dataclass(slots=True)
class _Field:
    """What a log says of one host."""

    domain: Domain
    fresh: Sample
    drawn: Sample
    requests: int = 0


@dataclass(slots=True)
class _Met:
    """A URL of the log, with what the block at hand says of it."""

    text: str
    field: _Field
    count: int = 0
    sent: bytes = b""


@dataclass(slots=True)
class Harvest:
    """Takes blocks of counted requests, keeps what fits, and answers with candidates. `salt` changes the sample.

    `seen` is what earlier logs had; it is left as it is, until `keep` is told which candidates were taken on.
    """

    domains: Domains
    seen: Seen
    salt: bytes = b""
    default_host: str = ""
    hitters: HeavyHitters[str] = field(default_factory=lambda: HeavyHitters(HITTERS))
    fields: dict[str, _Field] = field(default_factory=dict)
    changed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    spelled: dict[tuple[bytes, bytes], _Met] = field(default_factory=dict)
    roots: dict[bytes, tuple[str, _Field]] = field(default_factory=dict)
    distinct: int = 0
    chosen: list[tuple[list[Candidate], list[Candidate]]] = field(default_factory=list)
    met: Seen = field(init=False)

    def __post_init__(self) -> None:
        self.met = Seen(self.seen.bits)

    def take(self, rows: Mapping[tuple[bytes, bytes, bytes, bytes], int]) -> None:
        """Count a block: host, URL, status, bytes sent, and how often."""
        if len(self.spelled) >= SPELLED:
            self.spelled.clear()
        touched: list[_Met] = []
        for (host, url, status, sent), count in rows.items():
            met = self.spelled.get((host, url)) if status in SERVED else None
            if met is None:
                met = self._meet(host, url, status, count)
                if met is None:
                    continue
            if not met.count:
                touched.append(met)
            met.count += count
            if status == b"200" and met.sent != sent:
                self._resized(met, sent)
        self.hitters.add({met.text: met.count for met in touched})
        for met in touched:
            met.field.requests += met.count
            met.count = 0

    def candidates(self) -> list[Candidate]:
        """Every host's candidates, within its domain's budget of a day."""
        return [each for taken, _ in self._all() for each in taken]

    def rest(self) -> list[Candidate]:
        """New and changed URLs over a budget, as far as they are kept; how many are not is counted in `skipped`."""
        return [each for _, rest in self._all() for each in rest]

    def keep(self, candidates: Iterable[Candidate]) -> None:
        """Note what was taken on: any other URL is new again when it is asked for again."""
        for each in candidates:
            self.seen.add(each.text)

    def _all(self) -> list[tuple[list[Candidate], list[Candidate]]]:
        if not self.chosen:
            by_host: dict[str, list[tuple[str, int]]] = {}
            for text, count in self.hitters.top(HITTERS):
                by_host.setdefault(_host(text), []).append((text, count))
            self.chosen = [self._of(host, each, by_host.get(host, [])) for host, each in self.fields.items()]
        return self.chosen

    def _meet(self, host: bytes, url: bytes, status: bytes, count: int) -> _Met | None:
        """A URL that is met for the first time, or for the first time in a while; None if it counts as none."""
        if status not in SERVED:
            self.skipped["not-served"] += count
            return None
        try:
            text, field_ = self._placed(host or self.default_host.encode(), url)
        except ContentError:
            self.skipped["no-url"] += count
            return None
        one, two = digest_of(text)
        if self.met.add_digest(one, two) and not self.seen.has_digest(one, two):
            self.distinct += 1
            field_.fresh.add(text, one)
        else:
            field_.drawn.add(text, one)
        met = self.spelled[(host, url)] = _Met(text, field_)
        return met

    def _placed(self, host: bytes, url: bytes) -> tuple[str, _Field]:
        """As `written`, with the host's field; by a short way for plain paths: their host is read once."""
        absolute = _ABSOLUTE.fullmatch(url) if url[:1] != b"/" else None
        place, path = (absolute[1], absolute[2]) if absolute else (host, url)
        if path[:1] != b"/" or len(path) > LONGEST_PLAIN or path.translate(None, _PLAIN):
            text, name = written(host, url, self.domains)
            return text, self.fields.get(name) or self._field(name)
        root = self.roots.get(place)
        if root is None:
            text, name = written(host, place + b"/" if absolute else b"/", self.domains)
            if len(self.roots) >= SPELLED:
                self.roots.clear()
            self.roots[place] = root = (text[:-1], self.fields.get(name) or self._field(name))
        return root[0] + path.decode("ascii"), root[1]

    def _field(self, host: str) -> _Field:
        if len(self.fields) >= MOST_DOMAINS:
            self.skipped["over-domains"] += 1
            raise ContentError("too many hosts", where=host, mend="split the log")
        domain = self.domains.find(host)
        drawn = Sample(max(1, domain.budget // 10), self.salt)
        self.fields[host] = _Field(domain, Sample(domain.budget * (1 + WAITING_DAYS), self.salt), drawn)
        return self.fields[host]

    def _resized(self, met: _Met, sent: bytes) -> None:
        """A URL that answers with another length than before was changed, or is made for each visitor."""
        if met.sent and len(self.changed) < HITTERS:
            self.changed[met.text] += 1
        met.sent = sent

    def _of(self, host: str, field_: _Field, top: Iterable[tuple[str, int]]) -> tuple[list[Candidate], list[Candidate]]:
        budget, taken = field_.domain.budget, dict[str, Candidate]()
        requested = dict(top)
        altered = [text for text, _ in self.changed.most_common() if _host(text) == host]
        offers = {
            Why.CHANGED: altered,
            Why.NEW: field_.fresh.texts(),
            Why.REQUESTED: list(requested),
            Why.SAMPLED: field_.drawn.texts(),
        }
        for share in (True, False):  # first each its share, then whoever has more
            for why, texts in offers.items():
                room = int(budget * SHARES[why.value]) + 1 if share else budget
                for text in texts:
                    if len(taken) >= budget or room <= 0:
                        break
                    if text not in taken:
                        taken[text] = Candidate(text, field_.domain, why, requested.get(text, 0))
                        room -= 1
        rest = {
            text: Candidate(text, field_.domain, why, requested.get(text, 0))
            for why in (Why.CHANGED, Why.NEW)
            for text in offers[why]
            if text not in taken
        }
        most = WAITING_DAYS * budget
        self.skipped["over-budget"] += field_.fresh.passed + max(0, len(rest) - most)
        return list(taken.values()), list(rest.values())[:most]


def _host(text: str) -> str:
    """The host of a URL that is written our way."""
    authority = text.split("/", 3)[2]
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def written(host: bytes, url: bytes, domains: Domains) -> tuple[str, str]:
    """The normalised URL of a log's host and path, and its host; ContentError if it is none.

    Bytes that are no text are escaped: what a visitor can ask for must not get past us.
    """
    if len(url) > MAX_URL:
        raise ContentError("is longer than any URL", where="log", mend="none is needed")
    path = quote_from_bytes(url, safe=_SAFE)
    if path.startswith("/"):
        name = host.decode("ascii", "replace")
        path = f"{domains.find(name.lower()).scheme}://{name}{path}"
    parsed = read_url(path)
    return normalised(parsed, domains.find(parsed.host)).text, parsed.host
