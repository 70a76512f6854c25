"""From counted requests to candidates: new, most requested, changed and sampled URLs, within each domain's budget."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_from_bytes

from scanner.domain.cdn.domains import Domain, Domains, normalised
from scanner.domain.cdn.sketches import HeavyHitters, Sample, Seen
from scanner.domain.cdn.urls import MAX_URL, Url, read_url
from scanner.errors import ContentError

HITTERS = 20_000  # URLs whose counts are kept
SPELLED = 100_000  # spellings remembered, so that each is read once
MOST_DOMAINS = 5_000  # hosts of one log that are told apart
SERVED = frozenset({b"200", b"203", b"206", b"304"})
SHARES = {"changed": 0.15, "new": 0.55, "requested": 0.2, "sampled": 0.1}
_SAFE = "/-_.~!$&'()*+,;=:@%|[]^{}\"`<>?"


class Why(StrEnum):
    """Why a URL is a candidate."""

    CHANGED = "changed"
    NEW = "new"
    REQUESTED = "requested"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that is worth a scan. `requests` is a lower bound where it is counted at all."""

    url: Url
    domain: Domain
    why: Why
    requests: int = 0


@dataclass(slots=True)
class _Field:
    """What a log says of one host."""

    domain: Domain
    fresh: Sample
    drawn: Sample
    requests: int = 0


@dataclass(slots=True)
class Harvest:
    """Takes blocks of counted requests, keeps what fits, and answers with candidates. `salt` changes the sample."""

    domains: Domains
    seen: Seen
    salt: bytes = b""
    default_host: str = ""
    hitters: HeavyHitters[str] = field(default_factory=lambda: HeavyHitters(HITTERS))
    sizes: dict[str, bytes] = field(default_factory=dict)
    fields: dict[str, _Field] = field(default_factory=dict)
    changed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    spelled: dict[tuple[bytes, bytes], tuple[str, str]] = field(default_factory=dict)
    distinct: int = 0

    def take(self, rows: Mapping[tuple[bytes, bytes, bytes, bytes], int]) -> None:
        """Count a block: host, URL, status, bytes sent, and how often."""
        counts: dict[str, int] = {}
        for (host, url, status, sent), count in rows.items():
            if status not in SERVED:
                self.skipped["not-served"] += count
                continue
            try:
                text, name = self._known(host, url)
            except ContentError:
                self.skipped["no-url"] += count
                continue
            self.fields[name].requests += count
            counts[text] = counts.get(text, 0) + count
            if status == b"200":
                self._size(text, sent)
        self.hitters.add(counts)

    def candidates(self) -> list[Candidate]:
        """Every domain's candidates, within its budget; what is over it is counted in `skipped`."""
        by_host: dict[str, list[tuple[str, int]]] = {}
        for text, count in self.hitters.top(HITTERS):
            by_host.setdefault(_host(text), []).append((text, count))
        found: list[Candidate] = []
        for host, field_ in self.fields.items():
            found += self._of(host, field_, by_host.get(host, []))
        return found

    def _known(self, host: bytes, url: bytes) -> tuple[str, str]:
        """The URL as it is written here, and its host; noted when it is met for the first time."""
        found = self.spelled.get((host, url))
        if found is None:
            text = written(host or self.default_host.encode(), url, self.domains)
            found = text, _host(text)
            self._field(found[1])
            self._note(text, found[1])
            if len(self.spelled) >= SPELLED:
                self.spelled.clear()
            self.spelled[(host, url)] = found
        return found

    def _field(self, host: str) -> None:
        if host in self.fields:
            return
        if len(self.fields) >= MOST_DOMAINS:
            self.skipped["over-domains"] += 1
            raise ContentError("too many hosts", where=host, mend="split the log")
        domain = self.domains.find(host)
        drawn = Sample(max(1, domain.budget // 10), self.salt)
        self.fields[host] = _Field(domain, Sample(domain.budget, self.salt), drawn)

    def _note(self, text: str, host: str) -> None:
        if self.seen.add(text):
            self.distinct += 1
            self.fields[host].fresh.add(text)
        else:
            self.fields[host].drawn.add(text)

    def _size(self, text: str, sent: bytes) -> None:
        """A URL that is followed and answers with another length than before was changed, or is made for each."""
        before = self.sizes.get(text)
        if before is None and len(self.sizes) < HITTERS:
            self.sizes[text] = sent
        elif before is not None and before != sent:
            self.sizes[text] = sent
            self.changed[text] += 1

    def _of(self, host: str, field_: _Field, top: Iterable[tuple[str, int]]) -> list[Candidate]:
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
                        taken[text] = Candidate(read_url(text), field_.domain, why, requested.get(text, 0))
                        room -= 1
        self.skipped["over-budget"] += field_.fresh.passed + max(0, len(field_.fresh.heap) - len(taken))
        return list(taken.values())


def _host(text: str) -> str:
    return read_url(text).host


def written(host: bytes, url: bytes, domains: Domains) -> str:
    """The normalised URL of a log's host and path; ContentError if it is none. Bytes that are no text are escaped."""
    if len(url) > MAX_URL:
        raise ContentError("is longer than any URL", where="log", mend="none is needed")
    path = quote_from_bytes(url, safe=_SAFE)
    if path.startswith("/"):
        name = host.decode("ascii", "replace")
        path = f"{domains.find(name.lower()).scheme}://{name}{path}"
    parsed = read_url(path)
    return normalised(parsed, domains.find(parsed.host)).text
