"""What a deletion or a machine is held back by, through the services: evidence kept, rollout, a world that hides."""

from dataclasses import replace

import pytest

from scanner.domain.actions import ActionState
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.brakes import Breaker
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.policy import EvidenceKeeping
from scanner.domain.rules import Rulebook
from scanner.errors import VaultError
from tests.unit.services.house import PlainSealer
from tests.unit.services.test_courses import Town, due


@pytest.fixture
def town(book: Rulebook) -> Town:
    return Town(book)


def keep(town: Town, kept: EvidenceKeeping) -> None:
    """What the clause's policy wants kept from now on."""
    book = town.house.rules.book
    policy = replace(book.policy.of("3.1.3.7"), keep=kept)
    town.house.rules.book = replace(book, policy=replace(book.policy, clauses={"3.1.3.7": policy}))


def test_evidence_that_keeps_less_than_its_clause_wants_now_allows_no_deletion(town: Town) -> None:
    keep(town, EvidenceKeeping.HASH)
    due(town)
    keep(town, EvidenceKeeping.BYTES)
    [done] = town.house.enforcing.carry_out()
    assert done.state is ActionState.REFUSED
    assert "G2 the evidence keeps less than its clause asks for" in done.outcome
    assert ("tenant", "a") in town.house.contents.objects


def test_evidence_whose_key_is_gone_allows_no_deletion(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def shredded(self: PlainSealer, bundle: bytes) -> tuple[bytes, bytes]:
        raise VaultError("the case's key was destroyed", where="C1")

    due(town)
    monkeypatch.setattr(PlainSealer, "open", shredded)
    [done] = town.house.enforcing.carry_out()
    assert (done.state, "G2 the evidence keeps less" in done.outcome) == (ActionState.REFUSED, True)


def test_evidence_that_keeps_more_than_its_clause_wants_will_do(town: Town) -> None:
    due(town)
    keep(town, EvidenceKeeping.EXCERPT)
    [done] = town.house.enforcing.carry_out()
    assert done.state is ActionState.DONE


def test_a_rule_in_its_rollout_acts_on_its_share_and_leaves_the_rest_to_people(book: Rulebook) -> None:
    town = Town(book)
    guarding = replace(
        town.house.guarding, rollouts={"malware.test": 0.5, "*": 0.0}, breaker=Breaker(share=1.0, least=100)
    )
    carrying = replace(town.house.enforcing.carrying, guarding=guarding)
    town.house.enforcing = replace(town.house.enforcing, carrying=carrying)
    for number in range(40):
        town.house.upload(f"a{number}", b"EVIL")
    town.house.work()
    states = [action.state for action in town.house.store.action_rows.values()]
    assert set(states) == {ActionState.DONE, ActionState.REFUSED}
    assert 10 <= states.count(ActionState.DONE) <= 30  # drawn by hash: always the same ones
    refused = next(a for a in town.house.store.action_rows.values() if a.state is ActionState.REFUSED)
    assert "G4" in refused.outcome
    assert town.house.store.case(refused.case).is_open


def pinned(town: Town, *, gap: Reason) -> Facts:
    """The world as a deletion sees it where the store shows a kept version to nobody."""
    town.suspended()
    action = town.suspension()
    town.house.contents.troubles["tenant", "a"] = Gap(gap)
    subject = replace(action.subject, version_id="v1")
    course = Course("K1", subject, action.sha256)
    return town.house.guarding.with_world(Facts(town.house.clock.now()), course, reread=True)


def test_a_version_that_our_own_hold_hides_from_us_is_the_judged_one_while_it_is_there(town: Town) -> None:
    facts = pinned(town, gap=Reason.ACCESS_DENIED)
    assert (facts.seen_version, facts.seen_sha256) == ("v1", town.suspension().sha256)
    assert facts.binding is Binding.VERSION


@pytest.mark.parametrize("gap", [Reason.GONE, Reason.CHANGED])
def test_a_version_that_cannot_be_read_for_another_cause_is_not_taken_for_the_judged_one(
    town: Town, gap: Reason
) -> None:
    assert pinned(town, gap=gap).seen_sha256 == ""
