"""What `aup serve` and `aup worker` look at before they start anything."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import redis

from scanner.adapters.embedded_redis import EmbeddedRedis, start_redis
from scanner.cli import serve
from scanner.cli.main import run


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis that drops messages when its memory is full, as caches are set up."""
    server = start_redis(tmp_path / "redis")
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    yield server
    server.stop()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_is_started_over_a_broker_that_would_drop_messages(
    command: str,
    forgetful: EmbeddedRedis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started: list[Sequence[str]] = []

    def starting(words: Sequence[str]) -> None:
        started.append(words)
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.subprocess, "Popen", starting)
    monkeypatch.setattr(serve.subprocess, "call", starting)
    monkeypatch.setattr(serve, "_look_at_walls", lambda _settings: None)
    monkeypatch.setenv("AUP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("AUP_REDIS_URL", forgetful.url)
    assert (run([command]), started) == (2, [])
    assert "redis_url: Redis runs with maxmemory-policy allkeys-lru" in capsys.readouterr().err
