"""Rescans that start by themselves: each time once, never two of one schedule at once."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.adapters.cron import CronTimes
from scanner.domain.rescans import RescanState, Schedule, schedule_of
from scanner.domain.rules import Rulebook
from scanner.errors import SettingsError
from scanner.services.scheduling import Scheduling
from tests.unit.services.house import MemoryHouse

SUNDAY = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    house = MemoryHouse(book)
    house.contents.put("tenant", "www/a", b"x")
    house.contents.put("tenant", "b", b"x")
    house.clock.moment = SUNDAY
    return house


def _scheduling(house: MemoryHouse, *schedules: Schedule) -> Scheduling:
    return Scheduling(house.rescanning, schedules, CronTimes(), house.clock)


def test_a_schedule_starts_once_at_its_time(house: MemoryHouse) -> None:
    scheduling = _scheduling(house, Schedule("0 3 * * 0", "tenant", "www/", 5.0))
    [started], _ = scheduling.start_due()
    assert (started.prefix, started.rate, started.requester) == ("www/", 5.0, "schedule 0 3 * * 0")
    house.clock.advance(30)
    assert scheduling.start_due() == ([], [])
    house.rescanning.advance(5.0)
    house.work()
    house.rescanning.advance(5.0)
    assert house.store.rescan(started.id).state is RescanState.DONE
    assert scheduling.start_due() == ([], [])
    house.clock.advance(7 * 86_400)
    assert len(scheduling.start_due()[0]) == 1


def test_a_run_that_is_still_under_way_is_not_overtaken(house: MemoryHouse) -> None:
    scheduling = _scheduling(house, Schedule("*/10 * * * *", "tenant"))
    assert len(scheduling.start_due()[0]) == 1
    house.clock.advance(600)
    assert scheduling.start_due() == ([], [])


def test_a_time_long_missed_is_let_go(house: MemoryHouse) -> None:
    house.clock.advance(2 * 3_600)
    assert _scheduling(house, Schedule("0 3 * * 0", "tenant")).start_due() == ([], [])


def test_a_bucket_that_is_gone_is_told_of(house: MemoryHouse) -> None:
    started, troubles = _scheduling(house, Schedule("0 3 * * 0", "nothere")).start_due()
    assert started == []
    assert "no such bucket" in troubles[0]


def test_a_schedule_reads_cron_place_and_rate() -> None:
    assert schedule_of("0 3 * * 0 tenant-a/www/x 500") == Schedule("0 3 * * 0", "tenant-a", "www/x", 500.0)
    assert schedule_of("0 3 * * 0 tenant-a") == Schedule("0 3 * * 0", "tenant-a")


@pytest.mark.parametrize("text", ["", "0 3 * * 0", "0 3 * * 0 b fast", "0 3 * * 0 b 1 2"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no schedule"):
        schedule_of(text)


@pytest.mark.parametrize("cron", ["", "61 * * * *", "* * * *", "0 3 * * 0 *", "a b c d e"])
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(SettingsError, match="no cron expression"):
        CronTimes().last(cron, SUNDAY)


def test_the_last_time_may_be_now() -> None:
    assert CronTimes().last("0 3 * * 0", SUNDAY) == SUNDAY
    assert CronTimes().last("0 3 * * 0", SUNDAY - timedelta(seconds=1)) == SUNDAY - timedelta(days=7)
