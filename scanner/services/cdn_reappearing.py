"""Reappearing: condemned content, or nearly the same, that is read again in the account reopens its case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState
from scanner.domain.cdn.returned import Return, Sighting, condemned, facts, is_news, reopened, returned
from scanner.domain.changes import Change
from scanner.errors import ConflictError
from scanner.ports import Casebook, Clock, Register
from scanner.ports_cdn import Sightings
from scanner.ports_review import Likenesses, Queue

ACTOR = "watcher"
STATES = (CaseState.DECIDED_VIOLATING, CaseState.CLOSED)
NEAREST = 50  # contents that are near one


@dataclass(frozen=True, slots=True)
class Reappearing:
    """Looks at what was read of late; run again over the same verdicts it changes nothing."""

    sightings: Sightings
    casebook: Casebook
    register: Register
    clock: Clock
    likenesses: Likenesses
    queue: Queue
    window: timedelta = timedelta(hours=2)

    def sweep(self, limit: int = 5_000) -> list[Case]:
        """Reopen the cases whose content is back; returns them."""
        now = self.clock.now()
        since = now - self.window
        seen = self.sightings.since(since, limit)
        cases = self.casebook.cases([str(state) for state in STATES], 50_000, "0") if seen else []
        judged = condemned(cases)
        same = self.sightings.of([case.sha256 for case in judged], since)  # a flood of others hides none
        back = {each.case.id: each for each in [*self._alike(judged, seen), *returned(judged, same)]}
        done = []
        for each in back.values():
            moved, told = reopened(each), f"{each.what} is back"
            entry = AuditEntry(now, ACTOR, "case-reopened", each.case.id, told, facts(each))
            try:
                self.register.commit(Change(cases=(moved,), audit=(entry,)))
            except ConflictError:
                continue  # somebody works on it just now: the next sweep sees how it stands
            done.append(moved)
        return done

    def _alike(self, cases: Sequence[Case], seen: Sequence[Sighting]) -> list[Return]:
        """Contents that nobody judged yet, first read after a decision on nearly the same of the same account."""
        by_account: dict[str, dict[str, Case]] = {}
        for case in cases:
            by_account.setdefault(case.subject.account, {})[case.sha256] = case
        first = {(each.subject.account, each.sha256): each for each in reversed(seen)}
        found = []
        for (account, sha256), each in first.items():
            ours = by_account.get(account, {})
            if ours and sha256 not in ours:
                found += self._near(each, ours)
        return found

    def _near(self, seen: Sighting, ours: dict[str, Case]) -> list[Return]:
        sketch = self.likenesses.sketch(seen.sha256)
        near = self.likenesses.like(sketch, NEAREST) if sketch is not None else []
        alike = [(ours[one.sha256], one.distance) for one in near if one.sha256 in ours]
        if not alike:
            return []
        account = seen.subject.account
        if any(case.subject.account == account and not case.is_open for case in self.queue.over([seen.sha256], 50)):
            return []  # a person has judged it for itself
        when = self.sightings.first(seen.sha256, account)
        return [Return(case, seen, distance) for case, distance in alike if is_news(case, when)]
