"""Verdicts as the same JSON text that `to_text` gives, without asking a converter about every field of every one."""

import json

from scanner.domain.coverage import Coverage
from scanner.domain.findings import Finding
from scanner.domain.verdicts import Verdict


def verdict_text(verdict: Verdict) -> str:
    """Compact JSON text; `from_text(…, Verdict)` reads it."""
    content = verdict.content
    plain = {
        "content": {
            "sha256": content.sha256,
            "size": content.size,
            "media_type": content.media_type,
            "family": content.family,
        },
        "standing": verdict.standing.name.lower(),
        "findings": [_finding(finding) for finding in verdict.findings],
        "coverage": _coverage(verdict.coverage),
        "clause": verdict.clause,
        "rule": verdict.rule,
    }
    return json.dumps(plain, separators=(",", ":"))


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "revision": finding.revision,
        "clause": finding.clause,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "path": finding.path,
        "layer": finding.layer.value,
        "offset": finding.offset,
        "length": finding.length,
        "matched": finding.matched,
        "excerpt": finding.excerpt,
        "detail": finding.detail,
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "views": [
            {"path": v.path, "layer": v.layer, "family": v.family, "size": v.size, "reader": v.reader, "note": v.note}
            for v in coverage.views
        ],
        "gaps": [{"reason": gap.reason.value, "path": gap.path, "detail": gap.detail} for gap in coverage.gaps],
        "view_count": coverage.view_count,
        "member_count": coverage.member_count,
        "bytes_read": coverage.bytes_read,
        "rules_run": coverage.rules_run,
        "engines": list(coverage.engines),
        "rulebook_digest": coverage.rulebook_digest,
        "limits_digest": coverage.limits_digest,
        "not_judged": list(coverage.not_judged),
        "fatal": coverage.fatal,
        "notes": list(coverage.notes),
    }
