"""What does not enter the journal, and why; what enters is canonical."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.domain.usage.resources import RESOURCES, Resource, only_unit, shown, units
from scanner.domain.usage.samples import Columns, RawSample, Refusal, Tally, merged, rates, refused, sift

NOW = 1_700_000_000
IDS = {"acme": 7}


def sifted(*raws: RawSample) -> tuple[Columns, Tally]:
    return sift(raws, IDS, NOW, 120)


BAD = [
    (RawSample("acme", "cpu", NOW, math.nan, "cores"), Refusal.NOT_A_NUMBER),
    (RawSample("acme", "cpu", NOW, math.inf, "cores"), Refusal.INFINITE),
    (RawSample("acme", "cpu", NOW, -math.inf, "cores"), Refusal.INFINITE),
    (RawSample("acme", "cpu", NOW, -0.1, "cores"), Refusal.NEGATIVE),
    (RawSample("acme", "cpu", NOW, -5, "s", True), Refusal.NEGATIVE),
    (RawSample("nobody", "cpu", NOW, 1, "cores"), Refusal.UNKNOWN_ACCOUNT),
    (RawSample("acme", "gpu", NOW, 1, "cores"), Refusal.UNKNOWN_RESOURCE),
    (RawSample("acme", "bandwidth-out", NOW, 1), Refusal.MISSING_UNIT),
    (RawSample("acme", "bandwidth-out", NOW, 1, "MB"), Refusal.WRONG_UNIT),
    (RawSample("acme", "memory", NOW, 1, "B", True), Refusal.WRONG_UNIT),
    (RawSample("acme", "cpu", NOW + 121, 1, "cores"), Refusal.FUTURE),
    (RawSample("acme", "cpu", 0, 1, "cores"), Refusal.BAD_TIME),
    (RawSample("acme", "cpu", -1, 1, "cores"), Refusal.BAD_TIME),
    (RawSample("acme", "cpu", math.nan, 1, "cores"), Refusal.BAD_TIME),
    (RawSample("acme", "cpu", math.inf, 1, "cores"), Refusal.BAD_TIME),
    (RawSample("acme", "cpu", 1e300, 1, "cores"), Refusal.BAD_TIME),
]


@pytest.mark.parametrize(("raw", "reason"), BAD)
def test_a_bad_sample_is_refused_with_its_reason_and_shown(raw: RawSample, reason: Refusal) -> None:
    columns, tally = sifted(raw, RawSample("acme", "cpu", NOW, 1, "cores"))
    assert tally.refused == {reason.value: 1}
    assert tally.accepted == len(columns) == 1
    assert tally.examples[0].startswith(reason.value)


def test_a_plan_in_megabytes_and_samples_in_bits_meet_in_bytes() -> None:
    columns, _ = sifted(
        RawSample("acme", "bandwidth-out", NOW, 80, "Mbit/s"), RawSample("acme", "bandwidth-out", NOW + 1, 10, "MB/s")
    )
    assert list(columns.values) == [10e6, 10e6]


def test_a_clock_a_little_ahead_is_taken() -> None:
    columns, tally = sifted(RawSample("acme", "cpu", NOW + 119.9, 1, "cores"))
    assert (len(columns), tally.refused) == (1, {})


def test_examples_are_bounded_but_counts_are_whole() -> None:
    _, tally = sifted(*[RawSample("x" * 10_000, "cpu", NOW, 1, "cores")] * 50)
    assert tally.refused == {"unknown-account": 50}
    assert len(tally.examples) == 5
    assert all(len(example) <= 160 for example in tally.examples)


def test_tallies_add_up() -> None:
    both = refused(Refusal.NEGATIVE, "a") + refused(Refusal.NEGATIVE, "b", 2) + Tally(3)
    assert (both.accepted, both.refused, len(both.examples)) == (3, {"negative": 3}, 2)


@given(st.lists(st.tuples(st.floats(), st.floats(), st.sampled_from(["cores", "millicores", "", "MB/s"]))))
def test_only_finite_positive_values_at_known_times_pass(rows: list[tuple[float, float, str]]) -> None:
    columns, tally = sifted(*(RawSample("acme", "cpu", at, value, unit) for at, value, unit in rows))
    assert tally.accepted + sum(tally.refused.values()) == len(rows)
    assert all(0 <= value < math.inf for value in columns.values)
    assert all(0 <= at <= NOW + 120 for at in columns.at)


def test_every_resource_has_units_and_words() -> None:
    for resource in RESOURCES:
        assert 1.0 in units(resource).values()
        assert shown(resource, 0.5)
    assert only_unit(Resource.CONNECTIONS) == "1"
    assert only_unit(Resource.CPU) == ""
    assert units(Resource.MEMORY, counter=True) == {}


def test_figures_are_written_with_their_unit() -> None:
    assert shown(Resource.BANDWIDTH_OUT, 11.5e6) == "11.5 MB/s"
    assert shown(Resource.CPU, 0.92) == "0.92 cores"
    assert shown(Resource.MEMORY, 12) == "12 B"
    assert shown(Resource.STEAL, 0.12) == "12 %"
    assert shown(Resource.OBJECTS, 3) == "3"


def test_totals_become_rates_and_a_restarted_total_starts_anew() -> None:
    points = [(0, (100.0, True)), (60, (160.0, True)), (120, (30.0, True)), (150, (2.0, False))]
    assert rates(points) == [(60, 1.0), (120, 0.5), (150, 2.0)]


def test_batches_are_joined_in_order_up_to_a_size_and_none_is_lost() -> None:
    batches = [
        sifted(*(RawSample("acme", "cpu", NOW - n, float(n), "cores") for n in range(1, size + 1)))[0]
        for size in (2, 2, 3)
    ]
    joined = list(merged(batches, 4))
    assert [len(one) for one in joined] == [4, 3]
    assert [at for one in joined for at in one.at] == [at for one in batches for at in one.at]
    assert list(merged([], 4)) == []
    assert list(merged([Columns()], 4)) == []
