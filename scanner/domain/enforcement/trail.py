"""What a course remembers of the people and times that its guards ask for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Appealed(StrEnum):
    """Where the owner's appeal stands."""

    NONE = "none"
    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Trail:
    """Who filed, proposed, approved and judged. `cool_until`: no deletion before; an appeal's time is added to it."""

    filed_by: str = ""
    by_machine: bool = False
    decided_by: str = ""
    noticed_at: datetime | None = None
    cool_off_days: int = 7
    cool_until: datetime | None = None
    appeal: Appealed = Appealed.NONE
    appealed_at: datetime | None = None
    judge: str = ""
    proposer: str = ""
    proposer_human: bool = False
    approver: str = ""
    approver_human: bool = False
