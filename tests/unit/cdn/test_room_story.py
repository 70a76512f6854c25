"""A live room: its snapshots are scanned as the room; it is cut until a time, and given back with the last of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scanner.bootstrap import House, open_house
from scanner.domain.actions import Action, ActionState
from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.domain.content import UploadEvent
from scanner.domain.requests import Lane
from scanner.settings import Settings
from tests.contract.s3_stores import Store, strict_store
from tests.unit.rulebook.house import SHIPPED, folder

BAD = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
ROOM = "room:hub1/room7"


class Plane(ThreadingHTTPServer):
    """A control plane of live rooms: what is in force by room, and everything that it was asked."""

    def __init__(self) -> None:
        self.force: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked)
        room, operation = asked["subject"]["place"], asked["op"]
        before = self.force.get(room, "")
        if operation == "apply":
            self.force[room] = asked["plan"]["forbid_until"]
        if operation == "restore":
            self.force[room] = asked["plan"]["before"]
        return {"before": before, "seen": "refused" if self.force.get(room) else "served"}


class _Handler(BaseHTTPRequestHandler):
    server: Plane

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        text = json.dumps(self.server.answer(json.loads(body))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        return


@dataclass
class Live:
    house: House
    store: Store
    plane: Plane
    cases: dict[str, str] = field(default_factory=dict)

    def snapshot(self, name: str, data: bytes) -> str:
        """It arrives, is scanned on the uploads lane and, if it is bad, cut; the state of the room's measure."""
        key = f"hub1/room7/{name}.jpg"
        put = self.store.put(key, data, "snaps")
        event = UploadEvent("snaps", key, put.version_id, put.etag, len(data), name)
        accepted = self.house.intake.accept([event])
        [waiting] = self.house.requests.claim(
            accepted.requests, "test", self.house.enforcing.clock.now(), self.house.enforcing.clock.now()
        )
        assert (waiting.lane, waiting.subject.bucket) == (Lane.UPLOADS, ROOM)
        self.house.requests.give_back([waiting])
        [row] = self.house.scanning.scan_batch(accepted.requests, "test").judged
        assert row.subject.bucket == ROOM
        assert row.subject.key == f"s3://snaps/{key}"
        known = {case.id for case in self.house.casebook.cases((), 20, "0")}
        [self.cases[name]] = known - set(self.cases.values()) or {""}
        return row.verdict.word

    def act(self) -> list[Action]:
        """A round of the outbox, its waits skipped."""
        now = self.house.enforcing.clock.now()
        for one in self.house.outbox.due_actions(now + timedelta(days=30), 10):
            self.house.register.commit(Change(actions=(replace(one, due_at=now, revision=one.revision + 1),)))
        return self.house.enforcing.carry_out()

    def clear(self, name: str) -> None:
        """A person finds nothing wrong with a snapshot."""
        held = self.house.reviewing.claim(self.cases[name], "li")
        self.house.reviewing.decide(held.id, "li", held.tokens, Outcome.CLEAN, "false-positive")


def _rules(root: Path) -> Path:
    """The shipped agreement and policy with the rules for test files, which may act by themselves."""
    pages = [*SHIPPED.glob("*.yaml"), *(SHIPPED / "yara/malware").glob("*.yaml")]
    pages.append(SHIPPED / "yara/malware/test-files.yar")
    return folder(root / "rules", {str(page.relative_to(SHIPPED)): page.read_bytes() for page in pages})


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    state = tmp_path / "state"
    state.mkdir()
    (state / "cdn.toml").write_text('snapshots = ["snaps/{hub}/{room}/{time}.jpg"]\n')
    plane = Plane()
    thread = Thread(target=plane.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with strict_store() as store:
        store.bucket("snaps")
        house = open_house(
            Settings(
                state_dir=str(state),
                s3_endpoint=store.url,
                s3_access_key="owner",
                s3_secret_key="secret",
                control_plane_url=f"http://127.0.0.1:{plane.server_address[1]}/",
                control_plane_secret="shared",
                room_seconds=7_200,
                redis_url="redis+socket:///nowhere.sock",
                cage="off",
                rules_dir=str(_rules(tmp_path)),
                cache_dir=str(tmp_path / "cache"),
                breaker_share=1.0,
            ),
            role="cli",
        )
        yield Live(house, store, plane)
        house.close()
    plane.shutdown()
    plane.server_close()
    thread.join(5)


def test_a_room_is_cut_until_a_time_and_given_back(live: Live) -> None:
    assert live.snapshot("1700", BAD) == "VIOLATION"
    [action] = live.act()
    assert (action.state, action.subject.bucket) == (ActionState.DONE, ROOM)
    apply = next(asked for asked in live.plane.asked if asked["op"] == "apply")
    assert apply["subject"] == {"place": ROOM, "what": "", "version": "", "account": "snaps"}
    plan = apply["plan"]
    assert (plan["cut"], plan["snapshot"], plan["before"]) == (True, "s3://snaps/hub1/room7/1700.jpg", "")
    left = datetime.fromisoformat(plan["forbid_until"]) - live.house.enforcing.clock.now()
    assert timedelta(hours=1.9) < left <= timedelta(hours=2)
    live.clear("1700")
    assert [one.state for one in live.act()] == [ActionState.DONE]
    assert live.plane.force == {ROOM: ""}


@pytest.mark.parametrize("first", ["1700", "1701"])
def test_a_room_stays_cut_until_the_last_of_its_snapshots_is_cleared(live: Live, first: str) -> None:
    second = {"1700": "1701", "1701": "1700"}[first]
    live.snapshot("1700", BAD)
    live.act()
    live.snapshot("1701", BAD + b" ")
    assert [one.state for one in live.act()] == [ActionState.DONE]
    live.clear(first)
    assert [one.state for one in live.act()] == [ActionState.DONE]
    assert live.plane.force[ROOM]  # the other one holds it
    live.clear(second)
    assert [one.state for one in live.act()] == [ActionState.DONE]
    assert live.plane.force == {ROOM: ""}  # as it was before the first


def test_a_clean_snapshot_touches_no_room(live: Live) -> None:
    assert live.snapshot("1700", b"a quiet picture of nothing at all") == "CLEAN"
    assert live.act() == []
    assert live.plane.asked == []
