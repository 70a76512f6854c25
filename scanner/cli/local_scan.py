"""Scanning without any server: a tree, a bucket, standard input."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from scanner.bootstrap_detection import own_code
from scanner.bootstrap_local import default_rules_dir, detector_of, limits_of, load_rulebook
from scanner.cli.scan_state import StateFile
from scanner.cli.scan_telling import Teller, Told
from scanner.detection.bulk import told_paths
from scanner.detection.detector import Detector
from scanner.detection.killable import KillableDetector
from scanner.detection.knowing import edition_of
from scanner.detection.reading import nothing_of
from scanner.detection.walking import Scanned, path_of, tree
from scanner.domain.content import Sample, Subject
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.errors import GoneError, UsageError
from scanner.ports import Fetched, Unread
from scanner.settings import Settings

BATCH = 200  # objects of a bucket read ahead together


@dataclass(frozen=True)
class Scan:
    """One `aup scan`: which rules, which files, how."""

    settings: Settings
    rules_dir: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    state: Path | None = None
    jobs: int | None = None
    prefilter: bool = True
    overlay: Path | None = None

    @cached_property
    def progress(self) -> StateFile:
        """What an earlier run has done, and where this one writes what it does."""
        return StateFile(self.state, self._edition() if self.state is not None else "")

    def _edition(self) -> str:
        """What a verdict hangs on beside the bytes: rules in force today, limits, passwords, engines, our readers."""
        detector = self.detector(self.book)
        try:
            return edition_of(detector, datetime.now(UTC).date(), own_code()).id
        finally:
            detector.close()

    @cached_property
    def limits(self) -> Limits:
        """The limits in force."""
        return limits_of(self.settings.limits)

    @cached_property
    def book(self) -> Rulebook:
        """The rulebook asked for."""
        chosen = self.rules_dir or (Path(self.settings.rules_dir) if self.settings.rules_dir else default_rules_dir())
        if not chosen.is_dir():
            raise UsageError("is no folder of rules", where=str(chosen), mend="name one with --rules")
        overlay = self.overlay or (Path(self.settings.overlay_dir) if self.settings.overlay_dir else None)
        return load_rulebook(chosen, overlay, self.settings.cache)

    def detector(self, book: Rulebook) -> Detector:
        """A detector over it."""
        return detector_of(self.settings, book, prefilter=self.prefilter)

    def wanted(self, entries: Iterator[str | Scanned]) -> Iterator[str | Scanned]:
        """Those entries of a tree that the globs and the state file leave to be scanned."""
        for entry in entries:
            path = path_of(entry)
            if self.chosen(path) and not (isinstance(entry, str) and self.progress.done(path)):
                yield entry

    def chosen(self, path: str) -> bool:
        """Whether the globs leave this path or key to be scanned."""
        names = (path, path.rsplit("/", 1)[-1])
        if self.include and not any(fnmatchcase(name, glob) for glob in self.include for name in names):
            return False
        return not any(fnmatchcase(name, glob) for glob in self.exclude for name in names)


def scan_bytes(order: Scan, book: Rulebook, stream: BinaryIO) -> Detection:
    """Standard input, bounded."""
    data = stream.read(order.limits.content_bytes + 1)
    if len(data) > order.limits.content_bytes:
        gap = Gap(Reason.OVER_SIZE, "", f"more than {order.limits.content_bytes} bytes")
        return nothing_of(len(data), (gap,))
    detector = KillableDetector(order.detector(book))
    try:
        return detector.detect(Sample("-", data))
    finally:
        detector.close()


def scan_bucket(order: Scan, book: Rulebook, target: str) -> Iterator[Scanned]:
    """Every object of a bucket or prefix; GoneError if there is no such bucket."""
    from scanner.bootstrap import contents_of, s3_client

    bucket, _, prefix = target.removeprefix("s3://").partition("/")
    if order.state is not None:
        raise UsageError("objects are not kept in a state file", where=target, mend="leave --state away")
    client = s3_client(order.settings)
    contents, detector = contents_of(order.settings, client), KillableDetector(order.detector(book))
    if not bucket or contents.missing(bucket):
        raise GoneError("no such bucket, or it is not ours to read", where=target, mend="check name and credentials")
    try:
        for batch in _batches(_there(contents.listing(bucket, prefix, ""), target, prefix)):
            wanted = [subject for subject in batch if order.chosen(subject.key)]
            for read in contents.read(wanted, order.limits.content_bytes):
                yield Scanned(read.asked.url, _detect(detector, read))
    finally:
        detector.close()


def _there(subjects: Iterator[Subject], target: str, prefix: str) -> Iterator[Subject]:
    """The subjects; UsageError if a prefix names none: a mistyped one is no clean bucket."""
    first = next(subjects, None)
    if first is not None:
        yield first
    elif prefix:
        raise UsageError("no key begins so", where=target, mend="check the prefix")
    yield from subjects


def _detect(detector: KillableDetector, read: Fetched | Unread) -> Detection:
    if isinstance(read, Unread):
        return nothing_of(read.asked.size, (read.gap,))
    return detector.detect(Sample(read.subject.key, read.data, read.media_type, read.encoding))


def _batches(subjects: Iterator[Subject]) -> Iterator[list[Subject]]:
    batch: list[Subject] = []
    for subject in subjects:
        batch.append(subject)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def scan_tree(order: Scan, teller: Teller, target: str) -> Iterator[list[Told]]:
    """Every file below a folder (or one file) over all cores; UsageError if there is nothing of that name."""
    if not os.path.lexists(target):
        raise UsageError("there is no such file or folder", where=target, mend="check the path")
    detector = order.detector(order.book)
    try:
        yield from told_paths(order.wanted(tree(target)), detector, teller, jobs=order.jobs or 0)
    finally:
        detector.close()
