"""Courses: which steps follow which, what each leaves behind, and that nothing irreversible slips through."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.enforcement.course import ACCOUNT_COOL_OFF_DAYS, COOL_OFF_DAYS, Course, advance, course_id, hurdles
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.guards import Guard
from scanner.domain.enforcement.stages import END_STAGES, TRANSITIONS, Stage, Step, steps_from
from scanner.domain.enforcement.trail import Appealed, Trail
from scanner.domain.evidence import EvidenceState
from scanner.errors import TransitionError
from tests.unit.enforcement.courses import NOW, PLAIN, VERSIONED, course, facts, led_to


def test_an_end_is_left_only_when_the_same_bytes_are_put_there_again() -> None:
    assert all(steps_from(stage) == (Step.FILE,) for stage in END_STAGES)


def test_every_stage_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) == set(Stage)


def test_any_stage_but_an_end_becomes_a_rescan_when_the_object_changed() -> None:
    assert all(Step.CHANGE in steps_from(stage) for stage in Stage if stage not in END_STAGES)


def test_a_step_that_does_not_follow_names_those_that_do() -> None:
    with pytest.raises(TransitionError, match="ACTIVE allows no begin — allowed: file, change"):
        advance(course(), Step.BEGIN, facts())


def test_an_end_allows_no_other_step() -> None:
    gone = replace(course(), stage=Stage.DELETED)
    with pytest.raises(TransitionError, match="DELETED allows no lift — allowed: file"):
        advance(gone, Step.LIFT, facts())


def test_a_held_step_names_its_guards() -> None:
    with pytest.raises(TransitionError, match="G4 the rule may not act by itself; G9 the account is protected"):
        advance(course(), Step.FILE, facts(human=False, gate_open=False, protected=True))


def test_each_step_is_one_revision_one_key_and_one_audit_entry() -> None:
    filed, entry = advance(course(), Step.FILE, facts(key="first"))
    assert (filed.revision, filed.keys, filed.changed_at) == (2, ("first",), NOW)
    assert (entry.actor, entry.verb, entry.thing, entry.reason) == ("ann", "course-file", filed.id, "it is true")
    assert entry.facts["to"] == "SUSPEND_PENDING"


def test_the_same_request_twice_takes_effect_once() -> None:
    filed, _ = advance(course(), Step.FILE, facts(key="first"))
    off, _ = advance(filed, Step.CALL_OFF, facts(key="second"))
    with pytest.raises(TransitionError, match="carried out before"):
        advance(off, Step.FILE, facts(key="first"))


def test_a_course_knows_who_filed_it_and_when_it_was_seen() -> None:
    seen = led_to(Stage.SUSPENDED)
    assert seen.is_suspended
    assert not course().is_suspended
    assert (seen.rule, seen.filed_at, seen.checked_at) == ("webshell", seen.changed_at, seen.changed_at)


def test_five_rules_over_one_version_are_one_course() -> None:
    assert course_id(VERSIONED, "a" * 64) == course_id(replace(VERSIONED, account="x", size=9), "a" * 64)
    assert course_id(VERSIONED, "a" * 64) != course_id(PLAIN, "a" * 64)
    assert course_id(replace(VERSIONED, key="\ud800"), "a" * 64).startswith("K")


def test_a_restriction_is_lifted_with_the_last_of_its_grounds() -> None:
    held = led_to(Stage.SUSPENDED)
    both, _ = advance(held, Step.JOIN, facts(key="j", ground="C2"))
    assert both.grounds == ("C1", "C2")
    with pytest.raises(TransitionError, match="held by C2 too"):
        advance(both, Step.LIFT, facts(key="l", ground="C1"))
    one, _ = advance(both, Step.DROP, facts(key="d", ground="C1"))
    assert (one.stage, one.grounds) == (Stage.SUSPENDED, ("C2",))
    with pytest.raises(TransitionError, match="no other case would hold it"):
        advance(one, Step.DROP, facts(key="d2", ground="C2"))
    lifted, _ = advance(one, Step.LIFT, facts(key="l2", ground="C2"))
    assert (lifted.stage, lifted.grounds) == (Stage.REINSTATING, ())


def test_a_case_that_holds_nothing_cannot_be_dropped() -> None:
    with pytest.raises(TransitionError, match="no other case"):
        advance(led_to(Stage.SUSPENDED), Step.DROP, facts(key="d", ground="C9"))


def test_a_notice_starts_the_cool_off() -> None:
    noticed = led_to(Stage.NOTICED)
    assert noticed.trail.noticed_at is not None
    assert noticed.trail.cool_until == noticed.trail.noticed_at + timedelta(days=COOL_OFF_DAYS)
    assert ACCOUNT_COOL_OFF_DAYS == 30


def test_an_appeal_stops_the_clock_and_voids_approvals() -> None:
    proposed = led_to(Stage.DELETE_PROPOSED)
    approved, _ = advance(proposed, Step.APPROVE, facts(actor="bob", key="a"))
    appealed, _ = advance(approved, Step.APPEAL, facts(actor="owner", key="b"))
    assert (appealed.trail.proposer, appealed.trail.approver, appealed.trail.appeal) == ("", "", Appealed.OPEN)
    later = facts(actor="dee", key="c", now=NOW + timedelta(days=3))
    denied, _ = advance(appealed, Step.DENY, later)
    assert denied.stage is Stage.NOTICED_FINAL
    assert approved.trail.cool_until is not None
    assert denied.trail.cool_until == approved.trail.cool_until + timedelta(days=3)


def test_a_denied_appeal_without_a_clock_sets_none() -> None:
    bare = replace(course(), stage=Stage.APPEALED, trail=Trail(appeal=Appealed.OPEN))
    denied, _ = advance(bare, Step.DENY, facts(actor="dee"))
    assert denied.trail.cool_until is None


def test_a_granted_appeal_reinstates() -> None:
    appealed, _ = advance(led_to(Stage.NOTICED), Step.APPEAL, facts(actor="owner", key="b"))
    granted, _ = advance(appealed, Step.GRANT, facts(actor="dee", key="c"))
    assert (granted.stage, granted.trail.appeal, granted.grounds) == (Stage.REINSTATING, Appealed.GRANTED, ())
    free, _ = advance(granted, Step.RESTORE, facts(actor="enforcer", human=False, key="d"))
    assert (free.stage, free.trail) == (Stage.ACTIVE, Trail())


def test_an_appeal_in_the_second_the_deletion_falls_due_wins_or_comes_too_late_but_never_both() -> None:
    due = led_to(Stage.DELETE_PROPOSED)
    due, _ = advance(due, Step.APPROVE, facts(actor="bob", key="a"))
    appealed, _ = advance(due, Step.APPEAL, facts(actor="owner", key="b"))
    with pytest.raises(TransitionError):
        advance(appealed, Step.BEGIN, facts(key="c"))
    begun, _ = advance(due, Step.BEGIN, facts(key="c"))
    with pytest.raises(TransitionError):
        advance(begun, Step.APPEAL, facts(actor="owner", key="b"))


def test_a_deletion_under_way_is_tried_again_only_under_all_guards() -> None:
    begun = led_to(Stage.DELETING)
    again, _ = advance(begun, Step.RESUME, facts(key="r1"))
    assert again.stage is Stage.DELETING
    with pytest.raises(TransitionError, match="G12"):
        advance(again, Step.RESUME, facts(key="r2", hold=True))
    back, _ = advance(again, Step.WITHDRAW, facts(key="w"))
    assert (back.stage, back.trail.proposer, back.trail.approver) == (Stage.NOTICED_FINAL, "", "")


def test_a_changed_object_voids_everything_decided_about_the_old_one() -> None:
    changed, _ = advance(led_to(Stage.DELETE_PROPOSED), Step.CHANGE, facts(key="x"))
    assert (changed.stage, changed.trail, changed.grounds) == (Stage.RESCAN, Trail(), ())


def test_a_leak_is_found_and_applied_again() -> None:
    leaking, _ = advance(led_to(Stage.NOTICED), Step.LEAK, facts(key="l"))
    assert leaking.stage is Stage.SUSPENDED_UNVERIFIED
    again, _ = advance(leaking, Step.APPLY, facts(key="a"))
    seen, _ = advance(again, Step.VERIFY, facts(key="v"))
    assert seen.stage is Stage.NOTICED  # the notice that went out still stands


wild = st.builds(
    lambda **changed: facts(**changed),
    actor=st.sampled_from(["ann", "bob", "machine", "owner", "dee", ""]),
    human=st.booleans(),
    key=st.uuids().map(str),
    opened_by=st.sampled_from([frozenset(), frozenset({"ann"}), frozenset({"ann", "bob"})]),
    now=st.integers(0, 40).map(lambda day: NOW + timedelta(days=day)),
    seen_sha256=st.sampled_from(["a" * 64, "b" * 64]),
    evidence=st.sampled_from(EvidenceState),
    hold=st.booleans(),
    gate_open=st.booleans(),
    missing=st.sampled_from([(), ("facts",)]),
)


@given(st.lists(st.tuples(st.sampled_from(Step), wild), max_size=25))
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_in_whatever_order_nothing_is_deleted_against_the_guards(
    asked: list[tuple[Step, Facts]],
) -> None:
    found: Course = course()
    for step, seen in asked:
        before = found
        try:
            found, entry = advance(found, step, seen)
        except TransitionError:
            assert found == before
            continue
        assert entry.reason
        assert found.stage in (TRANSITIONS[before.stage, step], Stage.NOTICED)
        assert not hurdles(before, step, seen)
        if step is Step.BEGIN:
            trail = before.trail
            assert trail.proposer != trail.approver
            assert {trail.proposer, trail.approver} <= seen.opened_by
            assert trail.cool_until is not None
            assert seen.now >= trail.cool_until
            assert not seen.hold


@given(st.sampled_from(sorted(TRANSITIONS)), wild)
@settings(max_examples=150, deadline=None)
def test_leaving_out_a_guard_only_ever_allows_more(place: tuple[Stage, Step], seen: Facts) -> None:
    at = replace(course(), stage=place[0])
    for guard in Guard:
        assert set(hurdles(at, place[1], seen, {guard})) <= set(hurdles(at, place[1], seen))
