"""The watch of a worker: people's rights, webhooks and the CDN do not wait for each other's troubles."""

from types import SimpleNamespace

import pytest

from scanner.errors import StoreError
from workers import tasks


def test_a_watch_whose_first_part_breaks_off_gives_the_others_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    had = list[str]()

    def breaks() -> dict[str, int]:
        raise StoreError("the store does not list")

    def turn(name: str) -> SimpleNamespace:
        return SimpleNamespace(beat=lambda: had.append(name) or {name: 1})

    monkeypatch.setattr(tasks, "rights", lambda: SimpleNamespace(beat=breaks))
    monkeypatch.setattr(tasks, "reports", lambda: SimpleNamespace(telling=turn("webhooks")))
    monkeypatch.setattr(tasks, "cdn", lambda: turn("cdn"))
    tasks.keep_watch()
    assert had == ["webhooks", "cdn"]
