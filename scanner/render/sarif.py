"""Findings as SARIF 2.1.0, for code-scanning dashboards."""

from collections.abc import Iterable
from urllib.parse import quote

from scanner.domain.findings import Finding, Severity
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "error"}


def sarif(rows: Iterable[tuple[str, Verdict]], book: Rulebook, version: str) -> dict[str, object]:
    """One run with every finding, and every gap as a notification: what was not read is said here, too."""
    pairs = list(rows)
    used = sorted({f.rule for _, verdict in pairs for f in verdict.findings})
    gaps = [(name, gap) for name, verdict in pairs for gap in verdict.coverage.gaps]
    notifications = [
        {
            "level": "warning",
            "message": {"text": f"not read: {gap.reason.value} {gap.path} {gap.detail}".strip()},
            "locations": [_place(name)],
        }
        for name, gap in gaps
    ]
    driver = {"name": "aup-scanner", "version": version, "rules": [_rule(rule, book) for rule in used]}
    run = {
        "tool": {"driver": driver},
        "results": [_result(name, finding) for name, verdict in pairs for finding in verdict.findings],
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule_id: str, book: Rulebook) -> dict[str, object]:
    rule = book.rule(rule_id)
    text = rule.description if rule else rule_id
    return {"id": rule_id, "shortDescription": {"text": text}, "properties": {"clause": rule.clause if rule else ""}}


def _result(name: str, finding: Finding) -> dict[str, object]:
    place = _place(name)
    if finding.offset is not None and not finding.path:
        place["physicalLocation"]["region"] = {"byteOffset": finding.offset, "byteLength": finding.length}
    where = f" in {finding.path}" if finding.path else ""
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": f"§{finding.clause}{where}: {finding.excerpt or finding.matched or finding.rule}"},
        "locations": [place],
    }


def _place(name: str) -> dict[str, dict[str, object]]:
    uri = quote(name.encode("utf-8", "surrogateescape"))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}
