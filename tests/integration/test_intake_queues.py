"""Queues for real: moto's SQS and a Redis server; what is not committed stays, what is bad is kept with its cause."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.adapters.embedded_redis import start_redis
from scanner.adapters.redis_source import RedisSource, redis_events_client
from scanner.adapters.s3_contents import s3_client
from scanner.adapters.sqs_source import SqsSource, sqs_client
from scanner.bootstrap import House, open_house
from scanner.bootstrap_intake import open_intake, still_good
from scanner.cli.main import run
from scanner.domain.known import SETTLES
from scanner.domain.requests import Lane, Owed
from scanner.errors import StoreError
from scanner.services.polling import Polling
from scanner.settings import Settings
from tests.contract.s3_stores import moto_store
from tests.integration.conftest import variables
from tests.unit.intake.messages import direct, from_bus, minio_element, record, through_topic
from tests.unit.intake.test_inventories import row, shelf


@pytest.fixture(scope="module")
def sqs_url() -> Iterator[str]:
    with moto_store() as server:
        yield server.url


@pytest.fixture
def queue(sqs_url: str, settings: Settings) -> tuple[Settings, Any, str]:
    wired = replace(settings, sqs_endpoint=sqs_url)
    client = sqs_client(wired)
    url = client.create_queue(QueueName=f"q-{settings.buckets[0]}", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    return replace(wired, sqs_queues=(url,)), client, url


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = start_redis(tmp_path_factory.mktemp("r"))
    yield server.url
    server.stop()


def messages_left(client: Any, url: str) -> int:
    asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    return sum(int(value) for value in found.values())


def polling(house: House, source: Any) -> Polling:
    return Polling(source, open_intake(house).opening)


def test_all_shapes_on_a_queue_become_requests_and_are_deleted(queue: tuple[Settings, Any, str]) -> None:
    settings, client, url = queue
    bucket = settings.buckets[0]
    bodies = [
        direct(record(bucket, "one"), record(bucket, "two%2Fb")),
        through_topic(record(bucket, "three")),
        from_bus(bucket, "four"),
        direct(record(bucket, "one")),
    ]
    for body in bodies:
        client.send_message(QueueUrl=url, MessageBody=body)
    house = open_house(settings, role="cli")
    source = SqsSource(client, url, wait=0)
    found = [polling(house, source).poll() for _ in range(5)]
    assert sum(one.messages for one in found) >= 4
    assert dict(house.requests.counts()) == {"owed": 4}
    assert messages_left(client, url) == 0
    house.close()


def test_a_message_stays_on_the_queue_until_its_requests_are_committed(
    queue: tuple[Settings, Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, client, url = queue
    client.send_message(QueueUrl=url, MessageBody=direct(record(settings.buckets[0], "one")))
    house, source = open_house(settings, role="cli"), SqsSource(client, url, wait=0)

    def refuse(_self: object, _owed: list[Owed], _now: object) -> list[int]:
        raise StoreError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(house.requests), "accept", refuse)
        with pytest.raises(StoreError):
            polling(house, source).poll()
    assert messages_left(client, url) == 1
    polling(house, source).poll()
    assert (dict(house.requests.counts()), messages_left(client, url)) == ({"owed": 1}, 0)
    house.close()


def test_a_queue_that_is_not_there_is_told_with_its_address(queue: tuple[Settings, Any, str]) -> None:
    _, client, url = queue
    with pytest.raises(StoreError, match="nowhere"):
        SqsSource(client, f"{url}-nowhere", wait=0).receive(1)


def test_minio_s_redis_list_is_taken_and_forgotten_once_committed(house: House, redis_url: str) -> None:
    client, bucket = redis_events_client(redis_url), house.settings.buckets[0]
    client.delete("events")
    for name in ("a", "b%2Fc", "a"):
        client.rpush("events", minio_element(record(bucket, name)))
    client.rpush("events", "not JSON")
    found = polling(house, RedisSource(client, "events")).poll()
    assert (found.messages, found.dead) == (4, 1)
    assert dict(house.requests.counts()) == {"owed": 2}
    assert [key for key in client.keys("events*") if key != b"events:aup-count"] == []


def test_elements_of_a_reader_that_died_come_again_and_are_never_in_two_hands(redis_url: str) -> None:
    client = redis_events_client(redis_url)
    client.delete("died", "died:aup-held", "died:aup-leases")
    client.rpush("died", "one", "two", "three")
    first, other = RedisSource(client, "died", lease=60), RedisSource(client, "died", lease=60)
    assert [one.body for one in first.receive(2)] == [b"one", b"two"]
    assert [one.body for one in other.receive(10)] == [b"three"]
    client.zadd("died:aup-leases", {"1": 0, "2": 0})  # as if the lease had run out
    again = other.receive(10)
    assert sorted(one.body for one in again) == [b"one", b"two"]
    other.settle(again)
    assert client.hlen("died:aup-held") == 1


def test_of_an_oversized_element_only_the_head_is_read(house: House, redis_url: str) -> None:
    client = redis_events_client(redis_url)
    client.delete("big")
    client.rpush("big", b"x" * 3_000_000)
    source = RedisSource(client, "big", max_bytes=1_000_000)
    found = polling(house, source).poll()
    [letter] = open_intake(house).letters.letters(10)
    assert (found.dead, letter.cause, letter.size, len(letter.body)) == (1, "oversized", 3_000_000, 262_144)


def test_a_key_that_is_no_list_is_told(redis_url: str) -> None:
    client = redis_events_client(redis_url)
    client.set("text", "x")
    with pytest.raises(StoreError, match="must be a list"):
        RedisSource(client, "text").receive(1)


def test_the_command_empties_the_queue_and_deadletters_shows_what_was_bad(
    queue: tuple[Settings, Any, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, client, url = queue
    client.send_message(QueueUrl=url, MessageBody="garbage")
    client.send_message(QueueUrl=url, MessageBody=direct(record(settings.buckets[0], "one")))
    for name, value in {
        **variables(settings),
        "AUP_SQS_ENDPOINT": settings.sqs_endpoint,
        "AUP_SQS_QUEUES": url,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("scanner.bootstrap_intake.SqsSource", lambda client, url: SqsSource(client, url, wait=0))
    assert run(["intake", "run", "--once"]) == 0
    assert run(["deadletters", "list", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2 messages" in lines[0]
    assert json.loads(lines[1])["cause"] == "unusable"
    assert run(["deadletters", "replay", "L1"]) == 2


def test_the_inventory_command_files_what_a_real_manifest_lists(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bucket, client = settings.buckets[0], s3_client(settings)
    stand = shelf([row("a", bucket=bucket), row("b%20c", bucket=bucket)])
    stand.files["manifest.json"] = stand.files["manifest.json"].replace(b'"tenant"', json.dumps(bucket).encode())
    for key, body in stand.files.items():
        client.put_object(Bucket=bucket, Key=key, Body=body)
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    assert run(["intake", "inventory", f"s3://{bucket}/manifest.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == [["requested", 2]]
    house = open_house(settings, role="cli")
    assert dict(house.requests.counts()) == {"owed": 2}
    house.close()
    assert run(["intake", "inventory", f"s3://{bucket}/nothing.json"]) == 2
    assert run(["intake", "inventory", "nothing"]) == 2


def test_an_inventory_spares_only_what_a_rescan_would_spare(house: House) -> None:
    bucket, client = house.settings.buckets[0], s3_client(house.settings)
    for key in ("same", "later", "bigger"):
        client.put_object(Bucket=bucket, Key=key, Body=b"an ordinary note")
    time.sleep(SETTLES.total_seconds() + 1)
    there = list(house.checking.contents.listing(bucket, "", ""))
    house.intake.file([Owed(replace(each, account=bucket), Lane.BULK, "t") for each in there])
    house.scanning.scan_next(Lane.BULK, "w", 10)
    by_key = {each.key: each for each in there}
    assert still_good(house, by_key["same"])
    assert not still_good(house, replace(by_key["later"], modified="2031-01-01T00:00:00Z"))  # a colliding twin
    assert not still_good(house, replace(by_key["bigger"], size=99))
    assert not still_good(house, replace(by_key["same"], key="never"))
    limits = {**house.settings.limits, "depth": 3}
    other = open_house(replace(house.settings, limits=limits), role="cli")
    assert not still_good(other, by_key["same"])  # what reads it now may read more of it
    other.close()
