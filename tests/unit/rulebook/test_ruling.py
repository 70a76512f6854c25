"""A rule's life: its measured precision carries it, overturned decisions demote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import comb
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.changes import Custody
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.precision import Track, lower_bound, wilson
from scanner.domain.rules import Rule, Rulebook, RuleStatus
from scanner.rulebook.load import load_rulebook
from scanner.services.ruling import CaseDecisions, Ruling, graded, standing
from tests.unit.rulebook.house import PACK, RULE, rules_folder

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DAY_ONE, GATED = "webshell.php-eval-request", "gambling.online-casino"


@pytest.fixture
def book(tmp_path: Path) -> Rulebook:
    files = {
        "yara/webshell/php.yar": RULE.replace('"review"', '"auto"'),
        "keywords/gambling.yaml": PACK.replace("status: review", "status: auto"),
        "precision.yaml": f"rules:\n  {DAY_ONE}: {{right: 20, wrong: 0, revision: x}}\n",
    }
    return load_rulebook(rules_folder(tmp_path, files))


def status(book: Rulebook, rule: str, *decided: int) -> RuleStatus:
    return graded(book, {rule: (decided[0], decided[1])} if decided else {}).rules[rule].status


def test_the_bounds_are_those_of_the_design() -> None:
    assert lower_bound(58, 58) < 0.95 <= lower_bound(59, 59)
    assert lower_bound(298, 298) < 0.99 <= lower_bound(299, 299)
    assert lower_bound(0, 10) == 0.0
    assert Track(0, 0).share == 0.0


@given(st.integers(1, 40), st.data())
@settings(deadline=None, max_examples=60)
def test_the_lower_bound_is_where_so_many_hits_become_a_one_in_twenty_chance(total: int, draw: st.DataObject) -> None:
    right = draw.draw(st.integers(1, total))
    share = lower_bound(right, total)
    chance = sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(right, total + 1))
    assert chance == pytest.approx(0.05, abs=1e-6)


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilsons_interval_holds_the_share(count: int, more: int) -> None:
    low, high = wilson(count, count + more)
    share = count / (count + more) if count + more else 0.5
    assert 0.0 <= low <= share <= high <= 1.0


def test_wilsons_interval_is_the_known_one() -> None:
    assert wilson(0, 5000) == (0.0, pytest.approx(0.000768, abs=1e-6))
    assert wilson(9, 10) == (pytest.approx(0.5958, abs=1e-4), pytest.approx(0.9821, abs=1e-4))


def test_a_security_rule_acts_from_day_one_on_what_was_measured_with_it(book: Rulebook) -> None:
    assert status(book, DAY_ONE) is RuleStatus.AUTO


def test_an_unmeasured_security_rule_waits_for_a_person(book: Rulebook) -> None:
    assert status(replace(book, recorded={}), DAY_ONE) is RuleStatus.REVIEW
    assert status(replace(book, recorded={DAY_ONE: (9, 1)}), DAY_ONE) is RuleStatus.REVIEW


def test_any_other_rule_acts_only_after_59_confirmed_hits(book: Rulebook) -> None:
    assert status(book, GATED) is RuleStatus.REVIEW
    assert status(book, GATED, 58, 0) is RuleStatus.REVIEW
    assert status(book, GATED, 59, 0) is RuleStatus.AUTO


def test_an_overturned_decision_demotes(book: Rulebook) -> None:
    assert status(book, GATED, 59, 1) is RuleStatus.REVIEW
    assert status(book, GATED, 93, 1) is RuleStatus.AUTO
    assert status(book, DAY_ONE, 5, 0) is RuleStatus.AUTO
    assert status(book, DAY_ONE, 5, 1) is RuleStatus.REVIEW


def test_a_rule_that_is_mostly_wrong_opens_no_more_cases(book: Rulebook) -> None:
    assert status(book, GATED, 2, 10) is RuleStatus.SHADOW
    review = replace(book, rules={GATED: replace(book.rules[GATED], status=RuleStatus.REVIEW)})
    assert status(review, GATED, 2, 10) is RuleStatus.SHADOW
    assert status(review, GATED, 0, 2) is RuleStatus.REVIEW


def test_the_record_never_lifts_a_rule_above_what_its_file_says(book: Rulebook) -> None:
    for written in (RuleStatus.NURSERY, RuleStatus.SHADOW, RuleStatus.REVIEW):
        rule = replace(book.rules[DAY_ONE], status=written)
        assert standing(rule, Track(500, 0), Track(500, 0), day_one=True).status is written


def test_a_standing_says_why(book: Rulebook) -> None:
    rule: Rule = book.rules[GATED]
    found = standing(rule, Track(), Track(58, 0), day_one=False)
    assert found.demoted
    assert found.why == "58 confirmed, 0 overturned: ≥ 0.950 < 0.95"


def test_a_graded_rulebook_has_a_digest_of_its_own_and_an_ungraded_one_its_own(book: Rulebook) -> None:
    carried = {GATED: (59, 0)}
    assert graded(book, carried) is book
    assert graded(book, {}).digest not in ("", book.digest)
    assert graded(book, {}).digest == graded(book, {}).digest


@dataclass
class Cases:
    """A casebook of these cases."""

    rows: Sequence[Case]

    def cases(self, states: Sequence[str], limit: int, after: str) -> list[Case]:
        found = [case for case in self.rows if case.state in states]
        return found[int(after or 0) : int(after or 0) + limit]

    def case(self, case_id: str) -> Case:
        return next(case for case in self.rows if case.id == case_id)

    def known(self, case_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(case_ids)

    def custody(self, evidence_id: str) -> Custody:
        raise KeyError(evidence_id)


def decided(number: int, outcome: Outcome | None, state: CaseState = CaseState.CLOSED) -> Case:
    decision = Decision(outcome, "ann", "looked at", "", NOW) if outcome else None
    return Case(
        f"c{number}",
        Subject("b", "k"),
        "0" * 64,
        "3.1.3.5.4",
        GATED,
        Severity.HIGH,
        Confidence.HIGH,
        state,
        "scan",
        NOW,
        NOW,
        decision=decision,
    )


def test_decisions_are_counted_from_decided_cases_over_all_pages() -> None:
    rows = [decided(number, Outcome.VIOLATING) for number in range(700)]
    rows += [decided(1000, Outcome.CLEAN), decided(1001, Outcome.VIOLATING, CaseState.QUEUED)]
    assert CaseDecisions(Cases(rows)).counts() == {GATED: (700, 1)}


@dataclass
class Fixed:
    """Rules and decisions that stay."""

    book: Rulebook
    decided: Mapping[str, tuple[int, int]]
    asked: int = 0
    trouble: str = "newer files are broken"

    def current(self) -> Rulebook:
        return self.book

    def counts(self) -> Mapping[str, tuple[int, int]]:
        self.asked += 1
        return self.decided


def test_the_ruling_grades_the_rulebook_in_force_and_asks_for_decisions_seldom(book: Rulebook) -> None:
    fixed, now = Fixed(book, {}), [0.0]
    ruling = Ruling(fixed, fixed, every=30, monotonic=lambda: now[0])
    assert ruling.current().rules[GATED].status is RuleStatus.REVIEW
    fixed.decided = {GATED: (59, 0)}
    assert ruling.current().rules[GATED].status is RuleStatus.REVIEW
    now[0] = 31.0
    assert ruling.current().rules[GATED].status is RuleStatus.AUTO
    assert ruling.trouble == "newer files are broken"
    assert {each.rule.id: each.status for each in ruling.standings()}[GATED] is RuleStatus.AUTO
    assert fixed.asked == 3
