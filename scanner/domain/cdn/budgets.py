"""A domain's budget of a day: what is taken of the URLs that were found, and what has to wait and comes first then."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scanner.domain.cdn.domains import WAITING_DAYS, Domain
from scanner.domain.cdn.harvest import Candidate, Why


@dataclass(frozen=True, slots=True)
class Waiting:
    """A URL that a day's budget left out. `since` keeps the line's order."""

    id: str
    domain: str
    url: str
    why: str
    requests: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """A domain's day in figures."""

    domain: str
    budget: int
    taken: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a domain takes now: those that waited first, then those found now; and who waits from now on.

    `freed` are rows of the line that are over: taken now, or today already. `over` are those found now for whom the
    line is too long.
    """

    taken: tuple[Candidate, ...] = ()
    freed: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    over: tuple[Candidate, ...] = ()


def budget_name(domain: Domain, host: str) -> str:
    """Whose budget a host draws on: its domain's, or its own where it belongs to none of ours."""
    return domain.name or host


def day_of(now: datetime) -> str:
    """The day as rows name it: `2026-11-24`, UTC."""
    return f"{now.astimezone(UTC):%Y-%m-%d}"


def budget_id(name: str, url: str) -> str:
    """One URL's id within a budget."""
    return hashlib.sha256(f"{name}\x1f{url}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Purse:
    """One domain's budget as the day stands: `done` are ids taken today, `line` those that wait, the longest first."""

    name: str
    domain: Domain
    done: Collection[str]
    line: Sequence[Waiting]

    def share(self, found: Sequence[Candidate], now: datetime) -> Share:
        """Divide what is left of the day."""
        left = max(0, self.domain.budget - len(self.done))
        over_already = [each.id for each in self.line if each.id in self.done]
        line = [each for each in self.line if each.id not in self.done]
        first = [Candidate(each.url, self.domain, Why(each.why), each.requests) for each in line[:left]]
        known = {*self.done, *(each.id for each in line)}
        fresh = {budget_id(self.name, each.text): each for each in found}
        new = [(name, each) for name, each in fresh.items() if name not in known]
        room, places = left - len(first), max(0, WAITING_DAYS * self.domain.budget - len(line[left:]))
        queue = new[room:][:places]
        return Share(
            tuple(first + [each for _, each in new[:room]]),
            tuple(over_already + [each.id for each in line[:left]]),
            tuple(Waiting(name, self.name, each.text, each.why.value, each.requests, now) for name, each in queue),
            tuple(each for _, each in new[room:][places:]),
        )
