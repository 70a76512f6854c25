"""A house in memory: real services over twins, and a detector that finds words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
from scanner.adapters.shards_memory import MemoryShards
from scanner.domain.content import Content, Sample, UploadEvent
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.known import Difference, Edition
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.services.carrying import Carrying
from scanner.services.casework import Casework
from scanner.services.enforcing import Enforcing
from scanner.services.guarding import Guarding
from scanner.services.intake import Accepted, Intake
from scanner.services.knowing import Knowing
from scanner.services.reconciling import Reconciling
from scanner.services.renewing import Renewing
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
    """Finds words; LOCKED is encrypted, CRASH is a parser that died. Follows `rules`; `words` are its rules."""

    rules: "OneBook"
    seen: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    words: dict[bytes, tuple[str, str, Severity]] = field(default_factory=lambda: dict(WORDS))

    @property
    def book(self) -> Rulebook:
        return self.rules.book

    def edition(self) -> Edition:
        return Edition("base", {rule: word.decode() for word, (rule, _, _) in self.words.items()}, self.book.digest)

    def way(self, sample: Sample) -> str:
        return sample.media_type

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None:
        if difference.whole or (difference.changed and sample is None):
            return None
        gone = difference.changed | difference.removed
        kept = tuple(finding for finding in known.findings if finding.rule not in gone)
        fresh: tuple[Finding, ...] = ()
        if difference.changed and sample is not None:
            self.brought.append(sample.name)
            fresh = tuple(f for f in self._found(sample) if f.rule in difference.changed)
        coverage = replace(known.coverage, rulebook_digest=self.book.digest)
        return Detection(known.content, (*kept, *fresh), coverage, len(kept) + len(fresh))

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        return [self.changed(sample, each, difference) for sample, each in zip(samples, known, strict=True)]

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]:
        words = [word for word, (rule, _, _) in self.words.items() if rule in difference.changed]
        return [
            None if any(word in sample.data for word in words) else self.changed(sample, each, difference)
            for sample, each in zip(samples, known, strict=True)
        ]

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]:
        words = [word for word, (rule, _, _) in self.words.items() if rule in difference.changed]
        quiet = ["badname" not in sample.name for sample in samples]
        self.brought += [sample.name for sample in samples if difference.changed]
        pairs = zip(samples, quiet, strict=True)
        return [is_quiet and not any(word in sample.data for word in words) for sample, is_quiet in pairs]

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        return [self.detect(sample) for sample in samples]

    def named(self, detection: Detection, sample: Sample) -> Detection:
        if "badname" not in sample.name:
            return detection
        finding = Finding("ads.test", "r", "3.1.3.5.8", Severity.MEDIUM, Confidence.HIGH, "", Layer.NAME)
        found = (*detection.findings, finding)
        return replace(detection, findings=found, finding_count=len(found))

    def _found(self, sample: Sample) -> tuple[Finding, ...]:
        return tuple(
            Finding(rule, "r", clause, severity, Confidence.HIGH, "", Layer.RAW, sample.data.index(word), len(word))
            for word, (rule, clause, severity) in self.words.items()
            if word in sample.data
        )

    def detect(self, sample: Sample) -> Detection:
        self.seen.append(sample.name)
        found = self._found(sample)
        gaps = [Gap(Reason.ENCRYPTED)] if b"LOCKED" in sample.data else []
        gaps += [Gap(Reason.PARSER_CRASHED)] if b"CRASH" in sample.data else []
        content = Content(hashlib.sha256(sample.data).hexdigest(), len(sample.data))
        coverage = Coverage(gaps=tuple(gaps), rulebook_digest=self.book.digest, view_count=1)
        return self.named(Detection(content, found, coverage, len(found)), sample)


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
        self.surface, self.detector, store = MemorySurface(self.contents), WordDetector(self.rules), self.store
        self.kept = MemoryEnforcement(store)
        self.casework = Casework(
            self.rules,
            store,
            self.vault,
            PlainSealer(),
            self.clock,
            protected,
            course_of=self.kept.course,
            actions_of=store.actions_of,
        )
        self.intake = Intake(store, self.doorbell, self.clock, frozenset({"tenant"}), {"tenant": "account-1"}, 200)
        self.knowing = Knowing(self.detector, store.kept, self.rules, self.clock)
        self.scanning = Scanning(
            store,
            self.contents,
            self.knowing,
            self.rules,
            store,
            self.casework,
            self.intake,
            self.doorbell,
            self.clock,
            NoPulse(),
            1_000,
        )
        self.remover = MemoryRemover(self.contents)
        self.guarding = Guarding(
            self.kept,
            self.kept,
            self.kept,
            store,
            self.vault,
            PlainSealer(),
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
            Carrying(
                self.guarding, self.surface, self.remover, store, actions_of=store.actions_of, newest=store.latest
            ),
        )
        self.reviewing = Reviewing(store, store, self.kept, self.doorbell, self.clock, timedelta(minutes=15))
        self.rescanning = Rescanning(
            store,
            MemoryShards(),
            store,
            store,
            self.contents,
            self.contents,
            self.intake,
            self.knowing,
            self.casework,
            self.clock,
            renewing=Renewing(self.contents, self.knowing, self.clock),
        )
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
