"""The Queue and Diary ports: the same order, filters, counts and pages over the twin, SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner.adapters.desk_memory import MemoryDesk
from scanner.adapters.memory import MemoryStore
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.cases import Case, CaseState, Decision, Outcome, claim, decide, release, reopen
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.review_people import Preferences, View
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import Place, ReviewLane, Wanted, rank, standing
from scanner.errors import ConflictError
from tests.contract.stores import Stores

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOLD = timedelta(minutes=15)


@pytest.fixture
def desk(stores: Stores) -> Iterator[Any]:
    """The store's desk."""
    register = stores.register
    if isinstance(register, MemoryStore):
        yield MemoryDesk(register)
    else:
        assert isinstance(register, SqlRegister)
        yield SqlDesk(register.database)


def made(number: int, **told: Any) -> Case:
    """A queued case, due an hour later than the one before."""
    opened = NOW + timedelta(hours=number - 30)
    case = Case(
        f"C{number}", Subject("b", f"k{number}", "v", account=f"account-{number % 2}"), f"{number:064d}", "3.1.3.7",
        "malware.test", Severity.HIGH, Confidence.HIGH, CaseState.QUEUED, "scan", opened,
        opened + timedelta(hours=24), summary=f"call {number}",
    )  # fmt: skip
    return replace(case, **told)


def ids(found: list[Any]) -> list[str]:
    return [one.case.id for one in found]


def test_a_rules_decisions_are_given_newest_first(stores: Stores, desk: Any) -> None:
    cases = []
    for number, outcome in enumerate((Outcome.VIOLATING, Outcome.CLEAN, Outcome.ESCALATE), 1):
        decision = Decision(outcome, "li", "r", "", NOW + timedelta(minutes=number))
        cases.append(decide(claim(made(number), "li", NOW, HOLD), 1, decision))
    stores.register.commit(Change(cases=tuple(replace(case, revision=1) for case in (*cases, made(4)))))
    minute = timedelta(minutes=1)
    assert desk.history("malware.test", 9) == [(NOW + 2 * minute, Outcome.CLEAN), (NOW + minute, Outcome.VIOLATING)]
    assert desk.history("malware.test", 1) == [(NOW + 2 * minute, Outcome.CLEAN)]
    assert desk.history("other", 9) == []


def test_the_order_is_that_of_the_rank(stores: Stores, desk: Any) -> None:
    cases = [made(n, severity=list(Severity)[n % 4], confidence=list(Confidence)[n % 3]) for n in range(1, 25)]
    stores.register.commit(Change(cases=tuple(cases)))
    wanted = [case.id for case in sorted(cases, key=lambda case: (-rank(case, 1, NOW), case.id))]
    assert ids(desk.page(Wanted(), NOW, 100)) == wanted


def test_pages_meet_without_gap_or_overlap(stores: Stores, desk: Any) -> None:
    stores.register.commit(Change(cases=tuple(made(n, due_at=NOW) for n in range(1, 12))))
    whole, seen, after = ids(desk.page(Wanted(), NOW, 100)), list[str](), None
    while page := desk.page(Wanted(), NOW, 4, after):
        seen += ids(page)
        after = page[-1].place
    assert seen == whole
    assert len(seen) == 11
    assert desk.page(Wanted(), NOW, 4, Place(float(10**12), "")) == []


def test_a_new_copy_brings_the_others_forward_when_the_reach_grows(stores: Stores, desk: Any) -> None:
    stores.register.commit(Change(cases=(made(1, sha256="s" * 64, due_at=NOW), made(2, due_at=NOW))))
    before = {one.case.id: one.place.turn for one in desk.page(Wanted(), NOW, 9)}
    stores.register.commit(Change(cases=(made(3, sha256="s" * 64, due_at=NOW),)))
    after = {one.case.id: one for one in desk.page(Wanted(), NOW, 9)}
    assert after["C1"].place.turn == pytest.approx(before["C1"] - 6 * 3600)
    assert after["C3"].place.turn == pytest.approx(after["C1"].place.turn)
    assert after["C2"].place.turn == before["C2"]
    assert after["C1"].copies == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(clause="3.1.3.4"), ["C2"]),
        (Wanted(account="account-1"), ["C1", "C3", "C5"]),
        (Wanted(source="report"), ["C3"]),
        (Wanted(rule="spam.test"), ["C2"]),
        (Wanted(state="ESCALATED"), ["C4"]),
        (Wanted(assigned="li"), ["C5"]),
        (Wanted(assigned="-"), ["C1", "C2", "C3", "C4"]),
        (Wanted(lane="content"), ["C2"]),
        (Wanted(muted=("3.1.3.7",)), ["C2"]),
        (Wanted(account="account-1", source="scan", assigned="-"), ["C1"]),
    ],
)
def test_filters_leave_what_they_name(stores: Stores, desk: Any, wanted: Wanted, found: list[str]) -> None:
    escalated = replace(made(4), state=CaseState.ESCALATED)
    spam = made(2, clause="3.1.3.4", rule="spam.test")
    cases = (made(1), spam, made(3, source="report"), escalated, made(5))
    stores.register.commit(Change(cases=cases))
    stores.register.commit(Change(cases=(claim(cases[4], "li", NOW, HOLD),)))
    assert sorted(ids(desk.page(wanted, NOW, 9))) == found


def test_a_claim_that_ran_out_is_nobodys(stores: Stores, desk: Any) -> None:
    stores.register.commit(Change(cases=(made(1),)))
    stores.register.commit(Change(cases=(claim(made(1), "li", NOW, HOLD),)))
    assert ids(desk.page(Wanted(assigned="li"), NOW + HOLD, 9)) == []
    assert ids(desk.page(Wanted(assigned="-"), NOW + HOLD, 9)) == ["C1"]


@pytest.mark.parametrize(
    ("stands", "now", "found"),
    [
        ("CLAIMED", NOW, ["C2", "C4"]),
        ("QUEUED", NOW, ["C1"]),
        ("ESCALATED", NOW, ["C3", "C5"]),
        ("CLAIMED", NOW + HOLD, []),
        ("QUEUED", NOW + HOLD, ["C1", "C2"]),
        ("ESCALATED", NOW + HOLD, ["C3", "C4", "C5"]),
        ("nonsense", NOW, []),
    ],
)
def test_cases_are_asked_for_by_how_they_stand_now(
    stores: Stores, desk: Any, stands: str, now: datetime, found: list[str]
) -> None:
    """C2 is held; C3 was escalated, C4 is held since, C5 was held and given back; later no hold lasts."""
    up = Decision(Outcome.ESCALATE, "wang", "unclear", "", NOW)
    escalated = [decide(claim(made(n), "wang", NOW, HOLD), 1, up) for n in (3, 4, 5)]
    again = claim(escalated[1], "li", NOW, HOLD)
    back = release(claim(escalated[2], "li", NOW, HOLD), "li", 2)
    rows = (made(1), claim(made(2), "li", NOW, HOLD), escalated[0], again, back)
    stores.register.commit(Change(cases=tuple(replace(case, revision=1) for case in rows)))
    assert sorted(ids(desk.page(Wanted(stands=stands), now, 9))) == found


def test_how_a_case_stands_is_told_by_what_holds_it_and_what_was_decided() -> None:
    held = claim(made(1), "li", NOW, HOLD)
    up = decide(held, 1, Decision(Outcome.ESCALATE, "li", "unclear", "", NOW))
    closed = decide(held, 1, Decision(Outcome.CLEAN, "li", "benign", "", NOW))
    states = [standing(case, NOW) for case in (made(1), held, up, closed, reopen(closed))]
    assert states == ["QUEUED", "CLAIMED", "ESCALATED", "DECIDED_CLEAN", "QUEUED"]
    assert standing(held, NOW + HOLD) == "QUEUED"


def test_lanes_are_counted_with_the_late_and_the_oldest(stores: Stores, desk: Any) -> None:
    stores.register.commit(Change(cases=(made(1), made(20), made(2, source="order"))))
    found = {lane.lane: lane for lane in desk.lanes(NOW)}
    assert list(found) == list(ReviewLane)
    harm, orders = found[ReviewLane.HARM], found[ReviewLane.ORDERS]
    assert (harm.count, harm.late, harm.oldest) == (2, 1, made(1).opened_at)
    assert (orders.count, found[ReviewLane.USAGE].oldest) == (1, None)


def test_a_decided_case_leaves_the_queue_and_comes_back_when_reopened(stores: Stores, desk: Any) -> None:
    stores.register.commit(Change(cases=(made(1),)))
    held = claim(made(1), "li", NOW, HOLD)
    stores.register.commit(Change(cases=(held,)))
    decided = decide(held, 1, Decision(Outcome.CLEAN, "li", "benign", "", NOW))
    stores.register.commit(Change(cases=(decided,)))
    assert desk.page(Wanted(), NOW, 9) == []
    assert desk.outcomes() == {"malware.test": {"clean": 1}}
    assert [case.id for case in desk.decided(NOW, 9)] == ["C1"]
    assert desk.decided(NOW + HOLD, 9) == []
    stores.register.commit(Change(cases=(reopen(decided),)))
    assert ids(desk.page(Wanted(), NOW, 9)) == ["C1"]


def test_cases_alike_by_bytes_by_account_and_by_words(stores: Stores, desk: Any) -> None:
    same = made(3, sha256=f"{1:064d}", summary="other words", rule="r")
    stores.register.commit(Change(cases=(made(1), made(2), same, made(4, summary="hello"), made(5, rule="other"))))
    found = {by: {case.id for case in desk.alike(made(1), by, 9)} for by in ("content", "account", "words")}
    assert found == {"content": {"C3"}, "account": set(), "words": {"C2"}}
    assert {case.id for case in desk.alike(made(2), "account", 9)} == {"C4"}
    assert [desk.count(made(n), by) for n in (1, 2) for by in ("content", "account", "words")] == [1, 0, 1, 0, 1, 1]
    assert [case.id for case in desk.of_account("account-1", 2)] == ["C5", "C3"]


def test_the_diary_gives_deeds_back_newest_first(desk: Any) -> None:
    note = Note("li", Deed.VIEWED, "C1", "malware.test", "3.1.3.7", "", NOW, 2.5)
    later = replace(note, deed=Deed.DECIDED, word="clean", at=NOW + HOLD, person="wang")
    for one in (note, later):
        desk.write(one)
    assert desk.notes((Deed.VIEWED, Deed.DECIDED), NOW, 9) == [later, note]
    assert desk.notes((Deed.VIEWED,), NOW, 9, "wang") == []
    assert desk.notes_of("C1") == [note, later]
    assert desk.notes((Deed.VIEWED, Deed.DECIDED), NOW + HOLD, 9) == [later]


def test_settings_are_kept_and_two_windows_cannot_overwrite_each_other(desk: Any) -> None:
    assert desk.preferences("li") == Preferences("li")
    kept = Preferences("li", "zh", ("3.1.3.4",), (View("mine", "lane=harm"),), 1)
    desk.save(kept)
    assert desk.preferences("li") == kept
    desk.save(replace(kept, language="en", revision=2))
    with pytest.raises(ConflictError):
        desk.save(replace(kept, language="", revision=2))
    with pytest.raises(ConflictError, match="changed in another window"):
        desk.save(replace(kept, revision=1))
