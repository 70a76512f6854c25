"""Strikes expire, are voided and are summed anew each time; the ladder only opens rungs for people."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.enforcement.strikes import Ladder, Rung, Strike, rung, strike, void, weight
from scanner.domain.findings import Severity
from scanner.errors import TransitionError
from tests.unit.enforcement.courses import NOW

LADDER = Ladder()


def struck(number: int = 1, container: str = "tenant", severity: Severity = Severity.HIGH, ago: int = 1) -> Strike:
    return strike(f"C{number}", "account-1", container, "3.1.3.7", severity, NOW - timedelta(days=ago), LADDER)


def test_one_case_strikes_once() -> None:
    assert struck(7).id == struck(7).id == "S7"


def test_a_strike_ends_by_itself() -> None:
    one = struck(ago=364)
    assert one.counts(NOW)
    assert not one.counts(NOW + timedelta(days=1))
    assert not one.counts(NOW - timedelta(days=365))


def test_a_voided_strike_weighs_nothing() -> None:
    gone = void(struck(), "dee", "appeal granted")
    assert (weight([gone, struck(2)], NOW), gone.revision) == (4, 2)
    with pytest.raises(TransitionError, match="was voided by dee"):
        void(gone, "eve", "again")


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("dee", " ")])
def test_voiding_needs_a_name_and_a_reason(by: str, why: str) -> None:
    with pytest.raises(TransitionError, match="needs a name and a reason"):
        void(struck(), by, why)


def test_the_rung_follows_weight_and_place() -> None:
    three = [struck(n) for n in range(3)]
    assert rung(three[:2], "tenant", NOW, LADDER) is Rung.RESOURCE
    assert rung(three, "tenant", NOW, LADDER) is Rung.CONTAINER
    assert rung(three, "elsewhere", NOW, LADDER) is Rung.RESOURCE
    assert rung([*three, *(struck(n, "other") for n in range(5, 8))], "x", NOW, LADDER) is Rung.ACCOUNT


strikes = st.lists(
    st.builds(struck, st.integers(1, 99), st.sampled_from(["a", "b"]), st.sampled_from(Severity), st.integers(0, 500)),
    max_size=12,
)


@given(strikes, st.integers(0, 800))
def test_weights_only_fall_with_time_when_nothing_new_happens(known: list[Strike], days: int) -> None:
    later = NOW + timedelta(days=days)
    assert 0 <= weight(known, later) <= weight(known, NOW)
    assert weight(known, NOW) == weight(known, NOW, "a") + weight(known, NOW, "b")
