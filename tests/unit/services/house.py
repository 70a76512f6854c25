"""A house in memory: real services over twins, and a detector that finds words."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from scanner.adapters.enforcement_memory import MemoryEnforcement, MemoryRemover
from scanner.adapters.memory import (
    FixedClock,
    MemoryContents,
    MemoryDoorbell,
    MemoryStore,
    MemorySurface,
    MemoryVault,
    NoPulse,
)
from scanner.domain.content import Content, Sample, UploadEvent
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.services.carrying import Carrying
from scanner.services.casework import Casework
from scanner.services.enforcing import Enforcing
from scanner.services.guarding import Guarding
from scanner.services.intake import Accepted, Intake
from scanner.services.reconciling import Reconciling
from scanner.services.rescanning import Rescanning
from scanner.services.reviewing import Reviewing
from scanner.services.scanning import BatchReport, Scanning

WORDS = {
    b"EVIL": ("malware.test", "3.1.3.7", Severity.HIGH),
    b"ADVERT": ("ads.test", "3.1.3.5.8", Severity.MEDIUM),
    b"NEW": ("new.test", "3.1.3.7", Severity.CRITICAL),
}


@dataclass
class WordDetector:
    """Finds words; LOCKED is encrypted, CRASH is a parser that died."""

    book: Rulebook
    seen: list[str] = field(default_factory=list)

    def detect(self, sample: Sample) -> Detection:
        self.seen.append(sample.name)
        found = tuple(
            Finding(rule, "r", clause, severity, Confidence.HIGH, "", Layer.RAW, sample.data.index(word), len(word))
            for word, (rule, clause, severity) in WORDS.items()
            if word in sample.data
        )
        gaps = [Gap(Reason.ENCRYPTED)] if b"LOCKED" in sample.data else []
        gaps += [Gap(Reason.PARSER_CRASHED)] if b"CRASH" in sample.data else []
        content = Content(hashlib.sha256(sample.data).hexdigest(), len(sample.data))
        return Detection(content, found, Coverage(gaps=tuple(gaps), rulebook_digest=self.book.digest))


@dataclass
class OneBook:
    """A rulebook that never changes."""

    book: Rulebook
    trouble: str = ""

    def current(self) -> Rulebook:
        return self.book


class PlainSealer:
    """A bundle without secrets: manifest and payload behind their lengths."""

    def seal(self, manifest: bytes, payload: bytes) -> bytes:
        return len(manifest).to_bytes(4, "big") + manifest + payload

    def open(self, bundle: bytes) -> tuple[bytes, bytes]:
        size = int.from_bytes(bundle[:4], "big")
        return bundle[4 : 4 + size], bundle[4 + size :]


class MemoryHouse:
    """All services; `upload` tells intake, `work` does what workers would."""

    def __init__(self, book: Rulebook, *, protected: frozenset[str] = frozenset()) -> None:
        self.clock, self.store, self.contents = FixedClock(), MemoryStore(), MemoryContents()
        self.vault, self.doorbell, self.rules = MemoryVault(), MemoryDoorbell(), OneBook(book)
        self.surface, self.detector, store = MemorySurface(self.contents), WordDetector(book), self.store
        self.casework = Casework(self.rules, store, self.vault, PlainSealer(), self.clock, protected)
        self.intake = Intake(store, self.doorbell, self.clock, frozenset({"tenant"}), {"tenant": "account-1"}, 200)
        self.scanning = Scanning(
            store,
            self.contents,
            self.detector,
            self.rules,
            store,
            self.casework,
            self.intake,
            self.doorbell,
            self.clock,
            NoPulse(),
            1_000,
        )
        self.kept, self.remover = MemoryEnforcement(store), MemoryRemover(self.contents)
        self.guarding = Guarding(
            self.kept,
            self.kept,
            self.kept,
            store,
            self.vault,
            self.contents,
            self.rules,
            self.remover,
            self.clock,
            1_000,
            protected=protected,
        )
        self.enforcing = Enforcing(
            store,
            self.kept,
            store,
            self.surface,
            self.vault,
            self.contents,
            self.casework,
            self.rules,
            self.clock,
            1_000,
            Carrying(self.guarding, self.surface, self.remover, store),
        )
        self.reviewing = Reviewing(store, store, self.kept, self.doorbell, self.clock, timedelta(minutes=15))
        self.rescanning = Rescanning(store, store, store, self.contents, self.intake, self.rules, self.clock)
        self.reconciling = Reconciling(store, store, self.doorbell, self.clock)

    def upload(self, key: str, data: bytes, sequencer: str = "") -> Accepted:
        """Put an object and tell of it."""
        subject = self.contents.put("tenant", key, data)
        return self.intake.accept(
            [UploadEvent("tenant", key, "", subject.etag, len(data), sequencer, at=self.clock.now())]
        )

    def work(self) -> list[BatchReport]:
        """Answer every ring so far."""
        rings, self.doorbell.rings = self.doorbell.rings, []
        reports = [self.scanning.scan_batch(ids, "w") for lane, ids in rings if ids]
        self.enforcing.carry_out()
        return reports

    def words(self) -> dict[str, str]:
        """The newest verdict word of each key."""
        return {judged.subject.key: judged.verdict.word for judged in self.store.judged}
