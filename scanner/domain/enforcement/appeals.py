"""Appeals: an owner's word against a measure, judged by somebody who had no part in it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.messages import (
    APPEAL_LATE,
    APPEAL_LONG,
    APPEAL_STATE,
    APPEAL_TEXT,
    JUDGEMENT_REASON,
    NEW_APPEAL,
    SAY_WHY,
    SAY_WRONG,
    SHORTEN,
    WRITE_SUPPORT,
)
from scanner.errors import TransitionError

WINDOW = timedelta(days=180)  # within which an owner may appeal; the DSA asks for at least six months
TEXT_LIMIT = 20_000
PROOFS_LIMIT = 20


class Ground(StrEnum):
    """Why the owner appeals."""

    FIXED = "fixed"
    MISCLASSIFIED = "misclassified"
    LICENSED = "licensed"
    COMPROMISED = "compromised"
    NEED_ACCESS = "need-access"
    OTHER = "other"


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "OPEN"
    GRANTED = "GRANTED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal. `proofs` are names or digests of what the owner sent along; `charged`: the rule that was wrong."""

    id: str
    course: str
    case: str
    account: str
    ground: Ground
    text: str
    proofs: tuple[str, ...]
    filed_at: datetime
    due_at: datetime
    state: AppealState = AppealState.OPEN
    judge: str = ""
    reason: str = ""
    judged_at: datetime | None = None
    charged: str = ""
    revision: int = 1


def check_appeal(appeal: Appeal, noticed_at: datetime | None) -> Appeal:
    """The appeal, if it can be taken; TransitionError for one that is empty, too long, or too late."""
    if not appeal.text.strip():
        raise TransitionError(APPEAL_TEXT(), where=appeal.course, mend=SAY_WRONG())
    if len(appeal.text) > TEXT_LIMIT or len(appeal.proofs) > PROOFS_LIMIT:
        why = APPEAL_LONG(letters=TEXT_LIMIT, proofs=PROOFS_LIMIT)
        raise TransitionError(why, where=appeal.course, mend=SHORTEN())
    if noticed_at is not None and appeal.filed_at > noticed_at + WINDOW:
        why = APPEAL_LATE(day=(noticed_at + WINDOW).date())
        raise TransitionError(why, where=appeal.course, mend=WRITE_SUPPORT())
    return appeal


def judged(appeal: Appeal, judge: str, *, granted: bool, reason: str, now: datetime, rule: str) -> Appeal:
    """The judged appeal. A granted one that shows a misclassification is charged to the rule."""
    if appeal.state is not AppealState.OPEN:
        raise TransitionError(APPEAL_STATE(state=appeal.state), where=appeal.id, mend=NEW_APPEAL())
    if not reason.strip():
        raise TransitionError(JUDGEMENT_REASON(), where=appeal.id, mend=SAY_WHY())
    wrong = granted and appeal.ground is Ground.MISCLASSIFIED
    return replace(
        appeal,
        state=AppealState.GRANTED if granted else AppealState.DENIED,
        judge=judge,
        reason=reason,
        judged_at=now,
        charged=rule if wrong else "",
        revision=appeal.revision + 1,
    )
