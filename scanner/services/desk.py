"""The review desk: take the next case, keep it, decide it, take a decision back, decide many alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from scanner.domain.actions import GIVEN_UP, Action, ActionState, Measure, called_off
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState, Outcome
from scanner.domain.changes import Change
from scanner.domain.enforcement.strikes import void
from scanner.domain.messages import (
    CHOOSE,
    CHOSEN,
    CLAIM_AGAIN,
    CLAIM_LOST,
    IS_CLAIMED_BY,
    IS_STATE,
    TAKE_NEXT,
    TAKEN_BACK_BY,
)
from scanner.domain.requests import Lane
from scanner.domain.review_people import Exposure
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import Place, Queued, ReviewLane, Wanted, held_by
from scanner.domain.review_steps import UNDO_WITHIN, leave, lost_to, renew, take_back
from scanner.errors import AupError, ConflictError, TransitionError, UsageError
from scanner.ports_enforcement import Rights
from scanner.ports_review import Diary, Queue
from scanner.services.casework import new_action
from scanner.services.desk_similar import Kinship
from scanner.services.reviewing import Reviewing

LOOK_AHEAD = 50  # cases tried before giving up: others take some of them meanwhile
MOST_AT_ONCE = 500  # cases that one bulk decision covers
MOST_TRIES = 4
DAY = timedelta(hours=24)
EXPOSING = (Deed.VIEWED, Deed.REVEALED)


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a bulk decision: decided, or the reason why not. `distance` in percent, where it is a similar one."""

    case: Case
    trouble: str = ""
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What reviewers do at their desk. `within` is how long a decision can be taken back."""

    reviewing: Reviewing
    queue: Queue
    diary: Diary
    rights: Rights
    kinship: Kinship
    within: timedelta = UNDO_WITHIN

    def next_case(self, person: str, wanted: Wanted, after: Place | None = None, *, leads: bool = False) -> Case | None:
        """Claim the highest ranking case that is free and not muted; None if there is none. Wraps round at the end.

        What was escalated is offered to whoever `leads`, and to others where they ask for its lane or state by name.
        """
        now = self.reviewing.clock.now()
        muted = self.diary.preferences(person).muted
        asked = replace(wanted, assigned="-", muted=(*wanted.muted, *muted))
        if not leads and not asked.stands and asked.lane != ReviewLane.ESCALATED:
            asked = replace(asked, stands=CaseState.QUEUED.value)
        found = self.queue.page(asked, now, LOOK_AHEAD, after)
        found += self.queue.page(asked, now, LOOK_AHEAD) if after is not None else []
        for queued in found:
            if _is_own_escalation(queued, person) or (after is not None and queued.case.id == after.case):
                continue
            try:
                return self.reviewing.claim(queued.case.id, person)
            except (ConflictError, TransitionError):
                continue  # somebody else was faster
        return None

    def keep(self, case_id: str, person: str, token: int) -> Case:
        """A heartbeat: the claim lasts longer; ConflictError says who has the case now."""
        return self._held(case_id, lambda case, now: renew(case, person, token, now, self.reviewing.hold))

    def leave(self, case_id: str, person: str, token: int) -> Case:
        """The case's page was left: the claim ends after GRACE unless a heartbeat follows (it was only loaded anew)."""
        return self._held(case_id, lambda case, now: leave(case, person, token, now))

    def end_left(self, case_id: str, person: str, token: int) -> bool:
        """Give a case back whose page was left and not opened again; whether it was given back."""
        case = self.reviewing.casebook.case(case_id)
        held = case.claim
        if held is None or (held.reviewer, held.token) != (person, token) or held.until > self.reviewing.clock.now():
            return False
        self.reviewing.release(case_id, person, token)
        return True

    def _held(self, case_id: str, step: Callable[[Case, datetime], Case]) -> Case:
        """Write a step of the claim; where two windows of one person write at once, both are heard."""
        reviewing = self.reviewing
        for tries in range(1, MOST_TRIES + 1):
            before = reviewing.casebook.case(case_id)
            kept = step(before, reviewing.clock.now())
            if kept is before:
                break
            try:
                reviewing.register.commit(Change(cases=(kept,)))
                break
            except ConflictError:
                if tries == MOST_TRIES:
                    raise
        return kept

    def decide(self, case_id: str, person: str, token: int, outcome: Outcome, reason: str, note: str = "") -> Case:
        """Decide under a current claim; ConflictError tells a late writer who was faster."""
        decided = self._decided(case_id, person, token, outcome, reason, note)
        now = self.reviewing.clock.now()
        self._note(decided, person, Deed.DECIDED, outcome.value, now, (now - decided.opened_at).total_seconds())
        return decided

    def _decided(
        self, case_id: str, person: str, token: int, outcome: Outcome, reason: str, note: str, tries: int = MOST_TRIES
    ) -> Case:
        """Decided; where only a heartbeat of the same claim came between, it is done again."""
        try:
            return self.reviewing.decide(case_id, person, token, outcome, reason, note)
        except ConflictError:
            held = self.reviewing.casebook.case(case_id).claim
            is_ours = held is not None and (held.reviewer, held.token) == (person, token)
            if held is None:
                raise self._late(case_id) from None
            if not is_ours or held.until <= self.reviewing.clock.now() or tries <= 1:
                raise
        return self._decided(case_id, person, token, outcome, reason, note, tries - 1)

    def _late(self, case_id: str) -> ConflictError:
        """For who decides without a claim: what became of the case meanwhile."""
        case = self.reviewing.casebook.case(case_id)
        mend = CLAIM_AGAIN() if case.is_open else TAKE_NEXT()
        return ConflictError(CLAIM_LOST(why=lost_to(case)), where=case_id, mend=mend)

    def undo(self, case_id: str, person: str) -> Case:
        """Take an own decision back within the window: what it filed is called off or undone, its strike is void."""
        reviewing, now = self.reviewing, self.reviewing.clock.now()
        before = reviewing.casebook.case(case_id)
        back = take_back(before, person, now, reviewing.hold, self.within)
        at = before.decision.at if before.decision else now
        actions = tuple(self._undone(back, action, person, now) for action in self._filed(case_id, person, at))
        struck = [one for one in self.rights.strikes(before.subject.account) if one.case == case_id]
        strikes = tuple(void(one, person, "decision taken back") for one in struck if not one.voided_by)
        why = f"taken back within {int(self.within.total_seconds())} s"
        entries = [AuditEntry(now, person, "case-undone", case_id, why, {"state": back.state})]
        entries += [AuditEntry(now, person, f"{one.measure}-taken-back", one.id, why) for one in actions]
        entries += [AuditEntry(now, person, "strike-voided", one.id, why) for one in strikes]
        reviewing.register.commit(Change(cases=(back,), actions=actions, strikes=strikes, audit=tuple(entries)))
        if actions:
            reviewing.doorbell.ring(Lane.ENFORCEMENT, [])
        self._note(back, person, Deed.UNDONE, before.decision.outcome.value if before.decision else "", now)
        return back

    def alike(self, case_id: str, by: str, person: str) -> list[Row]:
        """The cases that a bulk decision would cover, this one first, each with what would hold it back."""
        now = self.reviewing.clock.now()
        case = self.reviewing.casebook.case(case_id)
        if by == "similar":
            found = [(case, 0), *((kin.case, kin.distance) for kin in self.kinship.of(case, MOST_AT_ONCE - 1))]
        else:
            found = [(one, 0) for one in (case, *self.queue.alike(case, by, MOST_AT_ONCE - 1))]
        return [Row(one, _hindrance(one, person, now), distance) for one, distance in found]

    def decide_all(
        self, case_ids: Sequence[str], person: str, outcome: Outcome, reason: str, note: str = ""
    ) -> list[Row]:
        """One decision for each of many cases, each claimed and guarded by itself; a row for every one."""
        if not 0 < len(case_ids) <= MOST_AT_ONCE:
            raise UsageError(CHOSEN(count=len(case_ids)), where="cases", mend=CHOOSE(most=MOST_AT_ONCE))
        known = self.reviewing.casebook.known(case_ids)
        for case_id in (one for one in case_ids if one not in known):
            self.reviewing.casebook.case(case_id)  # it says that there is no such case, before any is decided
        return [self._one(case_id, person, outcome, reason, note) for case_id in dict.fromkeys(case_ids)]

    def saw(self, case: Case, person: str, deed: Deed) -> None:
        """Remember that somebody saw full content or an unblurred image."""
        self._note(case, person, deed, "", self.reviewing.clock.now())

    def rest(self, person: str) -> None:
        """Remember a break."""
        self.diary.write(Note(person, Deed.BREAK, "", "", "", "", self.reviewing.clock.now()))

    def exposure(self, person: str) -> Exposure:
        """What somebody saw and decided in the last 24 hours, and since their last break."""
        now = self.reviewing.clock.now()
        notes = self.diary.notes((*EXPOSING, Deed.DECIDED, Deed.BREAK), now - DAY, 5_000, person)
        seen = [note.at for note in notes if note.deed in EXPOSING]
        since = _rested(notes, now)
        begun = min((note.at for note in notes if note.deed is not Deed.BREAK and note.at > since), default=now)
        decided = sum(note.deed is Deed.DECIDED for note in notes)
        return Exposure(len(seen), sum(at > since for at in seen), decided, now - begun)

    def _one(self, case_id: str, person: str, outcome: Outcome, reason: str, note: str) -> Row:
        try:
            held = self.reviewing.claim(case_id, person)
            return Row(self.decide(case_id, person, held.tokens, outcome, reason, note))
        except AupError as error:
            return Row(self.reviewing.casebook.case(case_id), error.what)

    def _filed(self, case_id: str, person: str, at: datetime) -> list[Action]:
        """What the decision filed, and what it called off is left as it is: nothing had been done of it."""
        filed = self.reviewing.outbox.actions_of(case_id)
        undone = {action.undoes for action in filed}
        mine = [one for one in filed if one.proposer == person and one.created_at == at and one.id not in undone]
        return [one for one in mine if one.state not in GIVEN_UP]

    def _undone(self, case: Case, action: Action, person: str, now: datetime) -> Action:
        """Called off where nothing was done yet; else the opposite is filed, by the inverse that was stored.

        A suspension without an inverse was not done, whoever is at it.
        """
        idle = action.state is ActionState.PENDING and not action.attempts
        if idle or (action.measure is Measure.SUSPEND and not action.inverse):
            return called_off(action, TAKEN_BACK_BY(name=person))
        opposite = Measure.RESTORE if action.measure is Measure.SUSPEND else Measure.SUSPEND
        inverse = action.inverse if opposite is Measure.RESTORE else ""
        back = new_action(case, opposite, person, now, undoes=action.id, inverse=inverse)
        return replace(back, subject=action.subject)  # a wide measure stands elsewhere than at its case's object

    def _note(self, case: Case, person: str, deed: Deed, word: str, now: datetime, seconds: float = 0.0) -> None:
        self.diary.write(Note(person, deed, case.id, case.rule, case.clause, word, now, seconds))


def _is_own_escalation(queued: Queued, person: str) -> bool:
    made = queued.case.decision
    return made is not None and made.outcome is Outcome.ESCALATE and made.reviewer == person


def _hindrance(case: Case, person: str, now: datetime) -> str:
    if not case.is_open:
        return IS_STATE(state=case.state)
    holder = held_by(case, now)
    return IS_CLAIMED_BY(name=holder) if holder not in ("", person) else ""


def _rested(notes: Sequence[Note], now: datetime) -> datetime:
    """When the last break was: one that was told, or 15 minutes without a deed."""
    told = [note.at for note in notes if note.deed is Deed.BREAK]
    times = sorted(note.at for note in notes)
    gaps = [early for early, late in pairwise(times) if late - early >= timedelta(minutes=15)]
    return max([*told, *gaps], default=now - DAY)
