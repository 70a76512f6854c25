"""What the pipeline's benchmark runs on: the store, a house over it, real workers, and an account of CPU time."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanner.adapters.embedded_redis import start_redis
from scanner.bootstrap import House, open_house
from scanner.domain.requests import Lane
from scanner.settings import read_settings

TICK = os.sysconf("SC_CLK_TCK")
BUCKET = "bench"
_stores = set[int]()


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and everything it started, dead or alive; the kernel counts in hundredths.

    The store that `store` keeps is left out: it is no part of what is measured.
    """
    if pid in _stores:
        return 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK + sum(cpu_of(int(child)) for child in children)


def is_store(pid: int) -> bool:
    """Whether the process is the store."""
    return pid in _stores


@contextmanager
def store(count: int, size: int, distinct: int) -> Iterator[str]:
    """The object store's address."""
    command = [sys.executable, "-m", "benchmarks.pipeline_store", str(count), str(size), str(distinct)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    _stores.add(process.pid)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        _stores.discard(process.pid)


def environment(state: Path, url: str, **more: str) -> dict[str, str]:
    """Settings of a house over the store, as variables."""
    own = {"STATE_DIR": str(state), "S3_ENDPOINT": url, "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", **more}
    return {f"AUP_{name}": value for name, value in own.items()}


@contextmanager
def house(state: Path, url: str, **more: str) -> Iterator[House]:
    """A house; its detector's process ends with it."""
    opened = open_house(read_settings(environment(state, url, **more)), role="cli")
    try:
        yield opened
    finally:
        detector = opened.scanning.knowing.detector
        getattr(detector, "_retire", lambda: None)()
        opened.close()


def scan_here(opened: House, **options: object) -> tuple[float, str]:
    """A rescan scanned in this process; its CPU seconds and its id."""
    before = cpu_of(os.getpid())
    rescan = opened.rescanning.start(BUCKET, requester="bench", **options)  # type: ignore[arg-type]
    while opened.rescanning.list_page(rescan.id) == "listed":
        while opened.scanning.scan_next(Lane.BULK, "bench", 200).judged:
            pass
    while opened.scanning.scan_next(Lane.BULK, "bench", 200).judged:
        pass
    opened.rescanning.progress(rescan.id)
    return cpu_of(os.getpid()) - before, rescan.id


@dataclass(frozen=True, slots=True)
class Crew:
    """A broker and one worker process."""

    worker: subprocess.Popen[bytes]
    redis: int

    def cpu(self) -> float:
        """CPU seconds of the worker and of this process; the broker's own are in `broker`."""
        return cpu_of(self.worker.pid) + own()

    def broker(self) -> float:
        """CPU seconds of Redis."""
        return cpu_of(self.redis)


def own() -> float:
    """CPU seconds of this process alone."""
    return time.process_time()


@contextmanager
def crew(state: Path, app: str, queues: str, extra: Mapping[str, str]) -> Iterator[Crew]:
    """Redis and a solo worker over it, ended with the block."""
    server = start_redis(state / "redis")
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-P", "solo", "-Q", queues, "--loglevel", "ERROR"]
    with (state / "worker.log").open("ab") as log:
        worker = subprocess.Popen(command, env={**os.environ, **extra}, stdout=log, stderr=log)
    try:
        yield Crew(worker, server.process.pid)
    finally:
        worker.terminate()
        try:
            worker.wait(20)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        server.stop()
