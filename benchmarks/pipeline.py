"""`python -m benchmarks.pipeline`: the pipeline's figures, to benchmarks/results/pipeline.json.

CPU time but for the latencies, medians of `--runs` (3). `--only NAME` runs one of cost, delta, latency, memory, growth:
the first three take some minutes together; memory (200,000 objects) and growth (a million rows) take some minutes each
and run only when they are named, or with `--long`.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import pipeline_latency as latency
from benchmarks import pipeline_runs as runs
from benchmarks.pipeline_stack import environment, house, scan_here, store
from benchmarks.pipeline_yard import rulebook
from scanner.bootstrap import warm_up
from scanner.domain.known import since
from scanner.settings import read_settings

RESULTS = Path(__file__).resolve().parent / "results" / "pipeline.json"
SIZE, COUNT, PEER, STILL = 10_240, 3_000, 500, 30_000  # bytes; objects of ours, of the peer, of an unchanged bucket
Row = dict[str, object]


def row(figure: str, value: float, unit: str, target: str, holds: bool | None, note: str = "") -> Row:
    """One row of the results, printed as it comes; `holds` None: told for its own sake."""
    sign = {True: "ok  ", False: "FAIL", None: "    "}[holds]
    print(f"{sign} {figure:62} {value:>10.4g} {unit:10} {target:10} {note}", flush=True)
    return {"figure": figure, "value": value, "unit": unit, "target": target, "holds": holds, "note": note}


def median(count: int, run: Callable[[int], float]) -> float:
    """The median of so many runs."""
    return statistics.median(run(number) for number in range(count))


def cost_rows(folder: Path, times: int) -> Iterator[Row]:
    """What an object costs, beside the yardstick and the obvious pipeline."""
    yard = median(times, lambda _: runs.yardstick(SIZE))
    yield row("yardstick: sha256 and 1,000 literal rules, 10 KB", yard, "us/object", "-", None)
    with store(COUNT, SIZE, COUNT) as url:
        with house(folder / "detect", url) as opened:
            both = [runs.detection(opened, SIZE, COUNT) for _ in range(times)]
        killable, bare = (statistics.median(pair[n] for pair in both) for n in (0, 1))
        yield row("detection alone, as workers run it (killable, in batches)", killable, "us/object", "-", None)
        yield row("detection alone, bare in one process", bare, "us/object", "-", None)
        here = [_first(folder / f"here{n}", url) for n in range(times)]
        first = statistics.median(here)
        yield row("first scan, lister and scanner in one process, no broker", first, "us/object", "-", None)
    with store(COUNT + 1_000, SIZE, COUNT + 1_000) as url:
        pairs = [runs.through_celery(folder / f"celery{n}", url, COUNT) for n in range(times)]
    whole, redis = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    yield row("first scan through Celery, one worker", whole, "us/object", "-", None, f"and Redis {redis:.0f} us")
    part = (whole - killable) / yard
    yield row("(pipeline - detection) / yardstick", part, "x", "<= 0.9", part <= 0.9, "detection as workers run it")
    yield row("(pipeline - bare detection) / yardstick", (whole - bare) / yard, "x", "-", None)
    with store(PEER, SIZE, PEER) as url:
        peer = median(times, lambda n: runs.obvious(folder / f"peer{n}", url, PEER))
    yield row("obvious pipeline: a task an object, boto3, libmagic", peer, "us/object", "-", None, "shipped YARA rules")
    note = "the whole product: ours runs all shipped rules, the obvious one their YARA only"
    yield row("obvious pipeline / ours", peer / whole, "x", ">= 20", peer / whole >= 20, note)
    yield from _like_for_like(folder, times, yard)
    still, asked = _still(folder / "still")
    holds, note = still <= 10 and asked == 0, f"{STILL:,} objects, {asked} GETs"
    yield row("unchanged bucket, unchanged rules", still, "us/object", "<= 10", holds, note)
    yield row("first scan / unchanged", first / still, "x", ">= 25", first / still >= 25)


def _like_for_like(folder: Path, times: int, yard: float) -> Iterator[Row]:
    """Both pipelines with the same rules, the yardstick's: what a pipeline costs beside the obvious one."""
    rules = rulebook(folder)
    told, count = {"RULES_DIR": str(rules)}, COUNT + 1_000
    with store(count, SIZE, count) as url:
        with house(folder / "same-detect", url, **told) as opened:
            killable = statistics.median(runs.detection(opened, SIZE, COUNT)[0] for _ in range(times))
        whole = median(times, lambda n: runs.through_celery(folder / f"same{n}", url, COUNT, **told)[0])
    with store(PEER, SIZE, PEER) as url:
        peer = median(times, lambda n: runs.obvious(folder / f"same-peer{n}", url, PEER, rules))
    yield row("same yardstick rules in both: obvious pipeline", peer, "us/object", "-", None)
    note = f"of it detection {killable:.0f} us as workers run it"
    yield row("same yardstick rules in both: first scan through Celery", whole, "us/object", "-", None, note)
    share = (whole - killable) / yard
    yield row("same yardstick rules: (pipeline - detection) / yardstick", share, "x", "-", None)
    yield row("same yardstick rules in both: obvious / ours", peer / whole, "x", ">= 20", peer / whole >= 20)


def _first(state: Path, url: str) -> float:
    """A first scan: CPU microseconds an object."""
    with house(state, url) as opened:
        opened.scanning.knowing.detector.detect(runs.Sample("warm", b"warm"))
        return scan_here(opened)[0] / COUNT * 1e6


def _still(state: Path) -> tuple[float, int]:
    """Rescans of an unchanged bucket: CPU microseconds an object, and GETs."""
    with store(STILL, SIZE, 300) as url, house(state, url) as opened:
        opened.scanning.knowing.detector.detect(runs.Sample("warm", b"warm"))
        scan_here(opened)
        return runs.unchanged(opened, url, STILL, 5)


def delta_rows(folder: Path, times: int) -> Iterator[Row]:
    """One changed rule over known content, beside a full rescan of it."""
    for size, count in ((SIZE, 2_000), (102_400, 300)):
        shares, notes = list[float](), list[str]()
        for number in range(times):
            deltas, full, told = _delta(folder / f"delta{size}-{number}", size, count)
            shares.append(deltas / full)
            notes.append(f"{deltas / count * 1e6:.0f} of {full / count * 1e6:.0f} us ({told})")
        share = statistics.median(shares)
        yield row(f"one changed rule / full rescan, {size // 1024} KB", share, "x", "<= 0.15", share <= 0.15, notes[-1])


def _delta(state: Path, size: int, count: int) -> tuple[float, float, str]:
    state.mkdir(parents=True)
    with store(count, size, count) as url, runs.edited_rules(state) as rules:
        with house(state / "s", url, RULES_DIR=str(rules)) as opened:
            opened.scanning.knowing.detector.detect(runs.Sample("warm", b"warm"))
            full = scan_here(opened)[0]
            before = opened.scanning.knowing.edition()
        told = runs.edit_one_rule(rules)
        with house(state / "s", url, RULES_DIR=str(rules)) as opened:
            knowing = opened.scanning.knowing
            sample = runs.Sample("warm", b"warm")
            known = knowing.detector.detect(sample)
            begun = time.process_time()
            knowing.detector.changed(sample, known, since(before, knowing.edition()))
            told += f", {time.process_time() - begun:.1f} s once to compile"
            deltas = scan_here(opened)[0]
            counted = knowing.store.tallies("")
    return deltas, full, f"{counted.get('delta', 0)} by delta, {told}"


def memory_rows(folder: Path) -> Iterator[Row]:
    """Memory while very many objects pass; their contents repeat, so that the time goes into the pipeline."""
    count = 200_000
    warm_up(read_settings(environment(folder / "memory", "http://127.0.0.1:9")))  # as a worker does at its start
    with store(count, 512, 4_000) as url, house(folder / "memory", url) as opened:
        quarter, end = runs.memory(opened, count)
    flat = end <= 250 and end <= 1.05 * quarter
    yield row(f"memory per worker after {count:,} objects", end, "MB", "<= 250", flat, f"{quarter:.0f} at a quarter")


def latency_rows(folder: Path) -> Iterator[Row]:
    """Upload to verdict through the workers of `aup serve`, and a neighbour's beside a flood."""
    with latency.bench(folder / "latency") as world:
        world.load("warm", 20, 5)
        most = world.capacity("burst")
        note = f"{os.cpu_count()} cores, their publisher included, {latency.BURST} told of one by one"
        yield row("single uploads a second, workers of `aup serve`", most, "1/s", "-", None, note)
        half = world.load("half", most / 2, latency.LOAD_SECONDS)
        note = f"{half.rate:.0f} uploads a second, told of one by one"
        yield row("upload to verdict at half load, p50", half.at(0.5), "s", "<= 1", half.at(0.5) <= 1, note)
        yield row("upload to verdict at half load, p99", half.at(0.99), "s", "<= 5", half.at(0.99) <= 5, note)
        idle = world.load("neighbour-idle", latency.NEIGHBOUR_RATE, latency.IDLE_SECONDS).at(0.95)
        world.flood("flood")
        beside = world.load("neighbour", latency.NEIGHBOUR_RATE, latency.BESIDE_SECONDS).at(0.95)
        note = f"p95 {idle:.3f} s idle, {beside:.3f} s beside 100,000 of another, {world.left('flood'):,} still open"
        yield row("neighbour's p95 beside a flood / idle", beside / idle, "x", "<= 2", beside / idle <= 2, note)


def growth_rows(folder: Path) -> Iterator[Row]:
    """Filing, claiming and recording with few and with many rows in the tables."""
    many = 1_000_000
    small = median(3, lambda n: runs.grown(folder / f"small{n}", "http://127.0.0.1:9", 10_000, 20))
    large = runs.grown(folder / "large", "http://127.0.0.1:9", many, 60)
    note = f"{small:.0f} and {large:.0f} us an object, SQLite"
    yield row(f"cost with {many:,} rows / with 10,000", large / small, "x", "<= 1.2", large / small <= 1.2, note)


def main() -> None:
    """Run what was chosen and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", choices=["cost", "delta", "memory", "latency", "growth"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = {
            "cost": lambda: cost_rows(folder, chosen.runs),
            "delta": lambda: delta_rows(folder, chosen.runs),
            "latency": lambda: latency_rows(folder),
            "memory": lambda: memory_rows(folder),
            "growth": lambda: growth_rows(folder),
        }
        kept = json.loads(RESULTS.read_text())["sections"] if RESULTS.exists() else {}
        for part in [chosen.only] if chosen.only else list(parts)[: None if chosen.long else 3]:
            kept[part] = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "load": os.getloadavg()}
            kept[part] |= {"rows": list(parts[part]())}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    versions = {name: version(name) for name in ("celery", "pycurl", "sqlalchemy", "yara-python", "boto3")}
    document = {"machine": machine, "versions": versions, "sections": kept}
    RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
