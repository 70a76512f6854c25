"""Enforcement actions under §3.1.3.10: intents that workers carry out, and whose state is read back from the world."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.content import Subject
from scanner.errors import TransitionError


class Measure(StrEnum):
    """What is done. DELETE needs a human proposer and a second person; a machine never proposes it."""

    SUSPEND = "suspend"
    RESTORE = "restore"
    THROTTLE = "throttle"
    UNTHROTTLE = "unthrottle"
    DELETE = "delete"


class ActionState(StrEnum):
    """PENDING → APPLYING → UNVERIFIED → DONE; REFUSED by a guard; UNKNOWN until read back; DEAD after retries.

    PUT_OFF: a deletion that waits for its turn; no attempt at it is burned.
    """

    PENDING = "PENDING"
    APPLYING = "APPLYING"
    UNVERIFIED = "UNVERIFIED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    DEAD = "DEAD"
    PUT_OFF = "PUT_OFF"


FINAL_STATES = frozenset({ActionState.DONE, ActionState.REFUSED, ActionState.DEAD})
GIVEN_UP = frozenset({ActionState.REFUSED, ActionState.DEAD})
HOLDING = frozenset({Measure.SUSPEND, Measure.THROTTLE})
UNDOING = frozenset({Measure.RESTORE, Measure.UNTHROTTLE})
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(hours=24)
SLACK = timedelta(hours=1)  # by which clocks of several machines may differ
MAX_ATTEMPTS = 40  # with doubling waits capped at 24 h: about a month of a receiver being down


@dataclass(frozen=True, slots=True)
class Action:
    """One intent. `inverse` is what restores the world exactly, as JSON text, stored once the measure is applied.

    `id` is derived from what it does (`services.casework.new_action`), so filing the same intent twice is one action.
    """

    id: str
    case: str
    subject: Subject
    sha256: str
    measure: Measure
    clause: str
    proposer: str  # a person, or "machine"
    state: ActionState
    created_at: datetime
    due_at: datetime
    evidence: str = ""
    approver: str = ""
    inverse: str = ""
    undoes: str = ""
    attempts: int = 0
    outcome: str = ""
    revision: int = 1

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to be done."""
        return self.state in FINAL_STATES


def waits(action: Action) -> bool:
    """Whether it is a deletion that was never looked at: it waits for its cool-off, however long that is."""
    return action.measure is Measure.DELETE and action.state is ActionState.PENDING and not action.attempts


def is_misdated(action: Action, now: datetime) -> bool:
    """Whether only a clock that ran ahead can have dated it so late: nothing waits longer than a day between attempts.

    A deletion that was never tried waits for its cool-off instead.
    """
    return not action.is_final and not waits(action) and action.due_at > now + LAST_RETRY + SLACK


def not_undone(filed: Sequence[Action]) -> list[Action]:
    """The holds among a case's actions that none of them undoes, or stands in the place of."""
    undone = {one.undoes for one in filed}
    return [one for one in filed if one.measure in HOLDING and one.id not in undone]


def standing(filed: Sequence[Action]) -> list[Action]:
    """The holds that took hold or still may, and that nothing undoes.

    The inverse is recorded before the world is changed: with one a hold may stand though it was given up later.
    """
    return [one for one in not_undone(filed) if one.inverse or not one.is_final]


def begin(action: Action, lease: datetime) -> Action:
    """The action taken by a worker until `lease`; the attempt is burned before the work."""
    if action.is_final:
        raise TransitionError(f"action is {action.state}", where=action.id, mend="file a new action")
    return replace(
        action, state=ActionState.APPLYING, attempts=action.attempts + 1, due_at=lease, revision=action.revision + 1
    )


def applied(action: Action, inverse: str, outcome: str) -> Action:
    """The measure took hold at the origin; it still has to be seen from outside."""
    return _step(action, ActionState.UNVERIFIED, outcome, inverse=inverse or action.inverse)


def confirmed(action: Action, outcome: str) -> Action:
    """The world shows the measure's effect."""
    return _step(action, ActionState.DONE, outcome)


def refused(action: Action, guard: str) -> Action:
    """A guard holds the action back for good; `guard` says which and why."""
    return _step(action, ActionState.REFUSED, guard)


def called_off(action: Action, why: str) -> Action:
    """The action ended before anything was done of it; what has an inverse is undone instead."""
    return _step(action, ActionState.REFUSED, why)


def failed(action: Action, outcome: str, now: datetime) -> Action:
    """The attempt failed: due again after a doubling wait up to 24 h, or DEAD after MAX_ATTEMPTS."""
    if action.attempts >= MAX_ATTEMPTS:
        return _step(action, ActionState.DEAD, outcome)
    wait = min(FIRST_RETRY * 2 ** min(action.attempts - 1, 20), LAST_RETRY) if action.attempts else FIRST_RETRY
    state = ActionState.UNVERIFIED if action.inverse else ActionState.PENDING
    return replace(action, state=state, outcome=outcome, due_at=now + wait, revision=action.revision + 1)


def ambiguous(action: Action, outcome: str, now: datetime) -> Action:
    """The answer was lost: UNKNOWN until the world is read back, which is due at once."""
    return replace(
        action, state=ActionState.UNKNOWN, outcome=outcome, due_at=now + FIRST_RETRY, revision=action.revision + 1
    )


def put_off(action: Action, why: str, until: datetime) -> Action:
    """It waits until then; nothing was tried, so no attempt is burned."""
    return replace(action, state=ActionState.PUT_OFF, outcome=why, due_at=until, revision=action.revision + 1)


def replayed(action: Action, now: datetime) -> Action:
    """A dead action brought back by an operator; or an undoing that was refused, once a person has seen to the world.

    An undoing asks again whether all is as the measure left it (G13), so it overwrites nothing.
    """
    undoes = action.measure in UNDOING and action.state is ActionState.REFUSED
    if action.state is not ActionState.DEAD and not undoes:
        mend = "only dead actions and refused restorations are replayed"
        raise TransitionError(f"action is {action.state}", where=action.id, mend=mend)
    return replace(action, state=ActionState.PENDING, attempts=0, due_at=now, revision=action.revision + 1)


def _step(action: Action, state: ActionState, outcome: str, *, inverse: str | None = None) -> Action:
    return replace(
        action,
        state=state,
        outcome=outcome,
        inverse=action.inverse if inverse is None else inverse,
        revision=action.revision + 1,
    )
