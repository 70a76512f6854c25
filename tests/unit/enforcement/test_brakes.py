"""The flood breaker, rollouts and the ceiling of deletions."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.enforcement.brakes import Breaker, Pace, Tally, drawn, full, trips
from tests.unit.enforcement.courses import NOW

BREAKER = Breaker()


def test_many_distinct_customers_trip_the_breaker() -> None:
    assert trips(BREAKER, accounts_hit=20, held=1, stored=0) == ""
    assert "the rule hit 21 customers" in trips(BREAKER, accounts_hit=21, held=1, stored=0)


def test_a_large_share_of_a_bucket_trips_the_breaker() -> None:
    assert trips(BREAKER, accounts_hit=1, held=10, stored=50) == ""
    assert trips(BREAKER, accounts_hit=1, held=11, stored=50) == "11 of 50 objects of the bucket would be suspended"


def test_a_small_bucket_may_be_bad_as_a_whole() -> None:
    assert trips(BREAKER, accounts_hit=1, held=9, stored=9) == ""


def test_a_bucket_nobody_counted_speaks_neither_way() -> None:
    assert trips(BREAKER, accounts_hit=1, held=500, stored=0) == ""


@given(st.text(), st.text(), st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_wider_rollout_keeps_whom_it_had(account: str, bucket: str, key: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert not drawn(account, bucket, key, low) or drawn(account, bucket, key, high)
    assert drawn(account, bucket, key, 1.0)
    assert not drawn(account, bucket, key, 0.0)


def test_a_rollout_draws_its_share() -> None:
    assert 400 < sum(drawn("a", "b", str(n), 0.5) for n in range(1000)) < 600


PACE, HOUR = Pace(everybody=5, account=2), timedelta(hours=1)
EARLIER = NOW - timedelta(minutes=10)


def test_below_both_ceilings_a_deletion_begins() -> None:
    assert full(PACE, Tally(4, NOW), Tally(1, NOW)) is None
    assert full(PACE, Tally(0), Tally(0)) is None


@pytest.mark.parametrize(
    ("everybody", "account", "why"),
    [
        (Tally(5, NOW), Tally(0), "5 deletions began within an hour, 5 may"),
        (Tally(2, EARLIER), Tally(2, NOW), "2 deletions of the account began within an hour, 2 may"),
        (Tally(9, EARLIER), Tally(2, NOW), "2 deletions of the account"),
    ],
)
def test_above_a_ceiling_it_waits_until_the_first_that_fills_it_is_an_hour_old(
    everybody: Tally, account: Tally, why: str
) -> None:
    wait = full(PACE, everybody, account)
    assert wait is not None
    assert (wait.until, wait.why.startswith(why)) == (NOW + HOUR, True)
