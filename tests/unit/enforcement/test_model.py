"""The model check: no violation with all guards, a violation without any one of them (`make modelcheck`)."""

import pytest

from benchmarks.modelcheck import search, search_each_hazard, starts
from scanner.domain.enforcement.guards import Guard


def test_with_all_guards_no_violation_is_reachable_and_deletion_is() -> None:
    found = search(starts(0), frozenset())
    assert found.whole
    assert found.violation == ""
    assert found.deleted


@pytest.mark.parametrize("guard", list(Guard))
def test_without_one_guard_a_violation_is_reachable(guard: Guard) -> None:
    found = search_each_hazard(frozenset({guard}))
    assert found.violation
    assert found.trace


@pytest.mark.slow
def test_with_all_guards_no_hazard_at_any_time_leads_to_a_violation() -> None:
    found = search(starts(1), frozenset())
    assert found.whole
    assert found.violation == ""
    assert found.states > 100_000
