"""Each measured run of the pipeline's benchmark: what it takes in CPU seconds, memory or time."""

import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from json import loads
from pathlib import Path

import yara

from benchmarks.pipeline_stack import BUCKET, cpu_of, crew, environment, house, is_store, own, scan_here
from benchmarks.pipeline_store import body_of, key_of
from benchmarks.pipeline_yard import plain_source
from scanner.bootstrap import House, default_rules_dir, load_rulebook
from scanner.detection.engine.asking import compile_files, saved
from scanner.domain.content import Sample, UploadEvent
from scanner.domain.requests import Lane
from scanner.services.reads import GROUP_READS

WARM = 200  # objects scanned before anything is measured


def yardstick(size: int, count: int = 500) -> float:
    """sha256 and plain yara-python with 1,000 literal rules: CPU microseconds an object, bytes in memory."""
    rules = yara.compile(source=plain_source())
    bodies, before = [body_of(n, size) for n in range(count)], own()
    for body in bodies:
        hashlib.sha256(body).hexdigest()
        rules.match(data=body)
    return (own() - before) / count * 1e6


def detection(opened: House, size: int, count: int) -> tuple[float, float]:
    """Detection alone, bytes in memory, CPU microseconds an object: as the workers run it, and bare in one process."""
    detector = opened.scanning.knowing.detector
    samples = [Sample(key_of(n), body_of(n, size), "text/html") for n in range(count)]
    detector.detect(samples[0])
    before = cpu_of(os.getpid())
    for start in range(0, count, GROUP_READS):
        detector.detect_all(samples[start : start + GROUP_READS])
    killable = (cpu_of(os.getpid()) - before) / count * 1e6
    bare = detector._engine().detector  # type: ignore[attr-defined]
    bare.detect(samples[0])
    before = own()
    for sample in samples:
        bare.detect(sample)
    bare.close()
    return killable, (own() - before) / count * 1e6


def through_celery(state: Path, url: str, count: int, **more: str) -> tuple[float, float]:
    """A first rescan through a real worker: CPU microseconds an object of lister and worker, and of Redis."""
    extra = environment(state, url, **more)
    with crew(state, "workers.app", "bulk", extra) as team, house(state, url, **more) as opened:
        _rescanned(opened, "site-00000/")  # the worker has its rules then
        before, redis = team.cpu(), team.broker()
        _rescanned(opened, "")
        return (team.cpu() - before) / count * 1e6, (team.broker() - redis) / count * 1e6


def _rescanned(opened: House, prefix: str) -> None:
    rescan = opened.rescanning.start(BUCKET, prefix, requester="bench")
    while opened.rescanning.list_page(rescan.id) == "listed":
        pass
    begun = time.monotonic()
    while opened.rescanning.statement(rescan.id).owed:
        if time.monotonic() - begun > 60:
            opened.reconciling.sweep()  # no beat runs here: what a worker dropped is rung for again
        if time.monotonic() - begun > 300:
            raise TimeoutError(f"{opened.rescanning.statement(rescan.id).owed} objects are not scanned: see worker.log")
        time.sleep(0.5)


def obvious(state: Path, url: str, count: int, rules: Path | None = None) -> float:
    """The peer through its own worker, with the YARA rules of that folder: CPU microseconds an object."""
    state.mkdir(parents=True, exist_ok=True)
    compiled, rows = state / "rules.yarac", state / "peer.sqlite3"
    compiled.write_bytes(saved(compile_files(load_rulebook(rules or default_rules_dir()).yara)))
    redis = f"redis+socket://{(state / 'redis' / 'redis.sock').resolve()}"
    extra = {"PEER_REDIS": redis, "PEER_S3": url, "PEER_RULES": str(compiled), "PEER_DATABASE": str(rows)}
    code = "from benchmarks import pipeline_peer as p; import sys, time\n"
    code += "p.database(); p.scan.delay('bench', sys.argv[1])\n"
    code += "while p.recorded() < 1: time.sleep(0.2)\nt = time.process_time(); n = p.publish('bench')\n"
    code += "print(time.process_time() - t, flush=True)\nwhile p.recorded() < n + 1: time.sleep(1)\n"
    with crew(state, "benchmarks.pipeline_peer", "celery", extra) as team:
        command = [sys.executable, "-c", code, key_of(0)]
        publisher = subprocess.Popen(command, env={**os.environ, **extra}, stdout=subprocess.PIPE, text=True)
        assert publisher.stdout is not None
        while not _peer_rows(rows):
            time.sleep(0.1)
        before = cpu_of(team.worker.pid)
        published = float(publisher.stdout.readline())
        publisher.wait()
        return (cpu_of(team.worker.pid) - before + published) / count * 1e6


def _peer_rows(path: Path) -> int:
    import sqlite3

    if not path.exists():
        return 0
    connection = sqlite3.connect(path, timeout=30)
    try:
        return int(connection.execute("SELECT count(*) FROM verdict").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the table is being made
    finally:
        connection.close()


def gets(url: str) -> int:
    """GETs of objects that the store answered so far."""
    with urllib.request.urlopen(f"{url}/--counts") as answer:
        return int(loads(answer.read())["get"])


def unchanged(opened: House, url: str, count: int, runs: int) -> tuple[float, int]:
    """Rescans of a bucket in which nothing changed, under unchanged rules: CPU microseconds an object, and GETs."""
    before = gets(url)
    return statistics.median(scan_here(opened)[0] / count * 1e6 for _ in range(runs)), gets(url) - before


@contextmanager
def edited_rules(folder: Path) -> Iterator[Path]:
    """A copy of the shipped rules, and one YARA rule of it with a string more."""
    rules = folder / "rules"
    shutil.copytree(default_rules_dir(), rules)
    yield rules
    shutil.rmtree(rules)


def edit_one_rule(rules: Path) -> str:
    """Change one rule's text; the file that was changed."""
    file = sorted((rules / "yara" / "miner").glob("*.yar"))[0]
    told = file.read_text(encoding="utf-8")
    file.write_text(told.replace("strings:", 'strings:\n    $edited = "a-string-of-the-benchmark" ascii', 1))
    told = file.read_text(encoding="utf-8")
    file.write_text(told.replace("condition:", "condition:\n    $edited or", 1), encoding="utf-8")
    time.sleep(2.1)  # a running process looks at its rules every two seconds
    return str(file.relative_to(rules))


def memory(opened: House, count: int) -> tuple[float, float]:
    """Megabytes of scanner and its child after a quarter of the objects, and after all; shared pages count once."""
    rescan = opened.rescanning.start(BUCKET, requester="bench", full=True)
    marks = list[float]()
    while opened.rescanning.list_page(rescan.id) == "listed":
        while opened.scanning.scan_next(Lane.BULK, "bench", 200).judged:
            done = opened.rescanning.statement(rescan.id).done
            if not marks and done >= count // 4:
                marks.append(_resident())
    marks.append(_resident())
    return marks[0], marks[-1]


def _resident() -> float:
    """Megabytes of this process and its detector's child; pages that both have count once."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    ours = [pid for pid in map(int, children) if not is_store(pid)]
    return sum(_shared_out(pid) for pid in (os.getpid(), *ours)) / 1024


def _shared_out(pid: int) -> int:
    """Kilobytes of a process, pages that several have shared out among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def grown(state: Path, url: str, rows: int, batches: int) -> float:
    """CPU microseconds an object of filing, claiming and recording, with so many rows in every table."""
    with house(state, url) as opened:
        _fill(opened, rows)
        before = own()
        for number in range(batches):
            first = number * 200
            events = [UploadEvent("fresh", key_of(first + n), etag="e", sequencer=f"{first + n}") for n in range(200)]
            opened.intake.accept(events)
            held = opened.requests.claim(
                opened.requests.fair(Lane.UPLOADS, datetime.now(UTC), 200), "w", datetime.now(UTC), datetime.now(UTC)
            )
            opened.scanning._record([_outcome(request) for request in held])
            opened.register.latest(held[0].subject)
        return (own() - before) / (batches * 200) * 1e6


def _outcome(request: object) -> object:
    from scanner.domain.coverage import Gap, Reason
    from scanner.services.scanning import _Outcome, _row, _unread_verdict

    verdict = _unread_verdict(request.subject, Gap(Reason.GONE))  # type: ignore[attr-defined]
    return _Outcome((_row(request, request.subject, verdict),))  # type: ignore[arg-type, attr-defined]


def _fill(opened: House, rows: int) -> None:
    """Old rows in the tables that grow: made by the database itself."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
    key, long_ago = "'site-' || (i % 997) || '/page-' || i || '.html'", "'2026-01-01 00:00:00.000000'"
    place = f"'old', {key}, '', 'e' || i, 10240, 'old', ''"
    requests = (
        "INSERT INTO scan_request (identity, bucket, key, version_id, etag, size, account, modified, turn, lane, "
        "source, sequencer, rescan, raw_key, state, attempts, token, worker, created_at, rung_at, done_at, outcome) "
        f"{numbers} SELECT 'old' || i, {place}, '00000000', 'bulk', 'rescan', '', 'R0', '', 'done', 1, 1, 'w', "
        f"{long_ago}, {long_ago}, {long_ago}, 'CLEAN' FROM n"
    )
    columns = "request_id, bucket, key, version_id, etag, size, account, modified, sha256, word, clause, rule"
    verdicts = (
        f"INSERT INTO verdict ({columns}, rulebook_digest, limits_digest, rescan, document, at) {numbers} "
        f"SELECT i, {place}, hex(randomblob(32)), 'CLEAN', '', '', 'd', 'l', '', '{{}}', {long_ago} FROM n"
    )
    objects = (
        "INSERT INTO stored_object (bucket, key, etag, size, modified, edition, word, content, sha256) "
        f"{numbers} SELECT 'old', {key}, 'e', 1, '', 'x', 'CLEAN', 'c', '' FROM n"
    )
    with opened.database.writing() as connection:
        for statement in (requests, verdicts, objects):
            connection.exec_driver_sql(statement)
