"""rules/policy.yaml: what the operator does under each clause, and which views each family of files owes."""

from collections.abc import Mapping
from dataclasses import replace

from scanner.domain.clauses import Agreement, Ceiling
from scanner.domain.coverage import Reason
from scanner.domain.enforcement.retention import Floors
from scanner.domain.findings import Layer, Severity
from scanner.domain.policy import ClausePolicy, EvidenceKeeping, Policy
from scanner.rulebook.fields import Fields
from scanner.rulebook.problems import Problem
from scanner.rulebook.yamlfile import YamlFile

NAME = "policy.yaml"
FAMILIES = ("text", "page", "script", "document", "archive", "native", "image", "font", "audio", "video", "unknown")
MEASURES = ("suspend", "throttle")
FLOOR = Floors().least


def read_policy(file: YamlFile, agreement: Agreement, below: Policy | None = None) -> tuple[Policy, list[Problem]]:
    """The policy (over `below`, an overlay changes single keys), and what is wrong with the file."""
    problems = list(file.problems)
    if not isinstance(file.value, Mapping):
        problems = problems or [file.problem((), "", "is no mapping", "write `clauses:` and `owed:`")]
        return below or Policy({}), problems
    top = Fields(file, (), "", problems)
    base = below or Policy({})
    policy = Policy(
        clauses={**base.clauses, **_clauses(file, agreement, base, problems)},
        owed={**base.owed, **_owed(file, problems)},
        protected=base.protected | frozenset(top.texts("protected", ())),
        partial_to_review=_reasons(top, base),
    )
    top.rest("schema", "clauses", "owed")
    if below is None:
        problems.extend(_missing(file, agreement, policy))
    return policy, problems


def _clauses(file: YamlFile, agreement: Agreement, base: Policy, problems: list[Problem]) -> dict[str, ClausePolicy]:
    rows = file.value.get("clauses", {})
    if not isinstance(rows, Mapping):
        problems.append(file.problem(("clauses",), "clauses", "is no mapping of clauses", "write `3.1.3.4: {...}`"))
        return {}
    found: dict[str, ClausePolicy] = {}
    for number in rows:
        row = Fields(file, ("clauses", str(number)), str(number), problems)
        if number not in agreement.clauses:
            known = ", ".join(sorted(agreement.clauses))
            problems.append(row.file.problem(row.key, row.name, "unknown clause", f"use one of: {known}"))
            continue
        found[number] = _clause(row, agreement, base.clauses.get(number, ClausePolicy(number)))
    return found


def _clause(row: Fields, agreement: Agreement, base: ClausePolicy) -> ClausePolicy:
    policy = replace(
        base,
        review_at=row.member("review_at", Severity, base.review_at),
        suspend_at=row.member("suspend_at", Severity, base.suspend_at),
        measure=row.text("measure", base.measure),
        ceiling=row.member("ceiling", Ceiling, base.ceiling),
        keep=row.member("keep", EvidenceKeeping, base.keep),
        retention_days=row.number("retention_days", base.retention_days),
        sla_hours=row.number("sla_hours", base.sla_hours),
        day_one=row.flag("day_one", base.day_one),
    )
    row.rest()
    if policy.measure not in MEASURES:
        row.refuse("measure", f"measure = {policy.measure!r} is not known", f"use one of: {', '.join(MEASURES)}")
    clause = agreement.clauses[policy.clause]
    if policy.ceiling > clause.ceiling:
        most = clause.ceiling.name.lower()
        row.refuse("ceiling", f"ceiling {policy.ceiling.name.lower()} is above the clause's", f"use {most} or below")
    days = row.mapping.get("retention_days", FLOOR)
    if isinstance(days, int) and 0 < days < FLOOR:
        mend = f"use {FLOOR} or more: evidence is kept that long whatever stands here"
        row.refuse("retention_days", f"retention_days {days} is below the floor", mend)
    if policy.review_at > policy.suspend_at:
        row.refuse("review_at", "review_at is above suspend_at", "ask a person no later than a machine acts")
    return policy


def _owed(file: YamlFile, problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    value = file.value.get("owed", {})
    if not isinstance(value, Mapping):
        problems.append(file.problem(("owed",), "owed", "is no mapping", "write `page: [raw, source, text]`"))
        return {}
    row = Fields(file, ("owed",), "owed", problems)
    owed = {family: row.texts(family) for family in FAMILIES if family in value}
    row.rest(*FAMILIES)
    known = tuple(layer.value for layer in Layer)
    for family, views in owed.items():
        for view in set(views) - set(known):
            row.refuse(family, f"unknown view {view!r}", f"use one of: {', '.join(known)}")
    return owed


def _reasons(top: Fields, base: Policy) -> frozenset[str]:
    reasons = top.texts("partial_to_review", tuple(base.partial_to_review))
    known = tuple(reason.value for reason in Reason)
    for reason in set(reasons) - set(known):
        top.refuse("partial_to_review", f"unknown reason {reason!r}", f"use one of: {', '.join(known)}")
    return frozenset(reasons)


def _missing(file: YamlFile, agreement: Agreement, policy: Policy) -> list[Problem]:
    absent = [number for number in agreement.clauses if number not in policy.clauses]
    families = [family for family in FAMILIES if family not in policy.owed]
    return [
        *(
            file.problem(("clauses",), number, "the clause has no policy", f"add `{number}: {{...}}`")
            for number in absent
        ),
        *(file.problem(("owed",), name, "the family owes nothing", f"add `{name}: [raw]`") for name in families),
    ]
