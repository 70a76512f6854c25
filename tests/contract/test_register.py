"""The Register, Casebook, Outbox and Rescans ports: one transaction, compare-and-swap, an unbroken chain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanner.domain.actions import ActionState, Measure, begin
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import claim
from scanner.domain.chain import link
from scanner.domain.changes import Change, Custody
from scanner.domain.findings import Severity
from scanner.domain.rescans import Rescan, RescanState
from scanner.errors import ConflictError, UnknownError
from tests.contract.stores import LATER, NOW, Stores, action, case, judged, subject

ENTRY = AuditEntry(NOW, "machine", "case-opened", "C1", "a finding", {"clause": "3.1.3.7", "主题": "s3://a/b"})


def test_a_verdict_comes_back_whole(stores: Stores) -> None:
    stores.register.commit(Change(verdicts=(judged(),)))
    found = stores.register.latest(subject())
    assert found is not None
    assert found.verdict == judged().verdict


def test_the_latest_verdict_is_that_of_the_named_version(stores: Stores) -> None:
    stores.register.commit(Change(verdicts=(judged(version="v1"), judged(version="v2"))))
    found = stores.register.latest(subject(version="v1"))
    assert found is not None
    assert found.subject.version_id == "v1"
    assert stores.register.latest(subject("other")) is None


def test_verdicts_are_listed_in_order_by_prefix(stores: Stores) -> None:
    stores.register.commit(Change(verdicts=tuple(judged(key=key) for key in ("a/1", "b/1", "a/2", "a%"))))
    rows = stores.register.verdicts("tenant", "a/", 0, 10)
    assert [row.subject.key for _, row in rows] == ["a/1", "a/2"]
    assert [row.subject.key for _, row in stores.register.verdicts("", "", rows[0][0], 10)] == ["b/1", "a/2", "a%"]


def test_a_case_that_exists_is_not_opened_twice(stores: Stores) -> None:
    stores.register.commit(Change(cases=(case(),)))
    with pytest.raises(ConflictError):
        stores.register.commit(Change(cases=(case(),)))


def test_a_refused_change_writes_nothing_at_all(stores: Stores) -> None:
    stores.register.commit(Change(cases=(case(),)))
    with pytest.raises(ConflictError):
        stores.register.commit(Change(verdicts=(judged(),), cases=(case("C2"), case()), audit=(ENTRY,)))
    assert stores.register.latest(subject()) is None
    assert stores.casebook.known(["C1", "C2"]) == {"C1"}
    assert stores.register.chain(0, 10) == []


def test_two_writers_from_the_same_revision_cannot_both_win(stores: Stores) -> None:
    stores.register.commit(Change(cases=(case(),)))
    held = claim(case(), "li", NOW, timedelta(minutes=15))
    stores.register.commit(Change(cases=(held,)))
    with pytest.raises(ConflictError):
        stores.register.commit(Change(cases=(claim(case(), "wang", NOW, timedelta(minutes=15)),)))
    assert stores.casebook.case("C1") == held


def test_cases_come_gravest_and_soonest_first(stores: Stores) -> None:
    soon = case("C2", due=NOW)
    stores.register.commit(Change(cases=(case("C1"), soon, case("C3", Severity.CRITICAL), case("C4", Severity.LOW))))
    assert [row.id for row in stores.casebook.cases((), 10, "0")] == ["C3", "C2", "C1", "C4"]
    assert [row.id for row in stores.casebook.cases(["QUEUED"], 2, "1")] == ["C2", "C1"]
    assert stores.casebook.cases(["CLOSED"], 10, "0") == []


def test_unknown_ids_are_named(stores: Stores) -> None:
    for ask in (stores.casebook.case, stores.casebook.custody, stores.outbox.action, stores.rescans.rescan):
        with pytest.raises(UnknownError, match="nowhere"):
            ask("nowhere")


def test_due_actions_are_those_unfinished_whose_time_has_come(stores: Stores) -> None:
    done = replace(action("A2"), state=ActionState.DONE)
    stores.register.commit(Change(actions=(action("A1"), done, action("A3", due=LATER))))
    assert [row.id for row in stores.outbox.due_actions(NOW, 10)] == ["A1"]
    assert [row.id for row in stores.outbox.actions_of("C1")] == ["A1", "A2", "A3"]


def test_actions_that_a_clock_running_ahead_put_off_are_due_behind_the_others(stores: Stores) -> None:
    far = NOW + timedelta(days=300)
    tried = replace(action("A2"), due_at=far, attempts=1)
    waiting = replace(action("A3"), due_at=NOW + timedelta(days=7), measure=Measure.DELETE)
    begun = replace(action("A4"), due_at=far, attempts=2, measure=Measure.DELETE, state=ActionState.APPLYING)
    late = replace(action("A5"), due_at=NOW + timedelta(hours=24), attempts=30)
    over = replace(action("A6"), due_at=far, attempts=1, state=ActionState.DONE)
    stores.register.commit(Change(actions=(action("A1"), tried, waiting, begun, late, over)))
    assert [row.id for row in stores.outbox.due_actions(NOW, 10)] == ["A1", "A2", "A4"]
    assert [row.id for row in stores.outbox.due_actions(NOW, 1)] == ["A1"]


def test_actions_are_found_by_state(stores: Stores) -> None:
    dead = replace(action("A2"), state=ActionState.DEAD)
    stores.register.commit(Change(actions=(action("A1"), dead)))
    assert [row.id for row in stores.outbox.actions_in(ActionState.DEAD, 10)] == ["A2"]


def test_only_one_worker_takes_an_action(stores: Stores) -> None:
    stores.register.commit(Change(actions=(action(),)))
    stores.register.commit(Change(actions=(begin(action(), LATER),)))
    with pytest.raises(ConflictError):
        stores.register.commit(Change(actions=(begin(action(), LATER),)))
    assert stores.outbox.action("A1").attempts == 1


def test_custody_is_kept_once(stores: Stores) -> None:
    row = Custody("E1", "C1", "ref", "b" * 64, "a" * 64, "VERIFIED", "2027-01-01")
    stores.register.commit(Change(custody=(row,)))
    assert stores.casebook.custody("E1") == row
    with pytest.raises(ConflictError):
        stores.register.commit(Change(custody=(row,)))


def test_audit_entries_are_chained_across_changes(stores: Stores) -> None:
    stores.register.commit(Change(audit=(ENTRY, ENTRY)))
    stores.register.commit(Change(audit=(ENTRY,)))
    rows, previous = stores.register.chain(0, 10), ""
    assert [row.number for row in rows] == [1, 2, 3]
    for row in rows:
        assert (row.previous, row.body, row.digest) == (previous, ENTRY.body(), link(previous, ENTRY.body()))
        previous = row.digest
    assert stores.register.chain(2, 10) == rows[2:]


def test_a_rescan_is_kept_as_last_saved(stores: Stores) -> None:
    row = Rescan("R1", "tenant", "a/", RescanState.LISTING, NOW)
    stores.rescans.save(row)
    stores.rescans.save(replace(row, listed=5, cursor="a/9", state=RescanState.PAUSED))
    assert stores.rescans.rescan("R1").cursor == "a/9"
    assert [found.id for found in stores.rescans.rescans(5)] == ["R1"]


def test_a_rescan_moves_on_only_from_the_state_it_is_in(stores: Stores) -> None:
    row = Rescan("R1", "tenant", "a/", RescanState.LISTING, NOW)
    stores.rescans.save(row)
    stores.rescans.save(Rescan("R2", "tenant", "", RescanState.SCANNING, NOW - timedelta(days=1)))
    stores.rescans.save(Rescan("R3", "tenant", "", RescanState.DONE, NOW))
    assert [found.id for found in stores.rescans.unfinished()] == ["R2", "R1"]
    assert not stores.rescans.move(replace(row, state=RescanState.DONE), RescanState.SCANNING)
    assert stores.rescans.rescan("R1") == row
    assert stores.rescans.move(replace(row, state=RescanState.CANCELLED, listed=3), RescanState.LISTING)
    assert (stores.rescans.rescan("R1").listed, [found.id for found in stores.rescans.unfinished()]) == (3, ["R2"])
    assert not stores.rescans.move(replace(row, id="R9"), RescanState.LISTING)
