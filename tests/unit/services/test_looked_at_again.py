"""What is looked at again: what a busy store did not give, in time and a few times; a key of another spelling."""

import pytest

from scanner.domain.content import UploadEvent
from scanner.domain.coverage import Gap, Reason
from scanner.domain.requests import MAX_ATTEMPTS, Lane, RequestState
from scanner.domain.rules import Rulebook
from tests.unit.services.house import MemoryHouse


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    return MemoryHouse(book)


@pytest.mark.parametrize("reason", [Reason.UNANSWERED, Reason.TIMEOUT])
def test_what_a_busy_store_did_not_give_is_read_when_it_is_back(house: MemoryHouse, reason: Reason) -> None:
    ids = house.upload("a", b"EVIL").requests
    house.contents.troubles["tenant", "a"] = Gap(reason)
    lease = house.scanning.lease.total_seconds()
    for wait in (lease, 5 * lease):
        report = house.scanning.scan_batch(ids, "w")
        assert (report.judged, report.put_off) == ((), 1)
        house.clock.advance(wait - 1)
        assert house.scanning.scan_batch(ids, "w").put_off == 0  # a busy store is left alone for a while
        house.clock.advance(2)
    house.contents.troubles.clear()
    house.scanning.scan_batch(ids, "w")
    assert house.words() == {"a": "VIOLATION"}


def test_what_a_store_did_not_give_three_times_is_said(house: MemoryHouse) -> None:
    ids = [*house.upload("a", b"x").requests, *house.upload("b", b"x").requests]
    house.contents.troubles["tenant", "a"] = Gap(Reason.UNANSWERED)
    for _ in range(MAX_ATTEMPTS):
        house.scanning.scan_batch(ids, "w")
        house.clock.advance(3_600)
    assert house.words() == {"b": "CLEAN", "a": "FAILED"}
    assert [row.state for row in house.store.rows.values()] == [RequestState.DONE] * 2


def test_a_store_that_is_away_is_not_asked_for_ever_more_by_one_ring(house: MemoryHouse) -> None:
    for n in range(100):
        house.upload(f"k{n}", b"x")
        house.contents.troubles["tenant", f"k{n}"] = Gap(Reason.UNANSWERED)
    assert house.scanning.answer(Lane.UPLOADS, "w", 1).put_off == 8


def test_a_key_of_another_spelling_is_not_hidden_by_an_object_that_has_the_decoded_name(house: MemoryHouse) -> None:
    house.contents.put("tenant", "a b", b"nice")
    etag = house.contents.put("tenant", "a+b", b"EVIL").etag
    house.intake.accept([UploadEvent("tenant", "a b", "", etag, 4, "1", raw_key="a+b")])
    house.work()
    house.work()
    assert house.words() == {"a b": "CLEAN", "a+b": "VIOLATION"}
