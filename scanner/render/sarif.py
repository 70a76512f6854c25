"""Findings as SARIF 2.1.0, for code-scanning dashboards."""

from collections.abc import Iterable
from urllib.parse import quote

from scanner.domain.findings import Finding, Severity
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Part = tuple[list[dict[str, object]], list[dict[str, object]]]  # results and notifications of one content
LEVELS = {Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "error"}


def sarif(rows: Iterable[tuple[str, Verdict]], book: Rulebook, version: str) -> dict[str, object]:
    """One run with every finding, and every gap as a notification: what was not read is said here, too."""
    return sarif_of((part_of(name, verdict) for name, verdict in rows), book, version)


def part_of(name: str, verdict: Verdict) -> Part:
    """What one content adds to a run."""
    notifications: list[dict[str, object]] = [
        {
            "level": "warning",
            "message": {"text": f"not read: {gap.reason.value} {gap.path} {gap.detail}".strip()},
            "locations": [_place(name)],
        }
        for gap in verdict.coverage.gaps
    ]
    return [_result(name, finding) for finding in verdict.findings], notifications


def sarif_of(parts: Iterable[Part], book: Rulebook, version: str) -> dict[str, object]:
    """The run that the parts make."""
    pairs = list(parts)
    used = sorted({str(result["ruleId"]) for results, _ in pairs for result in results})
    run = {
        "tool": {
            "driver": {"name": "aup-scanner", "version": version, "rules": [_rule(rule, book) for rule in used]},
        },
        "results": [result for results, _ in pairs for result in results],
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [note for _, notes in pairs for note in notes]}
        ],
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
