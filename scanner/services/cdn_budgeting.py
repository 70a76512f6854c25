"""Budgeting: what is found of a domain is taken up to the day's budget; the rest waits in line and comes first then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scanner.domain.cdn.budgets import Purse, Share, Spending, budget_id, budget_name, day_of
from scanner.domain.cdn.domains import WAITING_DAYS, Domain, Domains
from scanner.domain.cdn.harvest import Candidate
from scanner.ports import Clock
from scanner.ports_cdn import Budgets

KEPT = timedelta(days=30)  # days whose figures are kept


@dataclass(frozen=True, slots=True)
class Budgeting:
    """Divides. `file` is given what is taken; only when it is through is it counted, so that nothing is lost."""

    budgets: Budgets
    domains: Domains
    clock: Clock

    def divide(self, found: Sequence[Candidate], file: Callable[[Sequence[Candidate]], None]) -> list[Share]:
        """Take what the day's budgets allow, those that waited first; who is left out stands in line."""
        groups: dict[str, tuple[Domain, list[Candidate]]] = {}
        for each in found:
            name = budget_name(each.domain, each.url.host)
            groups.setdefault(name, (each.domain, []))[1].append(each)
        return [self._divided(name, domain, offers, file) for name, (domain, offers) in groups.items()]

    def resume(self, file: Callable[[Sequence[Candidate]], None]) -> list[Share]:
        """Take those that wait, as far as today's budgets go; where one is used up, nothing is read."""
        waiting, spent = self.budgets.waiting(), self.budgets.spent(day_of(self.clock.now()))
        domains = {name: self._domain(name) for name in waiting}
        open_ = {name: domain for name, domain in domains.items() if spent.get(name, 0) < domain.budget}
        return [self._divided(name, domain, (), file) for name, domain in open_.items()]

    def spending(self) -> list[Spending]:
        """Today's figures of every domain that took something, has somebody waiting, or is named in the settings."""
        taken, waiting = self.budgets.spent(day_of(self.clock.now())), self.budgets.waiting()
        names = {*taken, *waiting, *self.domains.exact, *(each.name for each in self.domains.below)}
        return [
            Spending(name, self._domain(name).budget, taken.get(name, 0), waiting.get(name, 0))
            for name in sorted(names)
        ]

    def left(self, name: str, limit: int) -> list[str]:
        """URLs of a domain that wait, the longest first."""
        return [row.url for row in self.budgets.line(name, limit)]

    def forget(self) -> int:
        """Let figures of days long gone go."""
        return self.budgets.prune(day_of(self.clock.now() - KEPT))

    def _divided(
        self, name: str, domain: Domain, offers: Sequence[Candidate], file: Callable[[Sequence[Candidate]], None]
    ) -> Share:
        now = self.clock.now()
        day, most = day_of(now), domain.budget * (WAITING_DAYS + 1)
        purse = Purse(name, domain, self.budgets.taken(day, name), self.budgets.line(name, most))
        share = purse.share(offers, now)
        if share.taken:
            file(share.taken)
        taken = [budget_id(name, each.text) for each in share.taken]
        self.budgets.settle(day, name, taken, share.freed, share.waiting)
        return share

    def _domain(self, name: str) -> Domain:
        """The domain of a budget's name, which may be that of a wildcard."""
        return next((each for each in self.domains.below if each.name == name), self.domains.find(name))
