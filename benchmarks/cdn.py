"""`python -m benchmarks.cdn`: the figures of CDN content, to benchmarks/results/cdn.json (some minutes).

`--lines N` for fewer lines in the memory figure (the result then says so); `--only` measures one part anew and keeps
the other rows of the last run.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pycurl

from benchmarks.cdn_edges import NGINX
from benchmarks.cdn_fetching import costs, trapped
from benchmarks.cdn_logs import cloudflare, keys, memory, nginx, plain_rate, rate
from benchmarks.cdn_stages import stages
from benchmarks.cdn_story import BUCKET, EICAR, HOST, Stage, stage
from benchmarks.detect_rows import Row, at_least, at_most
from tests.contract.s3_stores import strict_store
from tests.unit.cdn.doubles import QiniuDouble, serving

RESULTS = Path(__file__).resolve().parent / "results" / "cdn.json"
LINES = 1_000_000
OBJECTS = 20
LONG = 10_000_000


def log_rows() -> Iterator[Row]:
    """Reading logs, beside a plain loop in the same run."""
    order = list(keys(LINES, 3, LINES // 5))
    text = "".join(f"{nginx(key, number)}\n" for number, key in enumerate(order)).encode()
    packed = gzip.compress("".join(f"{cloudflare(key, n)}\n" for n, key in enumerate(order)).encode(), 6)
    for name, data, is_packed in (("nginx", text, False), ("gzip JSON (Cloudflare)", packed, True)):
        ours = statistics.median(rate(data, LINES) for _ in range(3))
        plain = statistics.median(plain_rate(data, LINES, packed=is_packed) for _ in range(3))
        note = f"{ours / plain:.1f}x a plain Python loop ({plain:.0f}) that only counts; {LINES} lines, "
        note += f"{len(set(order))} URLs; parsed, normalised, sketched, candidates chosen"
        yield at_least(f"log lines, {name}", ours, "lines/CPU s", 200_000, note)


def memory_row(lines: int) -> Row:
    """Memory over a long log."""
    began = time.monotonic()
    peak, summary = memory(lines)
    note = f"peak of the process; {summary['new_urls']} URLs, {summary['hosts']} hosts, count error "
    note += f"{summary['count_error']}, {time.monotonic() - began:.0f} s with the making of the log"
    note += "" if lines == LONG else f"; {lines} lines, not {LONG}: every structure but the spellings' cache is full"
    return at_most("memory over a log", peak, "MiB", 300, note)


def fetch_rows() -> Iterator[Row]:
    """Fetching and scanning pages of 10 KB from a caching edge."""
    with strict_store() as store:
        store.bucket(BUCKET)
        found = costs(store, BUCKET)
    for kind, target in (("page", 1_500), ("page in English", None), ("page in Chinese", None), ("picture", 1_500)):
        both = 1e6 / (found["fetch"] + found[kind])
        note = f"fetch {found['fetch']:.0f} us + scan {found[kind]:.0f} us of CPU, in one process, all rules"
        note += "; half of them English, half Chinese" if kind == "page" else ""
        yield at_least(f"URLs fetched and scanned, {kind} of 10 KB, local edge", both, "URLs/CPU s", target, note)
    yield stage_row()
    note = f"{found['fetch']:.0f} us beside {found['boto3']:.0f} us"
    yield at_most("fetch CPU / boto3 GET of the same size", found["fetch"] / found["boto3"], "x", 0.6, note)
    attempts, connections = trapped()
    note = f"{attempts} attempts: host spellings over http and https, a mixed name, redirects to each spelling"
    yield at_most("connections to internal addresses", connections, "connections", 0, note)


def stage_row() -> Row:
    """The CPU of a page from the request to its rows, and where it goes."""
    with strict_store() as store:
        store.bucket(BUCKET)
        found = stages(store, BUCKET)
    note = "; ".join(f"{name} {micros:.0f}" for name, micros in found.spent.items())
    words = ", ".join(f"{count} {word}" for word, count in sorted(found.words.items()))
    return at_most("CPU of a page of 10 KB from request to row", found.total, "us", None, f"us of {note}; {words}")


def edge_row() -> Row:
    """From the accepted purge to the refusal at every edge, object by object."""
    waits: list[float] = []
    with strict_store() as store, serving(QiniuDouble()) as double, tempfile.TemporaryDirectory() as folder:
        store.bucket(BUCKET)
        double.polls = 2
        with stage(store, double, Path(folder)) as played:
            for number in range(OBJECTS):
                played.found(store, f"o{number}.com", EICAR)
                waits.append(refused_after(played, f"o{number}.com"))
    waits.sort()
    p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))]
    note = f"{OBJECTS} objects, 3 nginx edges; median {statistics.median(waits):.2f} s, worst {waits[-1]:.2f} s; "
    note += "the provider's double needs two polls; outbox, purge, two looks an edge included"
    return at_most("suspend -> every edge refuses, after the purge is accepted, p95", p95, "s", 5, note)


def refused_after(played: Stage, key: str) -> float:
    """Seconds until every edge refuses, with the outbox drained as workers do; from the purge's acceptance on."""
    ends = time.monotonic() + 60
    played.house.enforcing.carry_out()
    purge = played.cdn.purging.ledger.latest(f"http://{HOST}/{key}")
    assert purge is not None
    assert purge.accepted_at is not None
    while time.monotonic() < ends:
        if {look.seen for look in played.look(key)} == {"refused"}:
            return (datetime.now(UTC) - purge.accepted_at).total_seconds()
        played.cdn.purging.push()
        played.cdn.purging.poll()
        played.house.enforcing.carry_out()
        time.sleep(0.05)
    raise RuntimeError(f"{key} is still served")


def every_row(lines: int, only: str) -> Iterator[Row]:
    """The figures asked for; those with edges where there is an nginx."""
    if only in ("", "logs"):
        yield from log_rows()
    if NGINX and only in ("", "fetch"):
        yield from fetch_rows()
    if NGINX and only in ("", "edges"):
        yield edge_row()
    if only in ("", "memory"):
        yield memory_row(lines)


def kept(only: str, rows: list[Row]) -> list[Row]:
    """The rows of an earlier run that this one did not measure, and its own."""
    if not only or not RESULTS.exists():
        return rows
    fresh = {row["figure"]: row for row in rows}
    earlier: list[Row] = json.loads(RESULTS.read_text())["rows"]
    return [fresh.pop(row["figure"], row) for row in earlier] + list(fresh.values())


def main() -> int:
    """Runs, prints and writes; exit status 1 if a figure falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LONG)
    parser.add_argument("--only", choices=("logs", "fetch", "edges", "memory"), default="")
    asked = parser.parse_args()
    rows: list[Row] = []
    for row in every_row(asked.lines, asked.only):
        word = "ok  " if row["holds"] else "FAIL"
        print(
            f"{word} {row['figure']:62} {row['value']:>12} {row['unit']:12} {row['target']:12} {row['note']}",
            flush=True,
        )
        rows.append(row)
    if not NGINX:
        print("nginx is not installed: the figures with edges were left out (Debian: apt install nginx-light)")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    versions = {"python": platform.python_version(), "pycurl": pycurl.version, "boto3": version("boto3")}
    told = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=False).stderr if NGINX else ""
    versions["nginx"] = told.strip().removeprefix("nginx version: ")
    today, rows = datetime.now(UTC).date().isoformat(), kept(asked.only, rows)
    found = {"machine": machine, "date": today, "versions": versions, "rows": rows}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
