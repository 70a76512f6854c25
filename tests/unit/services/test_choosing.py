"""Two workers that choose the same requests at once: the later one chooses again, and no ring is wasted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from scanner.adapters.memory import MemoryStore
from scanner.domain.requests import Lane
from scanner.domain.rules import Rulebook
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
