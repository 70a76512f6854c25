"""Finding: what logs, hooks and people name becomes scan requests, within budgets, each content once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.domain.cdn.domains import Domains, normalised, subject_of
from scanner.domain.cdn.harvest import Candidate, Why
from scanner.domain.cdn.urls import read_url
from scanner.domain.requests import Lane, Owed
from scanner.errors import ContentError
from scanner.ports import Clock
from scanner.services.intake import Intake


@dataclass(frozen=True, slots=True)
class Filed:
    """What candidates came to: the requests' ids, and how many there were by reason and by what they lead to."""

    ids: tuple[int, ...] = ()
    by_why: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Files candidates. A day's request for one URL is one request, however often it is found that day."""

    domains: Domains
    intake: Intake
    clock: Clock

    def file(self, candidates: Iterable[Candidate], lane: Lane = Lane.BULK) -> Filed:
        """File what a log's harvest gave."""
        day, owed, why = f"cdn-{self.clock.now():%Y%m%d}", dict[str, Owed](), Counter[str]()
        for each in candidates:
            subject = subject_of(each.url, each.domain)
            row = Owed(subject, lane, f"cdn-{each.why.value}", day)
            if row.identity not in owed:
                owed[row.identity] = row
                why[each.why.value] += 1
                why["in-our-buckets" if each.domain.bucket else "on-the-web"] += 1
        return Filed(tuple(self.intake.file(list(owed.values()))), why)

    def named(self, urls: Sequence[str], lane: Lane = Lane.UPLOADS) -> Filed:
        """File URLs that a publish or prefetch hook, or a person, names."""
        found, refused = list[Candidate](), Counter[str]()
        for text in urls:
            try:
                url = read_url(text)
            except ContentError as error:
                refused[error.what] += 1
                continue
            domain = self.domains.find(url.host)
            found.append(Candidate(normalised(url, domain).text, domain, Why.NEW))
        filed = self.file(found, lane)
        return Filed(filed.ids, filed.by_why, refused)
