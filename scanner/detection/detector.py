"""Detection of one content: type, views, rules over every view, findings in a stable order, and an honest coverage."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.detection import image_text, images, magicword
from scanner.detection.bundle import Bundle, open_bundle
from scanner.detection.cage.cage import Cage
from scanner.detection.clock import Clock, NoClock
from scanner.detection.engine.engine import engine_version
from scanner.detection.engine.prefilter import engine_version as prefilter_version
from scanner.detection.engine.reporting import ordered
from scanner.detection.hashes import HashBook, hash_book
from scanner.detection.judging import Judging, Stamp
from scanner.detection.scripts.plain import plain_views
from scanner.detection.sniff import Sniffed, needs_parser, not_judged_of, sniff, unlooked
from scanner.detection.unpack.views import Unpacked, View, charset_of
from scanner.domain.content import Content, Sample
from scanner.domain.coverage import Coverage
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook, RuleStatus
from scanner.domain.verdicts import Detection
from scanner.errors import SettingsError

GRACE = 2.0  # seconds beyond its wall time after which a content's whole detection counts as stuck


def _today() -> date:
    return datetime.now(UTC).date()


class Detector:
    """Detection under one rulebook and one set of limits. Safe to carry over a fork; one content at a time."""

    def __init__(
        self,
        book: Rulebook,
        limits: Limits,
        bundle: Bundle,
        cage_mode: str = "auto",
        passwords: tuple[str, ...] = (),
        today: Callable[[], date] = _today,
    ) -> None:
        limits = with_pictures(limits, book)
        self.book, self.limits, self.bundle, self.cage_mode = book, limits, bundle, cage_mode
        self.cage = Cage(limits, cage_mode)
        self.passwords, self._today = passwords, today
        self._hashes: HashBook = hash_book(book)
        self.stamp = Stamp(book.digest, _engines(bundle), limits.digest)

    def detect(self, sample: Sample, clock: Clock | None = None) -> Detection:
        """Everything found in `sample`, and what was not read of it; a content's own troubles never raise.

        `clock` is told of every step, for a keeper that kills what overruns (YARA's own timeout does not hold).
        """
        clock = clock or NoClock()
        clock.begin(self.limits.wall_seconds + GRACE)
        judging = self.judging(time.monotonic() + self.limits.wall_seconds, clock)
        judging.told = sample.sha256
        sniffed = sniff(sample.data, sample.name, sample.media_type)
        unpacked = self.unpack(sample, sniffed, judging.view)
        judging.names(sample.name, unpacked.names)
        detection = self.detection(sample, sniffed, unpacked, judging)
        clock.end()
        return detection

    def judging(self, deadline: float, clock: Clock) -> Judging:
        """An empty account of one content that has until `deadline`, in monotonic seconds."""
        return Judging(self.bundle, self._hashes, self.book.rules, self.limits, self._today(), deadline, clock)

    def unpack(
        self, sample: Sample, sniffed: Sniffed, take: Callable[[View], None], cage: Cage | None = None
    ) -> Unpacked:
        """Hand every view to `take`: the content itself where there is nothing to open, else what the cage makes."""

        def taken(view: View) -> None:
            take(view)
            for plain in plain_views(view):
                take(plain)

        if sample.encoding or needs_parser(sniffed, sample.data):
            used = cage or self.cage
            unpacked = used.unpack(sample, self.passwords, taken)
            return replace(unpacked, notes=(used.remark, *unpacked.notes)) if used.remark else unpacked
        taken(View("", sample.data, sniffed.family, sniffed.lanes, charset=charset_of(sample.media_type)))
        left = not_judged_of(sniffed.family, self.limits.picture_texts > 0, sniffed.media_type)
        return Unpacked((), gaps=unlooked(sniffed, sample.data, self.limits), not_judged=left)

    def detection(self, sample: Sample, sniffed: Sniffed, unpacked: Unpacked, judging: Judging) -> Detection:
        """The account as a value."""
        found = ordered(judging.findings)
        content = Content(
            judging.digest or hashlib.sha256(sample.data).hexdigest(),
            len(sample.data),
            _type(sample, sniffed),
            sniffed.family,
        )
        coverage = judging.coverage(sample, unpacked, self.stamp)
        if any(self.book.rules[finding.rule].status is not RuleStatus.NURSERY for finding in found):
            coverage = _with_word(coverage, sample)  # dear, so not for what is only counted
        return Detection(content, tuple(found[: self.limits.finding_count]), coverage, len(found))

    def forked(self) -> "Detector":
        """The same detector with a cage of its own, for a process that was just forked."""
        return Detector(self.book, self.limits, self.bundle, self.cage_mode, self.passwords, self._today)

    def close(self) -> None:
        """End the caged parser."""
        self.cage.close()


def build_detector(
    book: Rulebook,
    limits: Limits,
    *,
    cage_mode: str = "auto",
    cache_dir: Path | None = None,
    prefilter: bool = True,
    passwords: tuple[str, ...] = (),
) -> Detector:
    """A detector, its rules compiled or taken from `cache_dir`.

    `cage_mode` is auto, strict or off. `prefilter` off asks every rule of every view: slower, the same findings.
    RuleError where a rule does not compile, SettingsError where strict walls are not to be had.
    """
    bundle = open_bundle(book, limits.matches_per_string, cache_dir, sieve=prefilter)
    return Detector(book, limits, bundle, cage_mode, passwords)


def with_pictures(limits: Limits, book: Rulebook) -> Limits:
    """The limits with pictures compared if a list asks for it; SettingsError where a library for that is missing."""
    listed = next((entry.rule for entry in book.hashes if entry.algorithm == "pdq"), "")
    if listed and not images.hashes_pictures():
        raise SettingsError(
            "perceptual hashes cannot be compared", where=listed, mend="install aup-scanner[image], or drop the entries"
        )
    if limits.picture_texts and not image_text.reads_words():
        raise SettingsError(
            f"limits.picture_texts = {limits.picture_texts}, but nothing here reads text in pictures",
            where="settings",
            mend="install aup-scanner[ocr], or leave the limit at 0",
        )
    return replace(limits, picture_hashes=bool(listed))


def _engines(bundle: Bundle) -> tuple[str, ...]:
    sieve = prefilter_version() if bundle.engine.sieve is not None else ""
    return tuple(word for word in (engine_version(), sieve, bundle.words.engine) if word)


def _type(sample: Sample, sniffed: Sniffed) -> str:
    """Our own look's word where it is sure or says more than libmagic would."""
    if sniffed.sure or sniffed.family != "unknown":
        return sniffed.media_type
    return magicword.media_type(sample.data) or sniffed.media_type


def _with_word(coverage: Coverage, sample: Sample) -> Coverage:
    word = magicword.description(sample.data)
    return replace(coverage, notes=(*coverage.notes, f"libmagic: {word}")) if word else coverage
