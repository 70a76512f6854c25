"""Scanning without any server: a tree, a bucket, standard input."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from scanner.bootstrap import contents_of, default_rules_dir, detector_of, limits_of, load_rulebook, s3_client
from scanner.detection.detector import Detector
from scanner.domain.content import Content, Sample, Subject
from scanner.domain.coverage import Gap, Reason, unread
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

    @cached_property
    def limits(self) -> Limits:
        """The limits in force."""
        return limits_of(self.settings.limits)

    def book(self) -> Rulebook:
        """The rulebook asked for."""
        chosen = self.rules_dir or (Path(self.settings.rules_dir) if self.settings.rules_dir else default_rules_dir())
        if not chosen.is_dir():
            raise UsageError("is no folder of rules", where=str(chosen), mend="name one with --rules")
        overlay = Path(self.settings.overlay_dir) if self.settings.overlay_dir else None
        return load_rulebook(chosen, overlay)

    def detector(self, book: Rulebook) -> Detector:
        """A detector over it."""
        return detector_of(self.settings, book, prefilter=self.prefilter)


def scan_bytes(order: Scan, book: Rulebook, stream: BinaryIO) -> Detection:
    """Standard input, bounded."""
    data = stream.read(order.limits.content_bytes + 1)
    if len(data) > order.limits.content_bytes:
        return nothing_of(len(data), Gap(Reason.OVER_SIZE, "", f"more than {order.limits.content_bytes} bytes"))
    return order.detector(book).detect(Sample("-", data))


def scan_bucket(order: Scan, book: Rulebook, target: str) -> Iterator[tuple[str, Detection]]:
    """Every object of a bucket or prefix; GoneError if there is no such bucket."""
    bucket, _, prefix = target.removeprefix("s3://").partition("/")
    client = s3_client(order.settings)
    contents, detector = contents_of(order.settings, client), order.detector(book)
    if not bucket or contents.missing(bucket):
        raise GoneError("no such bucket, or it is not ours to read", where=target, mend="check name and credentials")
    for batch in _batches(contents.listing(bucket, prefix, "")):
        for read in contents.read(batch, order.limits.content_bytes):
            yield read.asked.url, _detect(detector, read)


def _detect(detector: Detector, read: Fetched | Unread) -> Detection:
    if isinstance(read, Unread):
        return nothing_of(read.asked.size, read.gap)
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


def nothing_of(size: int, gap: Gap) -> Detection:
    """The detection of a content of which no byte was judged."""
    return Detection(Content("", size), (), unread([gap]))


def scan_tree(order: Scan, book: Rulebook, target: str) -> Iterator[tuple[str, Detection]]:
    """Every file below a folder (or one file); UsageError if there is nothing of that name."""
    root = Path(target)
    if not root.exists() and not root.is_symlink():
        raise UsageError("there is no such file or folder", where=target, mend="check the path")
    detector = order.detector(book)
    for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
        if path.is_dir() and not path.is_symlink():
            continue
        if not path.is_file() or path.is_symlink():
            yield str(path), nothing_of(0, Gap(Reason.UNSUPPORTED_FORMAT, "", "not a regular file"))
            continue
        data = path.read_bytes()
        yield str(path), detector.detect(Sample(str(path), data))
