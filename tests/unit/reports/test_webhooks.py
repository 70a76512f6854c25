"""Receivers' addresses and events, and the course of a delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from scanner.domain.webhooks import (
    EVENTS,
    LAST_RETRY,
    MAX_ATTEMPTS,
    Delivery,
    Told,
    checked_events,
    checked_url,
    refused,
    replayed,
    taken,
    tried,
)
from scanner.errors import TransitionError, UsageError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = Delivery("W1-5", "W1", 5, "case-opened", "C1", NOW, NOW)


@pytest.mark.parametrize(
    "url", ["https://ops.example/in?x=1", "http://127.0.0.1:9/in", "http://[::1]:9/", "http://localhost/"]
)
def test_https_and_this_machine_are_told(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://ops.example/in",
        "ftp://ops.example",
        "https://",
        "https://u@ops.example/",
        "https://ops.example:99999/",
        "https://ops .example/",
        "https://öps.example/",
        "https://ops.example/" + "x" * 2_000,
        "",
    ],
)
def test_nobody_else_is(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url)


def test_events_are_known_ones_in_their_order() -> None:
    assert checked_events(["notice-sent", "case-opened"]) == ("case-opened", "notice-sent")
    for wrong in ([], ["everything"]):
        with pytest.raises(UsageError):
            checked_events(wrong)
    assert len(EVENTS) == len(set(EVENTS))


def test_a_refused_delivery_waits_longer_each_time_and_dies_in_the_end() -> None:
    delivery, waits = FRESH, []
    while delivery.state is Told.PENDING:
        delivery = refused(tried(delivery, NOW), "down", NOW)
        waits.append(delivery.due_at - NOW)
    assert (len(waits), delivery.state) == (MAX_ATTEMPTS, Told.DEAD)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=10)
    assert waits[-1] == LAST_RETRY


def test_a_taken_or_dead_delivery_is_replayed_a_fresh_one_is_not() -> None:
    done = taken(tried(FRESH, NOW), "webhook 200")
    again = replayed(done, NOW + timedelta(days=1))
    assert (again.state, again.attempts, again.revision) == (Told.PENDING, 0, 4)
    with pytest.raises(TransitionError):
        replayed(FRESH, NOW)
