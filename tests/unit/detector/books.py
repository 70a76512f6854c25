"""Rulebooks made in place, for tests of detection."""

import re
from collections.abc import Iterable

from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.domain.findings import Confidence, Severity
from scanner.domain.policy import ClausePolicy, Policy
from scanner.domain.rules import HashEntry, Rule, Rulebook, RuleFile, RuleKind, RuleStatus

CLAUSE = "3.1.3.7"
_HEAD = re.compile(r"^[ \t]*(?P<private>(?:private |global )*)rule (?P<name>\w+)", re.M)


def rule_of(rule_id: str, kind: RuleKind = RuleKind.YARA, lane: str = "any") -> Rule:
    """A rule of that id under the test clause."""
    return Rule(
        rule_id, kind, CLAUSE, Severity.HIGH, Confidence.HIGH, Ceiling.SUSPEND, RuleStatus.AUTO, rule_id,
        revision="r1", lane=lane,
    )  # fmt: skip


def yara_file(text: str, namespace: str = "test") -> RuleFile:
    """A source file; every rule of it that is not private reports as `test.<identifier>`."""
    names = {m["name"]: f"{namespace}.{m['name']}" for m in _HEAD.finditer(text) if "private" not in m["private"]}
    return RuleFile(f"yara/{namespace}.yar", namespace, text, names)


def book_of(
    *files: RuleFile,
    lanes: dict[str, str] | None = None,
    hashes: Iterable[HashEntry] = (),
    keywords: Iterable[RuleFile] = (),
    more: Iterable[Rule] = (),
) -> Rulebook:
    """A rulebook of YARA files; `lanes` by rule id."""
    ids = [rule_id for file in files for rule_id in file.names.values()]
    rules = {rule_id: rule_of(rule_id, lane=(lanes or {}).get(rule_id, "any")) for rule_id in ids}
    rules |= {rule.id: rule for rule in more}
    agreement = Agreement("test", {CLAUSE: Clause(CLAUSE, "网络安全", "network security", Ceiling.SUSPEND)})
    policy = Policy({CLAUSE: ClausePolicy(CLAUSE, ceiling=Ceiling.SUSPEND)})
    return Rulebook(agreement, policy, rules, files, tuple(keywords), tuple(hashes), digest="d" * 64)
