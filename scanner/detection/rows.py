"""Detections as plain rows and back: what travels between a killable scanner and its keeper."""

from collections.abc import Sequence
from typing import Any

from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Gap, Reason, ViewRead
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.verdicts import Detection

Row = list[Any]


def detection_row(detection: Detection) -> Row:
    """The detection as lists, texts and numbers."""
    content = detection.content
    return [
        [content.sha256, content.size, content.media_type, content.family],
        [finding_row(finding) for finding in detection.findings],
        coverage_row(detection.coverage),
        detection.finding_count,
    ]


def detection_of(row: Sequence[Any]) -> Detection:
    """The detection of a row; ValueError, TypeError or KeyError where it is none."""
    content, findings, coverage, count = row
    return Detection(
        Content(str(content[0]), int(content[1]), str(content[2]), str(content[3])),
        tuple(finding_of(each) for each in findings),
        coverage_of(coverage),
        int(count),
    )


def finding_row(finding: Finding) -> Row:
    """One finding as a list."""
    return [
        finding.rule, finding.revision, finding.clause, int(finding.severity), int(finding.confidence), finding.path,
        str(finding.layer), finding.offset, finding.length, finding.matched, finding.excerpt, finding.detail,
    ]  # fmt: skip


def finding_of(row: Sequence[Any]) -> Finding:
    """The finding of a row."""
    rule, revision, clause, severity, confidence, path, layer, offset, length, matched, excerpt, detail = row
    return Finding(
        str(rule), str(revision), str(clause), Severity(severity), Confidence(confidence), str(path), Layer(layer),
        None if offset is None else int(offset), int(length), str(matched), str(excerpt), str(detail),
    )  # fmt: skip


def gap_row(gap: Gap) -> Row:
    """One gap as a list."""
    return [gap.reason.value, gap.path, gap.detail]


def gap_of(row: Sequence[Any]) -> Gap:
    """The gap of a row."""
    return Gap(Reason(row[0]), str(row[1]), str(row[2]))


def coverage_row(coverage: Coverage) -> Row:
    """The coverage as a list."""
    views = [[v.path, v.layer, v.family, v.size, v.reader, v.note] for v in coverage.views]
    return [
        views, [gap_row(gap) for gap in coverage.gaps], coverage.view_count, coverage.member_count, coverage.bytes_read,
        coverage.rules_run, coverage.engines, coverage.rulebook_digest, coverage.limits_digest, coverage.not_judged,
        coverage.fatal, coverage.notes,
    ]  # fmt: skip


def coverage_of(row: Sequence[Any]) -> Coverage:
    """The coverage of a row."""
    views, gaps, view_count, members, read, rules, engines, book, limits, not_judged, fatal, notes = row
    return Coverage(
        views=tuple(ViewRead(str(p), str(y), str(f), int(s), str(r), str(n)) for p, y, f, s, r, n in views),
        gaps=tuple(gap_of(each) for each in gaps),
        view_count=int(view_count),
        member_count=int(members),
        bytes_read=int(read),
        rules_run=int(rules),
        engines=tuple(map(str, engines)),
        rulebook_digest=str(book),
        limits_digest=str(limits),
        not_judged=tuple(map(str, not_judged)),
        fatal=bool(fatal),
        notes=tuple(map(str, notes)),
    )
