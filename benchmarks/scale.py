"""Measure what the scale model is fed with, and write docs/scale.md: `python -m benchmarks.scale [--measure] --write`.

CPU time, medians of three; PostgreSQL, Redis and a strict store run as processes of their own."""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import redis
from botocore.client import Config
from sqlalchemy import text

from benchmarks.scale_model import Figures, page
from benchmarks.soak_objects import WORDS
from benchmarks.soak_world import below
from scanner.adapters.embedded_redis import start_redis
from scanner.bootstrap import House, celery, open_house
from scanner.cli.serve import worker_command
from scanner.domain.content import UploadEvent
from scanner.domain.requests import Lane
from scanner.settings import Settings
from tests.integration.ports import free_port, wait_for

RESULT = Path(__file__).parent / "results" / "scale.json"
DOC = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
BATCH, RUNS, FLEET = 400, 3, 1_200
SIZE = 10 * 1024


def measure() -> dict[str, Any]:
    """Every figure."""
    folder = Path(tempfile.mkdtemp(prefix="aup-scale-"))
    with _world(folder) as (settings, client):
        house = open_house(settings, role="cli")
        try:
            found: dict[str, Any] = {"object_cpu": _objects(house, client, settings)}
            found |= _listing(house, settings)
            found |= _rows(house)
            found["message_bytes"] = _message(settings)
            found["two_workers"] = _fleet(house, client, settings)
        finally:
            house.close()
    shutil.rmtree(folder, ignore_errors=True)
    machine = f"{os.uname().machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return {**found, "machine": machine, "date": time.strftime("%Y-%m-%d")}


@contextmanager
def _world(folder: Path) -> Iterator[tuple[Settings, Any]]:
    import pgserver

    port, server = free_port(), start_redis(folder / "redis")
    keys = ["--access-key", "k", "--secret-key", "s"]
    store = subprocess.Popen(
        [sys.executable, "-m", "localstore", "--port", str(port), *keys], stdout=subprocess.DEVNULL
    )
    database = pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        wait_for(port)
        url, place = f"http://127.0.0.1:{port}", database.get_uri().replace("postgresql://", "postgresql+psycopg://")
        config = Config(s3={"addressing_style": "path"})
        named = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=url, config=config, **named)
        client.create_bucket(Bucket="scale")
        shown = {"s3_endpoint": url, "s3_access_key": "k", "s3_secret_key": "s", "redis_url": server.url}
        yield replace(Settings(), state_dir=str(folder / "state"), database_url=place, **shown), client
    finally:
        store.terminate()
        store.wait(10)
        database.cleanup()
        server.stop()


def _put(client: Any, start: int, count: int) -> list[UploadEvent]:
    """Objects of 10 KB, no two alike, and their events."""
    dice, events = random.Random(start), []
    for number in range(start, start + count):
        body = (f"note {number} " + " ".join(dice.choices(WORDS, k=2_600))).encode()[:SIZE]
        answer = client.put_object(Bucket="scale", Key=f"k{number:07}", Body=body)
        events.append(UploadEvent("scale", f"k{number:07}", "", answer["ETag"].strip('"'), len(body), f"{number}"))
    return events


def _objects(house: House, client: Any, settings: Settings) -> float:
    """µs CPU an upload, from claim to commit, in this process and the children it waits for."""
    house.intake.accept(_put(client, 0, 50))
    house.scanning.scan_next(Lane.UPLOADS, "scale", 50)

    def once(run: int) -> float:
        house.intake.accept(_put(client, 1_000 * (run + 1), BATCH))
        spent = _cpu()
        done = 0
        while done < BATCH:
            done += len(house.scanning.scan_next(Lane.UPLOADS, "scale", settings.batch_size).judged)
        return (_cpu() - spent) / BATCH * 1e6

    return _median(once)


def _cpu() -> float:
    """CPU of this process and of its living descendants."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(_ticks(pid) for pid in below(os.getpid()) if _is_ours(pid))


def _is_ours(pid: int) -> bool:
    """Detection's children, not the servers beside."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return not any(word in words for word in (b"localstore", b"postgres", b"redis-server"))


def _ticks(pid: int) -> float:
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _listing(house: House, settings: Settings) -> dict[str, float]:
    """µs CPU of a listing of what was scanned, and of a rescan over it when nothing changed."""
    time.sleep(2.5)  # objects younger than their listing's second are not known by it
    pages, count = house.rescanning.pages, 0

    def listed(_run: int) -> float:
        nonlocal count
        spent = _cpu()
        count = len(pages.page("scale", "", "", "", 1_000))
        return (_cpu() - spent) * 1e6 / count * 1_000

    def rescanned(_run: int) -> float:
        rescan = house.rescanning.start("scale", requester="scale")
        spent, total = _cpu(), 0
        while house.rescanning.progress(rescan.id).rescan.is_live and total < 1_000:
            house.rescanning.list_page(rescan.id)
            house.scanning.scan_next(Lane.BULK, "scale", settings.batch_size)
            total += 1
        return (_cpu() - spent) / max(1, house.rescanning.statement(rescan.id).listed) * 1e6

    rescanned(0)  # what is not known by its listing yet is read once more
    return {"listing_cpu": _median(listed), "unchanged_cpu": _median(rescanned)}


def _rows(house: House) -> dict[str, float]:
    """Bytes a row, with its indices, of what was written."""
    found = {}
    names = {"request_bytes": ["scan_request"], "settled_bytes": ["stored_object"]}
    with house.database.reading() as connection:
        parts = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'verdict'::regclass"
        names["verdict_bytes"] = [str(name) for name in connection.execute(text(parts)).scalars()]
        for figure, tables in names.items():
            weigh = "+".join(f"pg_total_relation_size('{name}')" for name in tables)
            rows = "+".join(f"(SELECT count(*) FROM {name})" for name in tables)
            found[figure] = float(connection.execute(text(f"SELECT ({weigh}) / ({rows})::float")).scalar() or 0)
    return found


def _message(settings: Settings) -> float:
    """Bytes of one message of 200 ids as Redis holds it."""
    app = celery(settings)
    client = redis.Redis.from_url(settings.redis_url.replace("redis+socket://", "unix://"))
    client.flushall()
    before = client.info("memory")["used_memory"]
    for _ in range(100):
        app.send_task("aup.scan_batch", args=[list(range(10**8, 10**8 + 200))], queue="weighed")
    found = (client.info("memory")["used_memory"] - before) / 100
    client.flushall()
    client.close()
    return float(found)


def _fleet(house: House, client: Any, settings: Settings) -> dict[str, float]:
    """Two real workers empty a backlog: CPU of all their processes an object, from the first verdict to the last."""
    log = Path(settings.state_dir) / "fleet.log"
    environ = {**os.environ, **{f"AUP_{n.upper()}": str(getattr(settings, n)) for n in _TOLD}}
    lanes = "uploads,bulk,enforcement"
    commands = [worker_command(settings, lanes, 1, name=f"scale{number}", beat=not number) for number in range(2)]
    with log.open("ab") as out:
        workers = [subprocess.Popen(command, env=environ, stdout=out, stderr=out) for command in commands]
    try:
        house.intake.accept(_put(client, 500_000, 20))
        _wait(house, 0)
        events, everything = _put(client, 600_000, FLEET), [w.pid for w in workers]
        spent = sum(_ticks(pid) for top in everything for pid in [top, *below(top)])
        house.intake.accept(events)
        _wait(house, 0)
        spent = sum(_ticks(pid) for top in everything for pid in [top, *below(top)]) - spent
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
    return {"objects": FLEET, "cpu": spent / FLEET * 1e6}


_TOLD = ("state_dir", "database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key")


def _wait(house: House, open_ones: int, seconds: float = 180.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        counts = house.requests.counts()
        if counts.get("owed", 0) + counts.get("leased", 0) <= open_ones:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the workers did not empty the backlog: {dict(counts)}")
        time.sleep(0.2)


def _median(once: Callable[[int], float]) -> float:
    return median(once(run) for run in range(RUNS))


def main() -> int:
    """Measure, or write the page from what was measured."""
    parser = argparse.ArgumentParser(prog="scale", description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    if chosen.measure:
        RESULT.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
    stated = json.loads(RESULT.read_text(encoding="utf-8"))
    told = page(Figures.of(stated), stated)
    if chosen.write:
        DOC.write_text(told, encoding="utf-8")
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
