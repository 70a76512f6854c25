"""What each account bought: defaults, plans, grants and overrides, each from a day to a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Protocol, TypeVar

from scanner.domain.usage.resources import Resource

HOST, OWNER = "host:", "owner:"


class _Dated(Protocol):
    @property
    def since(self) -> date: ...

    @property
    def until(self) -> date: ...


Dated = TypeVar("Dated", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Plan:
    """One revision of a plan: its limits in canonical units, in force from `since` to the day before `until`.

    `pooled`: accounts of one owner under such a plan are also held, together, to the owner's limits.
    """

    id: str
    limits: Mapping[Resource, float]
    pooled: bool = False
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class Grant:
    """An account under a plan for some days; its owner, and the hosts whose harm signals concern it."""

    account: str
    plan: str
    owner: str = ""
    hosts: tuple[str, ...] = ()
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class Override:
    """One limit of one account for some days, whatever its plan says."""

    account: str
    resource: Resource
    limit: float
    since: date = date.min
    until: date = date.max
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entitlements:
    """All that was bought. `defaults` serve plans that say nothing, and hold what is tolerable of harm signals."""

    defaults: Mapping[Resource, float] = field(default_factory=dict)
    plans: Mapping[str, Sequence[Plan]] = field(default_factory=dict)
    grants: Mapping[str, Sequence[Grant]] = field(default_factory=dict)
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict)
    owner_limits: Mapping[Resource, float] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()

    def knows(self, account: str) -> bool:
        """Whether samples of that account (or `host:NAME`) are judged at all."""
        return account in self.grants or (account.startswith(HOST) and account[len(HOST) :] in self.hosts)

    def grant(self, account: str, day: date) -> Grant | None:
        """The account's grant on a day."""
        return in_force(self.grants.get(account, ()), day)

    def plan(self, account: str, day: date) -> Plan | None:
        """The account's plan on a day."""
        grant = self.grant(account, day)
        return in_force(self.plans.get(grant.plan, ()), day) if grant else None

    def entitled(self, account: str, resource: Resource, day: date) -> float | None:
        """The limit on a day in canonical units; None: nothing was agreed, so nothing can be exceeded."""
        if account.startswith(OWNER):
            return self.owner_limits.get(resource)
        own = in_force([o for o in self.overrides.get(account, ()) if o.resource is resource], day)
        if own is not None:
            return own.limit
        plan = self.plan(account, day)
        if plan is not None and resource in plan.limits:
            return plan.limits[resource]
        return self.defaults.get(resource)

    def pool(self, account: str, day: date) -> str:
        """The `owner:NAME` whose limits the account shares on a day, or ""."""
        grant, plan = self.grant(account, day), self.plan(account, day)
        return OWNER + grant.owner if grant and plan and plan.pooled and grant.owner else ""

    def accounts_of(self, owner: str, day: date) -> tuple[str, ...]:
        """The pooled accounts of `owner:NAME` on a day."""
        return self.pools(day).get(owner, ())

    def pools(self, day: date) -> Mapping[str, tuple[str, ...]]:
        """The accounts of every `owner:NAME` on a day."""
        found: dict[str, list[str]] = {}
        for account in sorted(self.grants):
            if owner := self.pool(account, day):
                found.setdefault(owner, []).append(account)
        return {owner: tuple(accounts) for owner, accounts in found.items()}


def in_force(rows: Iterable[Dated], day: date) -> Dated | None:
    """The row whose days hold `day`, if any."""
    return next((row for row in rows if row.since <= day < row.until), None)


def overlapping(rows: Iterable[Dated]) -> tuple[Dated, Dated] | None:
    """Two rows that claim the same day, if there are any: which of them holds would be chance."""
    ordered = sorted(rows, key=lambda row: row.since)
    return next(((one, other) for one, other in pairwise(ordered) if other.since < one.until), None)
