"""Detection of one content: type, views, rules over every view, findings in a stable order, and an honest coverage."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yara

from scanner.detection.cage.cage import Cage
from scanner.detection.engine.plain import PlainEngine
from scanner.detection.engine.reporting import ordered, yara_finding
from scanner.detection.sniff import Sniffed, needs_parser, sniff
from scanner.detection.unpack.views import Unpacked, View
from scanner.domain.content import Content, Sample
from scanner.domain.coverage import Coverage, Gap, Reason, ViewRead
from scanner.domain.findings import Finding
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection

KEPT_VIEWS = 200  # views listed on the coverage; all are counted


@dataclass(slots=True)
class _Run:
    """What one detection has gathered so far."""

    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    views: list[ViewRead] = field(default_factory=list)
    view_count: int = 0


class Detector:
    """Detection under one rulebook and one set of limits. Safe to carry over a fork, not for two threads at once."""

    def __init__(self, book: Rulebook, limits: Limits, cage: Cage, passwords: tuple[str, ...] = ()) -> None:
        self._book, self._limits, self._cage, self._passwords = book, limits, cage, passwords
        lanes = {rule.id: rule.lane for rule in book.rules.values()}
        self._engine = PlainEngine(book.yara, lanes, limits.matches_per_string, limits.yara_seconds)
        self._engines = (f"yara-python {yara.__version__}",)

    def detect(self, sample: Sample) -> Detection:
        """Everything found in `sample`, and what was not read of it; a content's own troubles never raise."""
        run = _Run()
        sniffed = sniff(sample.data, sample.name, sample.media_type)
        unpacked = self._unpack(sample, sniffed)
        for view in unpacked.views:
            self._judge(view, run)
        found = ordered(run.findings, self._book.rules)
        content = Content(hashlib.sha256(sample.data).hexdigest(), len(sample.data), sniffed.media_type, sniffed.family)
        coverage = self._coverage(sample, unpacked, run)
        return Detection(content, tuple(found[: self._limits.finding_count]), coverage, len(found))

    def close(self) -> None:
        """End the caged parser."""
        self._cage.close()

    def _unpack(self, sample: Sample, sniffed: Sniffed) -> Unpacked:
        if sample.encoding or needs_parser(sniffed, sample.data):
            return self._cage.unpack(sample, self._passwords)
        return Unpacked((View("", sample.data, sniffed.family, sniffed.lanes, charset=_charset(sample.media_type)),))

    def _judge(self, view: View, run: _Run) -> None:
        run.view_count += 1
        if len(run.views) < KEPT_VIEWS:
            run.views.append(ViewRead(view.path, str(view.layer), view.family, len(view.data), view.reader))
        scanned = self._engine.scan(view.data, view.lanes)
        for hit in scanned.hits:
            rule = self._book.rules[hit.rule]
            run.findings.append(yara_finding(hit, rule, view, self._limits.excerpt_chars))
        run.gaps.extend(_unfinished(view, scanned.unfinished))

    def _coverage(self, sample: Sample, unpacked: Unpacked, run: _Run) -> Coverage:
        return Coverage(
            views=tuple(run.views),
            gaps=(*unpacked.gaps, *run.gaps),
            view_count=run.view_count,
            member_count=unpacked.member_count,
            bytes_read=len(sample.data),
            rules_run=len(self._book.rules),
            engines=self._engines,
            rulebook_digest=self._book.digest,
            limits_digest=self._limits.digest,
            not_judged=unpacked.not_judged,
            notes=unpacked.notes,
        )


def build_detector(
    book: Rulebook,
    limits: Limits,
    *,
    cage_mode: str = "auto",
    cache_dir: Path | None = None,
    prefilter: bool = True,
    passwords: tuple[str, ...] = (),
) -> Detector:
    """A detector, its rules compiled. `cage_mode` is auto, strict or off; RuleError where a rule does not compile."""
    return Detector(book, limits, Cage(limits, cage_mode), passwords)


def _unfinished(view: View, rules: tuple[str, ...]) -> Iterator[Gap]:
    if rules:
        shown = ", ".join(rules[:5]) + (f" and {len(rules) - 5} more" if len(rules) > 5 else "")
        yield Gap(Reason.TIMEOUT, view.path, f"rules that did not end: {shown}")


def _charset(media_type: str) -> str:
    for part in media_type.split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""
