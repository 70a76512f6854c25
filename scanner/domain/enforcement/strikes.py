"""Strikes and the ladder: what weighs on an account, for how long, and on which rung the next measure may stand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.findings import Severity
from scanner.errors import TransitionError

WEIGHTS = {Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 4, Severity.CRITICAL: 8}


class Rung(StrEnum):
    """How wide a measure may reach: the smallest first. Only people climb above RESOURCE."""

    RESOURCE = "resource"  # the object, room or process itself
    CONTAINER = "container"  # its bucket, prefix, domain or host
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Strike:
    """One confirmed violation on an account's record. It ends by itself, and is void once its decision fell."""

    id: str
    account: str
    container: str
    case: str
    clause: str
    weight: int
    at: datetime
    ends_at: datetime
    voided_by: str = ""
    voided_why: str = ""
    revision: int = 1

    def counts(self, now: datetime) -> bool:
        """Whether it still weighs."""
        return not self.voided_by and self.at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Ladder:
    """From which sums on a person may widen a measure, and how long a strike lasts."""

    container_at: int = 12
    account_at: int = 24
    lasts: timedelta = timedelta(days=365)


def strike(
    case: str, account: str, container: str, clause: str, severity: Severity, now: datetime, ladder: Ladder
) -> Strike:
    """The strike of a case; one case strikes once, since its id is the case's."""
    return Strike(f"S{case[1:]}", account, container, case, clause, WEIGHTS[severity], now, now + ladder.lasts)


def void(struck: Strike, by: str, why: str) -> Strike:
    """The strike as voided by a person with a reason; TransitionError if it was before."""
    if struck.voided_by:
        raise TransitionError(f"was voided by {struck.voided_by}", where=struck.id, mend="nothing to do")
    if not by.strip() or not why.strip():
        raise TransitionError("needs a name and a reason", where=struck.id, mend="give both")
    return replace(struck, voided_by=by, voided_why=why, revision=struck.revision + 1)


def weight(strikes: Iterable[Strike], now: datetime, container: str = "") -> int:
    """The sum of what still counts, of one container or of all: always computed, never kept."""
    return sum(one.weight for one in strikes if one.counts(now) and container in ("", one.container))


def rung(strikes: Iterable[Strike], container: str, now: datetime, ladder: Ladder) -> Rung:
    """The widest rung that a person may choose for the next measure."""
    known = list(strikes)
    if weight(known, now) >= ladder.account_at:
        return Rung.ACCOUNT
    return Rung.CONTAINER if weight(known, now, container) >= ladder.container_at else Rung.RESOURCE
