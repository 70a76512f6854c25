"""Widening: a person climbs the ladder from an object to its prefix, bucket or account, as far as strikes carry."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from scanner.domain.actions import GIVEN_UP, Action, Measure, not_undone
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, Outcome
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.enforcement.places import is_object, widened
from scanner.domain.enforcement.strikes import Ladder, Rung, Strike, rung, void, weight
from scanner.domain.requests import Lane
from scanner.errors import TransitionError, UnknownError
from scanner.ports import Casebook, Clock, Doorbell, Outbox, Register
from scanner.ports_enforcement import Rights
from scanner.services.casework import new_action, undoing

RUNGS = (Rung.RESOURCE, Rung.CONTAINER, Rung.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Standing:
    """What weighs on an account now, on one of its buckets, and how far a person may climb there."""

    account: str
    container: str
    weight: int
    container_weight: int
    rung: Rung
    strikes: tuple[Strike, ...]


@dataclass(frozen=True, slots=True)
class Widening:
    """The ladder. A machine has no method here; every measure is reversible, ends by itself, and can be appealed."""

    rights: Rights
    casebook: Casebook
    outbox: Outbox
    register: Register
    doorbell: Doorbell
    clock: Clock
    ladder: Ladder = field(default_factory=Ladder)

    def standing(self, account: str, container: str = "") -> Standing:
        """The sums, computed from the strikes that still count."""
        now, strikes = self.clock.now(), self.rights.strikes(account)
        sums = (weight(strikes, now), weight(strikes, now, container) if container else 0)
        return Standing(account, container, *sums, rung(strikes, container, now, self.ladder), tuple(strikes))

    def widen(
        self, case_id: str, wanted: Rung, person: str, reason: str, *, prefix: str = "", writes: bool = False
    ) -> Action:
        """File a suspension one or two rungs above a case's object.

        TransitionError unless a person decided the case violating, and the account's strikes carry the rung.
        """
        return self.climb(
            case_id, wanted, person, reason, lambda case: widened(case.subject, wanted, prefix, writes=writes)
        )

    def climb(
        self, case_id: str, wanted: Rung, person: str, reason: str, place_of: Callable[[Case], Subject]
    ) -> Action:
        """The same for any place that stands on a rung; `place_of` raises TransitionError where a case has none."""
        case = self.casebook.case(case_id)
        if case.decision is None or case.decision.outcome is not Outcome.VIOLATING:
            raise TransitionError("no person has decided it violating", where=case_id, mend="review it first")
        if not person.strip() or not reason.strip():
            raise TransitionError("needs a person and a reason", where=case_id, mend="give both")
        standing = self.standing(case.subject.account, case.subject.bucket)
        if RUNGS.index(standing.rung) < RUNGS.index(wanted):
            raise TransitionError(self._too_light(standing, wanted), where=case_id, mend="object before bucket first")
        action = self._filed(case, place_of(case), person)
        facts = {"place": action.subject.url, "rung": wanted, "weight": str(standing.weight)}
        entry = AuditEntry(self.clock.now(), person, "suspend-widened", action.id, reason, facts)
        self.register.commit(Change(actions=(action,), audit=(entry,)))
        self.doorbell.ring(Lane.ENFORCEMENT, [])
        return action

    def lift(self, action_id: str, person: str, reason: str) -> Action:
        """Undo one wide measure by its stored inverse; TransitionError if nothing is there to be undone."""
        held, now = self.outbox.action(action_id), self.clock.now()
        undone = any(one.undoes == held.id for one in self.outbox.actions_of(held.case))
        if not held.inverse or held.measure is not Measure.SUSPEND or undone:  # given up, it may still have taken hold
            raise TransitionError("is not in force", where=action_id, mend="see `aup measures list CASE`")
        if is_object(held.subject) or not reason.strip():
            mend = "an object is given back by deciding its case or its appeal"
            raise TransitionError("is no wide measure, or has no reason", where=action_id, mend=mend)
        case = self.casebook.case(held.case)
        lifting = undoing(case, held, person, now)
        entry = AuditEntry(now, person, "restore-filed", lifting.id, reason, {"place": held.subject.url})
        self.register.commit(Change(actions=(lifting,), audit=(entry,)))
        self.doorbell.ring(Lane.ENFORCEMENT, [])
        return lifting

    def void(self, account: str, strike_id: str, person: str, reason: str) -> Strike:
        """Void one strike; it weighs no more, and stays to be seen."""
        found = next((one for one in self.rights.strikes(account) if one.id == strike_id), None)
        if found is None:
            raise UnknownError("no such strike of this account", where=strike_id, mend="see `aup strikes show`")
        struck = void(found, person, reason)
        entry = AuditEntry(self.clock.now(), person, "strike-voided", strike_id, reason, {"account": account})
        self.register.commit(Change(strikes=(struck,), audit=(entry,)))
        return struck

    def _filed(self, case: Case, place: Subject, person: str) -> Action:
        now = self.clock.now()
        earlier = [one for one in self.outbox.actions_of(case.id) if one.subject == place]
        if any(one.measure is Measure.SUSPEND and one.state not in GIVEN_UP for one in not_undone(earlier)):
            raise TransitionError("is suspended for this case already", where=place.url, mend="nothing to do")
        mark = f"{place.bucket}\x1f{place.key}\x1f{len(earlier)}"
        return replace(new_action(case, Measure.SUSPEND, person, now, undoes=mark), subject=place, undoes="")

    def _too_light(self, standing: Standing, wanted: Rung) -> str:
        weighs, at = standing.container_weight, self.ladder.container_at
        if wanted is Rung.ACCOUNT:
            weighs, at = standing.weight, self.ladder.account_at
        return f"its strikes weigh {weighs} of the {at} that carry the rung {wanted}"
