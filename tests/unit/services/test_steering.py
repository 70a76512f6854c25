"""Rescans steered while their pages are listed, and left behind by whoever died between two steps."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scanner.adapters.cron import CronTimes
from scanner.adapters.memory import MemoryContents
from scanner.domain.known import Mark
from scanner.domain.requests import RequestState
from scanner.domain.rescans import RescanState, Schedule
from scanner.domain.rules import Rulebook
from scanner.errors import StoreError, UsageError
from scanner.services.rescanning import LEASE, Step
from scanner.services.scheduling import Scheduling
from tests.unit.services.house import MemoryHouse


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    house = MemoryHouse(book)
    for n in range(5):
        house.contents.put("tenant", f"k{n}", b"%d" % n)
    return house


def _once(monkeypatch: pytest.MonkeyPatch, thing: object, name: str, act: Callable[[], object]) -> None:
    """`act` happens once, just before that method does what it does."""
    real, owed = getattr(thing, name), [act]

    def around(*args: Any, **more: Any) -> Any:
        if owed:
            owed.pop()()
        return real(*args, **more)

    monkeypatch.setattr(type(thing), name, lambda _self, *args, **more: around(*args, **more))


def _dies() -> None:
    raise KeyboardInterrupt


def _states(house: MemoryHouse) -> set[RequestState]:
    return {row.state for row in house.store.rows.values()}


def _run_on(house: MemoryHouse) -> None:
    """What beats and workers do until nothing is left to do."""
    for _ in range(4):
        house.rescanning.advance(5.0)
        house.scanning.scan_batch(sorted(house.store.rows), "w")
        house.clock.advance(LEASE.total_seconds() + 1)
    house.rescanning.advance(5.0)


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_what_is_filed_while_a_rescan_is_stopped_does_not_go_on(
    house: MemoryHouse, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescan = house.rescanning.start("tenant", requester="li")
    _once(monkeypatch, house.store, "accept", lambda: house.rescanning.steer(rescan.id, verb))
    assert house.rescanning.list_page(rescan.id) is Step.LISTED
    assert _states(house) == {RequestState.HELD if verb == "pause" else RequestState.DONE}
    assert house.rescanning.statement(rescan.id).is_whole
    house.scanning.scan_batch(sorted(house.store.rows), "w")
    assert house.detector.seen == []
    if verb == "pause":
        house.rescanning.steer(rescan.id, "resume")
        _run_on(house)
        assert house.rescanning.statement(rescan.id).lines == {"scanned:CLEAN": 5}
        assert house.store.rescan(rescan.id).state is RescanState.DONE


@pytest.mark.parametrize(("verb", "stays"), [("pause", RescanState.PAUSED), ("cancel", RescanState.CANCELLED)])
def test_the_end_of_the_listing_does_not_undo_what_a_person_said_meanwhile(
    house: MemoryHouse, verb: str, stays: RescanState, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescan = house.rescanning.start("tenant", requester="li")
    house.rescanning.list_page(rescan.id)
    _once(monkeypatch, house.rescanning.shards, "claim", lambda: house.rescanning.steer(rescan.id, verb))
    house.rescanning.list_page(rescan.id)
    assert house.store.rescan(rescan.id).state is stays


def test_a_pause_just_before_the_last_verdict_is_not_undone_by_it(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    house.work()
    paused = replace(house.store.rescan(rescan.id), state=RescanState.PAUSED)
    _once(monkeypatch, house.store.kept, "tallies", lambda: house.store.save(paused))
    house.rescanning.progress(rescan.id)
    assert house.store.rescan(rescan.id).state is RescanState.PAUSED


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_whoever_dies_before_requests_follow_their_rescan_leaves_it_to_the_next(
    house: MemoryHouse, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rescan = house.rescanning.start("tenant", requester="li")
    list(house.rescanning.run_listing(rescan.id))
    if verb == "resume":
        house.rescanning.steer(rescan.id, "pause")
    with monkeypatch.context() as dying:
        _once(dying, house.store, "shift", _dies)
        with pytest.raises(KeyboardInterrupt):
            house.rescanning.steer(rescan.id, verb)
    if verb == "cancel":
        house.rescanning.steer(rescan.id, "cancel")
        assert house.rescanning.statement(rescan.id).of("cancelled") == {"by-request": 5}
        return
    house.rescanning.advance(5.0)
    assert _states(house) == {RequestState.HELD if verb == "pause" else RequestState.OWED}


def test_more_rescans_than_a_page_of_them_all_come_to_their_end(house: MemoryHouse) -> None:
    names = []
    for n in range(130):
        house.clock.advance(1)
        names.append(house.rescanning.start("tenant", f"k{n % 5}", requester="li", full=True).id)
    _run_on(house)
    assert {house.store.rescan(name).state for name in names} == {RescanState.DONE}


def test_a_scheduled_rescan_whose_starter_died_half_way_is_started_all_the_same(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduling = Scheduling(house.rescanning, [Schedule("* * * * *", "tenant")], CronTimes(), house.clock)
    with monkeypatch.context() as dying:
        _once(dying, house.store, "save", _dies)
        with pytest.raises(KeyboardInterrupt):
            scheduling.start_due()
    [started], _ = scheduling.start_due()
    _run_on(house)
    assert house.rescanning.statement(started.id).lines == {"scanned:CLEAN": 5}
    assert scheduling.start_due()[0] != [started]


def test_an_object_replaced_while_its_page_is_listed_anew_is_accounted_for(house: MemoryHouse) -> None:
    rescan = house.rescanning.start("tenant", requester="li")
    shard = house.rescanning.shards.claim(rescan.id, house.clock.now(), house.clock.now() + LEASE)
    assert shard is not None
    house.rescanning._listed(house.store.rescan(rescan.id), shard, house.clock.now())  # filed, then it dies
    house.contents.put("tenant", "k0", b"another")
    house.clock.advance(LEASE.total_seconds() + 1)
    list(house.rescanning.run_listing(rescan.id))
    house.scanning.scan_batch(sorted(house.store.rows)[:5], "w")
    assert house.rescanning.progress(rescan.id).rescan.state is RescanState.SCANNING  # one of the six is still owed
    house.scanning.scan_batch(sorted(house.store.rows), "w")
    done = house.rescanning.progress(rescan.id)
    assert (done.rescan.state, done.statement.is_whole, done.statement.listed) == (RescanState.DONE, True, 6)


def test_a_bucket_that_cannot_be_listed_any_more_keeps_no_other_from_its_turn(
    house: MemoryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.contents.put("lost", "k", b"x")
    lost = house.rescanning.start("lost", requester="li")
    house.clock.advance(1)
    sound = house.rescanning.start("tenant", requester="li")
    real = type(house.contents).page

    def page(self: MemoryContents, bucket: str, *told: Any) -> list[Mark]:
        if bucket == "lost":
            raise StoreError("the store does not list: status 404", where=bucket)
        return real(self, bucket, *told)

    monkeypatch.setattr(type(house.contents), "page", page)
    pages, [trouble] = house.rescanning.advance(5.0)
    assert (pages, lost.id in trouble, "status 404" in trouble) == (1, True, True)
    _run_on(house)
    assert house.store.rescan(sound.id).state is RescanState.DONE
    house.rescanning.steer(lost.id, "cancel")
    assert house.rescanning.advance(5.0) == (0, [])


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), 1e-300, -1.0])
def test_a_rate_that_is_none_is_refused_before_any_beat_meets_it(house: MemoryHouse, rate: float) -> None:
    with pytest.raises(UsageError, match="is no rate"):
        house.rescanning.start("tenant", requester="li", rate=rate)
    assert house.store.unfinished() == []
    scheduling = Scheduling(house.rescanning, [Schedule("* * * * *", "tenant", "", rate)], CronTimes(), house.clock)
    started, [trouble] = scheduling.start_due()
    assert (started, "is no rate" in trouble) == ([], True)
