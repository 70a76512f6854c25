"""The keys that every rule of every engine must carry, read the same way from YARA meta and from YAML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.rules import Rule, RuleKind, RuleStatus
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.fields import Named, word, words_of
from scanner.rulebook.problems import Place, Problem, problem

ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")
LANES = ("any", "script", "page", "image", "native", "document", "archive", "text")
REQUIRED = ("id", "clause", "severity", "confidence", "ceiling", "status", "description")


@dataclass(frozen=True, slots=True)
class Card:
    """What a rule's file says under the contract's keys, with the place of each value."""

    file: str
    place: Place
    values: Mapping[str, object]
    places: Mapping[str, Place]

    def refuse(self, key: str, message: str, mend: str) -> Problem:
        """An error at the key's value, or at the rule."""
        name = str(self.values.get("id") or self.values.get("rule") or "")
        return problem(self.file, self.places.get(key, self.place), name, message, mend)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from: its engine, revision and pack."""

    kind: RuleKind
    revision: str
    pack: str = ""
    pack_version: str = ""


def yara_name(rule_id: str) -> str:
    """The YARA identifier that belongs to a rule id."""
    return rule_id.replace(".", "_").replace("-", "_")


def rule_of(card: Card, origin: Origin, clauses: Clauses) -> tuple[Rule | None, list[Problem]]:
    """The rule that the card describes, or None and why not."""
    problems = [
        card.refuse(key, f"{key} is missing", f"add {key} to the rule")
        for key in REQUIRED
        if not str(card.values.get(key, "")).strip()
    ]
    if problems:
        return None, problems
    severity = _member(card, "severity", Severity, problems)
    confidence = _member(card, "confidence", Confidence, problems)
    ceiling = _member(card, "ceiling", Ceiling, problems)
    status = _member(card, "status", RuleStatus, problems)
    _check_id(card, problems)
    _check_clause(card, ceiling, clauses, problems)
    _check_lane(card, problems)
    if problems or severity is None or confidence is None or ceiling is None or status is None:
        return None, problems
    rule = Rule(
        id=str(card.values["id"]),
        kind=origin.kind,
        clause=str(card.values["clause"]),
        severity=severity,
        confidence=confidence,
        ceiling=ceiling,
        status=status,
        description=str(card.values["description"]).strip(),
        author=str(card.values.get("author", "")).strip(),
        reference=str(card.values.get("reference", "")).strip(),
        revision=origin.revision,
        file=card.file,
        line=card.place.line,
        pack=origin.pack,
        pack_version=origin.pack_version,
        lane=str(card.values.get("lane", "any")),
        description_zh=str(card.values.get("description_zh", "")).strip(),
    )
    return rule, []


def _member(card: Card, key: str, kind: type[Named], problems: list[Problem]) -> Named | None:
    found = word(kind, card.values[key])
    if found is None:
        problems.append(card.refuse(key, f"{key} = {card.values[key]!r} is not known", f"use one of: {words_of(kind)}"))
    return found


def _check_id(card: Card, problems: list[Problem]) -> None:
    if not ID.fullmatch(str(card.values["id"])):
        mend = "write category.what in lower case, for example webshell.php-eval-request"
        problems.append(card.refuse("id", f"id {card.values['id']!r} is not category.what", mend))


def _check_clause(card: Card, ceiling: Ceiling | None, clauses: Clauses, problems: list[Problem]) -> None:
    clause = str(card.values["clause"])
    if clause not in clauses.agreement.clauses:
        known = ", ".join(sorted(clauses.agreement.clauses))
        problems.append(card.refuse("clause", f"unknown clause {clause!r}", f"use one of: {known}"))
        return
    most = clauses.ceiling(clause, str(card.values["id"]).split(".")[0])
    if ceiling is not None and ceiling > most:
        what = f"ceiling {ceiling.name.lower()} is above that of clause {clause}"
        problems.append(card.refuse("ceiling", what, f"use {most.name.lower()} or below"))


def _check_lane(card: Card, problems: list[Problem]) -> None:
    lane = card.values.get("lane", "any")
    if lane not in LANES:
        problems.append(card.refuse("lane", f"lane = {lane!r} is not known", f"use one of: {', '.join(LANES)}"))
