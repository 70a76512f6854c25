"""Polling: every record becomes a request, and a message is settled only when that is durable."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from scanner.adapters.memory import FixedClock, MemoryDoorbell, MemoryStore
from scanner.cli import intake as cli_intake
from scanner.domain.deliveries import Delivery
from scanner.domain.requests import Owed
from scanner.errors import HookError, StoreError, UnknownError
from scanner.services.intake import Intake
from scanner.services.polling import Opening, Polling
from scanner.wire.s3_events import upload_events
from tests.unit.intake.messages import direct, from_bus, minio_element, record, through_topic
from tests.unit.intake.sources import ListLetters, ListSource


class FullStore(MemoryStore):
    """A database without room."""

    def accept(self, owed: Sequence[Owed], now: datetime) -> list[int]:
        raise StoreError("disk full")


def polling(*bodies: str, store: MemoryStore | None = None, most: int = 1 << 20) -> Polling:
    clock = FixedClock()
    intake = Intake(store or MemoryStore(), MemoryDoorbell(), clock, frozenset({"tenant"}))
    source = ListSource([body.encode() for body in bodies])
    return Polling(source, Opening(intake, upload_events, ListLetters(), clock, most))


def rows(one: Polling) -> list[str]:
    store = one.opening.intake.requests
    assert isinstance(store, MemoryStore)
    return [row.owed.subject.key for row in store.rows.values()]


@pytest.mark.parametrize(
    "body",
    [
        direct(record("tenant", "a%2Fb+c")),
        through_topic(record("tenant", "a%2Fb+c")),
        from_bus("tenant", "a/b c"),
        minio_element(record("tenant", "a%2Fb+c")),
    ],
)
def test_every_shape_of_a_message_becomes_a_request(body: str) -> None:
    one = polling(body)
    assert one.poll().requests == 1
    assert rows(one) == ["a/b c"]
    assert one.poll().messages == 0


def test_all_records_of_all_messages_are_filed_and_repeats_fall_together() -> None:
    two = direct(record("tenant", "a"), record("tenant", "b"))
    one = polling(two, two, minio_element(record("tenant", "c"), record("tenant", "d")))
    assert one.poll().messages == 3
    assert sorted(rows(one)) == ["a", "b", "c", "d"]


def test_nothing_is_settled_while_the_database_refuses() -> None:
    one = polling(direct(record("tenant", "a")), store=FullStore())
    with pytest.raises(StoreError):
        one.poll()
    assert one.source.receive(10), "the message must still be there"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("\x00garbage", "unusable"),
        ('{"Records": 3}', "unusable"),
        ("[1, 2]", "unusable"),
        (direct(record("stranger", "a")), "unusable"),
        (direct({"eventName": "ObjectCreated:Put"}), "unusable"),
        (direct(record("tenant", "a" * 2_000)), "oversized"),
    ],
)
def test_a_message_that_cannot_be_used_is_a_dead_letter_and_harms_no_other(body: str, cause: str) -> None:
    one = polling(body, direct(record("tenant", "good")), most=1_000)
    found = one.poll()
    assert (found.messages, found.dead, rows(one)) == (2, 1, ["good"])
    [letter] = one.opening.letters.letters(10)
    assert (letter.cause, letter.source, letter.body) == (cause, "list", body.encode())


def test_a_dead_letter_is_used_after_its_mend() -> None:
    one = polling(direct(record("stranger", "a")))
    one.poll()
    with pytest.raises(HookError, match="unknown bucket"):
        one.opening.replay(1)
    mended = replace(one.opening, intake=replace(one.opening.intake, buckets=frozenset()))
    assert len(mended.replay(1).requests) == 1
    assert one.opening.letters.letters(10) == []


def test_a_letter_of_which_only_the_head_was_kept_is_not_replayed() -> None:
    one = polling(direct(*(record("tenant", f"{n:04}{'k' * 900}") for n in range(400))), most=1_000)
    one.poll()
    with pytest.raises(UnknownError, match="only the head"):
        one.opening.replay(1)


def test_a_thread_that_polls_outlives_whatever_a_queue_throws_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one, stop = polling(direct(record("tenant", "a"))), threading.Event()
    troubles: list[Exception] = [ValueError("nobody thought of this"), StoreError("away")]
    real = one.source.receive

    def receive(limit: int) -> list[Delivery]:
        if troubles:
            raise troubles.pop()
        if stop.is_set() or not (found := real(limit)):
            stop.set()
            return []
        return found

    monkeypatch.setattr(one.source, "receive", receive)
    monkeypatch.setattr(cli_intake, "AGAIN", 0.0)
    cli_intake._keep_polling(one, stop)
    assert rows(one) == ["a"]
