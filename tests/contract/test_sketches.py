"""The port Likenesses: the same answers from the twin, SQLite and PostgreSQL."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.adapters.desk_memory import MemoryDesk
from scanner.adapters.memory import MemoryStore
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_sketches import MOST_OF_BAND, SqlSketches
from scanner.domain.changes import Change, Custody
from scanner.domain.similarity import Kind, Similar, Sketch
from tests.contract.stores import Stores, case

DRAWN = random.Random(4)


@pytest.fixture
def sketches(stores: Stores) -> Iterator[Any]:
    """The store's sketches."""
    register = stores.register
    if isinstance(register, MemoryStore):
        yield MemoryDesk(register)
    else:
        assert isinstance(register, SqlRegister)
        yield SqlSketches(register.database)


def drawn(kind: Kind = Kind.TEXT) -> Sketch:
    return Sketch(kind, DRAWN.randbytes(32 if kind is Kind.IMAGE else 128))


def changed(sketch: Sketch, slots: int) -> Sketch:
    """With that many slots of its 64 made others."""
    body = bytearray(sketch.body)
    for slot in DRAWN.sample(range(64), slots):
        body[2 * slot] ^= 0xFF
    return Sketch(sketch.kind, bytes(body))


def test_a_sketch_comes_with_the_sealed_bundle_and_is_kept_once(stores: Stores, sketches: Any) -> None:
    sketch = drawn()
    sealed = Custody("E1", "C1", "ref", "d" * 64, "a" * 64, sketch=sketch)
    stores.register.commit(Change(cases=(case(),), custody=(sealed,)))
    stores.register.commit(Change(sketches=(("a" * 64, sketch), ("b" * 64, changed(sketch, 3)))))
    assert sketches.sketch("a" * 64) == sketch
    assert sketches.sketch("c" * 64) is None
    assert sketches.like(sketch, 9) == [Similar("a" * 64, 0), Similar("b" * 64, 5)]
    assert stores.casebook.custody("E1") == sealed


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.BYTES, Kind.IMAGE])
def test_what_is_near_is_found_among_others_and_what_is_far_is_not(stores: Stores, sketches: Any, kind: Kind) -> None:
    rows = {f"{number:064d}": drawn(kind) for number in range(300)}
    wanted = drawn(kind)
    rows["e" * 64] = Sketch(kind, bytes([wanted.body[0] ^ 1]) + wanted.body[1:])
    stores.register.commit(Change(sketches=tuple(rows.items())))
    assert [one.sha256 for one in sketches.like(wanted, 5)] == ["e" * 64]


def test_a_picture_thirty_one_bits_away_is_found(stores: Stores, sketches: Any) -> None:
    picture = drawn(Kind.IMAGE)
    bits = int.from_bytes(picture.body)
    for place in range(0, 248, 8):
        bits ^= 1 << place
    stores.register.commit(Change(sketches=(("f" * 64, Sketch(Kind.IMAGE, bits.to_bytes(32))),)))
    assert sketches.like(picture, 5) == [Similar("f" * 64, 12)]


def test_kinds_do_not_mix(stores: Stores, sketches: Any) -> None:
    sketch = drawn()
    stores.register.commit(Change(sketches=(("a" * 64, Sketch(Kind.BYTES, sketch.body)),)))
    assert sketches.like(sketch, 5) == []


def test_thousands_that_are_alike_cost_a_bounded_look(stores: Stores, sketches: Any) -> None:
    sketch = drawn()
    many = tuple((f"{number:064d}", sketch) for number in range(2 * MOST_OF_BAND))
    stores.register.commit(Change(sketches=many))
    assert len(sketches.like(sketch, 20)) == 20


def test_cases_over_contents_are_given(stores: Stores) -> None:
    stores.register.commit(Change(cases=(case("C1"),)))
    register = stores.register
    desk = MemoryDesk(register) if isinstance(register, MemoryStore) else SqlDesk(register.database)  # type: ignore[attr-defined]
    assert [one.id for one in desk.over(["a" * 64, "b" * 64], 5)] == ["C1"]
    assert desk.over([], 5) == []
