"""The ladder: only people climb it, only as far as strikes carry, and every rung comes off by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Case, Outcome
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Ground
from scanner.domain.enforcement.places import BUCKET, bucket_of, measure_word, widened
from scanner.domain.enforcement.stages import Stage
from scanner.domain.enforcement.strikes import Ladder, Rung, strike
from scanner.domain.findings import Severity
from scanner.domain.rules import Rulebook
from scanner.errors import TransitionError, UnknownError
from scanner.services.widening import Widening
from tests.unit.services.test_courses import Town


class Street(Town):
    """A town with a ladder, and one upload that a person decided to be violating."""

    def __init__(self, book: Rulebook, weight: Severity = Severity.CRITICAL, count: int = 2) -> None:
        super().__init__(book)
        h = self.house
        self.widening = Widening(h.kept, h.store, h.store, h.kept, h.doorbell, h.clock)
        for place in ("bucket:tenant", "frozen:tenant", "account:account-1"):
            h.contents.objects[place, ""] = b"x"
        self.suspended()
        case = next(iter(h.store.case_rows))
        held = h.reviewing.claim(case, "li")
        h.reviewing.decide(case, "li", held.tokens, Outcome.VIOLATING, "malware")
        h.clock.advance(1)
        strikes = [
            replace(strike(case, "account-1", "tenant", "3.1.3.7", weight, h.clock.now(), Ladder()), id=f"S{n}")
            for n in range(count)
        ]
        h.kept.commit(Change(strikes=tuple(strikes)))

    def case(self) -> Case:
        return next(iter(self.house.store.case_rows.values()))

    def widen(self, rung: Rung = Rung.CONTAINER, prefix: str = "", *, writes: bool = False) -> Action:
        return self.widening.widen(self.case().id, rung, "wang", "again and again", prefix=prefix, writes=writes)

    def done(self, action: Action) -> Action:
        self.house.enforcing.carry_out()
        return self.house.store.action(action.id)


@pytest.fixture
def street(book: Rulebook) -> Street:
    return Street(book)


def test_a_bucket_is_suspended_by_a_person_and_noticed_as_one(street: Street) -> None:
    action = street.done(street.widen())
    assert (action.state, action.subject.bucket, action.subject.key) == (ActionState.DONE, "bucket:tenant", "")
    street.noticing.write()
    scopes = {notice.scope for notice in street.noticing.send()}
    assert {"s3://tenant/", "s3://tenant/a"} <= scopes
    assert all(post.document for post in street.letters.posts)


def test_too_few_strikes_carry_no_rung(book: Rulebook) -> None:
    light = Street(book, Severity.LOW, 1)
    with pytest.raises(TransitionError, match=r"weigh \d+ of the 12 that carry the rung container"):
        light.widen()
    with pytest.raises(TransitionError, match=r"of the 24 that carry the rung account"):
        light.widen(Rung.ACCOUNT)


def test_the_account_needs_more_than_the_bucket(street: Street) -> None:
    assert street.widening.standing("account-1", "tenant").rung is Rung.CONTAINER
    with pytest.raises(TransitionError, match="rung account"):
        street.widen(Rung.ACCOUNT)


def test_strikes_that_were_voided_or_ended_carry_nothing(street: Street) -> None:
    for one in street.widening.standing("account-1").strikes:
        street.widening.void("account-1", one.id, "wang", "decided in error")
    assert street.widening.standing("account-1", "tenant").weight == 0
    with pytest.raises(TransitionError, match="weigh 0"):
        street.widen()
    with pytest.raises(TransitionError, match="was voided by wang"):
        street.widening.void("account-1", "S0", "wang", "twice")
    with pytest.raises(UnknownError, match="no such strike"):
        street.widening.void("account-1", "S99", "wang", "x")


def test_an_undecided_case_widens_nothing(book: Rulebook) -> None:
    street = Street(book)
    undecided = replace(street.case(), decision=None)
    street.house.store.case_rows[undecided.id] = undecided
    with pytest.raises(TransitionError, match="no person has decided it violating"):
        street.widen()


def test_the_same_place_is_suspended_once(street: Street) -> None:
    street.done(street.widen())
    with pytest.raises(TransitionError, match="is suspended for this case already"):
        street.widen()


def test_a_wide_measure_is_lifted_alone_and_can_be_taken_again(street: Street) -> None:
    action = street.done(street.widen())
    lifted = street.done(street.widening.lift(action.id, "wang", "cleaned up"))
    assert (lifted.measure, lifted.state, lifted.subject.bucket) == (Measure.RESTORE, ActionState.DONE, "bucket:tenant")
    assert street.seen() == "refused"  # the object itself stays as it was decided
    with pytest.raises(TransitionError, match="is not in force"):
        street.widening.lift(action.id, "wang", "twice")
    again = street.done(street.widen())
    assert (again.state, again.id != action.id) == (ActionState.DONE, True)


def test_a_wide_measure_that_was_given_up_after_it_took_hold_can_still_be_lifted(street: Street) -> None:
    action = street.done(street.widen())
    street.house.store.action_rows[action.id] = replace(action, state=ActionState.DEAD)
    assert street.done(street.widening.lift(action.id, "wang", "cleaned up")).state is ActionState.DONE


def test_an_object_is_not_given_back_as_a_wide_measure(street: Street) -> None:
    with pytest.raises(TransitionError, match="is no wide measure"):
        street.widening.lift(street.suspension().id, "wang", "x")


def test_a_wide_restriction_ends_by_itself(street: Street) -> None:
    action = street.done(street.widen())
    street.house.clock.advance(timedelta(days=91).total_seconds())
    lapsed = street.watching.lapse()
    assert {one.undoes for one in lapsed} == {action.id, street.suspension().id}
    street.house.enforcing.carry_out()
    assert street.house.surface.suspended == {}


def test_a_granted_appeal_about_a_bucket_leaves_the_object_unless_the_rule_was_wrong(street: Street) -> None:
    action = street.done(street.widen())
    street.noticing.write()
    notice = next(one for one in street.noticing.send() if one.scope == "s3://tenant/")
    appeal = street.appealing.file(notice.id, Ground.NEED_ACCESS, "the other files")
    street.appealing.judge(appeal.id, "zhao", granted=True, reason="they are clean")
    street.house.enforcing.carry_out()
    places = set(street.house.surface.suspended)
    assert ("tenant", "a") in places
    assert ("bucket:tenant", "") not in places
    course = street.house.guarding.course(action.subject, action.sha256)
    assert course.stage is Stage.ACTIVE


def test_a_place_is_widened_only_from_an_object_below_it(street: Street) -> None:
    subject = street.case().subject
    assert bucket_of(widened(subject, Rung.CONTAINER, "", writes=True)) == "tenant"
    assert measure_word(replace(subject, bucket=f"{BUCKET}tenant")) == "suspend"
    assert measure_word(replace(subject, bucket="account:a", key="cpu")) == "throttle"
    for rung, prefix in ((Rung.RESOURCE, ""), (Rung.CONTAINER, "elsewhere/")):
        with pytest.raises(TransitionError):
            widened(subject, rung, prefix, writes=False)
    with pytest.raises(TransitionError, match="account is not known"):
        widened(replace(subject, account=""), Rung.ACCOUNT, "", writes=False)
    whole = widened(replace(subject, account="a"), Rung.ACCOUNT, "", writes=False)
    assert (whole.bucket, whole.key, whole.version_id) == ("account:a", "", "")
