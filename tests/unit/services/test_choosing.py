"""Two workers that choose the same requests at once: the later one chooses again, and no ring is wasted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from scanner.adapters.memory import MemoryStore
from scanner.domain.requests import Lane
from scanner.domain.rules import Rulebook
from scanner.services.scanning import TURN, TURNS
from tests.unit.services.house import MemoryHouse


def test_a_worker_that_came_too_late_takes_the_next_ones(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    house = MemoryHouse(book)
    for number in range(4):
        house.upload(f"k{number}", b"fine")
    choose, raced = MemoryStore.fair, list[int]()

    def raced_for(store: MemoryStore, lane: Lane, now: datetime, limit: int) -> Sequence[int]:
        ids = choose(store, lane, now, limit)
        if not raced:
            raced.extend(ids)
            store.claim(ids, "a faster one", now, now + timedelta(seconds=60))
        return ids

    monkeypatch.setattr(MemoryStore, "fair", raced_for)
    report = house.scanning.scan_next(Lane.UPLOADS, "w", 2)
    assert len(raced) == 2
    assert len(report.judged) == 2
    assert not {row.request for row in report.judged} & set(raced)


def test_an_upload_ring_takes_what_else_waits_a_few_at_a_time(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    house, asked = MemoryHouse(book), list[int]()
    for number in range(TURNS * TURN + 5):
        house.upload(f"k{number}", b"fine")
    choose = MemoryStore.fair

    def counted(store: MemoryStore, lane: Lane, now: datetime, limit: int) -> Sequence[int]:
        asked.append(limit)
        return choose(store, lane, now, limit)

    monkeypatch.setattr(MemoryStore, "fair", counted)
    assert len(house.scanning.answer(Lane.UPLOADS, "w", 1).judged) == TURNS * TURN
    assert len(house.scanning.answer(Lane.UPLOADS, "w", 100).judged) == 5
    assert house.scanning.answer(Lane.UPLOADS, "w", 1).judged == ()
    assert max(asked) == TURN
    assert house.scanning.answer(Lane.BULK, "w", 1).judged == ()
