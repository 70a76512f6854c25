"""The broker's side of the fault battery: garbage, other versions' messages, redelivery, two beats, clocks that jump.

One real worker over one real Redis serves all of them: the database stays the record whatever the messages say.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from scanner.adapters.embedded_redis import start_redis
from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House, celery, open_house
from scanner.cli.serve import worker_command
from scanner.domain.content import UploadEvent
from scanner.settings import Settings
from tests.integration.conftest import variables

pytestmark = pytest.mark.slow  # real workers and brokers: about two minutes


@dataclass
class Bench:
    """A worker that a supervisor starts again, its broker and its house."""

    settings: Settings
    house: House
    client: Any
    environ: dict[str, str]
    socket: str
    worker: subprocess.Popen[bytes] | None = None
    number: int = 0

    def tend(self) -> None:
        """Start the worker if it is not running."""
        if self.worker is None or self.worker.poll() is not None:
            command = worker_command(self.settings, "uploads,bulk,enforcement", 1, beat=True, name="faults")
            with Path(self.settings.state_dir, "worker.log").open("ab") as log:
                self.worker = subprocess.Popen(
                    command, env=self.environ, start_new_session=True, stdout=log, stderr=log
                )

    def upload(self) -> None:
        """One object and its event."""
        self.number += 1
        key, bucket = f"k{self.number}", self.settings.buckets[0]
        put = self.client.put_object(Bucket=bucket, Key=key, Body=b"an ordinary note %d" % self.number)
        event = UploadEvent(bucket, key, put["VersionId"], put["ETag"].strip('"'), 20, f"{self.number}")
        self.house.intake.accept([event])

    def scanned(self, seconds: float = 150.0) -> bool:
        """Whether everything that was uploaded has its verdict in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tend()
            counts = self.house.requests.counts()
            if counts.get("done:CLEAN", 0) == self.number and not counts.get("leased") and not counts.get("owed"):
                return True
            time.sleep(0.2)
        return False

    def push(self, lane: str, message: str | bytes) -> None:
        """Put a raw element where workers read."""
        broker = redis.Redis(unix_socket_path=self.socket, socket_timeout=5)
        broker.lpush(lane, message)
        broker.close()

    def stop(self) -> None:
        """End the worker with all its children."""
        if self.worker is not None and self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait(10)


@pytest.fixture(scope="module")
def bench(store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder: Path = tmp_path_factory.mktemp("f")
    server = start_redis(folder / "redis")
    client = s3_client(store)
    client.create_bucket(Bucket="broker-faults")
    client.put_bucket_versioning(Bucket="broker-faults", VersioningConfiguration={"Status": "Enabled"})
    settings = replace(store, state_dir=str(folder / "state"), buckets=("broker-faults",), redis_url=server.url)
    quick = {"AUP_LEASE_SECONDS": "3", "AUP_SWEEP_SECONDS": "1", "AUP_RING_AGAIN_SECONDS": "2"}
    environ = {**os.environ, **variables(settings), **quick}
    house = open_house(settings, role="cli")
    found = Bench(settings, house, client, environ, str(server.socket))
    found.tend()
    found.upload()
    assert found.scanned(), "the worker never began"
    yield found
    found.stop()
    house.close()
    server.stop()


def envelope(task: str, args: list[object], **properties: object) -> str:
    """A message as Celery writes it."""
    import base64

    told = {"delivery_mode": 2, "delivery_info": {"exchange": "", "routing_key": "uploads"}, "priority": 0,
            "body_encoding": "base64", "delivery_tag": f"tag-{time.monotonic_ns()}", **properties}  # fmt: skip
    body = base64.b64encode(json.dumps([args, {}, {}]).encode()).decode()
    headers = {
        "lang": "py",
        "task": task,
        "id": f"id-{time.monotonic_ns()}",
        "retries": 0,
        "argsrepr": "",
        "root_id": "x",
    }
    document = {"body": body, "content-encoding": "utf-8", "content-type": "application/json"}
    return json.dumps({**document, "headers": headers, "properties": told})


GARBAGE = (
    b"not JSON at all \xff\x00",
    '{"body": 3}',
    '{"body": "!!", "headers": {}, "properties": {"delivery_tag": "x", "delivery_info": {}}}',
    envelope("aup.scan_batch", ["not ids"]),
    envelope("aup.scan_batch", [[-1, 2**62, "x", None]]),
    envelope("aup.scan_batch", []),
    envelope("aup.no_such_task", [[1]]),
    envelope("aup.scan_batch", [[1]], body_encoding="no-such-encoding"),
)


def test_garbage_in_the_broker_loses_no_upload(bench: Bench) -> None:
    """Some of it makes a worker exit; its supervisor starts it again, and what is owed is still in the database."""
    for message in GARBAGE:
        bench.push("uploads", message)
    bench.upload()
    assert bench.scanned(), bench.house.requests.counts()


def test_an_oversized_message_loses_no_upload(bench: Bench) -> None:
    bench.push("uploads", envelope("aup.scan_batch", [list(range(10**9, 10**9 + 300_000))]))
    bench.upload()
    assert bench.scanned(), bench.house.requests.counts()


def test_messages_of_an_older_and_a_newer_version_are_no_harm(bench: Bench) -> None:
    """Arguments that this version does not know fail by themselves; the sweep rings in this version's own way."""
    for args in ([[1], "more"], [{"ids": [1], "schema": 9}], [[1], {"lane": "uploads"}]):
        bench.push("uploads", envelope("aup.scan_batch", list(args)))
    bench.upload()
    assert bench.scanned(), bench.house.requests.counts()


def test_the_same_message_delivered_many_times_gives_one_verdict(bench: Bench) -> None:
    """As after a visibility timeout that is shorter than the task: the lease decides, not the broker."""
    bench.upload()
    [newest] = bench.house.intake.accept([_last(bench)]).requests
    for _ in range(20):
        bench.push("uploads", envelope("aup.scan_batch", [[newest]]))
    assert bench.scanned(), bench.house.requests.counts()
    assert [breach for breach in bench.house.checking.breaches() if breach.invariant in ("I2", "I5", "I15")] == []


def test_beat_twice_does_everything_once(bench: Bench) -> None:
    app = celery(bench.settings)
    bench.upload()
    for _ in range(10):
        for task in ("aup.sweep", "aup.tend", "aup.rescans", "aup.hourly", "aup.enforce"):
            app.send_task(task, queue="enforcement")
    assert bench.scanned(), bench.house.requests.counts()
    assert list(bench.house.checking.breaches()) == []


def test_a_clock_that_jumps_neither_loses_nor_repeats(bench: Bench) -> None:
    """Leases that a clock of yesterday, and one of tomorrow, gave before their workers died are taken over."""
    requests, now = bench.house.requests, datetime.now(UTC)
    for days in (-1, 1):
        bench.upload()
        [number] = bench.house.intake.accept([_last(bench)]).requests
        then = now + timedelta(days=days)
        requests.claim([number], "elsewhen", then, then + timedelta(seconds=3))
    assert bench.scanned(), requests.counts()
    assert [breach for breach in bench.house.checking.breaches() if breach.invariant in ("I2", "I5", "I15")] == []


def _last(bench: Bench) -> UploadEvent:
    key, bucket = f"k{bench.number}", bench.settings.buckets[0]
    head = bench.client.head_object(Bucket=bucket, Key=key)
    return UploadEvent(bucket, key, head["VersionId"], head["ETag"].strip('"'), 20, f"{bench.number}")
