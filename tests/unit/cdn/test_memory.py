"""What is remembered of URLs: when "as before" is believed, what a lying validator costs, and the rows."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanner.domain.cdn import memory
from scanner.domain.cdn.memory import Remembered, askable
from scanner.domain.cdn.memory import remembered as row_of
from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import read_url
from scanner.domain.content import Subject

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
URL = url_subject(read_url("http://w.example/p"), "tenant")
OLD, YOUNG = "Wed, 31 Dec 2025 10:00:00 GMT", "Thu, 01 Jan 2026 11:59:30 GMT"


def remembered(held: Remembered | None, of: Subject, headers: dict[str, str], body: bytes, now: datetime) -> Remembered:
    return row_of(held, of, headers, hashlib.sha256(body).hexdigest(), len(body), now)


def row(**more: object) -> Remembered:
    made = remembered(None, URL, {"etag": '"v1"', "content-type": "text/html"}, b"body", NOW)
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def nobody_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WHOLE_SHARE", 1_000_000)


def test_a_url_with_a_validator_is_asked_conditionally_for_a_week() -> None:
    assert askable(row(), NOW + timedelta(days=6))
    assert not askable(row(), NOW + timedelta(days=7))
    assert not askable(row(), NOW - timedelta(hours=1))  # the clock ran backwards


@pytest.mark.parametrize(
    "more",
    [{"etag": ""}, {"sha256": ""}, {"lies": True}, {"doubt": "its ranges differ"}, {"checks": True}],
    ids=["no-validator", "no-bytes", "lies", "doubt", "to-be-checked"],
)
def test_what_speaks_against_a_url_has_it_read_whole(more: dict[str, object]) -> None:
    assert not askable(row(**more), NOW)


def test_one_url_of_so_many_is_read_whole_all_the_same_another_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "WHOLE_SHARE", 8)
    rows = [row(id=f"{number:032x}") for number in range(800)]
    first = {each.id for each in rows if not askable(each, NOW)}
    second = {each.id for each in rows if not askable(each, NOW + timedelta(days=1))}
    assert 60 < len(first) < 150
    assert first != second


def test_a_time_of_change_is_kept_only_when_it_is_not_fresh_or_beside_an_etag() -> None:
    kept = [
        remembered(None, URL, headers, b"x", NOW).modified
        for headers in (
            {"last-modified": OLD},
            {"last-modified": YOUNG},
            {"last-modified": YOUNG, "etag": '"a"'},
            {"last-modified": "soon"},
            {"last-modified": "Wed, 31 Dec 2025 10:00:00 -0000"},
        )
    ]
    assert kept == [OLD, "", YOUNG, "", ""]


def test_a_validator_that_stays_when_the_bytes_change_is_never_believed_again() -> None:
    held = row()
    fresh = remembered(held, URL, {"etag": '"v1"'}, b"other", NOW)
    assert fresh.lies
    assert remembered(fresh, URL, {"etag": '"v2"'}, b"other", NOW).lies
    assert not remembered(held, URL, {"etag": '"v2"'}, b"other", NOW).lies
    assert not remembered(held, URL, {"etag": '"v1"'}, b"body", NOW).lies
    by_time = remembered(None, URL, {"last-modified": OLD}, b"body", NOW)
    assert remembered(by_time, URL, {"last-modified": OLD}, b"other", NOW).lies
    assert not remembered(remembered(None, URL, {}, b"a", NOW), URL, {}, b"b", NOW).lies


def test_a_doubt_stays_until_a_check_takes_it_away_and_long_validators_are_not_kept() -> None:
    assert remembered(row(doubt="differs"), URL, {"etag": '"v2"'}, b"x", NOW).doubt == "differs"
    assert remembered(None, URL, {"etag": "x" * 2_000, "last-modified": OLD}, b"x", NOW).etag == ""
