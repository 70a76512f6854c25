"""From counted requests to candidates: new, most requested, changed and sampled URLs, within each domain's budget."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_from_bytes

from scanner.domain.cdn.domains import WAITING_DAYS, Domain, Domains, normalised
from scanner.domain.cdn.sketches import HeavyHitters, Sample, Seen
from scanner.domain.cdn.urls import MAX_URL, Url, read_url
from scanner.errors import ContentError

HITTERS, FEWEST_HITTERS = 20_000, 1_000  # URLs whose counts are kept of one host: as many as its budget, between these
SPELLED = 200_000  # spellings remembered, so that each is read once
MOST_HOSTS = 5_000  # hosts of one log below one domain, or below none, that are told apart: the others share a field
SERVED = frozenset(b"%d" % status for status in (*range(200, 300), 304) if status not in (204, 205))  # with a body
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
    """What a log says of one host, within bounds of its own: no flood crowds out what another's visitors ask for."""

    domain: Domain
    fresh: Sample
    drawn: Sample
    hitters: HeavyHitters[str]
    changed: Counter[str] = field(default_factory=Counter)
    batch: dict[str, int] = field(default_factory=dict)  # counts of the block at hand


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
    fields: dict[str, _Field] = field(default_factory=dict)
    hosts: Counter[str] = field(default_factory=Counter)  # told apart, by domain
    skipped: Counter[str] = field(default_factory=Counter)
    spelled: dict[tuple[bytes, bytes], _Met] = field(default_factory=dict)
    roots: dict[bytes, tuple[str, _Field]] = field(default_factory=dict)
    distinct: int = 0
    chosen: list[tuple[list[Candidate], list[Candidate]]] = field(default_factory=list)
    met: Seen = field(init=False)

    def __post_init__(self) -> None:
        self.met = Seen(self.seen.bits, key=self.seen.key)

    @property
    def count_error(self) -> int:
        """By how much a count of requests may be too low."""
        return max((each.hitters.error for each in self.fields.values()), default=0)

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
        busy: list[_Field] = []
        for met in touched:
            batch = met.field.batch
            if not batch:
                busy.append(met.field)
            batch[met.text] = batch.get(met.text, 0) + met.count  # a URL may be spelled in several ways
            met.count = 0
        for each in busy:
            each.hitters.add(each.batch)
            each.batch = {}

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
            self.chosen = [self._of(each) for each in self.fields.values()]
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
        one, two = self.seen.digest(text)
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
        """The field of a host that has none yet. Hosts that a visitor makes up are many: the later ones share one."""
        domain = self.domains.find(host)
        if host != domain.name and self.hosts[domain.name] >= MOST_HOSTS:
            self.skipped["hosts-together"] += 1
            host = domain.name
        elif host != domain.name:
            self.hosts[domain.name] += 1
        if host not in self.fields:
            fresh, drawn = Sample(_most(domain), self.salt), Sample(max(1, domain.budget // 10), self.salt)
            self.fields[host] = _Field(
                domain, fresh, drawn, HeavyHitters(min(HITTERS, max(FEWEST_HITTERS, domain.budget)))
            )
        return self.fields[host]

    def _resized(self, met: _Met, sent: bytes) -> None:
        """A URL that answers with another length than before was changed, or is made for each visitor."""
        changed = met.field.changed
        if met.sent and (met.text in changed or len(changed) < _most(met.field.domain)):
            changed[met.text] += 1
        met.sent = sent

    def _of(self, field_: _Field) -> tuple[list[Candidate], list[Candidate]]:
        budget, taken = field_.domain.budget, dict[str, Candidate]()
        requested = dict(field_.hitters.top(HITTERS))
        offers = {
            Why.CHANGED: [text for text, _ in field_.changed.most_common()],
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


def _most(domain: Domain) -> int:
    """URLs of one kind that are kept of a host: what a day takes, and what may wait."""
    return domain.budget * (1 + WAITING_DAYS)


def written(host: bytes, url: bytes, domains: Domains) -> tuple[str, str]:
    """The normalised URL of a log's host and path, and its host; ContentError if it is none.

    Bytes that are no text are escaped: what a visitor can ask for must not get past us.
    """
    if len(url) > MAX_URL:
        raise ContentError("is longer than any URL", where="log", mend="none is needed")
    path = quote_from_bytes(url, safe=_SAFE)
    if not path.startswith("/"):
        parsed = read_url(path)
        return normalised(parsed, domains.find(parsed.host)).text, parsed.host
    name = host.decode("ascii", "replace")
    parsed = read_url(f"http://{name}{path}")
    domain = domains.find(parsed.host)
    if domain.scheme != "http" and not name.endswith(":80"):
        parsed = read_url(f"{domain.scheme}://{name}{path}")
    return normalised(parsed, domain).text, parsed.host
