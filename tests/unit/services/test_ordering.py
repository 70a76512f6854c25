"""Orders of authorities: cases of their own, with evidence first, as wide and as long as the order says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.adapters.memory import MemoryContents
from scanner.domain.actions import ActionState, Measure
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.notices import Delivery, Source
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import ConflictError, StoreError, TransitionError, VaultError
from scanner.services.ordering import Ordering, check_people, order_id
from tests.unit.services.test_courses import Town
from tests.unit.services.test_keeping import Lock


class Hall(Town):
    """A town that takes orders."""

    def __init__(self, book: Rulebook) -> None:
        super().__init__(book)
        h, self.lock = self.house, Lock()
        self.ordering = Ordering(
            h.kept, h.kept, h.casework, h.store, h.store, h.kept, h.contents, self.lock, h.doorbell, h.clock, 1_000, 5
        )
        for key in ("bad/1", "bad/2", "good/1"):
            h.contents.put("tenant", key, key.encode())

    def order(self, wants: str = "suspend", **changed: object) -> Order:
        now = self.house.clock.now()
        made = Order(
            order_id("court", "17/2026", wants), "court", "17/2026", "a" * 64, "§ 1", ("tenant/bad",), now,
            now + timedelta(days=30), wants, clause="3.1.3.7", filed_by="li",
        )  # fmt: skip
        return self.ordering.file(replace(made, **changed))  # type: ignore[arg-type]

    def carried(self) -> dict[str, int]:
        done = dict(self.ordering.carry_out())
        self.house.enforcing.carry_out()
        return done


@pytest.fixture
def hall(book: Rulebook) -> Hall:
    return Hall(book)


def test_an_order_suspends_its_scope_and_nothing_else(hall: Hall) -> None:
    hall.order()
    assert hall.carried() == {"suspend": 2}
    assert set(hall.house.surface.suspended) == {("tenant", "bad/1"), ("tenant", "bad/2")}
    cases = list(hall.house.store.case_rows.values())
    assert {case.source for case in cases} == {"order"}
    assert all(case.evidence for case in cases)
    assert hall.carried() == {}
    assert len(hall.house.store.case_rows) == 2


def test_what_is_put_into_the_scope_later_is_covered_too(hall: Hall) -> None:
    hall.order()
    hall.carried()
    hall.house.contents.put("tenant", "bad/3", b"new")
    assert hall.carried() == {"suspend": 1}


def test_a_round_is_bounded_and_the_next_goes_on(hall: Hall) -> None:
    for number in range(7):
        hall.house.contents.put("tenant", f"bad/x{number}", str(number).encode())
    hall.order()
    assert [hall.carried(), hall.carried(), hall.carried()] == [{"suspend": 5}, {"suspend": 4}, {}]


def test_a_restriction_ends_with_its_order(hall: Hall) -> None:
    order = hall.order()
    hall.carried()
    case = next(iter(hall.house.store.case_rows.values()))
    assert hall.house.guarding.course(case.subject, case.sha256).ends_at == order.ends_at
    hall.house.clock.advance(timedelta(days=31).total_seconds())
    assert len(hall.watching.lapse()) == 2
    assert hall.carried() == {}  # the order is over: nothing is suspended anew
    assert hall.house.surface.suspended == {}


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.SUSPENDED_UNVERIFIED])
def test_an_order_over_what_was_suspended_before_holds_as_long_as_the_order(hall: Hall, stage: Stage) -> None:
    hall.house.upload("bad/e", b"EVIL")
    hall.house.work()
    action = hall.suspension()
    stands = hall.house.guarding.course(action.subject, action.sha256)
    hall.house.kept.commit(Change(courses=(replace(stands, stage=stage, revision=stands.revision + 1),)))
    order = hall.order(ends_at=hall.house.clock.now() + timedelta(days=300))
    hall.carried()
    course = hall.house.guarding.course(action.subject, action.sha256)
    assert (len(course.grounds), course.ends_at) == (2, order.ends_at)
    hall.house.clock.advance(timedelta(days=91).total_seconds())
    assert hall.watching.lapse() == []
    assert ("tenant", "bad/e") in hall.house.surface.suspended


def test_a_shorter_order_shortens_nothing_that_stands(hall: Hall) -> None:
    hall.house.upload("bad/e", b"EVIL")
    hall.house.work()
    action = hall.suspension()
    before = hall.house.guarding.course(action.subject, action.sha256).ends_at
    hall.order()
    hall.carried()
    assert hall.house.guarding.course(action.subject, action.sha256).ends_at == before


def alarms(hall: Hall) -> list[str]:
    entries = [json.loads(entry.body) for entry in hall.house.store.log]
    return [entry["reason"] for entry in entries if entry["verb"] == "alarm"]


def test_what_an_order_cannot_do_is_told_once_a_day_and_not_with_every_round(hall: Hall) -> None:
    for key in ("bad/1", "bad/2"):
        hall.house.contents.troubles["tenant", key] = Gap(Reason.ACCESS_DENIED)
    hall.order()
    for _ in range(4):
        assert hall.carried() == {"unread": 2}
        hall.house.clock.advance(10)
    assert alarms(hall) == [f"s3://tenant/bad/{n} was not read: access-denied" for n in (1, 2)]
    hall.house.clock.advance(timedelta(days=1).total_seconds())
    hall.carried()
    assert len(alarms(hall)) == 4


def test_an_order_is_told_as_one(hall: Hall) -> None:
    hall.order()
    hall.carried()
    hall.noticing.write()
    told = hall.noticing.send()
    assert {notice.source for notice in told} == {Source.ORDER}
    assert all("is in the scope of an authority's order: court 17/2026." in notice.facts_en for notice in told)
    assert all("主管机关命令的范围：court 17/2026。" in notice.facts_zh for notice in told)


def test_a_confidential_order_keeps_its_notice_back_for_its_time_and_no_longer(hall: Hall) -> None:
    until = hall.house.clock.now() + timedelta(days=14)
    hall.order(confidential_until=until, second="wang")
    hall.carried()
    assert {notice.state for notice in hall.noticing.write()} == {Delivery.WITHHELD}
    assert hall.noticing.send() == []
    hall.house.clock.advance(timedelta(days=15).total_seconds())
    assert {notice.state for notice in hall.noticing.send()} == {Delivery.SENT}


def test_a_confidential_order_of_one_person_keeps_nobody_elses_notice(hall: Hall) -> None:
    until = hall.house.clock.now() + timedelta(days=14)
    hall.order(confidential_until=until)  # as one was taken before it was refused
    hall.carried()
    hall.house.upload("a", b"EVIL")
    hall.house.work()
    assert [notice.source for notice in hall.noticing.write()] == [Source.OWN]
    hall.house.clock.advance(timedelta(days=15).total_seconds())
    assert len(hall.noticing.write()) == 2


def test_an_order_under_a_clause_that_there_is_not_is_refused(hall: Hall) -> None:
    with pytest.raises(TransitionError, match="the agreement has no clause"):
        hall.order(clause="9.9")


def test_a_confidential_order_needs_two_people(hall: Hall) -> None:
    order = replace(hall.order(), confidential_until=hall.house.clock.now())
    for second in ("", "li"):
        with pytest.raises(TransitionError, match="needs two people"):
            check_people(replace(order, second=second))
    assert check_people(replace(order, second="wang")).second == "wang"
    assert check_people(replace(order, confidential_until=None, second="")).filed_by == "li"


def test_an_order_is_filed_once_and_a_malformed_one_never(hall: Hall) -> None:
    hall.order()
    with pytest.raises(ConflictError, match="was filed before"):
        hall.order()
    with pytest.raises(TransitionError, match="lacks"):
        hall.order("hold", authority=" ")


def test_an_order_that_nobody_filed_to_be_carried_out_waits_for_reviewers(hall: Hall) -> None:
    hall.order(filed_by="")
    assert hall.carried() == {}
    assert hall.house.surface.suspended == {}


def test_an_order_for_evidence_seals_and_restricts_nothing(hall: Hall) -> None:
    hall.order("evidence")
    assert hall.carried() == {"evidence": 2}
    assert hall.house.surface.suspended == {}
    assert len(hall.house.store.custody_rows) == 2


def test_an_order_to_restore_undoes_what_the_scanner_did(hall: Hall) -> None:
    hall.suspended()
    hall.order("restore", scope=("tenant",))
    assert hall.carried() == {"restore": 1}
    assert hall.house.surface.suspended == {}
    assert hall.carried() == {"untouched": 1}
    restored = [a for a in hall.house.store.action_rows.values() if a.measure is Measure.RESTORE]
    assert [(a.state, a.proposer) for a in restored] == [(ActionState.DONE, "li")]


def test_an_order_to_hold_holds_the_evidence_at_once(hall: Hall) -> None:
    hall.suspended()
    hall.order("hold", scope=("tenant",), ends_at=None)
    assert hall.carried() == {"held": 1}
    assert hall.lock.done == [("hold", True)]
    [row] = hall.house.store.custody_rows.values()
    assert row.state == "HELD"
    assert hall.carried() == {"held-before": 1}
    subject = hall.suspension().subject
    assert hall.house.guarding.on_hold(subject, hall.house.clock.now())


def test_a_hold_that_the_vault_refuses_is_raised_and_tried_again(hall: Hall) -> None:
    hall.suspended()
    hall.order("hold", scope=("tenant",))
    hall.lock.broken = True
    assert hall.carried() == {"unheld": 1}
    assert b'"verb":"alarm"' in hall.house.store.log[-1].body
    hall.lock.broken = False
    assert hall.carried() == {"held": 1}


def test_what_cannot_be_read_is_raised_and_not_suspended(hall: Hall) -> None:
    hall.house.contents.troubles["tenant", "bad/1"] = Gap(Reason.ACCESS_DENIED)
    hall.order()
    assert hall.carried() == {"unread": 1, "suspend": 1}
    assert set(hall.house.surface.suspended) == {("tenant", "bad/2")}
    alarms = [entry for entry in hall.house.store.log if b'"verb":"alarm"' in entry.body]
    assert b"bad/1 was not read: access-denied" in alarms[0].body


def test_nothing_is_suspended_without_sealed_evidence(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str, body: bytes) -> str:
        raise VaultError("cannot be written", where=name)

    monkeypatch.setattr(type(hall.house.vault), "put", lambda self, name, body: full(name, body))
    hall.order()
    assert hall.carried() == {"unsealed": 2}
    assert hall.house.surface.suspended == {}
    assert hall.house.store.case_rows == {}


def test_an_order_over_a_version_that_the_scanner_holds_joins_its_course(hall: Hall) -> None:
    hall.suspended()
    hall.order(scope=("tenant/a",))
    assert hall.carried() == {"suspend": 1}
    course = hall.course()
    assert len(course.grounds) == 2
    assert isinstance(course.subject, Subject)


def test_an_order_over_a_bucket_that_is_not_there_keeps_no_other_order_waiting(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = type(hall.house.contents).listing

    def listed(self: MemoryContents, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        if bucket == "tenent":
            raise StoreError("the store does not list: NoSuchBucket", where=bucket)
        return listing(self, bucket, prefix, after)

    monkeypatch.setattr(type(hall.house.contents), "listing", listed)
    hall.order(scope=("tenent/bad",), id="O1")
    hall.order(id="O2")
    assert hall.carried() == {"failed": 1, "suspend": 2}
    assert any(b"NoSuchBucket" in entry.body for entry in hall.house.store.log)
