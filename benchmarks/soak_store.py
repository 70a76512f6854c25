"""The soak's strict store: what customers put there, what goes wrong in it, and whether each touch had its evidence."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from localstore.values import Version
from scanner.domain.canonical import parse_canonical
from scanner.domain.content import Subject
from scanner.domain.enforcement.statements import TAG
from scanner.wire.bundle import take_apart
from tests.contract.s3_stores import Store

FAULTS = (
    *(("GetObject", kind) for kind in ("503", "cut", "drop")),
    *(("HeadObject", kind) for kind in ("503", "drop")),
    *(("PutObjectTagging", kind) for kind in ("503", "500", "lost", "drop")),
    *(("DeleteObjectTagging", kind) for kind in ("503", "lost")),
    *(("GetObjectTagging", kind) for kind in ("503", "lost")),
    *(("PutBucketPolicy", kind) for kind in ("409", "lost")),
    *(("GetBucketPolicy", kind) for kind in ("500", "drop")),
    *(("DeleteObject", kind) for kind in ("503", "409", "lost", "drop")),
)
TOUCHES = ("PutObjectTagging", "DeleteObject")


class Watch(list[tuple[str, str, str, str]]):
    """The store's log; at every touch of an object by us it is seen whether sealed evidence of it lies in the vault."""

    def __init__(self, vault: Path) -> None:
        super().__init__()
        self.vault, self.known, self.seen = vault, set[tuple[str, str]](), set[str]()
        self.quiet = False  # while a customer does something
        self.without: list[str] = []
        self.touches = 0

    def append(self, entry: tuple[str, str, str, str]) -> None:
        """Called under the store's lock, before the request is carried out."""
        super().append(entry)
        _, operation, bucket, key = entry
        if operation not in TOUCHES or self.quiet:
            return
        self.touches += 1
        if (bucket, key) not in self.known:
            self._look()
        if (bucket, key) not in self.known:
            self.without.append(f"{operation} {bucket}/{key}")

    def _look(self) -> None:
        for path in self.vault.glob("*.aupe"):
            if path.name not in self.seen:
                stated = parse_canonical(take_apart(path.read_bytes()).manifest, path.name)["subject"]
                self.known.add((stated["bucket"], stated["key"]))
                self.seen.add(path.name)


@dataclass
class Shop:
    """Customers of two buckets, one with versions and one without, and the store's troubles."""

    store: Store
    dice: random.Random
    watch: Watch
    truth: dict[tuple[str, str], bytes] = field(default_factory=dict)  # what lies there now; b"" for deleted
    faults: int = 0

    def put(self, number: int) -> Subject:
        """A new object, every second one bad."""
        bucket, bad = ("kept", "plain")[number % 2], self.dice.random() < 0.5
        return self._store(bucket, f"d{number % 7}/o{number}", self._bytes(number, bad=bad))

    def overwrite(self) -> Subject:
        """Another content over some object: the race that every measure must survive."""
        bucket, key = self.dice.choice(sorted(self.truth))
        return self._store(bucket, key, self._bytes(self.dice.randrange(10**6), bad=self.dice.random() < 0.4))

    def trouble(self) -> None:
        """One more fault waits; a few at most wait at a time."""
        faults = self.store.world.faults
        with self.store.world.lock:
            faults.script = [fault for fault in faults.script if fault.times > 0][-6:]
        faults.add(*self.dice.choice(FAULTS))
        self.faults += 1

    def calm(self) -> None:
        """No more faults."""
        self.store.world.faults.script.clear()

    def current(self, bucket: str, key: str) -> Version | None:
        """What lies there now."""
        return self.store.world.buckets[bucket].current(key)

    def _store(self, bucket: str, key: str, body: bytes) -> Subject:
        meta, tags = {"m": str(len(body))}, f"t={self.dice.randrange(9)}"
        self.truth[bucket, key] = body
        return self.store.put(key, body, bucket, Metadata=meta, Tagging=tags)

    def _bytes(self, number: int, *, bad: bool) -> bytes:
        return (b"EVIL " if bad else b"good ") + str(number).encode() + self.dice.randbytes(self.dice.randrange(200))


def is_bad(body: bytes) -> bool:
    """Whether content is what the rule finds."""
    return b"EVIL" in body


def marks(version: Version) -> list[str]:
    """Our measures that lie on a version."""
    return [part for part in version.tags.get(TAG, "").split(":") if part]
