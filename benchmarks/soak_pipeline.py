"""`make soak-pipeline`: uploads under everything at once, then the books are checked. Exit 1 if one object is lost,
one verdict is wrong, or one invariant does not hold. `--seed` repeats a run's dice."""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.client import Config

from benchmarks.soak_objects import Planned, objects
from benchmarks.soak_world import Broker, Dice, Fleet, failing_store, hang_up, patiently
from scanner.adapters.embedded_redis import start_redis
from scanner.bootstrap import House, default_rules_dir, open_house, warm_up
from scanner.domain.content import Subject, UploadEvent
from scanner.domain.rescans import RescanState
from scanner.errors import AupError
from scanner.settings import Settings

BUCKET = "soak"
HONEST = frozenset({"FAILED", "UNSCANNABLE", "PARTIAL"})  # said while faults lasted: incomplete, and said so
RESULT = Path(__file__).parent / "results" / "soak_pipeline.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything. `seconds`: over how long uploads and faults are spread."""

    objects: int = 600
    kills: int = 60
    seconds: float = 150.0
    lost: float = 0.10
    twice: float = 0.10
    refused: float = 0.30
    whole: float = 0.15  # of the kills hit a worker's main process
    redis_kills: int = 3
    flushes: int = 3
    freezes: int = 2
    hang_ups: int = 6
    garbage: int = 3
    workers: int = 2
    children: int = 2
    drain: float = 60.0
    seed: int = 0


@dataclass(slots=True)
class Outcome:
    """What came out. `lost`, `unrecorded`, `wrong` and `breaches` must be empty."""

    plan: Plan
    events_lost: int = 0
    events_twice: int = 0
    met: dict[str, int] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    drained: float = -1.0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing is wrong."""
        return not (self.lost or self.wrong or self.breaches) and 0 <= self.drained <= self.plan.drain

    def summary(self) -> str:
        """For people."""
        unrecorded = sum("no verdict" in one for one in self.breaches)
        met = ", ".join(f"{count} {word}" for word, count in sorted(self.met.items()))
        lines = [
            f"seed {self.plan.seed}: {self.plan.objects} objects, {self.events_lost} events lost, "
            f"{self.events_twice} sent twice, {self.seconds:.0f} s of faults",
            f"met: {met}",
            f"verdict rows: {', '.join(f'{count} {word}' for word, count in sorted(self.verdicts.items()))}",
            f"lost {len(self.lost)}, scanned but unrecorded {unrecorded}, wrong verdicts {len(self.wrong)}, "
            f"breaches of invariants {len(self.breaches)}",
            f"backlog drained {self.drained:.1f} s after the faults stopped (bound {self.plan.drain:.0f} s)",
            "HOLDS" if self.holds else "DOES NOT HOLD",
        ]
        return "\n".join([*lines, *self.lost[:10], *self.wrong[:10], *self.breaches[:10]])


def run(plan: Plan, database_url: str, folder: Path, say: Callable[[str], None] = print) -> Outcome:
    """One soak over a database that is empty or made anew."""
    dice = random.Random(plan.seed)
    world_dice, outcome = Dice(dice=random.Random(plan.seed + 1)), Outcome(plan)
    say(f"seed {plan.seed}")
    with failing_store(world_dice) as (url, _world):
        broker = Broker(folder / "redis", start_redis(folder / "redis"))
        settings = _settings(folder, database_url, url, broker)
        warm_up(settings)
        house, tenant = open_house(settings, role="cli"), _tenant(url)
        tenant.create_bucket(Bucket=BUCKET)
        tenant.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        fleet = Fleet(settings, _environ(settings), plan.workers, plan.children, folder / "workers.log")
        try:
            _warm(fleet, house, tenant)
            world_dice.share = plan.refused
            truth = _uploads(plan, dice, house, tenant, fleet, _script(plan, dice, broker, fleet, house), outcome)
            world_dice.share = 0.0
            outcome.met |= {**fleet.killed, **broker.met, **{f"S3 {k}": n for k, n in world_dice.thrown.items()}}
            say(f"faults stopped after {outcome.seconds:.0f} s; {dict(house.requests.counts())}")
            _drain(plan, house, fleet, outcome)
            _check(house, truth, outcome)
        finally:
            fleet.stop()
            broker.server.stop()
            house.close()
    return outcome


def _settings(folder: Path, database_url: str, url: str, broker: Broker) -> Settings:
    return replace(
        Settings(),
        state_dir=str(folder / "state"),
        rules_dir=str(shutil.copytree(default_rules_dir(), folder / "rules")),  # nobody edits them meanwhile
        database_url=database_url,
        redis_url=broker.server.url,
        s3_endpoint=url,
        s3_access_key="aup",
        s3_secret_key="secret",
        buckets=(BUCKET,),
        lease_seconds=6.0,
        sweep_seconds=2.0,
        ring_again_seconds=3.0,
        batch_size=40,
    )


def _environ(settings: Settings) -> dict[str, str]:
    names: tuple[str, ...] = (
        "state_dir",
        "rules_dir",
        "database_url",
        "redis_url",
        "s3_endpoint",
        "s3_access_key",
        "s3_secret_key",
    )
    names += ("lease_seconds", "sweep_seconds", "ring_again_seconds", "batch_size")
    told = {f"AUP_{name.upper()}": str(getattr(settings, name)) for name in names}
    return {**os.environ, **told, "AUP_BUCKETS": BUCKET}


def _tenant(url: str) -> Any:
    """The owner's own client: it uploads, and is on no trial."""
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 3})
    keys = {"aws_access_key_id": "tenant", "aws_secret_access_key": "secret"}
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1", config=config, **keys)


def _warm(fleet: Fleet, house: House, tenant: Any) -> None:
    """Until the fleet has scanned one object: the soak measures faults, not the first start."""
    fleet.tend()
    _tell(house, _put(tenant, Planned("warm", b"a first note", "CLEAN")), 0)
    deadline = time.monotonic() + 90
    while not house.requests.counts().get("done:CLEAN"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the fleet never began: {fleet.log}")
        time.sleep(0.2)


def _uploads(
    plan: Plan,
    dice: random.Random,
    house: House,
    tenant: Any,
    fleet: Fleet,
    script: list[tuple[float, Callable[[], object]]],
    outcome: Outcome,
) -> dict[Subject, str]:
    """Upload, tell, lose and repeat while the script of faults runs; the truth by exact version."""
    started, truth = time.monotonic(), dict[Subject, str]()
    planned = list(objects(plan.objects, dice))
    late: list[Subject] = []
    for number, one in enumerate(planned):
        _meet(script, started, fleet)
        subject = _put(tenant, one)
        truth[subject] = one.word
        fate = dice.random()
        outcome.events_lost += fate < plan.lost
        outcome.events_twice += fate > 1 - plan.twice
        if fate >= plan.lost:
            _tell(house, subject, number)
        if fate > 1 - plan.twice:
            late.append(subject)
        if late and dice.random() < 0.3:
            _tell(house, late.pop(dice.randrange(len(late))), number)
        time.sleep(max(0.0, started + plan.seconds * 0.8 * (number + 1) / len(planned) - time.monotonic()))
    for subject in late:
        _tell(house, subject, 0)
    while script or time.monotonic() < started + plan.seconds:
        _meet(script, started, fleet)
        time.sleep(0.05)
    outcome.seconds = time.monotonic() - started
    return truth


def _put(tenant: Any, one: Planned) -> Subject:
    answer = tenant.put_object(Bucket=BUCKET, Key=one.key, Body=one.body)
    return Subject(BUCKET, one.key, answer["VersionId"], answer["ETag"].strip('"'), len(one.body), BUCKET)


def _tell(house: House, subject: Subject, number: int) -> None:
    """The store's event, tried again as stores do; a repeat carries the same sequencer."""
    event = UploadEvent(
        subject.bucket, subject.key, subject.version_id, subject.etag, subject.size, subject.version_id[:16]
    )
    patiently(lambda: house.intake.accept([event]))


def _script(
    plan: Plan, dice: random.Random, broker: Broker, fleet: Fleet, house: House
) -> list[tuple[float, Callable[[], object]]]:
    """When what happens, in order."""
    acts: list[tuple[float, Callable[[], object]]] = []
    kinds: tuple[tuple[int, Callable[[], object]], ...] = (
        (plan.kills, lambda: fleet.kill(dice, plan.whole)),
        (plan.redis_kills, broker.kill),
        (plan.flushes, broker.flush),
        (plan.freezes, broker.freeze),
        (plan.garbage, lambda: broker.fill(dice.choice(["uploads", "bulk"]))),
        (plan.hang_ups, lambda: broker.met.update({"database hung up": broker.met.get("database hung up", 0) + 1})),
        (plan.hang_ups, lambda: patiently(lambda: hang_up(house.database))),
    )
    for count, act in kinds:
        acts += [(dice.uniform(0.02, 0.97) * plan.seconds, act) for _ in range(count)]
    return sorted(acts, key=lambda row: row[0])


def _meet(script: list[tuple[float, Callable[[], object]]], started: float, fleet: Fleet) -> None:
    while script and time.monotonic() - started >= script[0][0]:
        script.pop(0)[1]()
        fleet.tend()
    fleet.tend()


def _drain(plan: Plan, house: House, fleet: Fleet, outcome: Outcome) -> None:
    """The listing finds what no event told of and what was not read; then the backlog must run dry."""
    stopped = time.monotonic()
    rescan = patiently(lambda: house.rescanning.start(BUCKET, requester="soak"))
    while time.monotonic() - stopped < plan.drain * 3:
        fleet.tend()
        with suppress(AupError):
            if _is_dry(house, rescan):
                outcome.drained = time.monotonic() - stopped
                return
        time.sleep(0.25)


def _is_dry(house: House, rescan: Any) -> bool:
    counts = house.requests.counts()
    if counts.get("owed", 0) + counts.get("leased", 0):
        return False
    if house.rescanning.progress(rescan.id).rescan.state is not RescanState.DONE:
        return False
    return not house.outbox.due_actions(house.intake.clock.now(), 1)


def _check(house: House, truth: dict[Subject, str], outcome: Outcome) -> None:
    """Every version has its verdict, no verdict was ever wrong, and every invariant holds."""
    words = {(subject.key, subject.version_id): word for subject, word in truth.items()}
    last: dict[tuple[str, str], str] = {}
    after, rows = 0, Counter[str]()
    while page := house.register.verdicts(BUCKET, "", after, 1_000):
        for after, judged in page:  # noqa: B007 - the last number is where the next page begins
            place, word = (judged.subject.key, judged.subject.version_id), judged.verdict.word
            rows[word] += 1
            if place in words:
                last[place] = word
                if word != words[place] and word not in HONEST:
                    outcome.wrong.append(f"{place[0]}: {word}, right is {words[place]}")
    outcome.verdicts = dict(rows)
    outcome.lost = [
        f"{key}: {last.get((key, v), 'no verdict')}" for (key, v), w in words.items() if last.get((key, v)) != w
    ]
    outcome.lost += [f"{s.key}: uncovered" for s, judged in house.checking.uncovered(BUCKET) if judged is None]
    outcome.breaches = [f"{one.invariant} {one.thing}: {one.what}" for one in house.checking.breaches()]


@contextmanager
def _postgres() -> Iterator[str]:
    import pgserver

    folder = Path(tempfile.mkdtemp(prefix="aup-soak-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run, print the summary, keep the result."""
    parser = argparse.ArgumentParser(prog="soak_pipeline", description=__doc__)
    for name in ("objects", "kills", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Plan(), name))
    parser.add_argument("--seconds", type=float, default=Plan().seconds)
    chosen = parser.parse_args()
    plan = Plan(
        objects=chosen.objects, kills=chosen.kills, seconds=chosen.seconds, seed=chosen.seed or time.time_ns() % 10**6
    )
    folder = Path(tempfile.mkdtemp(prefix="aup-soak-"))
    with _postgres() as url:
        outcome = run(plan, url, folder)
    print(outcome.summary())
    stated = {**asdict(outcome), "date": time.strftime("%Y-%m-%dT%H:%M:%S"), "holds": outcome.holds}
    RESULT.write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")
    if outcome.holds:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"workers' log: {folder / 'workers.log'}")
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
