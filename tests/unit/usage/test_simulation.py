"""Simulation: the same metering, replayed: who would have met with what, and when."""

from dataclasses import replace
from datetime import UTC, datetime

from scanner.bootstrap_simulation import simulation, simulation_of
from scanner.domain.usage.causes import Process, Snapshot
from scanner.domain.usage.samples import RawSample
from scanner.domain.usage.thresholds import Ruling, Thresholds
from scanner.services.metering_simulation import Simulated
from tests.unit.usage.books import EXCESS, HARD, small_book
from tests.unit.usage.test_metering import SIGNS
from tests.unit.usage.test_rules import SHIPPED
from tests.unit.usage.world import with_signs

START = 1_772_452_800


def replayed(minutes: int, *, harm: bool, miner: bool, quiet: int = 0, shadow: bool = False) -> Simulated:
    """One account, heavy for some minutes and quiet after."""
    rows = (replace(EXCESS, shadow=shadow), HARD)
    book = with_signs(small_book("acme", thresholds=Thresholds(rows)), signs=SIGNS)
    samples = []
    for minute in range(minutes + quiet):
        at = START + minute * 60
        samples.append(RawSample("acme", "cpu", at, 0.95 if minute < minutes else 0.05, "cores"))
        if harm:
            samples.append(RawSample("host:h1", "steal", at, 0.3 if minute < minutes else 0.0, "ratio"))
    seen = Snapshot("acme", datetime.fromtimestamp(START + 600, UTC), "agent", (Process("xmrig"),))
    return simulation_of(book).run(reversed(samples), [seen] if miner else [])


def test_a_miner_would_have_been_watched_throttled_and_lifted() -> None:
    (course,) = replayed(60, harm=False, miner=True, quiet=600).courses
    assert course.watched is not None
    assert course.throttled is not None
    assert course.lifted is not None
    assert course.watched < course.throttled < course.lifted
    assert (course.proposed, course.incidents) == (None, 1)


def test_three_legs_would_have_been_proposed() -> None:
    (course,) = replayed(60, harm=True, miner=True).courses
    assert course.proposed is not None


def test_a_viral_customer_would_have_gone_to_sales() -> None:
    (course,) = replayed(60, harm=True, miner=False).courses
    assert course.referred is not None
    assert course.throttled is None


def test_a_shadow_threshold_says_how_far_it_would_have_led() -> None:
    (course,) = replayed(60, harm=False, miner=True, shadow=True).courses
    assert (course.throttled, course.shadow) == (None, Ruling.THROTTLE)


def test_a_long_silence_is_not_walked_through() -> None:
    book = small_book("acme")
    samples = [RawSample("acme", "cpu", START + n * 10**7, 0.1, "cores") for n in range(10)]
    done = simulation_of(book).run([*samples, RawSample("acme", "cpu", float("nan"), 0.1, "cores")])
    assert done.checks < 100
    assert (done.courses, done.tally.accepted, done.tally.refused) == ((), 10, {"bad-time": 1})


def test_nothing_in_is_nothing_out() -> None:
    done = simulation(SHIPPED / "usage.yaml").run([])
    assert (done.courses, done.checks) == ((), 0)
