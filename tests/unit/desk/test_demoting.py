"""A rule whose decisions were overturned acts no more by itself: its suspensions are refused by the precision gate."""

from dataclasses import replace

import pytest

from scanner.domain.rules import Rulebook, RuleStatus
from scanner.services.ruling import fallen


@pytest.mark.parametrize(
    ("recorded", "decided", "has_fallen"),
    [
        ((0, 0), (0, 0), False),  # nobody decided yet: what the pack measured is asked elsewhere
        ((0, 0), (3, 1), True),
        ((400, 0), (30, 1), False),  # 430 of 431 are still above the gate
        ((20, 0), (5, 2), True),
        ((0, 0), (200, 2), False),
    ],
)
def test_overturned_decisions_demote(
    book: Rulebook, recorded: tuple[int, int], decided: tuple[int, int], has_fallen: bool
) -> None:
    policy = replace(book.policy, clauses={"3.1.3.7": replace(book.policy.of("3.1.3.7"), day_one=True)})
    known = replace(book, recorded={"malware.test": recorded}, policy=policy)
    rule = known.rules["malware.test"]
    assert fallen(rule, known, decided) is has_fallen


def test_a_rule_that_only_asks_does_not_fall(book: Rulebook) -> None:
    rule = book.rules["ads.test"]
    assert rule.status is RuleStatus.REVIEW
    assert not fallen(rule, book, (1, 20))
