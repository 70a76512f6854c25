"""The stages that enforcement over one content version passes through, and the steps between them (domain.md §3)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """Where a version stands. RESCAN: other bytes lie there now; verdict, evidence link and approvals are void."""

    ACTIVE = "ACTIVE"
    SUSPEND_PENDING = "SUSPEND_PENDING"
    SUSPENDED_UNVERIFIED = "SUSPENDED_UNVERIFIED"
    SUSPENDED = "SUSPENDED"
    NOTICED = "NOTICED"
    APPEALED = "APPEALED"
    NOTICED_FINAL = "NOTICED_FINAL"
    REINSTATING = "REINSTATING"
    DELETE_PROPOSED = "DELETE_PROPOSED"
    DELETING = "DELETING"
    DELETED = "DELETED"
    RESCAN = "RESCAN"


class Step(StrEnum):
    """What moves a version on. APPLY, RESTORE and DELETE touch the world; the others only our records."""

    FILE = "file"  # a suspension is intended
    JOIN = "join"  # one more case wants it suspended
    DROP = "drop"  # one of several cases wants it no more
    CALL_OFF = "call-off"  # the intent is dropped before it was applied
    APPLY = "apply"  # the measure took hold at the origin
    VERIFY = "verify"  # seen refused from outside, twice
    LEAK = "leak"  # drift: seen served though suspended
    NOTICE = "notice"  # the statement of reasons went out
    APPEAL = "appeal"
    GRANT = "grant"
    DENY = "deny"
    FINISH = "finish"  # the time to appeal ran out
    LIFT = "lift"  # by a reviewer, by expiry, or after a fix with a clean rescan
    RESTORE = "restore"  # the stored inverse was applied
    PROPOSE = "propose"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    BEGIN = "begin"  # the fence: from here on the deletion is under way
    RESUME = "resume"  # the fence again, before another attempt
    CONFIRM = "confirm"  # read back: the version is gone
    CHANGE = "change"  # the object is another one now


SUSPENDED_STAGES = frozenset(
    {Stage.SUSPENDED_UNVERIFIED, Stage.SUSPENDED, Stage.NOTICED, Stage.APPEALED, Stage.NOTICED_FINAL}
    | {Stage.DELETE_PROPOSED}
)
NOTICED_STAGES = (Stage.NOTICED, Stage.NOTICED_FINAL, Stage.DELETE_PROPOSED)
END_STAGES = frozenset({Stage.DELETED, Stage.RESCAN})  # left only when the same bytes are put there again

_TABLE: dict[tuple[Stage, Step], Stage] = {
    **{(stage, Step.FILE): Stage.SUSPEND_PENDING for stage in (Stage.ACTIVE, Stage.RESCAN, Stage.DELETED)},
    (Stage.SUSPEND_PENDING, Step.CALL_OFF): Stage.ACTIVE,
    (Stage.SUSPEND_PENDING, Step.APPLY): Stage.SUSPENDED_UNVERIFIED,
    (Stage.SUSPENDED_UNVERIFIED, Step.VERIFY): Stage.SUSPENDED,
    (Stage.SUSPENDED_UNVERIFIED, Step.APPLY): Stage.SUSPENDED_UNVERIFIED,
    (Stage.SUSPENDED, Step.NOTICE): Stage.NOTICED,
    (Stage.SUSPENDED_UNVERIFIED, Step.NOTICE): Stage.SUSPENDED_UNVERIFIED,
    (Stage.NOTICED, Step.FINISH): Stage.NOTICED_FINAL,
    (Stage.APPEALED, Step.GRANT): Stage.REINSTATING,
    (Stage.APPEALED, Step.DENY): Stage.NOTICED_FINAL,
    (Stage.NOTICED_FINAL, Step.PROPOSE): Stage.DELETE_PROPOSED,
    (Stage.DELETE_PROPOSED, Step.APPROVE): Stage.DELETE_PROPOSED,
    (Stage.DELETE_PROPOSED, Step.WITHDRAW): Stage.NOTICED_FINAL,
    (Stage.DELETE_PROPOSED, Step.BEGIN): Stage.DELETING,
    (Stage.DELETING, Step.RESUME): Stage.DELETING,
    (Stage.DELETING, Step.WITHDRAW): Stage.NOTICED_FINAL,
    (Stage.DELETING, Step.CONFIRM): Stage.DELETED,
    (Stage.REINSTATING, Step.RESTORE): Stage.ACTIVE,
    **{(stage, Step.APPEAL): Stage.APPEALED for stage in NOTICED_STAGES},
    **{(stage, Step.LIFT): Stage.REINSTATING for stage in SUSPENDED_STAGES},
    **{(stage, Step.JOIN): stage for stage in (Stage.SUSPEND_PENDING, *SUSPENDED_STAGES)},
    **{(stage, Step.DROP): stage for stage in (Stage.SUSPEND_PENDING, *SUSPENDED_STAGES)},
    **{(stage, Step.LEAK): Stage.SUSPENDED_UNVERIFIED for stage in (Stage.SUSPENDED, Stage.NOTICED)},
    **{(stage, Step.LEAK): stage for stage in (Stage.APPEALED, Stage.NOTICED_FINAL, Stage.DELETE_PROPOSED)},
    **{(stage, Step.CHANGE): Stage.RESCAN for stage in Stage if stage not in END_STAGES},
}
TRANSITIONS: Mapping[tuple[Stage, Step], Stage] = MappingProxyType(_TABLE)


def steps_from(stage: Stage) -> tuple[Step, ...]:
    """The steps that a stage allows."""
    return tuple(step for (start, step) in TRANSITIONS if start is stage)
