"""The soak of enforcement: uploads, overwrites, lost and doubled events, store faults, and workers killed at will.

`make soak-enforcement` runs 600 objects and 60 kills; then people have some deleted and some given back, under kills
again; then everything is looked at from outside and in the books. The seed is printed; `--seed` repeats the dice.
"""

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from benchmarks.soak_store import Shop, Watch, is_bad, marks
from benchmarks.soak_workers import BUCKETS, Place, SoakHouse, work
from scanner.adapters.probe import probe
from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import Case, Outcome
from scanner.domain.content import Subject, UploadEvent
from scanner.domain.enforcement.stages import Stage
from scanner.errors import AupError
from tests.contract.s3_stores import status_of, strict_store

RESULTS = Path(__file__).parent / "results" / "soak_enforcement.json"
LOST, DOUBLED = 0.1, 0.2
SETTLED = (Stage.SUSPENDED, Stage.NOTICED, Stage.NOTICED_FINAL)
QUIET_SECONDS = 240.0


@dataclass
class Soak:
    """One run."""

    place: Place
    shop: Shop
    dice: random.Random
    objects: int
    kills: int
    house: SoakHouse
    workers: list[ForkServerProcess] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    given_back: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> None:
        """Both halves, then quiet until nothing is owed."""
        for number in range(2):
            self._start(f"w{number}")
        fresh = iter(range(self.objects))
        half = self.kills // 2
        for kill in range(half):
            for _ in range(-(-self.objects // half)):
                if (number := next(fresh, None)) is not None:
                    self._tell(self.shop.put(number))
            if kill % 2:
                self._tell(self.shop.overwrite())
            self._kill()
        self._settle()
        self._people()
        for _ in range(self.kills - half):
            self._kill()
        self._settle()

    def stop(self) -> None:
        """End the workers."""
        for worker in self.workers:
            worker.kill()
            worker.join()

    def _start(self, name: str) -> None:
        made = multiprocessing.get_context("forkserver").Process(target=work, args=(self.place, name), daemon=True)
        made.start()
        self.workers.append(made)

    def _kill(self) -> None:
        """A worker dies of SIGKILL somewhere in its work; another takes its place."""
        end = time.monotonic() + self.dice.uniform(0.05, 0.5)
        while time.monotonic() < end:
            self.shop.trouble()
            time.sleep(0.03)
        victim = self.workers.pop(self.dice.randrange(len(self.workers)))
        victim.kill()
        victim.join()
        self.counts["kills"] += victim.exitcode == -signal.SIGKILL
        self._start(f"w{self.counts['kills'] + 2}")

    def _tell(self, subject: Subject) -> None:
        """The event: lost, doubled, or told."""
        draw = self.dice.random()
        if draw < LOST:
            self.counts["events lost"] += 1
            return
        event = UploadEvent(subject.bucket, subject.key, subject.version_id, subject.etag, subject.size)
        times = 2 if draw < LOST + DOUBLED else 1
        self.counts["events doubled"] += times == 2
        self.house.intake.accept([event] * times)

    def _settle(self) -> None:
        """No more trouble; the listing finds what was never told or not read; then until nothing is owed."""
        self.shop.calm()
        end, listed = time.monotonic() + QUIET_SECONDS, 0
        while time.monotonic() < end and all(worker.is_alive() for worker in self.workers):
            if not self._owed():
                if not (missing := self._unjudged()):
                    return
                listed += 1
                self.counts["found by listing"] += len(missing)
                events = [
                    UploadEvent(s.bucket, s.key, s.version_id, s.etag, s.size, f"listing-{listed}") for s in missing
                ]
                self.house.intake.accept(events)
            time.sleep(0.1)
        self.counts["did not settle"] += 1

    def _owed(self) -> int:
        counts = self.house.requests.counts()
        waiting = sum(count for state, count in counts.items() if not state.startswith("done"))
        now = self.house.clock.now()
        return waiting + len(self.house.outbox.due_actions(now + timedelta(hours=1), 10_000))

    def _unjudged(self) -> list[Subject]:
        """What lies there without a verdict over exactly that."""
        found = []
        for bucket in BUCKETS:
            for key in {key for where, key in self.shop.truth if where == bucket}:
                version = self.shop.current(bucket, key)
                if version is None or version.marker:
                    continue
                named = "" if version.version_id == "null" else version.version_id
                subject = Subject(bucket, key, named, version.etag, len(version.data))
                judged = self.house.register.latest(subject)
                if judged is None or judged.verdict.word not in ("VIOLATION", "CLEAN"):
                    found.append(subject)
        return found

    def _people(self) -> None:
        """Two people have a part deleted, and decide another part to be clean."""
        held = [case for case in self._cases() if self._stage(case) in SETTLED]
        self.dice.shuffle(held)
        part = max(1, len(held) // 4)
        for case in held[:part]:
            self._deletion(case)
        for case in held[part : 2 * part]:
            self._clean(case)
        (self.place.folder / "days").write_text("8")

    def _deletion(self, case: Case) -> None:
        with self._told("deletions"):
            for person in ("li", "wang"):
                self.house.custodian.view(case.id, person, "to decide")
            self.house.deleting.propose(case.id, "li", "malware")
            self.house.deleting.approve(case.id, "wang", "seen it too")

    def _clean(self, case: Case) -> None:
        with self._told("given back"):
            claimed = self.house.reviewing.claim(case.id, "zhao")
            self.house.reviewing.decide(case.id, "zhao", claimed.tokens, Outcome.CLEAN, "harmless")
            self.given_back.add((case.subject.bucket, case.sha256))

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except AupError as error:
            self.counts[f"{what} refused: {error.what[:60]}"] += 1
        else:
            self.counts[what] += 1

    def _cases(self) -> list[Case]:
        return self.house.casebook.cases((), 10_000, "")

    def _stage(self, case: Case) -> Stage:
        return self.house.guarding.course(case.subject, case.sha256).stage


def findings(soak: Soak) -> Counter[str]:
    """What must be 0, and how often it is not."""
    found: Counter[str] = Counter(dict.fromkeys(("bad left live", "clean touched", "without evidence", "twice"), 0))
    found["without evidence"] += len(soak.shop.watch.without)
    for (bucket, key), body in soak.shop.truth.items():
        version = soak.shop.current(bucket, key)
        gone = version is None or version.marker
        served = not gone and status_of(f"{soak.place.url}/{bucket}/{key}") == 200
        if not is_bad(body):
            whole = not gone and version is not None and version.data == body and not marks(version)
            found["clean touched"] += not (served and whole)
        elif not gone and version is not None and not _given_back(soak, bucket, version.data):
            found["bad left live"] += served and is_bad(version.data)  # beneath what was deleted a good one may lie
    found["twice"] += _twice(soak)
    found["breaches of invariants"] += sum(1 for _ in soak.house.checking.breaches())
    found["did not settle"] += soak.counts["did not settle"]
    return found


def _given_back(soak: Soak, bucket: str, body: bytes) -> bool:
    return (bucket, hashlib.sha256(body).hexdigest()) in soak.given_back


def _twice(soak: Soak) -> int:
    """Effects recorded or standing more than once: a filing applied twice, a deletion confirmed twice, a mark twice."""
    steps: Counter[tuple[str, str]] = Counter()
    for entry in soak.house.register.chain(0, 10**6):
        stated = json.loads(entry.body)
        if stated["verb"] in ("course-file", "course-restore", "course-confirm"):
            steps[stated["thing"], stated["verb"]] += 1
    doubled = sum(count - 1 for count in steps.values() if count > 1)
    world = soak.shop.store.world
    lying = [v for bucket in BUCKETS for versions in world.buckets[bucket].keys.values() for v in versions]
    return doubled + sum(len(marks(version)) > 1 for version in lying if not version.marker)


def soak(objects: int, kills: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """Run one soak; what must be 0, and what happened."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="aup-soak-") as name, strict_store() as store:
        for bucket in BUCKETS:
            store.bucket(bucket, versions=bucket == "kept")
        place = Place.of(Path(name), store.url, probe(store.client, store.url))
        watch = Watch(place.folder / "vault")
        store.world.log = watch
        made = SoakHouse(place)
        made.database.migrate()
        run = Soak(place, Shop(store, dice, watch), dice, objects, kills, made)
        try:
            run.run()
            run.stop()
            return findings(run), _happened(run)
        finally:
            run.stop()
            made.database.close()


def _happened(run: Soak) -> Counter[str]:
    actions = [action for case in run._cases() for action in run.house.outbox.actions_of(case.id)]
    told = Counter(run.counts)
    for action in actions:
        told[f"{action.measure} {action.state}"] += 1
    told["objects"], told["bad"] = len(run.shop.truth), sum(is_bad(body) for body in run.shop.truth.values())
    told["store faults set"], told["touches watched"] = run.shop.faults, run.shop.watch.touches
    told["audit entries"] = len(run.house.register.chain(0, 10**6))
    told["deleted"] = sum(a.measure is Measure.DELETE and a.state is ActionState.DONE for a in actions)
    return told


def main() -> int:
    """Run, print, write; 1 if anything that must be 0 is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=600)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    began = time.monotonic()
    zero, happened = soak(chosen.objects, chosen.kills, chosen.seed)
    for name, count in sorted(happened.items()):
        print(f"  {name:40} {count:>7}")
    for name, count in zero.items():
        print(f"{name:42} {count:>7}  {'holds' if count == 0 else 'VIOLATED'}")
    took = round(time.monotonic() - began, 1)
    print(f"{took} s")
    told = {"seed": chosen.seed, "seconds": took, "must be 0": zero, "happened": happened}
    RESULTS.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if any(zero.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
