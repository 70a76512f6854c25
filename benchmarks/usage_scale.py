"""What metering costs: ingest, the check of many accounts, bytes of state; and that restarts change nothing."""

import multiprocessing
import random
import resource
import struct
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import cramjam
import numpy as np

from benchmarks.usage_runs import RULES, START
from scanner.adapters.sql import Database
from scanner.adapters.usage_engine import VectorEngine
from scanner.adapters.usage_ledger import SqlUsageLedger
from scanner.adapters.usage_memory import FixedUsage, NoContent, Noted
from scanner.adapters.usage_record import SqlUsageRecord
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.entitlements import Entitlements, Grant, Plan
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, RESOURCE_SHIFT, Columns, RawSample
from scanner.rulebook.usage import load_usage
from scanner.services.metering import Metering
from scanner.services.metering_simulation import MovedClock
from scanner.wire.usage_remote_write import RemoteWrite

SIX = (
    Resource.CPU,
    Resource.MEMORY,
    Resource.BANDWIDTH_IN,
    Resource.BANDWIDTH_OUT,
    Resource.REQUESTS,
    Resource.CONNECTIONS,
)
METRICS = {
    Resource.CPU: "aup_usage_cpu_seconds_total",
    Resource.MEMORY: "aup_usage_memory_bytes",
    Resource.BANDWIDTH_IN: "aup_usage_receive_bytes_total",
    Resource.BANDWIDTH_OUT: "aup_usage_transmit_bytes_total",
    Resource.REQUESTS: "aup_usage_requests_total",
    Resource.CONNECTIONS: "aup_usage_connections",
}


@dataclass(slots=True)
class Rig:
    """Metering over a database in a folder, with a clock that is set; nothing is enforced."""

    folder: Path
    book: UsageBook
    clock: MovedClock = field(default_factory=MovedClock)

    def metering(self) -> Metering:
        """A metering as a fresh process would open it."""
        database = Database(f"sqlite:///{self.folder / 'usage.sqlite3'}")
        database.migrate()
        ledger, record, engine = SqlUsageLedger(database), SqlUsageRecord(database), VectorEngine()
        return Metering(ledger, record, engine, FixedUsage(self.book), NoContent(), Noted(), self.clock)


def many(count: int) -> UsageBook:
    """The shipped rules with so many accounts under the standard plan."""
    shipped = load_usage(RULES)
    grants = {f"acct-{number:06}": (Grant(f"acct-{number:06}", "standard"),) for number in range(1, count + 1)}
    return replace(shipped, entitlements=replace(shipped.entitlements, grants=grants))


def remote_write_body(accounts: Sequence[str], at: int, rng: random.Random) -> bytes:
    """A remote write of one sample for each account and resource, as Prometheus lays it out."""
    parts = []
    for account in accounts:
        for kind in SIX:
            labels = (("__name__", METRICS[kind]), ("account", account), ("instance", "10.0.0.1:9100"), ("job", "node"))
            series = b"".join(_field(0x0A, _field(0x0A, n.encode()) + _field(0x12, v.encode())) for n, v in labels)
            sample = b"\x09" + struct.pack("<d", rng.random() + (at - START) / 60) + b"\x10" + _varint(at * 1_000)
            parts.append(_field(0x0A, series + _field(0x12, sample)))
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))


def ingest_rate(folder: Path, accounts: int, minutes: int) -> tuple[float, float]:
    """(samples a second by the wall clock of the fastest minute, CPU µs a sample): remote write, journal, steps."""
    book = many(accounts)
    rig, names = Rig(folder, book), list(book.entitlements.grants)
    metering, remote = rig.metering(), RemoteWrite(book.sources.metrics, 1 << 30)
    pieces = [names[start : start + 2_000] for start in range(0, accounts, 2_000)]
    rng = random.Random(1)
    bodies = [[remote_write_body(piece, START + minute * 60, rng) for piece in pieces] for minute in range(minutes)]
    taken, cpu, fastest = accounts * len(SIX), 0.0, 0.0
    for minute, parts in enumerate(bodies):
        rig.clock.moment = datetime.fromtimestamp(START + minute * 60 + 30, UTC)
        begun, used = time.perf_counter(), time.process_time()
        for body in parts:
            samples, _ = remote.samples(body)
            metering.ingest(samples)
        metering.check()
        if minute:  # the first minute makes the series: that is once, not ingest
            cpu += time.process_time() - used
            fastest = max(fastest, taken / (time.perf_counter() - begun))
    return fastest, cpu / (taken * (minutes - 1)) * 1e6


def check_cost(folder: Path, accounts: int, minutes: int, abusers: float = 0.01) -> tuple[float, int, int]:
    """(worst CPU seconds of one check, incidents open at the end, bytes of the state): journal to stored state."""
    rig, rng = Rig(folder, many(accounts)), np.random.default_rng(7)
    metering, worst = rig.metering(), 0.0
    rig.clock.moment = datetime.fromtimestamp(START, UTC)
    metering.check()
    limits = np.array([rig.book.entitlements.plans["standard"][0].limits[kind] for kind in SIX])
    numbers = np.repeat(np.arange(1, accounts + 1, dtype="u4"), len(SIX)) << ACCOUNT_SHIFT
    keys = numbers | np.tile(np.array([NUMBER[kind] << RESOURCE_SHIFT for kind in SIX], "u4"), accounts)
    heavy = np.repeat(rng.random(accounts) < abusers, len(SIX))
    for minute in range(minutes):
        at = START + minute * 60
        values = np.tile(limits, accounts) * np.where(heavy, 1.9, rng.random(len(keys)))
        when = array("I", np.full(len(keys), at, "u4").tobytes())
        columns = Columns(array("I", keys.tobytes()), when, array("d", values.tobytes()))
        rig.clock.moment = datetime.fromtimestamp(at + 5, UTC)
        metering.ledger.append(columns, rig.clock.moment, {})
        used = time.process_time()
        metering.check()
        if minute:
            worst = max(worst, time.process_time() - used)
    parts = metering.ledger.state(with_parts=True).parts or {}
    return worst, len(metering.record.incidents("", only_open=True, limit=1_000_000)), sum(map(len, parts.values()))


def million(series: int) -> tuple[float, float]:
    """(bytes of state for each series, MiB of memory of a process that holds and steps them all)."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_million, (series,))


def _million(series: int) -> tuple[float, float]:
    accounts, engine = series // len(SIX), VectorEngine()
    plan = Plan("p", dict.fromkeys(SIX, 1.0))
    grants = {f"acct-{number}": (Grant(f"acct-{number}", "p"),) for number in range(1, accounts + 1)}
    book = replace(load_usage(RULES), entitlements=Entitlements({}, {"p": (plan,)}, grants))
    engine.govern(book, {name: number for number, name in enumerate(grants, 1)})
    numbers = np.repeat(np.arange(1, accounts + 1, dtype="u4"), len(SIX)) << ACCOUNT_SHIFT
    keys = numbers | np.tile(np.array([NUMBER[kind] << RESOURCE_SHIFT for kind in SIX], "u4"), accounts)
    for minute in range(3):
        at = array("I", np.full(len(keys), START + minute * 60, "u4").tobytes())
        engine.absorb(
            Columns(
                array("I", keys.tobytes()), at, array("d", np.random.default_rng(minute).random(len(keys)).tobytes())
            )
        )
    assert engine.table.count == accounts * len(SIX)
    return engine.table.nbytes() / engine.table.count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stream(minutes: int = 300) -> list[list[RawSample]]:
    """Four accounts, minute by minute: heavy, on and off, quiet, lossy."""
    rng, batches = random.Random(3), []
    for minute in range(minutes):
        at = START + minute * 60 + 5
        levels = (1.9, 1.9 if minute % 10 else 0.1, 0.3, 1.8)
        rows = [
            RawSample(f"acct-{n:06}", "cpu", at, level * rng.uniform(0.95, 1.05), "cores")
            for n, level in enumerate(levels, 1)
        ]
        batches.append(rows[: 3 if rng.random() < 0.12 else 4])
    return batches


def incidents_of(folder: Path, batches: Sequence[Sequence[RawSample]], *, restart_at: int = -1) -> list[Incident]:
    """The incidents after the batches, one check each, with a fresh process at one of them."""
    rig = Rig(folder, many(4))
    metering = rig.metering()
    for number, batch in enumerate(batches):
        rig.clock.moment = datetime.fromtimestamp(START + (number + 1) * 60, UTC)
        if number == restart_at:
            metering = rig.metering()
        metering.ingest(batch)
        metering.check()
    return sorted(metering.record.incidents("", only_open=False, limit=1_000), key=lambda incident: incident.id)


def disturbed(folder: Path) -> dict[str, bool]:
    """Whether the incidents are those of the undisturbed run."""
    batches = stream()
    plain = incidents_of(_sub(folder, "plain"), batches)
    hour = [sample for batch in batches[190:250] for sample in batch]
    replayed = [batch + (hour if number == 250 else []) for number, batch in enumerate(batches)]
    doubled = [batch + batch for batch in batches]
    return {
        "some incidents": len(plain) >= 3,
        "restart in mid-window": incidents_of(_sub(folder, "restart"), batches, restart_at=11) == plain,
        "replayed hour": incidents_of(_sub(folder, "replay"), replayed) == plain,
        "duplicated stream": incidents_of(_sub(folder, "double"), doubled) == plain,
    }


def _sub(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _field(tag: int, body: bytes) -> bytes:
    return bytes([tag]) + _varint(len(body)) + body


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
