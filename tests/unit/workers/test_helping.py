"""Other workers are asked to list a rescan's further shards; a broker that does not answer stops nothing."""

import pytest
from kombu.exceptions import OperationalError

from scanner.settings import Settings
from workers import tasks


def test_one_worker_is_asked_for_each_further_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(tasks.app, "send_task", lambda name, **told: asked.append({"name": name, **told}))
    tasks._ask_for_help(Settings(rescan_parts=3, sweep_seconds=10.0))
    wanted = {"name": "aup.rescans", "args": [True], "queue": "bulk", "expires": 5.0, "retry": False}
    assert asked == [wanted, wanted]


def test_a_broker_that_does_not_answer_leaves_the_listing_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(name: str, **_told: object) -> None:
        asked.append(name)
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.app, "send_task", refuse)
    tasks._ask_for_help(Settings(rescan_parts=4))
    assert asked == ["aup.rescans"]
