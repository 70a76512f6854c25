"""Each guard: holds when all is well, and holds the step back for each thing that it is there for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from scanner.domain.enforcement.course import DESTRUCTION, NEEDED, Course, hurdles
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.guards import CHECKS, Guard
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.enforcement.trail import Appealed, Trail
from scanner.domain.evidence import EvidenceState
from tests.unit.enforcement.courses import NOW, PLAIN, VERSIONED, course, facts, led_to

PROPOSED = Trail(
    proposer="ann", proposer_human=True, approver="bob", approver_human=True, cool_until=NOW - timedelta(days=1)
)


def check(guard: Guard, step: Step, seen: Facts, trail: Trail = PROPOSED, **changed: Any) -> str:
    """What a guard says of a course with that trail."""
    return CHECKS[guard](replace(course(), trail=trail, **changed), step, seen)


def test_every_guard_has_a_check() -> None:
    assert set(CHECKS) == set(Guard)


def test_every_guard_is_asked_somewhere() -> None:
    assert {guard for guards in NEEDED.values() for guard in guards} | {Guard.G14} == set(Guard)


def test_with_all_in_order_no_guard_holds_anything_back() -> None:
    ready = replace(course(), trail=PROPOSED)
    assert not hurdles(ready, Step.BEGIN, facts())


def test_facts_nobody_gathered_refuse_everything() -> None:
    held = {hurdle.guard for hurdle in hurdles(course(), Step.BEGIN, Facts(now=NOW))}
    wanted = {Guard.G1, Guard.G2, Guard.G3, *DESTRUCTION, Guard.G14}
    assert held == wanted


def test_a_machine_with_facts_nobody_gathered_may_not_even_file() -> None:
    held = {hurdle.guard for hurdle in hurdles(course(), Step.FILE, Facts(now=NOW))}
    assert held == {Guard.G4, Guard.G8, Guard.G9, Guard.G14}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"store_proven": False}, "the store was not shown to honour the request's condition"),
        ({"binding": Binding.NONE}, "the request is bound by none, not by version"),
        ({"binding": Binding.ETAG}, "the request is bound by etag, not by version"),
        ({"seen_version": "", "seen_etag": "", "seen_sha256": ""}, "the judged version is gone"),
        ({"seen_version": "v2"}, "what lies there is not what was judged"),
        ({"seen_etag": "e2"}, "what lies there is not what was judged"),
        ({"seen_sha256": "b" * 64}, "what lies there is not what was judged"),
    ],
)
def test_g1_binds_a_measure_to_the_judged_version(changed: dict[str, Any], why: str) -> None:
    assert check(Guard.G1, Step.APPLY, facts(**changed)) == why


def test_g1_binds_by_etag_where_versions_are_not_kept() -> None:
    plain = course(PLAIN)
    assert CHECKS[Guard.G1](plain, Step.APPLY, facts(PLAIN)) == ""
    assert "not by etag" in CHECKS[Guard.G1](plain, Step.APPLY, facts(PLAIN, binding=Binding.VERSION))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"evidence": EvidenceState.TAINTED}, "the evidence is TAINTED"),
        ({"evidence": EvidenceState.CAPTURED}, "the evidence is CAPTURED"),
        ({"evidence": EvidenceState.EXPIRED}, "the evidence is EXPIRED"),
        ({"evidence_sha256": "b" * 64}, "the evidence is of other bytes"),
        ({"chained": False}, "the manifest is not in the audit chain"),
        ({"kept_as_policy": False}, "the evidence keeps less than its clause asks for"),
    ],
)
def test_g2_wants_evidence_that_stands(changed: dict[str, Any], why: str) -> None:
    assert check(Guard.G2, Step.APPLY, facts(**changed)) == why


def test_g3_refuses_a_request_that_touches_more() -> None:
    assert "per-version deletes" in check(Guard.G3, Step.BEGIN, facts(exact=False))


def test_g3_lets_a_newer_version_be_passed_only_by_name() -> None:
    assert check(Guard.G3, Step.BEGIN, facts(newer=True)) == ""
    assert check(Guard.G3, Step.BEGIN, facts(newer=True, binding=Binding.ETAG)) == "a newer version lies there"


@pytest.mark.parametrize(
    ("guard", "changed"),
    [
        (Guard.G4, {"gate_open": False}),
        (Guard.G8, {"breaker_open": True}),
        (Guard.G9, {"protected": True}),
    ],
)
def test_machines_are_held_where_people_are_not(guard: Guard, changed: dict[str, Any]) -> None:
    assert check(guard, Step.FILE, facts(human=False, **changed))
    assert check(guard, Step.FILE, facts(human=True, **changed)) == ""
    assert check(guard, Step.APPLY, facts(human=False, **changed), Trail(filed_by="ann")) == ""
    assert check(guard, Step.APPLY, facts(human=False, **changed), Trail(filed_by="machine", by_machine=True))
    assert check(guard, Step.JOIN, facts(human=False, **changed), Trail(filed_by="ann"))
    for step in (Step.JOIN, Step.APPLY):  # a person wants what a machine filed before
        assert check(guard, step, facts(human=True, **changed), Trail(filed_by="machine", by_machine=True)) == ""


def test_g5_refuses_a_machine_that_proposes() -> None:
    assert check(Guard.G5, Step.PROPOSE, facts(human=False)) == "only a person proposes a deletion"
    assert check(Guard.G5, Step.PROPOSE, facts()) == ""


@pytest.mark.parametrize("trail", [Trail(), replace(PROPOSED, proposer_human=False), replace(PROPOSED, proposer="")])
def test_g5_remembers_who_proposed(trail: Trail) -> None:
    assert check(Guard.G5, Step.BEGIN, facts(), trail) == "only a person proposes a deletion"


@pytest.mark.parametrize(
    ("step", "seen", "trail", "why"),
    [
        (Step.BEGIN, facts(), replace(PROPOSED, approver=""), "no second person has approved"),
        (Step.BEGIN, facts(), replace(PROPOSED, approver_human=False), "no second person has approved"),
        (Step.BEGIN, facts(), replace(PROPOSED, approver="ann"), "the approver is the proposer"),
        (Step.APPROVE, facts(actor="ann"), PROPOSED, "the approver is the proposer"),
        (Step.APPROVE, facts(actor="bot", human=False), PROPOSED, "no second person has approved"),
        (Step.BEGIN, facts(opened_by=frozenset({"ann"})), PROPOSED, "bob did not open the evidence"),
        (Step.APPROVE, facts(actor="bob", opened_by=frozenset()), PROPOSED, "ann, bob did not open the evidence"),
    ],
)
def test_g6_wants_two_people_who_saw_the_evidence(step: Step, seen: Facts, trail: Trail, why: str) -> None:
    assert check(Guard.G6, step, seen, trail) == why


def test_g6_lets_the_second_person_approve() -> None:
    assert check(Guard.G6, Step.APPROVE, facts(actor="bob"), replace(PROPOSED, approver="")) == ""


@pytest.mark.parametrize(
    ("trail", "seen", "why"),
    [
        (replace(PROPOSED, appeal=Appealed.OPEN), facts(), "an appeal is open"),
        (replace(PROPOSED, appeal=Appealed.GRANTED), facts(), "an appeal is granted"),
        (replace(PROPOSED, cool_until=None), facts(), "the owner was never noticed"),
        (replace(PROPOSED, cool_until=None), facts(exempt=True), ""),
        (replace(PROPOSED, cool_until=NOW), facts(), ""),
        (replace(PROPOSED, appeal=Appealed.DENIED), facts(), ""),
    ],
)
def test_g7_waits_for_appeals_and_for_the_cool_off(trail: Trail, seen: Facts, why: str) -> None:
    assert check(Guard.G7, Step.BEGIN, seen, trail) == why


def test_g7_counts_the_cool_off_to_the_second() -> None:
    later = replace(PROPOSED, cool_until=NOW + timedelta(seconds=1))
    assert check(Guard.G7, Step.BEGIN, facts(), later).startswith("the cool-off lasts until 2026-03-01T12:00:01")


def test_g10_wants_a_whole_notice_or_an_exception_of_two_people() -> None:
    assert check(Guard.G10, Step.NOTICE, facts(missing=("facts", "appeal"))) == "the notice lacks facts, appeal"
    assert check(Guard.G10, Step.NOTICE, facts(missing=("facts",), exempt=True)) == ""


@pytest.mark.parametrize("part", ["filed_by", "decided_by", "proposer", "approver"])
def test_g11_keeps_everybody_who_had_a_part_from_judging(part: str) -> None:
    trail = replace(Trail(), **{part: "cai"})
    assert check(Guard.G11, Step.DENY, facts(actor="cai"), trail) == "cai had a part in the decision"
    assert check(Guard.G11, Step.DENY, facts(actor="dee"), trail) == ""


def test_g11_wants_a_person_who_can_see_the_bytes() -> None:
    assert check(Guard.G11, Step.DENY, facts(human=False)) == "only a person judges an appeal"
    assert check(Guard.G11, Step.DENY, facts(actor="dee", visible=False)) == "the bytes cannot be seen any more"


def test_g12_and_g13_say_why() -> None:
    assert check(Guard.G12, Step.BEGIN, facts(hold=True)) == "a legal hold lies on it"


@pytest.mark.parametrize("step", [Step.BEGIN, Step.RESUME])
def test_no_deletion_begins_or_goes_on_above_the_ceiling_of_the_hour(step: Step) -> None:
    held = hurdles(replace(course(), trail=PROPOSED), step, facts(room=False))
    assert [one.guard for one in held] == [Guard.G15]
    assert "a person decides" in check(Guard.G13, Step.RESTORE, facts(as_left=False))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"actor": " "}, "an actor and a reason are needed"),
        ({"reason": "\n"}, "an actor and a reason are needed"),
        ({"key": ""}, "an idempotency key is needed"),
        ({"key": "used"}, "this request was carried out before"),
        ({"now": datetime(2027, 1, 1)}, "the time has no zone"),  # noqa: DTZ001 - that is the case
        ({"now": NOW - timedelta(seconds=1)}, "the clock runs backwards"),
    ],
)
def test_g14_wants_identity_and_a_clock(changed: dict[str, Any], why: str) -> None:
    assert check(Guard.G14, Step.FILE, facts(**changed), keys=("used",), changed_at=NOW) == why


def test_a_course_led_to_its_end_passes_all_guards() -> None:
    ready: Course = led_to(Stage.DELETING)
    assert ready.stage is Stage.DELETING
    assert (ready.trail.proposer, ready.trail.approver) == ("ann", "bob")
    assert ready.subject == VERSIONED
