"""Courses, notices, appeals, strikes and orders under one contract: the twin, SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from scanner.adapters.enforcement_memory import MemoryEnforcement
from scanner.adapters.memory import MemoryStore
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change
from scanner.domain.enforcement.brakes import Begun, Tally
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import put_off, sent
from scanner.domain.enforcement.stages import Stage
from scanner.domain.enforcement.strikes import void
from scanner.errors import ConflictError, UnknownError
from scanner.ports import Register
from scanner.ports_enforcement import Courses, Rights, Trails
from tests.contract.databases import opened
from tests.contract.stores import judged
from tests.unit.enforcement.courses import NOW, VERSIONED, course, led_to
from tests.unit.enforcement.test_appeals_orders import APPEAL, ORDER
from tests.unit.enforcement.test_notices import notice
from tests.unit.enforcement.test_strikes import struck

SOON = NOW + timedelta(minutes=1)


@dataclass
class Kept:
    """All ports of one store."""

    register: Register
    courses: Courses
    rights: Rights
    trails: Trails

    def commit(self, **rows: Any) -> None:
        self.register.commit(Change(**rows))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """One store after the other."""
    if request.param == "memory":
        twin = MemoryEnforcement(MemoryStore())
        yield Kept(twin, twin, twin, twin)
        return
    with opened(request, tmp_path) as database:
        both = SqlEnforcement(database)
        yield Kept(SqlRegister(database), both, both, both)


def fresh(stage: Stage = Stage.SUSPENDED, **changed: Any) -> Course:
    """A course led to a stage, as a first row."""
    return replace(led_to(stage), revision=1, **changed)


def test_a_course_is_read_back_as_it_was_written(kept: Kept) -> None:
    one = replace(fresh(Stage.DELETING), subject=replace(VERSIONED, key="k\ud800\n"))
    kept.commit(courses=(one,))
    assert kept.courses.course(one.id) == one
    assert kept.courses.course("K9") is None


def test_a_late_writer_gets_a_conflict_and_writes_nothing(kept: Kept) -> None:
    one = fresh()
    kept.commit(courses=(one,))
    entry = AuditEntry(NOW, "ann", "did", "K1", "why")
    for stale in (one, replace(one, revision=3)):
        with pytest.raises(ConflictError):
            kept.commit(courses=(stale,), audit=(entry,))
    assert kept.register.chain(0, 10) == []
    kept.commit(courses=(replace(one, revision=2),))


def test_courses_are_found_by_stage_and_by_time(kept: Kept) -> None:
    seen = fresh(id="K1", checked_at=NOW, ends_at=SOON)
    never = fresh(id="K2", checked_at=None, ends_at=None)
    over = replace(course(), id="K3", stage=Stage.DELETED)
    kept.commit(courses=(seen, never, over))
    c = kept.courses
    assert [one.id for one in c.in_stages([Stage.SUSPENDED, Stage.DELETED], 10, "")] == ["K1", "K2", "K3"]
    assert [one.id for one in c.in_stages([Stage.SUSPENDED], 10, "K1")] == ["K2"]
    assert [one.id for one in c.unseen(NOW, 10)] == ["K2"]
    assert {one.id for one in c.unseen(SOON, 10)} == {"K1", "K2"}
    assert [one.id for one in c.ending(SOON, 10)] == ["K1"]
    assert c.ending(NOW, 10) == []
    assert c.held("tenant") == 2
    assert c.held("elsewhere") == 0


def test_customers_of_a_rule_are_counted_once_each(kept: Kept) -> None:
    rows = [
        fresh(id=f"K{n}", subject=replace(VERSIONED, account=account), filed_at=NOW, rule="webshell")
        for n, account in enumerate(["a", "a", "b"])
    ]
    old = fresh(id="K9", subject=replace(VERSIONED, account="c"), filed_at=NOW - timedelta(days=1), rule="webshell")
    kept.commit(courses=(*rows, old, fresh(id="K8", rule="other", filed_at=NOW)))
    assert kept.courses.customers("webshell", NOW) == 2
    assert kept.courses.customers("webshell", NOW - timedelta(days=2)) == 3


def test_a_buckets_objects_are_counted_by_key(kept: Kept) -> None:
    kept.commit(verdicts=(judged(key="a"), judged(key="a", version="v2"), judged(key="b")))
    assert kept.courses.stored("tenant") == 2
    assert kept.courses.stored("elsewhere") == 0


def test_notices_are_due_until_they_are_taken(kept: Kept) -> None:
    kept.commit(notices=(notice(id="A1"), notice(id="A2", course="K2")))
    assert {one.id for one in kept.rights.due_notices(NOW, 10)} == {"A1", "A2"}
    waiting = put_off(notice(id="A1"), "503", NOW)
    kept.commit(notices=(waiting, sent(notice(id="A2", course="K2"), "200")))
    assert kept.rights.due_notices(NOW, 10) == []
    assert [one.id for one in kept.rights.due_notices(SOON, 10)] == ["A1"]
    assert kept.rights.notice("A1") == waiting
    kept.commit(notices=(notice(id="A2.02", course="K2"), notice(id="A2.01", course="K2")))
    assert [one.id for one in kept.rights.notices_of("K2")] == ["A2.02", "A2.01", "A2"]
    with pytest.raises(UnknownError, match="no such notice"):
        kept.rights.notice("A9")


def test_appeals_are_found_by_state_and_by_course(kept: Kept) -> None:
    kept.commit(appeals=(APPEAL,))
    assert kept.rights.appeal("P1") == APPEAL
    assert kept.rights.appeals("OPEN", 10) == [APPEAL]
    assert kept.rights.appeals("DENIED", 10) == []
    assert kept.rights.appeals_of("K1") == [APPEAL]
    with pytest.raises(UnknownError, match="no such appeal"):
        kept.rights.appeal("P9")


def test_strikes_stay_on_record_when_they_are_voided(kept: Kept) -> None:
    kept.commit(strikes=(struck(1), struck(2)))
    kept.commit(strikes=(void(struck(1), "dee", "appeal granted"),))
    assert {(one.id, one.voided_by) for one in kept.rights.strikes("account-1")} == {("S1", "dee"), ("S2", "")}
    assert kept.rights.strikes("account-2") == []


def test_only_orders_in_force_are_given(kept: Kept) -> None:
    endless = replace(ORDER, id="O2", ends_at=None)
    kept.commit(orders=(ORDER, endless))
    assert [one.id for one in kept.rights.orders(NOW)] == ["O1", "O2"]
    assert [one.id for one in kept.rights.orders(NOW + timedelta(days=31))] == ["O2"]
    assert kept.rights.orders(NOW - timedelta(days=1)) == []


def test_the_log_tells_who_opened_what(kept: Kept) -> None:
    entries = [
        AuditEntry(NOW, "ann", "evidence-viewed", "E1", "to decide"),
        AuditEntry(NOW, "bob", "evidence-exported", "E1", "order"),
        AuditEntry(NOW, "cai", "evidence-sealed", "E1", "a finding"),
        AuditEntry(NOW, "dee", "evidence-viewed", "E2", "to decide"),
    ]
    kept.commit(audit=tuple(entries))
    assert kept.trails.actors("E1", ["evidence-viewed", "evidence-exported"]) == {"ann", "bob"}
    assert kept.trails.actors("E3", ["evidence-viewed"]) == frozenset()


def test_the_log_tells_the_reason_that_was_last_given(kept: Kept) -> None:
    for reason in ("malware", "still malware"):
        kept.commit(audit=(AuditEntry(NOW, "ann", "course-propose", "K1", reason),))
    kept.commit(audit=(AuditEntry(NOW, "bob", "course-withdraw", "K1", "mended"),))
    assert kept.trails.reason("K1", "course-propose") == "still malware"
    assert kept.trails.reason("K1", "course-deny") == ""


def test_the_log_tells_what_was_said_since(kept: Kept) -> None:
    entries = [(NOW, "alarm", "early"), (SOON, "alarm", "late"), (SOON, "did", "other")]
    kept.commit(audit=tuple(AuditEntry(at, "keeper", verb, "E1", why) for at, verb, why in entries))
    assert kept.trails.reasons("E1", "alarm", NOW) == {"early", "late"}
    assert kept.trails.reasons("E1", "alarm", SOON) == {"late"}
    assert kept.trails.reasons("E2", "alarm", NOW) == frozenset()


def begun(name: str, account: str = "a", minutes: int = 0, others: int = 9) -> Begun:
    """An attempt at a deletion; the name is its action's, and the attempt's number."""
    return Begun(name, name.split(".")[0], account, NOW - timedelta(minutes=minutes), others)


def test_deletions_that_began_within_the_hour_are_counted_by_action(kept: Kept) -> None:
    rows = (begun("A1.1", minutes=50), begun("A1.2", minutes=20), begun("A2.1", "b"), begun("A3.1", minutes=61))
    kept.commit(begun=rows)
    since, count = NOW - timedelta(hours=1), kept.courses.begun
    assert count(since, NOW, "", "") == Tally(2, NOW - timedelta(minutes=50))
    assert count(since, NOW, "a", "") == Tally(1, NOW - timedelta(minutes=50))
    assert count(since, NOW, "", "A1") == Tally(1, NOW)
    assert count(since, NOW - timedelta(minutes=30), "", "") == Tally(1, NOW - timedelta(minutes=50))
    assert count(since, NOW, "nobody", "") == Tally(0)


def test_of_two_deletions_counted_at_once_one_begins(kept: Kept) -> None:
    kept.commit(begun=(begun("A1.1", others=0),), courses=(fresh(id="K1"),))
    with pytest.raises(ConflictError, match="another deletion has just begun"):
        kept.commit(begun=(begun("A2.1", others=0),), courses=(fresh(id="K2"),))
    assert kept.courses.course("K2") is None
    kept.commit(begun=(begun("A1.2", others=0),))
    kept.commit(begun=(begun("A2.1", others=1),))


def test_of_many_workers_that_counted_the_same_one_begins(kept: Kept) -> None:
    if not isinstance(kept.register, SqlRegister):
        return  # the twin has no workers beside each other
    gate = Barrier(6)

    def begin(number: int) -> bool:
        gate.wait()
        try:
            kept.commit(begun=(begun(f"A{number}.1", others=0),))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as workers:
        assert sum(workers.map(begin, range(6))) == 1
    assert kept.courses.begun(NOW - timedelta(hours=1), NOW, "", "").count == 1
