"""The invariant checker finds what is planted, and nothing in a sound house."""

from dataclasses import replace

import pytest

from scanner.domain.actions import ActionState
from scanner.domain.rules import Rulebook
from scanner.services.checking import Checking
from tests.unit.services.house import MemoryHouse


@pytest.fixture
def house(book: Rulebook) -> MemoryHouse:
    sound = MemoryHouse(book)
    for key, data in (("clean", b"fine"), ("bad", b"EVIL"), ("ad", b"ADVERT"), ("locked", b"LOCKED")):
        sound.upload(key, data)
    sound.work()
    sound.work()
    return sound


def check(house: MemoryHouse) -> list[tuple[str, str]]:
    checking = Checking(house.store, house.store, house.store, house.vault, house.contents)
    return [(breach.invariant, breach.what) for breach in checking.breaches()]


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


def test_an_edited_audit_entry_is_found(house: MemoryHouse) -> None:
    house.store.log[1] = replace(house.store.log[1], body=b"{}")
    assert "I7" in [invariant for invariant, _ in check(house)]


def test_an_object_that_nobody_told_of_is_uncovered(house: MemoryHouse) -> None:
    house.contents.put("tenant", "silent", b"x")
    house.contents.put("tenant", "clean", b"changed since")
    checking = Checking(house.store, house.store, house.store, house.vault, house.contents)
    bare = [subject.key for subject, judged in checking.uncovered("tenant") if judged is None]
    assert bare == ["clean", "silent"]
