"""The flood breaker and rollouts."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.enforcement.brakes import Breaker, drawn, trips

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
