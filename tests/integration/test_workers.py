"""Real Celery workers on a real Redis: kill -9 in the middle loses nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.adapters.embedded_redis import EmbeddedRedis, start_redis
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House, open_house
from scanner.cli.demo_objects import EICAR
from scanner.cli.serve import worker_command
from scanner.domain.content import UploadEvent
from scanner.settings import Settings
from tests.integration.conftest import variables


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = start_redis(tmp_path / "redis")
    yield server
    server.stop()


@pytest.fixture
def wired(settings: Settings, redis: EmbeddedRedis) -> Settings:
    return replace(settings, redis_url=redis.url)


def start_worker(wired: Settings, name: str) -> subprocess.Popen[bytes]:
    """A worker for all lanes, with its beat, in a session of its own so that all of it can be killed."""
    quick = {"AUP_LEASE_SECONDS": "3", "AUP_SWEEP_SECONDS": "1", "AUP_RING_AGAIN_SECONDS": "3"}
    environ = {**os.environ, **variables(wired), **quick, "AUP_BUCKETS": ",".join(wired.buckets)}
    command = worker_command(wired, "uploads,bulk,enforcement", 2, beat=True, name=name)
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def end(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def done(house: House) -> int:
    return sum(count for word, count in house.requests.counts().items() if word.startswith("done"))


def test_every_object_ends_with_a_verdict_though_the_worker_is_killed(wired: Settings) -> None:
    """kill -9 of the whole worker in the middle of the uploads; a second one takes over."""
    house, bucket, client = open_house(wired, role="cli"), wired.buckets[0], s3_client(wired)
    first = start_worker(wired, "first")
    try:
        for number in range(120):
            body = EICAR.encode() if number % 40 == 7 else b"ordinary note %d " % number * 400
            put = client.put_object(Bucket=bucket, Key=f"k{number:03}", Body=body)
            event = UploadEvent(
                bucket, f"k{number:03}", put["VersionId"], put["ETag"].strip('"'), len(body), f"{number}"
            )
            house.intake.accept([event])
            if number == 60:
                assert wait_until(lambda: done(house) > 0, 40), "the first worker never began"
                os.killpg(first.pid, signal.SIGKILL)
        held = house.requests.counts()
        assert sum(count for word, count in held.items() if not word.startswith("done")) > 0, "killed too late"
        end(first)
        second = start_worker(wired, "second")
        try:
            assert wait_until(lambda: done(house) == 120, 80), house.requests.counts()
            cases = house.casebook.cases((), 10, "0")
            assert wait_until(lambda: all(a.is_final for case in cases for a in house.outbox.actions_of(case.id)), 30)
        finally:
            end(second)
    finally:
        end(first)
    assert dict(house.requests.counts()) == {"done:CLEAN": 117, "done:VIOLATION": 3}
    assert [len(house.outbox.actions_of(case.id)) for case in house.casebook.cases((), 10, "0")] == [1, 1, 1]
    house.close()
