"""The words of decisions: keys, outcomes, reason codes and which of them stands first under a clause."""

from collections.abc import Mapping

from scanner.domain.cases import Outcome

OUTCOMES: Mapping[str, Outcome] = {
    "a": Outcome.CLEAN,
    "s": Outcome.VIOLATING,
    "e": Outcome.ESCALATE,
}
REASONS: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.CLEAN: ("false-positive", "benign-context", "licensed", "test-file", "fixed-by-owner"),
    Outcome.VIOLATING: (
        "malware", "phishing", "fraud", "webshell", "attack-tool", "spam", "gambling", "obscenity", "incitement",
        "infringement", "resource-abuse", "unlawful-other",
    ),
    Outcome.ESCALATE: ("unclear", "needs-lead", "needs-lawyer", "needs-language", "too-harmful"),
}  # fmt: skip
FIRST: Mapping[str, str] = {
    "3.1.3.4": "spam",
    "3.1.3.5.3": "obscenity",
    "3.1.3.5.4": "gambling",
    "3.1.3.5.6": "attack-tool",
    "3.1.3.5.7": "infringement",
    "3.1.3.6": "resource-abuse",
    "3.1.3.7": "malware",
    "3.1.3.8": "attack-tool",
}
ALL_REASONS = frozenset(code for codes in REASONS.values() for code in codes)


def first_reason(outcome: Outcome, clause: str, rule: str) -> str:
    """The reason that a decision bears unless another is chosen: the rule's own word, else the clause's."""
    if outcome is not Outcome.VIOLATING:
        return REASONS[outcome][0]
    named = rule.split(".")[0]
    return named if named in REASONS[outcome] else FIRST.get(clause, "unlawful-other")
