"""Second opinions, golden items, and the figures."""

import pytest

from scanner.domain.cases import CaseState, Outcome
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Appeal, AppealState, Ground
from scanner.domain.review_people import Preferences
from scanner.domain.review_queue import Wanted
from scanner.errors import ConflictError, TransitionError
from tests.unit.desk.desks import Office, office


def decided(house: Office, person: str, *outcomes: Outcome) -> list[str]:
    """Cases decided by the person, in order."""
    number = len(house.store.case_rows) + 1
    house.open(*(house.case(number + n) for n in range(len(outcomes))))
    done = []
    for outcome in outcomes:
        held = house.desk.next_case(person, Wanted())
        assert held is not None
        house.clock.advance(30)
        done.append(house.desk.decide(held.id, person, held.tokens, outcome, "because").id)
    return done


def test_a_second_opinion_is_asked_of_others_once_and_blind() -> None:
    house = office()
    [case] = decided(house, "li", Outcome.VIOLATING)
    assert house.quality.next_second("li") is None
    offered = house.quality.next_second("wang")
    assert offered is not None
    assert house.quality.give_second(case, "wang", Outcome.CLEAN) is False
    assert house.quality.next_second("wang") is None
    with pytest.raises(ConflictError, match="before"):
        house.quality.give_second(case, "wang", Outcome.CLEAN)
    with pytest.raises(TransitionError, match="you decided it yourself"):
        house.quality.give_second(case, "li", Outcome.CLEAN)
    assert house.store.case(case).state is CaseState.DECIDED_VIOLATING


def test_an_open_case_gets_no_second_opinion() -> None:
    house = office()
    house.open(house.case(1))
    with pytest.raises(TransitionError, match="not decided"):
        house.quality.give_second("C1", "wang", Outcome.CLEAN)


def test_nothing_is_drawn_without_a_share_but_golden_items_are() -> None:
    house = office(share=0.0)
    [case] = decided(house, "li", Outcome.VIOLATING)
    assert house.quality.next_second("wang") is None
    house.quality.set_truth(case, "lead", Outcome.CLEAN)
    offered = house.quality.next_second("wang")
    assert offered is not None
    house.quality.give_second(case, "wang", Outcome.CLEAN)
    people = {one.person: one for one in house.quality.figures().people}
    assert (people["wang"].golden, people["wang"].golden_right) == (1, 1)


def test_the_figures_of_rules_people_and_agreement() -> None:
    house = office()
    cases = decided(house, "li", Outcome.VIOLATING, Outcome.VIOLATING, Outcome.CLEAN, Outcome.ESCALATE)
    for case, outcome in zip(cases, (Outcome.VIOLATING, Outcome.CLEAN, Outcome.CLEAN), strict=False):
        house.quality.give_second(case, "wang", outcome)
    now = house.clock.now()
    appeal = Appeal("P1", "K1", cases[0], "account-1", Ground.MISCLASSIFIED, "no", (), now, now)
    house.register.commit(Change(appeals=(appeal,)))
    found = house.quality.figures()
    [rule] = found.rules
    assert (rule.rule, rule.track.right, rule.track.wrong, rule.escalated) == ("malware.test", 2, 1, 1)
    assert rule.low < rule.track.share < rule.high
    assert (found.to_decision.count, found.to_decision.median) == (4, 60.0)
    assert (found.second.count, round(found.second.kappa or 0, 2)) == (3, 0.4)
    assert [(one.case, one.first, one.second) for one in found.disagreements] == [(cases[1], "violating", "clean")]
    assert (found.appealed, found.judged, found.appeal_rate, found.overturn_rate) == (1, 0, 0.5, 0.0)
    assert sum(lane.count for lane in found.lanes) == 1


def test_an_overturned_decision_is_charged_to_rule_and_reviewer() -> None:
    house = office()
    [case] = decided(house, "li", Outcome.VIOLATING)
    now = house.clock.now()
    appeal = Appeal(
        "P1", "K1", case, "account-1", Ground.MISCLASSIFIED, "no", (), now, now, AppealState.GRANTED, "wang", "true",
        now, "malware.test",
    )  # fmt: skip
    house.register.commit(Change(appeals=(appeal,)))
    found = house.quality.figures()
    assert found.rules[0].overturned == 1
    assert [(one.person, one.overturned) for one in found.people] == [("li", 1)]
    assert found.overturn_rate == 1.0


def test_a_lead_puts_a_case_back_into_the_queue() -> None:
    house = office()
    [case] = decided(house, "li", Outcome.CLEAN)
    assert house.quality.reopen(case, "lead", "the second opinion differs").state is CaseState.QUEUED
    assert [one.case.id for one in house.kept.page(Wanted(), house.clock.now(), 9)] == [case]


def test_a_muted_clause_is_not_offered_for_a_second_look() -> None:
    house = office()
    decided(house, "li", Outcome.VIOLATING)
    house.kept.save(Preferences("wang", muted=("3.1.3.7",), revision=1))
    assert house.quality.next_second("wang") is None
    assert house.quality.next_second("zhao") is not None
