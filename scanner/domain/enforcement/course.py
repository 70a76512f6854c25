"""The course that enforcement takes over one content version: a value, and the one function that moves it on."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scanner.domain.audit import AuditEntry
from scanner.domain.content import Subject
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.guards import CHECKS, Guard
from scanner.domain.enforcement.stages import SUSPENDED_STAGES, TRANSITIONS, Stage, Step, steps_from
from scanner.domain.enforcement.trail import Appealed, Trail
from scanner.domain.messages import (
    ALLOWED,
    ALLOWS_NO,
    HELD_TOO,
    HURDLE,
    NO_OTHER_CASE,
    SEE_GUARDS,
    USE_STEP,
)
from scanner.domain.said import Said
from scanner.errors import TransitionError

COOL_OFF_DAYS = 7  # between the notice and any deletion of content
ACCOUNT_COOL_OFF_DAYS = 30  # the 30 days of §4.3 and §7.2.2

MACHINES = (Guard.G4, Guard.G8, Guard.G9)
DESTRUCTION = (Guard.G5, Guard.G6, Guard.G7, Guard.G10, Guard.G12, Guard.G15)
NEEDED: Mapping[Step, tuple[Guard, ...]] = {
    Step.FILE: MACHINES,
    Step.JOIN: MACHINES,
    Step.APPLY: (Guard.G1, Guard.G2, *MACHINES),
    Step.NOTICE: (Guard.G10,),
    Step.GRANT: (Guard.G11,),
    Step.DENY: (Guard.G11,),
    Step.RESTORE: (Guard.G13,),
    Step.PROPOSE: (Guard.G5, Guard.G10, Guard.G12),
    Step.APPROVE: (Guard.G6, Guard.G10, Guard.G12),
    Step.BEGIN: (Guard.G1, Guard.G2, Guard.G3, *DESTRUCTION),
    Step.RESUME: (Guard.G1, Guard.G2, Guard.G3, *DESTRUCTION),
}


@dataclass(frozen=True, slots=True)
class Course:
    """One judged version under enforcement. `grounds` are the cases that want it suspended; it is lifted with the last.

    `keys` are the idempotency keys already used: the same request again is refused, so nothing takes effect twice.
    `rule` filed it at `filed_at`; it was last seen from outside at `checked_at`; the restriction ends at `ends_at`
    unless a person renews it. `shown` is what the world saw before the first measure: what it must see again.
    """

    id: str
    subject: Subject
    sha256: str
    stage: Stage = Stage.ACTIVE
    trail: Trail = field(default_factory=Trail)
    grounds: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    rule: str = ""
    filed_at: datetime | None = None
    changed_at: datetime | None = None
    checked_at: datetime | None = None
    ends_at: datetime | None = None
    shown: str = ""
    revision: int = 1

    @property
    def is_suspended(self) -> bool:
        """Whether the version is meant to be refused to the world now."""
        return self.stage in SUSPENDED_STAGES


@dataclass(frozen=True, slots=True)
class Hurdle:
    """A guard that holds a step back, and why."""

    guard: Guard
    why: str


def told_of(held: Iterable[Hurdle]) -> Said:
    """What holds a step back, as one line for people: `G4 the rule may not act by itself; G9 ...`."""
    return Said.together(HURDLE(guard=one.guard, why=one.why) for one in held)


def course_id(subject: Subject, sha256: str) -> str:
    """One course per version: the same version judged by five rules is suspended once."""
    version = subject.version_id or subject.etag
    text = "\x1f".join((subject.bucket, subject.key, version, sha256))
    return "K" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def hurdles(course: Course, step: Step, facts: Facts, without: Iterable[Guard] = ()) -> tuple[Hurdle, ...]:
    """Every guard that holds the step back.

    `without` leaves guards out: for the model check, and for recording what was done after its guards were asked.
    """
    wanted = [guard for guard in (*NEEDED.get(step, ()), Guard.G14) if guard not in set(without)]
    found = ((guard, CHECKS[guard](course, step, facts)) for guard in wanted)
    return tuple(Hurdle(guard, why) for guard, why in found if why)


def advance(course: Course, step: Step, facts: Facts, without: Iterable[Guard] = ()) -> tuple[Course, AuditEntry]:
    """The course after the step, and the audit entry that is written with it; TransitionError names the guard."""
    after = TRANSITIONS.get((course.stage, step))
    if after is None:
        mend = ALLOWED(steps=tuple(steps_from(course.stage)))
        raise TransitionError(ALLOWS_NO(stage=course.stage, step=step), where=course.id, mend=mend)
    grounds = _grounds(course, step, facts)
    held = hurdles(course, step, facts, without)
    if held:
        raise TransitionError(told_of(held), where=course.id, mend=SEE_GUARDS())
    moved = replace(
        course,
        stage=after,
        trail=NOTES.get(step, _as_it_was)(course.trail, facts),
        grounds=grounds,
        keys=(*course.keys, facts.key),
        changed_at=facts.now,
        revision=course.revision + 1,
    )
    if step is Step.FILE:
        moved = replace(moved, rule=facts.rule, filed_at=facts.now)
    if step is Step.VERIFY:
        noticed = course.trail.noticed_at is not None
        moved = replace(moved, checked_at=facts.now, stage=Stage.NOTICED if noticed else after)
    return moved, _entry(course, moved, step, facts)


def _grounds(course: Course, step: Step, facts: Facts) -> tuple[str, ...]:
    """The cases that want it suspended after the step; a restriction is lifted with the last of them."""
    rest = tuple(ground for ground in course.grounds if ground != facts.ground)
    if step in (Step.FILE, Step.JOIN):
        return (*rest, facts.ground)
    if step is Step.DROP and (rest == course.grounds or not rest):
        raise TransitionError(NO_OTHER_CASE(), where=course.id, mend=USE_STEP(step=Step.LIFT))
    if step in (Step.LIFT, Step.CALL_OFF) and rest:
        raise TransitionError(HELD_TOO(cases=rest), where=course.id, mend=USE_STEP(step=Step.DROP))
    if step is Step.DROP:
        return rest
    return () if step in (Step.GRANT, Step.LIFT, Step.CALL_OFF, Step.CHANGE) else course.grounds


def _entry(before: Course, after: Course, step: Step, facts: Facts) -> AuditEntry:
    stated = {"from": before.stage, "to": after.stage, "subject": before.subject.url, "sha256": before.sha256}
    return AuditEntry(facts.now, facts.actor, f"course-{step}", before.id, facts.reason, {**stated, "key": facts.key})


def _as_it_was(trail: Trail, _facts: Facts) -> Trail:
    return trail


def _filed(trail: Trail, facts: Facts) -> Trail:
    """A new restriction: notices, approvals and appeals of an earlier one do not speak of it."""
    return replace(_void(trail, facts), filed_by=facts.actor, by_machine=not facts.human)


def _noticed(trail: Trail, facts: Facts) -> Trail:
    return replace(trail, noticed_at=facts.now, cool_until=facts.now + timedelta(days=trail.cool_off_days))


def _appealed(trail: Trail, facts: Facts) -> Trail:
    """The clock stops, and what was proposed or approved is void."""
    return replace(trail, appeal=Appealed.OPEN, appealed_at=facts.now, proposer="", approver="")


def _granted(trail: Trail, facts: Facts) -> Trail:
    return replace(trail, appeal=Appealed.GRANTED, judge=facts.actor)


def _denied(trail: Trail, facts: Facts) -> Trail:
    """The time that the appeal took is given back to the owner."""
    took = facts.now - trail.appealed_at if trail.appealed_at else timedelta()
    cool = trail.cool_until + took if trail.cool_until else None
    return replace(trail, appeal=Appealed.DENIED, judge=facts.actor, cool_until=cool)


def _proposed(trail: Trail, facts: Facts) -> Trail:
    return replace(trail, proposer=facts.actor, proposer_human=facts.human, approver="")


def _approved(trail: Trail, facts: Facts) -> Trail:
    return replace(trail, approver=facts.actor, approver_human=facts.human)


def _withdrawn(trail: Trail, _facts: Facts) -> Trail:
    return replace(trail, proposer="", approver="")


def _void(trail: Trail, _facts: Facts) -> Trail:
    """A new version: whatever was decided was decided about another one."""
    return Trail(cool_off_days=trail.cool_off_days)


NOTES: Mapping[Step, Callable[[Trail, Facts], Trail]] = {
    Step.FILE: _filed,
    Step.NOTICE: _noticed,
    Step.APPEAL: _appealed,
    Step.GRANT: _granted,
    Step.DENY: _denied,
    Step.PROPOSE: _proposed,
    Step.APPROVE: _approved,
    Step.WITHDRAW: _withdrawn,
    Step.CHANGE: _void,
    Step.RESTORE: _void,
}
