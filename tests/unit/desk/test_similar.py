"""Similar content on the desk: the nearest first, without copies of the same bytes, and decided like other clusters."""

from scanner.domain.cases import Outcome
from scanner.domain.changes import Change
from scanner.domain.similarity import Kind, Sketch
from tests.unit.desk.desks import Office, office


def sketched(house: Office, **slots: int) -> None:
    """Sketches of cases' contents: how many of the 64 slots are not those of the first."""
    rows = []
    for name, other in slots.items():
        body = bytes(128 - 2 * other) + bytes([int(name[1:])]) * (2 * other)
        rows.append((f"{int(name[1:]):064d}", Sketch(Kind.TEXT, body)))
    house.register.commit(Change(sketches=tuple(rows)))


def filled() -> Office:
    house = office()
    house.open(*(house.case(number) for number in range(1, 6)), house.case(6, sha256=f"{1:064d}"))
    sketched(house, c1=0, c2=20, c3=5, c4=60)
    return house


def test_the_nearest_come_first_and_copies_are_not_among_them() -> None:
    house = filled()
    found = house.desk.kinship.of(house.store.case("C1"), 9)
    assert [(kin.case.id, kin.distance) for kin in found] == [("C3", 8), ("C2", 31)]
    assert [kin.case.id for kin in house.desk.kinship.of(house.store.case("C1"), 1)] == ["C3"]


def test_a_content_without_a_sketch_has_no_kin() -> None:
    house = filled()
    assert house.desk.kinship.of(house.store.case("C5"), 9) == []
    assert house.desk.kinship.of(house.case(7, sha256=""), 9) == []
    assert house.desk.kinship.of(house.store.case("C4"), 9) == []


def test_similar_cases_are_previewed_with_what_differs_and_decided_together() -> None:
    house = filled()
    rows = house.desk.alike("C1", "similar", "li")
    assert [(row.case.id, row.distance) for row in rows] == [("C1", 0), ("C3", 8), ("C2", 31)]
    done = house.desk.decide_all([row.case.id for row in rows], "li", Outcome.CLEAN, "benign-context")
    assert [row.case.state for row in done] == ["DECIDED_CLEAN"] * 3
