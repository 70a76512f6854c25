"""Knowing: a content that was detected before is not detected again; after a rule change only changed rules run."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.domain.content import Sample
from scanner.domain.known import (
    CACHED,
    DELTA,
    DETECTED,
    Difference,
    Edition,
    Known,
    Settled,
    content_ids,
    is_keepable,
    is_opened,
    nameless,
    settled,
    settles,
    since,
)
from scanner.domain.verdicts import Detection, Verdict, judge
from scanner.ports import Clock, Fetched, Rules
from scanner.ports_knowing import KnowingDetector, KnownStore

RECENT = 1_000  # known detections kept in memory


@dataclass(frozen=True, slots=True)
class Found:
    """A detection and where it is from. `known` is to be kept; `content` names it ("" where it is not keepable)."""

    detection: Detection
    how: str
    edition: str
    content: str = ""
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Knowing:
    """Detects what is not known. Its memory of recent contents is this process's own."""

    detector: KnowingDetector
    store: KnownStore
    rules: Rules
    clock: Clock
    _recent: OrderedDict[str, Known] = field(default_factory=OrderedDict)
    _editions: dict[str, Edition | None] = field(default_factory=dict)
    _differences: dict[tuple[str, str], Difference | None] = field(default_factory=dict)

    def detect_all(self, reads: Sequence[Fetched]) -> list[Found]:
        """The detection of each, in order; the same content among them is detected once."""
        edition, samples = self.edition(), [sample_of(read) for read in reads]
        names = [self.names(sample) for sample in samples]
        self._recall(names)
        found, owed, turn = dict[int, Found](), list(range(len(samples))), 0
        while owed:
            left = self._known(owed, samples, names, edition, found)
            firsts = list({names[number][turn]: number for number in reversed(left)}.values())
            detections = self.detector.detect_all([samples[number] for number in firsts]) if firsts else []
            for number, detection in zip(firsts, detections, strict=True):
                found[number] = self._fresh(detection, names[number], edition)
            owed, turn = [number for number in left if number not in found], 1  # copies of what was just detected
        return [found[number] for number in range(len(samples))]

    def standing(self, reads: Sequence[Fetched]) -> list[Found | None]:
        """Of reads whose bytes are said to be unchanged: their detection, if it was clean under what is in force.

        None is for those whose bytes have to be read again.
        """
        if not reads:
            return []
        edition, book = self.edition(), self.rules.current()
        samples = [Sample(read.subject.key, b"", read.media_type, read.encoding, read.unchanged) for read in reads]
        names = [self.names(sample) for sample in samples]
        self._recall(names)
        found: list[Found | None] = []
        for sample, ids in zip(samples, names, strict=True):
            known = self._recent.get(ids[0]) or self._recent.get(ids[1])
            stands = known is not None and known.edition == edition.id
            detection = self.detector.named(known.detection, sample) if known is not None and stands else None
            clean = detection is not None and judge(detection, book).word == "CLEAN"
            content = known.content if known is not None else ""
            found.append(Found(detection, CACHED, edition.id, content) if detection is not None and clean else None)
        return found

    def edition(self) -> Edition:
        """What is in force; the store knows it from here on."""
        edition = self.detector.edition()
        if self._editions.get(edition.id) is None:
            self.store.enrol(edition)
            self._editions[edition.id] = edition
        return edition

    def settle(self, read: Fetched, found: Found, verdict: Verdict, asked_at: datetime) -> Settled | None:
        """The stored object with its verdict, where it can be known again by its listing; else None.

        It was read after `asked_at`; however long its detection took since, it may have been replaced within a second.
        """
        if not found.content or not settles(read.subject.modified, asked_at):
            return None
        return settled(read.subject, found.edition, verdict.word, found.content, verdict.content.sha256)

    def unread(self, rows: Mapping[str, Settled]) -> dict[str, tuple[Settled, Verdict, Known]]:
        """Of objects settled under older editions, by key, those that can be judged anew without their bytes."""
        edition, judged = self.edition(), dict[str, tuple[Settled, Verdict, Known]]()
        wanted = {row.content for row in rows.values() if self._may_stand(row.edition, edition)}
        known = self._stored(sorted(wanted - {""})) if wanted else {}
        for key, row in rows.items():
            old = known.get(row.content)
            found = self._without_bytes(old, edition) if old is not None else None
            if old is not None and found is not None:
                verdict = judge(self.detector.named(found, Sample(key, b"")), self.rules.current())
                fresh = Known(old.content, edition.id, found)
                judged[key] = replace(row, edition=edition.id, word=verdict.word), verdict, fresh
        return judged

    def _may_stand(self, old: str, edition: Edition) -> bool:
        difference = self.since(old, edition)
        return difference is not None and not (difference.changed or difference.whole)

    def since(self, old: str, edition: Edition) -> Difference | None:
        """What changed since the edition of that id, told once for each pair; None where it is not known any more."""
        pair = old, edition.id
        if pair not in self._differences:
            before = self._edition(old)
            self._differences[pair] = since(before, edition) if before is not None else None
        return self._differences[pair]

    def _without_bytes(self, old: Known, edition: Edition) -> Detection | None:
        if old.edition == edition.id:
            return old.detection
        difference = self.since(old.edition, edition)
        return self.detector.changed(None, old.detection, difference) if difference is not None else None

    def names(self, sample: Sample) -> tuple[str, str]:
        """The names of the sample's content."""
        return content_ids(sample.sha256, self.detector.way(sample), sample.name)

    def _recall(self, names: Sequence[tuple[str, str]]) -> None:
        """Bring what the store knows of these contents into memory, in one question."""
        wanted = dict.fromkeys(one for ids in names for one in ids)
        missing = [content for content in wanted if content not in self._recent]
        for known in self._stored(missing).values():
            self._remember(known)

    def _stored(self, contents: Sequence[str]) -> dict[str, Known]:
        """What the store knows; a calm content that was renewed by itself says of the rules what holds now."""
        edition = self.edition()
        return {name: self._restamped(known, edition) for name, known in self.store.known(contents).items()}

    def _restamped(self, known: Known, edition: Edition) -> Known:
        if known.edition != edition.id or known.detection.coverage.rulebook_digest == edition.judging:
            return known
        fresh = self.detector.changed(None, known.detection, Difference())
        return known if fresh is None else replace(known, detection=fresh)

    def _known(
        self,
        owed: Sequence[int],
        samples: Sequence[Sample],
        names: Sequence[tuple[str, str]],
        edition: Edition,
        found: dict[int, Found],
    ) -> list[int]:
        """Put to `found` what is known, brought up to date where rules changed; the others' numbers."""
        left, older = list[int](), dict[str, dict[int, Known]]()
        for number in owed:
            known = self._recent.get(names[number][0]) or self._recent.get(names[number][1])
            if known is None:
                left.append(number)
            elif known.edition == edition.id:
                self._recent.move_to_end(known.content)
                detection = self.detector.named(known.detection, samples[number])
                found[number] = Found(detection, CACHED, edition.id, known.content)
            else:
                older.setdefault(known.edition, {})[number] = known
        for name, group in older.items():
            brought = self._brought(name, {number: samples[number] for number in group}, group, edition)
            found.update(brought)
            left += [number for number in group if number not in brought]
        return sorted(left)

    def _brought(
        self, name: str, samples: Mapping[int, Sample], group: Mapping[int, Known], edition: Edition
    ) -> dict[int, Found]:
        """What is known under the edition `name`, brought up to date, where not only a full scan is sure."""
        difference, found = self.since(name, edition), dict[int, Found]()
        if difference is None:
            return {}
        how = DELTA if difference.changed else CACHED
        firsts = {known.content: number for number, known in reversed(list(group.items()))}
        numbers = list(firsts.values())
        changed = self.detector.changed_all(
            [samples[number] for number in numbers], [group[number].detection for number in numbers], difference
        )
        fresh = dict(zip(firsts, changed, strict=True))
        for number, known in group.items():
            detection = fresh[known.content]
            if detection is not None and detection.coverage.rulebook_digest == edition.judging:
                renewed = Known(known.content, edition.id, detection)
                self._remember(renewed)
                named = self.detector.named(detection, samples[number])
                is_first = firsts[known.content] == number
                kept = renewed if is_first else None
                found[number] = Found(named, how if is_first else CACHED, edition.id, known.content, kept)
        return found

    def _fresh(self, detection: Detection, ids: tuple[str, str], edition: Edition) -> Found:
        if not is_keepable(detection) or detection.coverage.rulebook_digest != edition.judging:
            return Found(detection, DETECTED, edition.id)  # passing trouble, or the rules changed meanwhile
        known = Known(ids[1] if is_opened(detection.coverage) else ids[0], edition.id, nameless(detection))
        self._remember(known)
        return Found(detection, DETECTED, edition.id, known.content, known)

    def _remember(self, known: Known) -> None:
        self._recent[known.content] = known
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _edition(self, name: str) -> Edition | None:
        if name not in self._editions:
            self._editions[name] = self.store.edition(name)
        return self._editions[name]


def sample_of(read: Fetched) -> Sample:
    """The read as detection takes it, its digest told."""
    digest = read.sha256 or hashlib.sha256(read.data).hexdigest()
    return Sample(read.subject.key, read.data, read.media_type, read.encoding, digest)
