"""Verdicts as the same JSON text that `to_text` gives, without asking a converter about every field of every one."""

from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

from scanner.domain.coverage import Coverage, Gap, ViewRead
from scanner.domain.findings import Finding
from scanner.domain.verdicts import Verdict


def verdict_text(verdict: Verdict) -> str:
    """Compact JSON text; `from_text(…, Verdict)` reads it."""
    content = verdict.content
    findings = ",".join(map(_finding, verdict.findings))
    return (
        f'{{"content":{{"sha256":{quoted(content.sha256)},"size":{content.size},'
        f'"media_type":{quoted(content.media_type)},"family":{quoted(content.family)}}},'
        f'"standing":"{verdict.standing.name.lower()}","findings":[{findings}],'
        f'"coverage":{_coverage(verdict.coverage)},"clause":{quoted(verdict.clause)},"rule":{quoted(verdict.rule)}}}'
    )


def _finding(finding: Finding) -> str:
    offset = "null" if finding.offset is None else finding.offset
    return (
        f'{{"rule":{quoted(finding.rule)},"revision":{quoted(finding.revision)},"clause":{quoted(finding.clause)},'
        f'"severity":"{finding.severity.name.lower()}","confidence":"{finding.confidence.name.lower()}",'
        f'"path":{quoted(finding.path)},"layer":"{finding.layer.value}","offset":{offset},"length":{finding.length},'
        f'"matched":{quoted(finding.matched)},"excerpt":{quoted(finding.excerpt)},"detail":{quoted(finding.detail)}}}'
    )


def _coverage(coverage: Coverage) -> str:
    views, gaps = ",".join(map(_view, coverage.views)), ",".join(map(_gap, coverage.gaps))
    return (
        f'{{"views":[{views}],"gaps":[{gaps}],"view_count":{coverage.view_count},'
        f'"member_count":{coverage.member_count},"bytes_read":{coverage.bytes_read},"rules_run":{coverage.rules_run},'
        f'"engines":{_list(coverage.engines)},"rulebook_digest":{quoted(coverage.rulebook_digest)},'
        f'"limits_digest":{quoted(coverage.limits_digest)},"not_judged":{_list(coverage.not_judged)},'
        f'"fatal":{"true" if coverage.fatal else "false"},"notes":{_list(coverage.notes)}}}'
    )


def _view(view: ViewRead) -> str:
    return (
        f'{{"path":{quoted(view.path)},"layer":{quoted(view.layer)},"family":{quoted(view.family)},'
        f'"size":{view.size},"reader":{quoted(view.reader)},"note":{quoted(view.note)}}}'
    )


def _gap(gap: Gap) -> str:
    return f'{{"reason":"{gap.reason.value}","path":{quoted(gap.path)},"detail":{quoted(gap.detail)}}}'


@lru_cache(maxsize=512)
def _list(texts: tuple[str, ...]) -> str:
    return f"[{','.join(map(quoted, texts))}]"
