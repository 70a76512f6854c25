"""The alarm is raised once and taken back once; the canary goes the whole way or is missed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from scanner.adapters.memory import FixedClock, MemoryDoorbell, MemoryStore
from scanner.domain.changes import Change, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import EnforcementError
from scanner.services.alarming import Alarming
from scanner.services.canary import Canary, canary_body
from scanner.services.intake import Intake
from tests.unit.intake.test_inventories import Shelf


@dataclass
class World:
    """A pipeline that waits as long as it is told, and an ear that may be deaf."""

    waits: float = 0.0
    late: str = ""
    deaf: bool = False
    heard: list[Mapping[str, str]] = field(default_factory=list)
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FixedClock = field(default_factory=FixedClock)
    notes: Shelf = field(default_factory=lambda: Shelf({}))

    def tell(self, message: Mapping[str, str]) -> None:
        if self.deaf:
            raise EnforcementError("nobody listens")
        self.heard.append(message)

    def alarming(self) -> Alarming:
        return Alarming(lambda: self.waits, lambda: self.late, self.notes, self.store, self.tell, self.clock, 60.0)


def test_an_alarm_is_raised_once_and_taken_back_once() -> None:
    world = World(waits=61)
    alarming = world.alarming()
    assert [alarming.check() for _ in range(3)] == ["raised", "", ""]
    assert alarming.stands()
    world.waits = 0
    assert [alarming.check() for _ in range(2)] == ["over", ""]
    assert [message["state"] for message in world.heard] == ["raised", "over"]
    assert "61 s" in world.heard[0]["what"]
    assert [json.loads(row.body)["verb"] for row in world.store.log] == ["alarm", "alarm-over"]


def test_an_alarm_that_nobody_took_is_told_again() -> None:
    world = World(waits=61, deaf=True)
    alarming = world.alarming()
    assert [alarming.check(), alarming.check()] == ["raised", "again"]
    world.deaf = False
    assert [alarming.check(), alarming.check(), len(world.heard)] == ["again", "", 1]


def test_a_lost_canary_raises_the_alarm_though_nothing_waits() -> None:
    world = World(late="the canary has waited 400 s")
    assert world.alarming().check() == "raised"


@dataclass
class Meadow:
    """A bucket of canaries."""

    there: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> Subject:
        self.there[key] = body
        return Subject("canaries", key, "v1", "e", len(body), "aup-canary")

    def remove(self, subject: Subject) -> None:
        del self.there[subject.key]


@pytest.fixture
def world() -> World:
    return World()


def canary(world: World, meadow: Meadow) -> Canary:
    times: dict[str, datetime] = {}

    def judged_at(subject: Subject) -> datetime | None:
        return times.setdefault(subject.key, world.clock.now()) if world.store.latest(subject) else None

    intake = Intake(world.store, MemoryDoorbell(), world.clock)
    return Canary(meadow, intake, world.store, judged_at, world.notes, world.clock, 60.0)


def judge(world: World, word: Standing) -> None:
    [row] = [row for row in world.store.rows.values() if row.state != "done"]
    verdict = Verdict(Content("a" * 64, 3), word, (), Coverage())
    now = world.clock.now()
    [held] = world.store.claim([row.request.id], "w", now, now)
    world.store.commit(Change(verdicts=(Judged(replace(held.subject, version_id="v1"), verdict, held.id, held.token),)))


def test_a_canary_goes_the_whole_way_and_its_time_is_noted(world: World) -> None:
    meadow = Meadow()
    bird = canary(world, meadow)
    assert [bird.beat(), bird.beat()] == ["put", "waiting"]
    world.clock.advance(2.5)
    judge(world, Standing.VIOLATION)
    assert (bird.beat(), meadow.there, bird.late()) == ("found", {}, "")
    assert json.loads(world.notes.note("canary", "last"))["seconds"] == 2.5
    assert bird.beat() == "", "the next one is not due yet"
    world.clock.advance(60)
    assert bird.beat() == "put"


def test_a_canary_whose_request_never_came_is_told_of_again(world: World) -> None:
    bird = canary(world, Meadow())
    bird.beat()
    world.store.rows.clear()  # whoever put it died just then
    world.store.identities.clear()
    assert (bird.beat(), len(world.store.rows)) == ("waiting", 0)
    world.clock.advance(61)
    assert [bird.beat(), bird.beat()] == ["waiting", "waiting"]
    judge(world, Standing.VIOLATION)
    assert bird.beat() == "found"


def test_a_canary_that_is_called_clean_is_an_alarm(world: World) -> None:
    bird = canary(world, Meadow())
    bird.beat()
    judge(world, Standing.CLEAN)
    assert bird.beat() == "missed"
    assert "judged CLEAN" in bird.late()


def test_a_canary_without_a_verdict_is_late_after_three_times_its_interval(world: World) -> None:
    bird = canary(world, Meadow())
    bird.beat()
    world.clock.advance(179)
    assert bird.late() == ""
    world.clock.advance(2)
    assert "has waited 181 s" in bird.late()


def test_a_canary_that_cannot_be_put_any_more_is_late(world: World) -> None:
    bird = canary(world, Meadow())
    bird.beat()
    judge(world, Standing.VIOLATION)
    bird.beat()
    world.clock.advance(239)
    assert bird.late() == ""
    world.clock.advance(2)
    assert "no canary could be put for 241 s" in bird.late()


def test_no_canary_is_like_another_and_all_fit_what_eicar_allows() -> None:
    clock, bodies = FixedClock(), set[bytes]()
    for _ in range(100):
        clock.advance(0.001)
        bodies.add(canary_body(clock.now()))
    assert len(bodies) == 100
    assert all(len(body) <= 128 and not body[68:].strip() for body in bodies)
