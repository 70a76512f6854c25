"""The invariant checker finds what is planted, and nothing in a sound house."""

from dataclasses import replace

import pytest

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Standing
from scanner.services.checking import Checking
from tests.unit.services.house import MemoryHouse
from tests.unit.services.test_courses import Town


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    sound = MemoryHouse(book)
    for key, data in (("clean", b"fine"), ("bad", b"EVIL"), ("ad", b"ADVERT"), ("locked", b"LOCKED")):
        sound.upload(key, data)
    sound.work()
    sound.work()
    return sound


def check(house: MemoryHouse) -> list[tuple[str, str]]:
    return [(breach.invariant, breach.what) for breach in _checking(house).breaches()]


def _checking(house: MemoryHouse) -> Checking:
    return Checking(house.store, house.store, house.store, house.vault, house.contents)


def test_a_sound_house_has_no_breach(house: MemoryHouse) -> None:
    assert check(house) == []


def test_a_clean_verdict_over_fewer_bytes_is_found(house: MemoryHouse) -> None:
    house.store.judged = [replace(j, subject=replace(j.subject, size=9_999)) for j in house.store.judged]
    assert ("I1", "CLEAN over 4 of 9999 bytes") in check(house)


def test_a_clean_verdict_without_a_hash_is_found(house: MemoryHouse) -> None:
    first = house.store.judged[0]
    nameless = replace(first.verdict, content=replace(first.verdict.content, sha256=""))
    house.store.judged[0] = replace(first, verdict=nameless)
    assert ("I1", "CLEAN without hash or rulebook") in check(house)


def test_an_action_without_evidence_is_found(house: MemoryHouse) -> None:
    house.store.custody_rows.clear()
    assert [invariant for invariant, _ in check(house)] == ["I3"]


def test_evidence_that_was_swapped_is_found(house: MemoryHouse) -> None:
    house.vault.bundles = dict.fromkeys(house.vault.bundles, b"swapped")
    assert [invariant for invariant, _ in check(house)] == ["I3"]


def test_two_live_suspensions_of_one_case_are_found(house: MemoryHouse) -> None:
    [action] = house.store.action_rows.values()
    house.store.action_rows["A2"] = replace(action, id="A2", state=ActionState.DONE)
    assert "I5" in [invariant for invariant, _ in check(house)]


@pytest.fixture
def deleted(book: Rulebook) -> tuple[MemoryHouse, Action]:
    """A house in which two people had one object deleted, as it should be."""
    town = Town(book)
    town.deleting.approve(town.proposed(), "wang", "seen it too")
    town.house.clock.advance(8 * 86_400)
    [done] = town.house.enforcing.carry_out()
    assert (done.measure, done.state) == (Measure.DELETE, ActionState.DONE)
    return town.house, done


def test_a_deletion_as_it_should_be_is_no_breach(deleted: tuple[MemoryHouse, Action]) -> None:
    assert check(deleted[0]) == []


@pytest.mark.parametrize(("approver", "who"), [("", "li"), ("li", "li"), ("machine", "li")])
def test_a_deletion_without_two_people_is_found(deleted: tuple[MemoryHouse, Action], approver: str, who: str) -> None:
    house, action = deleted
    house.store.action_rows[action.id] = replace(action, approver=approver)
    assert check(house) == [("I6", f"deleted on the word of {who} alone")]


def test_a_deletion_of_bytes_that_were_found_clean_in_the_end_is_found(deleted: tuple[MemoryHouse, Action]) -> None:
    house, _ = deleted
    last = house.store.judged[-1]
    clean = replace(last.verdict, standing=Standing.CLEAN, findings=(), clause="", rule="")
    house.store.judged.append(replace(last, verdict=clean))
    assert check(house) == [("I6", "the newest verdict over the bytes that were deleted is CLEAN")]


def test_a_deletion_whose_evidence_is_lost_is_found(deleted: tuple[MemoryHouse, Action]) -> None:
    house, action = deleted
    house.vault.bundles.clear()
    assert {(breach.invariant, breach.thing) for breach in _checking(house).breaches()} >= {("I3", action.id)}


def test_an_edited_audit_entry_is_found(house: MemoryHouse) -> None:
    house.store.log[1] = replace(house.store.log[1], body=b"{}")
    assert "I7" in [invariant for invariant, _ in check(house)]


def test_a_copy_under_another_type_is_uncovered_though_its_etag_and_size_are_the_same(house: MemoryHouse) -> None:
    house.contents.put("tenant", "clean", b"fine")
    checking = Checking(house.store, house.store, house.store, house.vault, house.contents)
    assert [subject.key for subject, judged in checking.uncovered("tenant") if judged is None] == ["clean"]


def test_an_object_that_nobody_told_of_is_uncovered(house: MemoryHouse) -> None:
    house.contents.put("tenant", "silent", b"x")
    house.contents.put("tenant", "clean", b"changed since")
    checking = Checking(house.store, house.store, house.store, house.vault, house.contents)
    bare = [subject.key for subject, judged in checking.uncovered("tenant") if judged is None]
    assert bare == ["clean", "silent"]
