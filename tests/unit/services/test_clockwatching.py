"""What a leaping clock may not do: destroy evidence, or begin a deletion before its cool-off has passed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import ActionState
from scanner.domain.enforcement.brakes import Pace
from scanner.domain.rules import Rulebook
from scanner.services.clockwatching import Clockwatching
from tests.unit.intake.test_inventories import Shelf
from tests.unit.services.house import MemoryHouse
from tests.unit.services.test_keeping import Keeper
from tests.unit.services.test_pacing import count, deletions, town_of, verbs

DAY = 86_400


def watched(house: MemoryHouse) -> Clockwatching:
    """A house whose clock is looked at."""
    watch = Clockwatching(Shelf({}), house.kept, house.clock)
    house.guarding = replace(house.guarding, unsure=watch.unsure)
    house.enforcing = replace(house.enforcing, carrying=replace(house.enforcing.carrying, guarding=house.guarding))
    return watch


def lived(house: MemoryHouse, watch: Clockwatching, days: int) -> None:
    """So many days pass, and somebody looks at the clock each day."""
    for _ in range(days):
        watch.look()
        house.clock.advance(DAY)
    watch.look()


@pytest.fixture
def keeper(book: Rulebook) -> Keeper:
    """Evidence of a restriction that ended, as a year of days goes by."""
    made = Keeper(book)
    made.watch = watched(made.house)  # type: ignore[attr-defined]
    made.retaining = replace(made.retaining, guarding=made.house.guarding)
    made.reinstate()
    return made


def test_evidence_expires_when_its_days_were_lived_through(keeper: Keeper) -> None:
    for _ in range(3):
        lived(keeper.house, keeper.watch, 300)  # type: ignore[attr-defined]
        keeper.retaining.review()
    assert (keeper.state(), len(keeper.shredder.cases)) == ("EXPIRED", 1)


def test_a_leaping_clock_destroys_no_evidence_and_prolongs_no_lock(keeper: Keeper) -> None:
    lived(keeper.house, keeper.watch, 300)  # type: ignore[attr-defined]
    keeper.retaining.review()
    assert keeper.state() == "RETAINED"
    done = list(keeper.lock.done)
    for days in (400, 3, 2):
        keeper.house.clock.advance(days * DAY)
        keeper.watch.look()  # type: ignore[attr-defined]
        assert keeper.retaining.review() == {"waits-for-the-clock": 1}
    assert (keeper.state(), keeper.shredder.cases, keeper.lock.done) == ("RETAINED", [], done)


def test_a_leaping_clock_ends_no_cool_off(book: Rulebook) -> None:
    town = town_of(book, Pace(), 1)
    house = town.house
    house.clock.advance(-8 * DAY)
    watch = watched(house)
    lived(house, watch, 1)
    house.clock.advance(10 * DAY)
    house.enforcing.carry_out()
    watch.look()
    house.clock.advance(DAY)
    house.enforcing.carry_out()
    [waiting] = deletions(town)
    assert (waiting.state, waiting.attempts, len(house.contents.objects)) == (ActionState.PUT_OFF, 0, 1)
    assert "the clock goes steadily only since" in waiting.outcome
    house.clock.advance(-11 * DAY)  # somebody sets it right
    lived(house, watch, 8)
    house.enforcing.carry_out()
    assert (count(town, ActionState.DONE), len(house.contents.objects)) == (1, 0)


def test_a_deletion_put_off_under_a_leap_is_found_again_when_the_clock_is_right(book: Rulebook) -> None:
    town = town_of(book, Pace(), 1)
    house, watch = town.house, watched(town.house)
    lived(house, watch, 8)
    house.clock.advance(300 * DAY)
    house.enforcing.carry_out()
    assert count(town, ActionState.PUT_OFF) == 1
    house.clock.advance(-300 * DAY)
    lived(house, watch, 8)
    house.enforcing.carry_out()
    assert count(town, ActionState.DONE) == 1


def test_a_leap_is_told_once_and_looks_are_not_all_written_down(book: Rulebook) -> None:
    town = town_of(book, Pace(), 1)
    shelf, house = Shelf({}), town.house
    watch = Clockwatching(shelf, house.kept, house.clock)
    assert [watch.look(), watch.look()] == [{}, {}]
    kept = dict(shelf.kept)
    house.clock.advance(60)
    assert (watch.look(), shelf.kept == kept) == ({}, True)
    house.clock.advance(timedelta(days=3).total_seconds())
    assert [watch.look(), watch.look(), verbs(town, "alarm")] == [{"clock-leapt": 1}, {}, 1]
