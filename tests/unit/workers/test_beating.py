"""A beat whose process dies goes on in a thread; it is watched once, however often the worker reconnects."""

import threading
from types import SimpleNamespace

import pytest

from workers import beating


def test_a_dead_beat_goes_on_in_a_thread_and_is_watched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started, alive = threading.Event(), threading.Event()
    alive.set()
    told: list[dict[str, object]] = []

    def service(_app: object, **options: object) -> SimpleNamespace:
        told.append(options)
        return SimpleNamespace(start=started.set)

    monkeypatch.setattr(beating, "EmbeddedService", service)
    monkeypatch.setattr(beating, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(beating, "_watched", threading.Event())
    beat = SimpleNamespace(is_alive=alive.is_set)
    consumer = SimpleNamespace(controller=SimpleNamespace(beat=beat, app=None, schedule_filename="s"))
    for _ in range(3):
        beating.keep_beating(sender=consumer)
    assert not started.wait(0.1), "it lives"
    alive.clear()
    assert started.wait(5)
    assert told == [{"thread": True, "schedule_filename": "s-thread"}]


def test_a_worker_without_a_beat_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = threading.Event()
    monkeypatch.setattr(beating, "_watched", watched)
    beating.keep_beating(sender=SimpleNamespace(controller=SimpleNamespace(beat=None)))
    assert not watched.is_set()
