"""The embedded Redis and the doorbell over it."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as client_library

from scanner.adapters.celery_queue import ENFORCE_TASK, SCAN_TASK, CeleryDoorbell, celery_app
from scanner.adapters.embedded_redis import EmbeddedRedis, eviction_policy, start_redis
from scanner.domain.requests import Lane
from scanner.errors import StoreError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    running = start_redis(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()


def messages(server: EmbeddedRedis, queue: str) -> list[dict[str, object]]:
    with client_library.Redis(unix_socket_path=str(server.socket)) as client:
        return [json.loads(text) for text in client.lrange(queue, 0, -1)]


def test_a_ring_carries_ids_only(server: EmbeddedRedis) -> None:
    CeleryDoorbell(celery_app(server.url, 10)).ring(Lane.BULK, [3, 5])
    [message] = messages(server, "bulk")
    assert message["headers"]["task"] == SCAN_TASK  # type: ignore[index]
    arguments, named, _ = json.loads(base64.b64decode(str(message["body"])))
    assert (arguments, named) == ([[3, 5]], {})


def test_the_enforcement_lane_is_rung_without_ids(server: EmbeddedRedis) -> None:
    CeleryDoorbell(celery_app(server.url, 10)).ring(Lane.ENFORCEMENT, [])
    [message] = messages(server, "enforcement")
    assert message["headers"]["task"] == ENFORCE_TASK  # type: ignore[index]


def test_a_broker_that_is_away_is_no_error_and_no_wait(tmp_path: Path) -> None:
    app = celery_app(f"redis+socket://{tmp_path}/nobody.sock", 10)
    begun = time.monotonic()
    CeleryDoorbell(app).ring(Lane.UPLOADS, [1])
    assert time.monotonic() - begun < 2


def test_the_embedded_server_never_drops_messages(server: EmbeddedRedis) -> None:
    assert eviction_policy(server.url) == "noeviction"


def test_a_rented_broker_that_hides_its_settings_is_asked_all_the_same(server: EmbeddedRedis) -> None:
    with client_library.Redis(unix_socket_path=str(server.socket)) as client:
        client.acl_setuser(
            "rented", enabled=True, passwords=["+x"], keys=["*"], categories=["+@all"], commands=["-config"]
        )
    assert eviction_policy(f"unix://rented:x@{server.socket}") == "noeviction"


def test_a_broker_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Redis does not answer"):
        eviction_policy(f"redis+socket://{tmp_path}/nobody.sock")


def test_a_server_that_cannot_start_says_where_to_read_why(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)  # a socket path over the kernel's 108 bytes
    with pytest.raises(StoreError, match=r"redis\.log"):
        start_redis(folder, seconds=1)
