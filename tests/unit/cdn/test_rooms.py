"""Snapshots are scanned as their room, and measures fall on the room."""

import json
from datetime import timedelta
from typing import Any

import pytest

from scanner.adapters.cdn_rooms import RoomedPlane
from scanner.adapters.memory import FixedClock
from scanner.domain.cdn.rooms import Rooms, room_of
from scanner.domain.content import Subject, UploadEvent
from scanner.domain.requests import Lane, Owed
from scanner.errors import ConflictError, SettingsError
from scanner.services.intake import Intake

SNAPSHOT = Subject("snaps", "hub1/room7/1700.jpg", "v1", "e1", 9, "tenant")
PLACED = Subject("room:hub1/room7", "s3://snaps/hub1/room7/1700.jpg", "v1", "e1", 9, "tenant")


class Plane:
    """A control plane that knows rooms and is asked for one at a time."""

    def __init__(self) -> None:
        self.force: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, Subject]] = []

    def plan(self, subject: Subject) -> str:
        self.asked.append(("plan", subject))
        return json.dumps({"surface": "plane", "before": {}, "seen": self.observe(subject)})

    def suspend(self, subject: Subject, plan: str) -> None:
        self.asked.append(("suspend", subject))
        self.force[subject.bucket] = json.loads(plan)

    def restore(self, subject: Subject, plan: str) -> None:
        if self.force.pop(subject.bucket, None) is None:
            raise ConflictError("not cut", where=subject.bucket)

    def observe(self, subject: Subject) -> str:
        return "gone" if subject.bucket in self.force else "served"

    def before(self, plan: str) -> str:
        return str(json.loads(plan)["seen"])


def test_a_snapshot_is_its_rooms_and_anything_else_is_itself() -> None:
    rooms = Rooms.of(["snaps/{hub}/{room}/{time}.jpg", "{account}-live/{room}/{rest}"])
    assert rooms.place(SNAPSHOT) == PLACED
    other = Subject("snaps", "readme.txt")
    assert rooms.place(other) is other
    named = rooms.place(Subject("acme-live", "r9/a/b.png", account="x"))
    assert (named.bucket, named.account) == ("room:r9", "acme")


@pytest.mark.parametrize("text", ["snaps/{hub}.jpg", "snaps/{romo}/x", "{room}"])
def test_a_pattern_that_names_no_room_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        Rooms.of([text])


def test_a_snapshot_arrives_on_the_uploads_lane_as_its_room(clock: FixedClock) -> None:
    filed: list[Owed] = []

    class Requests:
        def accept(self, owed: list[Owed], now: object) -> list[int]:
            filed.extend(owed)
            return list(range(len(owed)))

    class Bell:
        def ring(self, lane: Lane, ids: object) -> None:
            return

    intake = Intake(Requests(), Bell(), clock, place=Rooms.of(["snaps/{hub}/{room}/{time}.jpg"]).place)  # type: ignore[arg-type]
    intake.accept([UploadEvent("snaps", "hub1/room7/1700.jpg", "v1", "e1", 9, "s1", raw_key="hub1%2F")])
    [row] = filed
    assert (row.lane, row.subject.bucket, row.subject.key) == (Lane.UPLOADS, PLACED.bucket, PLACED.key)
    assert row.raw_key == ""


def test_a_room_is_cut_until_a_time_and_exactly_restored(clock: FixedClock) -> None:
    plane = Plane()
    rooms = RoomedPlane(plane, clock, timedelta(hours=2))
    plan = rooms.plan(PLACED)
    assert json.loads(plan) == {
        "surface": "plane",
        "before": {},
        "seen": "served",
        "cut": True,
        "forbid_until": "2026-01-01T02:00:00+00:00",
        "snapshot": PLACED.key,
    }
    rooms.suspend(PLACED, plan)
    later = Subject(PLACED.bucket, "s3://snaps/hub1/room7/1800.jpg", account="tenant")
    assert (rooms.observe(later), rooms.before(plan)) == ("gone", "served")
    assert {subject for _, subject in plane.asked} == {room_of(PLACED)}
    rooms.restore(later, plan)
    assert rooms.observe(PLACED) == "served"
    with pytest.raises(ConflictError):
        rooms.restore(PLACED, plan)


def test_what_is_no_room_goes_to_the_plane_as_it_is(clock: FixedClock) -> None:
    plane, host = Plane(), Subject("host:h1", "", account="tenant")
    rooms = RoomedPlane(plane, clock)
    plan = rooms.plan(host)
    assert "cut" not in plan
    rooms.suspend(host, plan)
    assert rooms.observe(host) == "gone"
    rooms.restore(host, plan)
    assert rooms.observe(host) == "served"
