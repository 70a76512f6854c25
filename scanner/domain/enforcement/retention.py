"""How long evidence and records are kept: the longest floor wins, a hold overrides, and expiry really destroys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.enforcement.appeals import WINDOW
from scanner.domain.evidence import EvidenceState

AFTER_APPEAL = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Floors:
    """Days that nothing goes below: a policy that names fewer is refused where it is read (`least`)."""

    enforcement_logs: int = 180
    content_records: int = 60

    @property
    def least(self) -> int:
        """The days that evidence is kept whatever a clause's policy says."""
        return max(self.enforcement_logs, self.content_records)


def keep_until(
    captured_at: datetime, policy_days: int, floors: Floors, *, noticed_at: datetime | None, ended_at: datetime | None
) -> datetime:
    """Until when evidence is kept: from its capture, its notice's appeal window, and the end of its restriction.

    Appeal window + 30 days, the clause's days and the floors: the latest of them wins.
    """
    days = max(policy_days, floors.least)
    ends = [captured_at + timedelta(days=days)]
    ends += [noticed_at + WINDOW + AFTER_APPEAL] if noticed_at else []
    ends += [ended_at + timedelta(days=floors.content_records)] if ended_at else []
    return max(ends)


def next_state(state: EvidenceState, now: datetime, until: datetime, *, held: bool, waits: bool) -> EvidenceState:
    """What evidence is to become now: HELD under a hold, EXPIRED when its time is over and nothing waits for it.

    A decision that is owed, a restriction that stands and an open appeal wait.
    """
    if state in (EvidenceState.EXPIRED, EvidenceState.TAINTED):
        return state
    if held:
        return EvidenceState.HELD
    if state in (EvidenceState.VERIFIED, EvidenceState.HELD):
        return EvidenceState.RETAINED
    over = now >= until and not waits
    return EvidenceState.EXPIRED if state is EvidenceState.RETAINED and over else state
