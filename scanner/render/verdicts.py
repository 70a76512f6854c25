"""A verdict as one record for machines, and as lines for people: severity first, clause, rule, where."""

from collections.abc import Sequence

from scanner.domain.coverage import Coverage, Gap
from scanner.domain.findings import Finding
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Standing, Verdict, standing_of


def verdict_record(name: str, verdict: Verdict, book: Rulebook, *, skipped: str = "") -> dict[str, object]:
    """The verdict as plain values; `clause` and `rule` lead, `findings` say where, `coverage` what was not read.

    `skipped` says why an entry is no content at all (a link, a pipe): its verdict is SKIPPED.
    """
    judging = [f for f in verdict.findings if standing_of(f, book) is not Standing.CLEAN]
    return {
        "path": name,
        "verdict": "SKIPPED" if skipped else verdict.word,
        **({"skipped": skipped} if skipped else {}),
        "clause": verdict.clause,
        "rule": verdict.rule,
        "clauses": sorted({f.clause for f in judging}),
        "sha256": verdict.content.sha256,
        "size": verdict.content.size,
        "media_type": verdict.content.media_type,
        "family": verdict.content.family,
        "findings": [finding_record(f, book) for f in verdict.findings],
        "coverage": coverage_record(verdict.coverage),
    }


def finding_record(finding: Finding, book: Rulebook) -> dict[str, object]:
    """One finding as plain values, with the rule's status: nursery and shadow hits are recorded, they do not judge.

    `revision` digests the rule's own text, `pack` and `pack_version` say where it stands.
    """
    rule = book.rule(finding.rule)
    return {
        "rule": finding.rule,
        "revision": finding.revision,
        "pack": rule.pack if rule else "",
        "pack_version": rule.pack_version if rule else "",
        "clause": finding.clause,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "status": str(rule.status) if rule else "unknown",
        "path": finding.path,
        "layer": str(finding.layer),
        "offset": finding.offset,
        "length": finding.length,
        "matched": finding.matched,
        "excerpt": finding.excerpt,
        "detail": finding.detail,
    }


def coverage_record(coverage: Coverage) -> dict[str, object]:
    """The coverage as plain values."""
    return {
        "reach": coverage.reach.value,
        "gaps": [{"reason": g.reason.value, "path": g.path, "detail": g.detail} for g in coverage.gaps],
        "views": [
            {"path": v.path, "layer": v.layer, "family": v.family, "size": v.size, "reader": v.reader, "note": v.note}
            for v in coverage.views
        ],
        "view_count": coverage.view_count,
        "member_count": coverage.member_count,
        "bytes_read": coverage.bytes_read,
        "rules_run": coverage.rules_run,
        "engines": list(coverage.engines),
        "rulebook": coverage.rulebook_digest,
        "limits": coverage.limits_digest,
        "not_judged": list(coverage.not_judged),
        "notes": list(coverage.notes),
    }


def verdict_lines(name: str, verdict: Verdict, book: Rulebook, *, verbose: int = 0) -> list[str]:
    """Lines for people: findings that judge, gaps; with `verbose` every finding, and with 2 every view."""
    if verdict.word == "CLEAN" and not verbose:
        return []
    shown = [f for f in verdict.findings if verbose or standing_of(f, book) is not Standing.CLEAN]
    lines = [f"{verdict.word:11} {name}", *(shown and _findings(shown, every=verbose > 0))]
    kept = len(verdict.coverage.gaps) if verbose else 5
    lines += [f"  not read: {_gap(gap)}" for gap in verdict.coverage.gaps[:kept]]
    hidden = len(verdict.coverage.gaps) - kept
    lines += [f"  not read: {hidden} more (-v shows all)"] if hidden > 0 else []
    return lines + (_coverage(verdict.coverage, views=verbose > 1) if verbose else [])


def _findings(findings: Sequence[Finding], *, every: bool) -> list[str]:
    """One line a rule, for its first place; or every place."""
    if every:
        return [line for f in findings for line in (f"  {_finding(f)}", *_why(f))]
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    more = {rule: f"  (+{len(hits) - 1} places)" if len(hits) > 1 else "" for rule, hits in by_rule.items()}
    return [f"  {_finding(hits[0])}{more[rule]}" for rule, hits in by_rule.items()]


def _finding(finding: Finding) -> str:
    offset = "-" if finding.offset is None else f"{finding.offset}+{finding.length}"
    where = f"{finding.path or '.'} [{finding.layer} {offset}]"
    told = " in: ".join(filter(None, (finding.matched[:40], finding.excerpt[:100])))
    return f"{finding.severity.name.lower():8} {finding.clause:10} {finding.rule:36} {where}  {told}"


def _why(finding: Finding) -> list[str]:
    """Every word or string that hit, where the finding says so."""
    return [f"           by {finding.detail}"] if finding.detail else []


def _gap(gap: Gap) -> str:
    return " ".join(part for part in (gap.reason.value, gap.path, f"({gap.detail})" if gap.detail else "") if part)


def _coverage(coverage: Coverage, *, views: bool) -> list[str]:
    lines = [
        f"  coverage {coverage.reach.value}: {coverage.view_count} views, {coverage.member_count} members, "
        f"{coverage.bytes_read} bytes, {coverage.rules_run} rules on {', '.join(coverage.engines)}"
    ]
    lines += [f"  not judged: {', '.join(coverage.not_judged)}"] if coverage.not_judged else []
    lines += [f"  note: {note}" for note in coverage.notes]
    if views:
        lines += [f"  view {v.reader}/{v.layer} {v.family} {v.size} {v.path or '.'} {v.note}" for v in coverage.views]
    return lines
