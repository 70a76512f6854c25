"""What is known, and the shards of rescans: the in-memory twins, SQLite and PostgreSQL under one contract."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.adapters.memory import MemoryStore
from scanner.adapters.shards_memory import MemoryShards
from scanner.adapters.sql_known import SqlKnown
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.sql_shards import SqlShards
from scanner.domain.changes import Change
from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason, ViewRead
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.known import Edition, Known, Settled
from scanner.domain.requests import Lane, RequestState
from scanner.domain.rescans import Shard
from scanner.domain.verdicts import Detection
from scanner.errors import ConflictError
from scanner.ports import Register, Requests
from scanner.ports_knowing import KnownStore, Shards
from tests.contract.databases import opened
from tests.contract.stores import LATER, NOW, judged, owed

Parts = tuple[KnownStore, Register, Requests, Shards]
FINDING = Finding(
    "malware.test", "r", "3.1.3.7", Severity.HIGH, Confidence.HIGH, "x!y", Layer.RAW, 5, 2, "m", "ex\ud800"
)
COVERAGE = Coverage(
    (ViewRead("", "raw", "text", 3),), (Gap(Reason.ENCRYPTED, "x!z", "locked"),), 1, rulebook_digest="d"
)
CALM = Coverage((ViewRead("", "raw", "text", 3),), (), 1, rulebook_digest="d")
KNOWN = Known("c" * 32, "e1", Detection(Content("a" * 64, 3, "text/plain", "text"), (FINDING,), COVERAGE, 1))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Parts]:
    """All ports of one store."""
    if request.param == "memory":
        twin = MemoryStore()
        yield twin.kept, twin, twin, MemoryShards()
        return
    with opened(request, tmp_path) as database:
        yield SqlKnown(database), SqlRegister(database), SqlRequests(database), SqlShards(database)


def settled(key: str, edition: str = "e1", etag: str = "t", word: str = "CLEAN", bucket: str = "b") -> Settled:
    return Settled(bucket, key, etag, 3, "2026-01-01T00:00:00", edition, word, "c" * 32, "a" * 64)


def test_an_edition_is_kept_once_and_given_back(parts: Parts) -> None:
    known = parts[0]
    edition = Edition("base", {"a": "1", "b": "2"}, "digest")
    known.enrol(edition)
    known.enrol(edition)
    assert known.edition(edition.id) == edition
    assert known.edition("none") is None


def test_a_known_detection_comes_back_as_it_was(parts: Parts) -> None:
    known = parts[0]
    known.renew([], [KNOWN])
    assert known.known([KNOWN.content, "f" * 32]) == {KNOWN.content: KNOWN}
    known.renew([], [replace(KNOWN, edition="e2")])
    assert known.known([KNOWN.content])[KNOWN.content].edition == "e2"
    assert known.known([]) == {}


def test_calm_contents_hold_under_another_edition_without_their_document(parts: Parts) -> None:
    known = parts[0]
    calm = Known("d" * 32, "e1", Detection(Content("a" * 64, 3, "text/plain", "text"), (), CALM, 0))
    known.renew([], [KNOWN, calm])
    assert known.calm([KNOWN.content, calm.content, "f" * 32]) == {calm.content: "e1"}
    rows = [
        replace(settled(key, "e2"), content=content) for key, content in (("k", KNOWN.content), ("c", calm.content))
    ]
    known.renew([], [], rows, 2)
    assert known.known([KNOWN.content, calm.content]) == {
        KNOWN.content: KNOWN,  # something was found in it: its document has to say what holds now
        calm.content: replace(calm, edition="e2"),
    }
    assert known.settled("b", ["c"]) == {"c": rows[1]}
    assert known.tallies("") == {"delta": 2}
    known.renew([], [replace(calm, detection=KNOWN.detection)])
    assert known.calm([calm.content]) == {}


def test_a_listed_page_is_held_against_what_is_settled(parts: Parts) -> None:
    known = parts[0]
    rows = [settled("a"), settled("b", word="VIOLATION"), settled("c", edition="e0"), settled("d", etag="old")]
    known.renew([*rows, settled("gone"), settled("z"), settled("a", bucket="other")], [])
    marks = [settled(key).mark for key in ("a", "b", "c", "d", "new", "y")]
    look = known.look("b", "", marks, "e1")
    assert (list(look.words), list(look.gone)) == (["CLEAN", "VIOLATION", "", "", "", ""], ["gone"])
    after = known.look("b", "a", marks[1:], "e1")
    assert list(after.words) == ["VIOLATION", "", "", "", ""]
    assert list(known.look("b", "", [], "e1").words) == []


def test_keys_stand_in_the_order_of_their_bytes(parts: Parts) -> None:
    keys = sorted(["Z", "a", "B", "é", "中", "~", "a/b", "a-b", "a b", "\U0001f600", "’"])
    parts[0].renew([settled(key) for key in keys], [])
    look = parts[0].look("b", keys[0], [settled(key).mark for key in keys[1:]], "e1")
    assert list(look.words) == ["CLEAN"] * (len(keys) - 1)
    assert list(look.gone) == []


def test_settled_objects_are_renewed_and_forgotten(parts: Parts) -> None:
    known = parts[0]
    known.renew([settled("a"), settled("b")], [])
    known.renew([settled("a", edition="e2")], [])
    assert known.settled("b", ["a", "b", "c"]) == {"a": settled("a", edition="e2"), "b": settled("b")}
    known.forget("b", ["a"])
    assert set(known.settled("b", ["a", "b"])) == {"b"}


def test_a_change_settles_and_counts_what_is_still_held(parts: Parts) -> None:
    known, register, requests, _ = parts
    ids = requests.accept([owed("a"), owed("b")], NOW)
    [first, second] = requests.claim(ids, "w", NOW, LATER)
    change = Change(
        verdicts=(judged(first.id, first.token), judged(second.id, second.token - 1, "b")),
        known=(KNOWN,),
        settled=((first.id, settled("a")), (second.id, settled("b"))),
        counts=((first.id, "R1", "scanned:CLEAN"), (first.id, "", "detected"), (second.id, "R1", "scanned:CLEAN")),
    )
    assert register.commit(change) == {second.id}
    assert set(known.settled("b", ["a", "b"])) == {"a"}
    assert known.tallies("R1") == {"scanned:CLEAN": 1}
    register.commit(Change(counts=((0, "R1", "scanned:CLEAN"), (0, "R1", "scanned:CLEAN"))))
    assert known.tallies("R1") == {"scanned:CLEAN": 3}
    assert known.tallies("") == {"detected": 1}


def test_the_oldest_detections_go_first(parts: Parts) -> None:
    known = parts[0]
    known.renew([], [replace(KNOWN, content=f"{n:032}") for n in range(5)])
    assert known.prune(10) == 0
    assert known.prune(3) >= 2
    assert len(known.known([f"{n:032}" for n in range(5)])) <= 3


def test_a_rescans_requests_are_held_back_and_let_go(parts: Parts) -> None:
    requests = parts[2]
    [mine, other] = requests.accept([replace(owed("a"), rescan="R1"), replace(owed("b"), rescan="R2")], NOW)
    assert requests.shift("R1", RequestState.OWED, RequestState.HELD) == 1
    assert requests.fair(Lane.UPLOADS, NOW, 10) == [other]
    assert requests.claim([mine], "w", NOW, LATER) == []
    assert requests.shift("R1", RequestState.HELD, RequestState.OWED) == 1
    assert [row.id for row in requests.claim([mine], "w", NOW, LATER)] == [mine]


def test_a_dropped_request_is_done(parts: Parts) -> None:
    requests = parts[2]
    requests.accept([replace(owed("a"), rescan="R1")], NOW)
    assert requests.waits("R1")
    assert requests.shift("R1", RequestState.OWED, RequestState.DONE) == 1
    assert requests.fair(Lane.UPLOADS, NOW, 10) == []
    assert not requests.waits("R1")
    assert parts[0].tallies("R1") == {"cancelled:by-request": 1}
    assert requests.shift("R1", RequestState.OWED, RequestState.DONE) == 0
    assert parts[0].tallies("R1") == {"cancelled:by-request": 1}


def test_a_shard_is_claimed_by_one_and_saved_by_its_holder_only(parts: Parts) -> None:
    shards = parts[3]
    shards.create([Shard("R1", 0, "", "m"), Shard("R1", 1, "m")])
    first, second = (shards.claim("R1", NOW, LATER) for _ in range(2))
    assert first is not None
    assert second is not None
    assert {first.number, second.number} == {0, 1}
    assert shards.claim("R1", NOW, LATER) is None
    shards.save(replace(first, cursor="k", listed=5, cached={"CLEAN": 5}, done=True))
    assert shards.shards("R1")[first.number].cached == {"CLEAN": 5}
    later = LATER + timedelta(seconds=1)
    again = shards.claim("R1", later, later + timedelta(seconds=60))
    assert again is not None
    assert (again.number, again.careful) == (second.number, True)
    with pytest.raises(ConflictError):
        shards.save(second)
    shards.save(replace(again, careful=False))
    calm = shards.claim("R1", later, later)
    assert calm is not None
    assert not calm.careful
    with pytest.raises(ConflictError):
        shards.create([Shard("R1", 0, "")])


def test_a_shard_waits_for_its_time(parts: Parts) -> None:
    shards = parts[3]
    shards.create([replace(Shard("R1", 0, ""), due_at=LATER)])
    assert shards.claim("R1", NOW, LATER) is None
    assert shards.claim("R1", LATER, LATER + timedelta(seconds=60)) is not None


def test_what_was_given_back_is_owed_as_if_never_tried(parts: Parts) -> None:
    requests = parts[2]
    ids = requests.accept([owed("a"), owed("b")], NOW)
    held = requests.claim(ids, "w", NOW, LATER)
    requests.give_back([held[0], replace(held[1], token=held[1].token - 1)])
    assert requests.fair(Lane.UPLOADS, NOW, 10) == [held[0].id]
    [again] = requests.claim(ids, "w", NOW, LATER, fresh=True)
    assert (again.attempts, again.token > held[0].token) == (1, True)
