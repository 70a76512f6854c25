"""The guards G1–G14 (domain.md §3), each a pure function: "" where it holds, else the reason why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from scanner.domain.content import Subject
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.stages import Step
from scanner.domain.enforcement.trail import Appealed, Trail
from scanner.domain.evidence import STANDING_STATES
from scanner.domain.messages import (
    ACTOR_AND_REASON,
    APPEAL_IS,
    BREAKER_OPEN,
    BYTES_UNSEEN,
    CLOCK_BACK,
    COOL_OFF,
    CROWDED,
    DONE_BEFORE,
    EVIDENCE_STATE,
    HAD_A_PART,
    KEEPS_LESS,
    KEY_NEEDED,
    LEGAL_HOLD,
    NEVER_NOTICED,
    NEWER_THERE,
    NO_SECOND,
    NO_ZONE,
    NOT_AS_LEFT,
    NOT_BY_ITSELF,
    NOT_OPENED,
    NOTICE_LACKS,
    ONLY_PERSONS,
    ONLY_PERSONS_JUDGE,
    OTHER_BYTES_THERE,
    OTHER_EVIDENCE,
    PROTECTED,
    SAME_PERSON,
    TOUCHES_MORE,
    UNCHAINED,
    UNPROVEN_STORE,
    VERSION_GONE,
    WRONG_BINDING,
)


class Guard(StrEnum):
    """Names of the guards."""

    G1 = "G1"  # version-bound
    G2 = "G2"  # evidence verified
    G3 = "G3"  # no unscanned loss
    G4 = "G4"  # precision gate and rollout
    G5 = "G5"  # human proposer
    G6 = "G6"  # two distinct people
    G7 = "G7"  # no appeal open or granted; cool-off over
    G8 = "G8"  # flood breaker
    G9 = "G9"  # protected subjects
    G10 = "G10"  # notice complete
    G11 = "G11"  # independent appeal
    G12 = "G12"  # no legal hold
    G13 = "G13"  # compare-and-swap reinstate
    G14 = "G14"  # identity and clock
    G15 = "G15"  # deletions within an hour


class Guarded(Protocol):
    """What the guards see of a course."""

    @property
    def subject(self) -> Subject: ...

    @property
    def sha256(self) -> str: ...

    @property
    def trail(self) -> Trail: ...

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def changed_at(self) -> datetime | None: ...


Check = Callable[[Guarded, Step, Facts], str]


def version_bound(course: Guarded, _step: Step, facts: Facts) -> str:
    """G1: the request names the judged version (or its ETag), whose bytes have the judged hash, on a proven store."""
    if not facts.store_proven:
        return UNPROVEN_STORE()
    wanted = Binding.VERSION if course.subject.version_id else Binding.ETAG
    if facts.binding is not wanted:
        return WRONG_BINDING(binding=facts.binding, wanted=wanted)
    seen = (facts.seen_version, facts.seen_etag, facts.seen_sha256)
    if seen == ("", "", ""):
        return VERSION_GONE()
    judged = (course.subject.version_id, course.subject.etag, course.sha256)
    return "" if seen == judged else OTHER_BYTES_THERE()


def evidence_verified(course: Guarded, _step: Step, facts: Facts) -> str:
    """G2: the sealed copy was read back equal to the judged hash, is chained, and keeps what the clause wants kept."""
    if facts.evidence not in STANDING_STATES:
        return EVIDENCE_STATE(state=facts.evidence)
    if facts.evidence_sha256 != course.sha256:
        return OTHER_EVIDENCE()
    if not facts.chained:
        return UNCHAINED()
    return "" if facts.kept_as_policy else KEEPS_LESS()


def no_unscanned_loss(_course: Guarded, _step: Step, facts: Facts) -> str:
    """G3: nothing but the judged version is touched; a newer one is only passed by naming the version."""
    if not facts.exact:
        return TOUCHES_MORE()
    return NEWER_THERE() if facts.newer and facts.binding is not Binding.VERSION else ""


def precision_gate(course: Guarded, step: Step, facts: Facts) -> str:
    """G4: a machine acts only on rules whose measured precision holds, within their rollout."""
    return NOT_BY_ITSELF() if _machine(course, step, facts) and not facts.gate_open else ""


def human_proposer(course: Guarded, step: Step, facts: Facts) -> str:
    """G5: a machine never proposes what cannot be undone."""
    human = facts.human if step is Step.PROPOSE else course.trail.proposer_human and bool(course.trail.proposer)
    return "" if human else ONLY_PERSONS()


def two_people(course: Guarded, step: Step, facts: Facts) -> str:
    """G6: two distinct people, and both opened the evidence."""
    trail = course.trail
    approver, human = (facts.actor, facts.human) if step is Step.APPROVE else (trail.approver, trail.approver_human)
    if not approver or not human:
        return NO_SECOND()
    if approver == trail.proposer:
        return SAME_PERSON()
    unseen = {trail.proposer, approver} - facts.opened_by
    return NOT_OPENED(names=sorted(unseen)) if unseen else ""


def appeal_over(course: Guarded, _step: Step, facts: Facts) -> str:
    """G7: no appeal open or granted, and the time to appeal is over."""
    trail = course.trail
    if trail.appeal in (Appealed.OPEN, Appealed.GRANTED):
        return APPEAL_IS(state=trail.appeal)
    if trail.cool_until is None:
        return "" if facts.exempt else NEVER_NOTICED()
    return "" if facts.now >= trail.cool_until else COOL_OFF(until=trail.cool_until.isoformat())


def flood_breaker(course: Guarded, step: Step, facts: Facts) -> str:
    """G8: a rule that suddenly hits many customers, or a bucket suspended by the share, goes to a person."""
    return BREAKER_OPEN() if _machine(course, step, facts) and facts.breaker_open else ""


def protected_subject(course: Guarded, step: Step, facts: Facts) -> str:
    """G9: protected accounts always go to a person."""
    return PROTECTED() if _machine(course, step, facts) and facts.protected else ""


def notice_complete(_course: Guarded, _step: Step, facts: Facts) -> str:
    """G10: the statement of reasons lacks nothing, unless two people withhold it for a time."""
    return NOTICE_LACKS(what=facts.missing) if facts.missing and not facts.exempt else ""


def independent_appeal(course: Guarded, _step: Step, facts: Facts) -> str:
    """G11: an appeal is judged by somebody who had no part in it, with the bytes before them."""
    trail = course.trail
    if not facts.human:
        return ONLY_PERSONS_JUDGE()
    if facts.actor in (trail.filed_by, trail.decided_by, trail.proposer, trail.approver):
        return HAD_A_PART(name=facts.actor)
    return "" if facts.visible else BYTES_UNSEEN()


def no_hold(_course: Guarded, _step: Step, facts: Facts) -> str:
    """G12: no legal hold, ours or the store's."""
    return LEGAL_HOLD() if facts.hold else ""


def compare_and_swap(_course: Guarded, _step: Step, facts: Facts) -> str:
    """G13: the inverse is applied only if the world is as we left it."""
    return "" if facts.as_left else NOT_AS_LEFT()


def identity_and_clock(course: Guarded, _step: Step, facts: Facts) -> str:
    """G14: an actor, a reason, a fresh idempotency key, and a time that does not run backwards."""
    if not facts.actor.strip() or not facts.reason.strip():
        return ACTOR_AND_REASON()
    if not facts.key:
        return KEY_NEEDED()
    if facts.key in course.keys:
        return DONE_BEFORE()
    if facts.now.tzinfo is None:
        return NO_ZONE()
    return CLOCK_BACK() if course.changed_at and facts.now < course.changed_at else ""


def room_left(_course: Guarded, _step: Step, facts: Facts) -> str:
    """G15: no more deletions begin within an hour than the operator allows; what is above that is put off."""
    return "" if facts.room else CROWDED()


def _machine(course: Guarded, step: Step, facts: Facts) -> bool:
    """Whether a machine alone wants it: who filed it counts, not the worker that carries it out.

    A person who joins a machine's course, or whose own action is applied to it, is not held by the machine's guards.
    """
    return not facts.human and (step in (Step.FILE, Step.JOIN) or course.trail.by_machine)


CHECKS: Mapping[Guard, Check] = {
    Guard.G1: version_bound,
    Guard.G2: evidence_verified,
    Guard.G3: no_unscanned_loss,
    Guard.G4: precision_gate,
    Guard.G5: human_proposer,
    Guard.G6: two_people,
    Guard.G7: appeal_over,
    Guard.G8: flood_breaker,
    Guard.G9: protected_subject,
    Guard.G10: notice_complete,
    Guard.G11: independent_appeal,
    Guard.G12: no_hold,
    Guard.G13: compare_and_swap,
    Guard.G14: identity_and_clock,
    Guard.G15: room_left,
}
