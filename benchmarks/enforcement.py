"""Figures of enforcement and evidence: `make bench-enforcement` prints a table and writes results/enforcement.json."""

import copy
import hashlib
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.crash_points import table
from benchmarks.enforcement_stack import delays
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.sql import Database
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.audit import AuditEntry, Chained
from scanner.domain.canonical import canonical
from scanner.domain.chain import checkpoint, link
from scanner.domain.changes import Change
from scanner.domain.enforcement.abilities import Abilities
from scanner.wire.checkpoints import sign_checkpoint, verify_log
from scanner.wire.seal import Keys, load_or_create_keys
from scanner.wire.verify import verify_bundle
from tests.contract.s3_stores import Store, strict_store

RESULTS = Path(__file__).parent / "results" / "enforcement.json"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
BATCH, ENTRIES, OBJECTS = 200, 100_000, 1_000


@dataclass(frozen=True)
class Figure:
    """One row. `holds` is None where there is no target."""

    figure: str
    value: float
    unit: str
    target: str
    holds: bool | None
    note: str = ""


def crashes() -> Iterator[Figure]:
    """Every crash point and pair."""
    trials = violations = 0
    for kind in ("suspend", "delete"):
        tried, _, found, _ = table(kind)
        trials, violations = trials + tried, violations + sum(found.values())
    yield Figure(
        "crash points, singles and pairs: violations", violations, "", "0", violations == 0, f"{trials} trials"
    )


def log_of(count: int) -> list[Chained]:
    """A log."""
    found: list[Chained] = []
    previous = ""
    for number in range(1, count + 1):
        body = AuditEntry(NOW, "enforcer", "course-apply", f"K{number:015}", "a rule", {"sha256": "a" * 64}).body()
        digest = link(previous, body)
        found.append(Chained(number, body, previous, digest))
        previous = digest
    return found


def audit(folder: Path, keys: Keys) -> Iterator[Figure]:
    """Appending in batches, and verifying a long log."""
    database = Database(f"sqlite:///{folder / 'bench.sqlite3'}")
    database.migrate()
    register = SqlRegister(database)
    facts = {"state": "DONE", "subject": "s3://tenant/key", "outcome": "refused to an anonymous GET"}
    entries = tuple(AuditEntry(NOW, "enforcer", "suspend-verified", f"A{n:015}", "seen", facts) for n in range(BATCH))
    costs = []
    for _ in range(40):
        began = time.process_time()
        register.commit(Change(audit=entries))
        costs.append((time.process_time() - began) / BATCH * 1e6)
    database.close()
    cost = statistics.median(costs)
    yield Figure(
        "audit append in a batch of 200", round(cost, 1), "µs CPU", "<= 50", cost <= 50, "SQLite, synchronous=FULL"
    )
    log = log_of(ENTRIES)
    point = sign_checkpoint(checkpoint(log, NOW), keys)
    began = time.perf_counter()
    valid = verify_log(log, [point], keys.public).valid
    took = time.perf_counter() - began
    yield Figure(f"verify {ENTRIES:,} entries", round(took, 2), "s", "<= 2", valid and took <= 2)


def tampering(keys: Keys) -> Iterator[Figure]:
    """Six kinds of tampering with a log, and random edits of logs and bundles."""
    log = log_of(60)
    points = [sign_checkpoint(checkpoint(log[:size], NOW), keys) for size in (20, 60)]
    other = sign_checkpoint(checkpoint(log_of(59), NOW), keys)
    kinds = {
        "edit": [*log[:9], replace(log[9], body=log[9].body.replace(b"enforcer", b"somebody")), *log[10:]],
        "removal": [*log[:9], *log[10:]],
        "swap": [*log[:9], log[10], log[9], *log[11:]],
        "truncation": log[:40],
        "re-chaining": _anew([*log[:9], *log[10:], log[9]]),
    }
    found = sum(not verify_log(entries, points, keys.public).valid for entries in kinds.values())
    forged = _forked(keys)
    found += not verify_log(log, [*points, forged], keys.public).valid
    yield Figure(
        "tampering kinds found", found, "of 6", "6", found == 6, f"{', '.join(kinds)}, fork; control: {len(other)} B"
    )
    bundle, dice, missed = (
        keys.seal(canonical({"format": "aup-evidence/1", "case": "C1"}), b"x" * 2_000),
        random.Random(3),
        0,
    )
    for _ in range(1_000):
        at = dice.randrange(len(bundle))
        edited = bundle[:at] + dice.randbytes(dice.randrange(6)) + bundle[at + dice.randrange(1, 6) :]
        missed += edited != bundle and verify_bundle(edited, keys.public).valid
    yield Figure("random edits of a bundle missed", missed, "of 1,000", "0", missed == 0)


def _anew(entries: list[Chained]) -> list[Chained]:
    found: list[Chained] = []
    for number, entry in enumerate(entries, 1):
        previous = found[-1].digest if found else ""
        found.append(Chained(number, entry.body, previous, link(previous, entry.body)))
    return found


def _forked(keys: Keys) -> bytes:
    """A checkpoint, rightly signed, over another history of the same length."""
    other = _anew([replace(entry, body=entry.body.replace(b"a rule", b"b rule")) for entry in log_of(60)])
    return sign_checkpoint(checkpoint(other, NOW), keys)


def reinstating() -> Iterator[Figure]:
    """Random objects suspended and given back: bytes, ACL, tags, metadata, version compared in the store itself.

    The ACL is tried in buckets without a policy, where it is what decides; beside a public policy it refuses nobody,
    which is counted as a row of its own.
    """
    able = Abilities(
        tagging=True,
        policy=True,
        tag_policy=True,
        owner_condition=True,
        acl=True,
        copy_if_match=True,
        delete_if_match=True,
    )
    bare = replace(able, tagging=False, policy=False)
    ways = {"tag": able, "statement": replace(able, tagging=False), "acl": bare, "quarantine": replace(bare, acl=False)}
    dice, same, refused, times = random.Random(5), 0, 0, list[float]()
    with strict_store() as store:
        for versions in (True, False):
            store.bucket(f"open-{str(versions).lower()}", versions=versions)
            store.bucket(f"bare-{str(versions).lower()}", versions=versions, public=False)
        for number in range(OBJECTS):
            way = dice.choice(list(ways))
            versions = dice.random() < 0.5 and way != "quarantine"
            bucket = f"{'bare' if way == 'acl' else 'open'}-{str(versions).lower()}"
            identical, seen, took = _there_and_back(store, dice, ways[way], bucket, f"k{number}")
            same, refused, times = same + identical, refused + (seen in ("refused", "served-by-link")), [*times, took]
        beside = _there_and_back(store, dice, ways["acl"], "open-true", "beside-a-policy")
    yield Figure(
        "reinstated identical",
        same,
        f"of {OBJECTS:,}",
        f"{OBJECTS:,}",
        same == OBJECTS,
        "by tag, statement, ACL and quarantine",
    )
    yield Figure(
        "refused to an anonymous GET meanwhile", refused, f"of {OBJECTS:,}", f"{OBJECTS:,}", refused == OBJECTS
    )
    yield Figure(
        "ACL beside a public policy: refused",
        float(beside[1] != "served"),
        "",
        "",
        None,
        "a limit: it stays UNVERIFIED",
    )
    middle = statistics.median(times)
    yield Figure("plan + suspend + seen refused, p50", round(middle, 4), "s", "", None, "strict store on loopback")


def _there_and_back(
    store: Store, dice: random.Random, able: Abilities, bucket: str, key: str
) -> tuple[bool, str, float]:
    """One object suspended and given back: whether it is the same, what the world saw meanwhile, seconds until then."""
    tags = "&".join(f"t{n}={dice.randrange(99)}" for n in range(dice.randrange(8)))
    acl = dice.choice(["private", "public-read", "authenticated-read"])
    body, meta = dice.randbytes(dice.randrange(400)), {"m": str(dice.random())}
    subject = store.put(key, body, bucket, Tagging=tags, Metadata=meta, ACL=acl)
    surface = S3Surface(store.client, store.url, lambda: able)
    lying = store.world.named(store.world.buckets[bucket], key, subject.version_id or "null")
    before, began = copy.deepcopy(lying), time.perf_counter()
    plan = surface.plan(subject)
    surface.suspend(subject, plan)
    seen = surface.observe(subject)
    took = time.perf_counter() - began
    surface.restore(subject, plan)
    after = store.world.named(store.world.buckets[bucket], key, subject.version_id or "null")
    if after is not None and after is not lying:
        # Quarantine writes it anew: the clock differs, and the type that S3 tells of untyped objects is noted.
        after.modified = before.modified
        before.headers.setdefault("content-type", "binary/octet-stream")
    return after == before, seen, took


def stack() -> Iterator[Figure]:
    """The whole way on real processes."""
    found = sorted(delays())
    middle = statistics.median(found)
    note = f"p90 {found[int(len(found) * 0.9)]:.2f} s, {len(found)} uploads, one after the other"
    yield Figure("detection -> suspended and verified, p50", round(middle, 3), "s", "<= 2", middle <= 2, note)


def main() -> int:
    """Measure, print, write."""
    rows: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        keys = load_or_create_keys(Path(name) / "keys")
        for part in (stack(), crashes(), audit(Path(name), keys), tampering(keys), reinstating()):
            for row in part:
                rows.append(row)
                word = {True: "holds", False: "SHORT", None: ""}[row.holds]
                print(f"{row.figure:48} {row.value:>10} {row.unit:10} {row.target:8} {word:6} {row.note}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    told = {
        "machine": f"{platform.machine()} {platform.system()}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), "sha256": hashlib.sha256().name},
        "rows": [{name: getattr(row, name) for name in Figure.__dataclass_fields__} for row in rows],
    }
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(row.holds is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
