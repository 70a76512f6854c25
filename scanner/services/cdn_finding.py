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
from scanner.services.cdn_budgeting import Budgeting
from scanner.services.intake import Intake


@dataclass(frozen=True, slots=True)
class Filed:
    """What candidates came to: the requests' ids, and how many there were by reason and by what they lead to.

    `left` are URLs that wait for another day's budget; `over` those for whom even the line is too long: they are new
    again when somebody asks for them again.
    """

    ids: tuple[int, ...] = ()
    by_why: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    over: tuple[str, ...] = ()


@dataclass(slots=True)
class _Filing:
    """Requests filed so far. A day's request for one URL is one request, however often it is found that day."""

    intake: Intake
    day: str
    lane: Lane
    ids: list[int] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)

    def file(self, candidates: Sequence[Candidate]) -> None:
        owed = dict[str, Owed]()
        for each in candidates:
            row = Owed(subject_of(each.url, each.domain), self.lane, f"cdn-{each.why.value}", self.day)
            if row.identity not in owed:
                owed[row.identity] = row
                self.why[each.why.value] += 1
                self.why["in-our-buckets" if each.domain.bucket else "on-the-web"] += 1
        self.ids += self.intake.file(list(owed.values()))


@dataclass(frozen=True, slots=True)
class Finding:
    """Files candidates as far as the day's budgets of their domains go; who waited for his turn comes first."""

    domains: Domains
    intake: Intake
    budgeting: Budgeting
    clock: Clock

    def file(self, candidates: Iterable[Candidate], lane: Lane = Lane.BULK) -> Filed:
        """File what a log's harvest gave."""
        filing = self._filing(lane)
        shares = self.budgeting.divide(list(candidates), filing.file)
        left = tuple(each.url for share in shares for each in share.waiting)
        over = tuple(each.text for share in shares for each in share.over)
        return Filed(tuple(filing.ids), filing.why, {}, left, over)

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
        return Filed(filed.ids, filed.by_why, refused, filed.left, filed.over)

    def resume(self, lane: Lane = Lane.BULK) -> Filed:
        """File those that wait, as far as today's budgets go."""
        filing = self._filing(lane)
        self.budgeting.resume(filing.file)
        return Filed(tuple(filing.ids), filing.why)

    def _filing(self, lane: Lane) -> _Filing:
        return _Filing(self.intake, f"cdn-{self.clock.now():%Y%m%d}", lane)
