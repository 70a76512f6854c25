"""An operator's overlay: what is switched off, graded anew, extended or added, each with its owner and reason.

It lives outside the shipped rules, so an upgrade never touches it:

    overlay.yaml  policy.yaml  yara/  keywords/  scorers/  hashes/  imported/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import yaml

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.rules import Rule, RuleStatus
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.fields import Fields
from scanner.rulebook.problems import Level, Place, Problem, problem
from scanner.rulebook.sources import Sources
from scanner.rulebook.yamlfile import YamlFile, read_yaml

NAME = "overlay.yaml"
PREFIX = "overlay/"
OWN_FOLDERS = ("yara", "keywords", "scorers", "hashes")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of `disable` or `regrade`: which rules (a glob over ids), and the new grades."""

    rules: str
    place: Place
    severity: Severity | None = None
    confidence: Confidence | None = None
    ceiling: Ceiling | None = None
    status: RuleStatus | None = None

    def touches(self, rule_id: str) -> bool:
        """Whether the rule is meant."""
        return fnmatchcase(rule_id, self.rules)


@dataclass(frozen=True, slots=True)
class Extension:
    """More words for a shipped pack: exceptions, shared lists, and terms of single rules."""

    pack: str
    place: Place
    exceptions: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """Who answers for a file of the operator's own, on which legal ground, and until when."""

    file: str
    owner: str
    legal_basis: str
    review_date: date
    expiry: date
    place: Place


@dataclass(frozen=True, slots=True)
class Overlay:
    """What overlay.yaml says."""

    disabled: tuple[Change, ...] = ()
    regraded: tuple[Change, ...] = ()
    extended: tuple[Extension, ...] = ()
    grants: Mapping[str, Grant] = field(default_factory=dict)


def read_overlay(text: str | None, today: date) -> tuple[Overlay, list[Problem]]:
    """The overlay file of an operator's folder; without the file nothing is changed."""
    if text is None:
        return Overlay(), []
    file = read_yaml(PREFIX + NAME, text)
    problems = list(file.problems)
    if not isinstance(file.value, Mapping):
        return Overlay(), problems or [file.problem((), "", "is no mapping", "write `disable:`, `regrade:`, `own:` …")]
    top = Fields(file, (), "", problems)
    top.rest("schema", "disable", "regrade", "extend", "own")
    disabled = [change for row in _rows(file, "disable", problems) if (change := _disabled(row, today))]
    regraded = [_regraded(row) for row in _rows(file, "regrade", problems)]
    extended = [_extended(row) for row in _rows(file, "extend", problems)]
    grants = [_grant(row) for row in _rows(file, "own", problems)]
    return Overlay(tuple(disabled), tuple(regraded), tuple(extended), {grant.file: grant for grant in grants}), problems


def graded(rules: Mapping[str, Rule], overlay: Overlay, clauses: Clauses) -> tuple[dict[str, Rule], list[Problem]]:
    """The rules as the overlay leaves them, and entries that mean no rule or grade above the clause."""
    problems: list[Problem] = []
    kept = {key: rule for key, rule in rules.items() if not any(each.touches(key) for each in overlay.disabled)}
    for change in overlay.regraded:
        for key in [key for key in kept if change.touches(key)]:
            kept[key] = _graded(kept[key], change)
            problems.extend(_above(kept[key], change, clauses))
    for change in (*overlay.disabled, *overlay.regraded):
        if not any(change.touches(key) for key in rules):
            mend = "correct the id (`aup rules list` shows all), or remove the entry"
            problems.append(problem(PREFIX + NAME, change.place, change.rules, "no rule has that id", mend))
    return kept, problems


def extend_packs(sources: Sources, overlay: Overlay) -> tuple[dict[str, str], list[Problem]]:
    """The shipped texts with the overlay's words written into their packs."""
    texts, problems = dict(sources.texts), list[Problem]()
    if not overlay.extended:
        return texts, problems
    packs = {path: read_yaml(path, texts[path]).value for path in sources.under("keywords", ".yaml")}
    by_name = {pack.get("pack"): path for path, pack in packs.items() if isinstance(pack, dict)}
    for each in overlay.extended:
        path = by_name.get(each.pack)
        if path is None:
            mend = f"use one of: {', '.join(sorted(str(name) for name in by_name))}"
            problems.append(problem(PREFIX + NAME, each.place, each.pack, "no pack has that name", mend))
            continue
        _extend(packs[path], each, problems)
        texts[path] = yaml.safe_dump(packs[path], allow_unicode=True, sort_keys=False)
    return texts, problems


def granted(own: Sources, overlay: Overlay, today: date) -> tuple[dict[str, str], list[tuple[str, str]], list[Problem]]:
    """The operator's texts in force, what expired (set aside, with the reason), and what nobody answers for."""
    texts, aside, problems = dict(own.texts), list[tuple[str, str]](), list[Problem]()
    files = [path for folder in OWN_FOLDERS for path in own.under(folder, ".yaml", ".yar", ".yara")]
    for path in files:
        grant = overlay.grants.get(path.removeprefix(PREFIX))
        if grant is None:
            mend = f"add it to `own:` in {NAME} with owner, legal_basis, review_date and expiry"
            problems.append(problem(path, Place(1, 1), "", "nobody answers for this file", mend))
        elif today > grant.expiry:
            aside.append((path, f"expired on {grant.expiry} (owner {grant.owner})"))
            del texts[path]
            problems.append(_stale(grant, f"expired on {grant.expiry}: it is set aside"))
        elif today > grant.review_date:
            problems.append(_stale(grant, f"was to be reviewed by {grant.review_date}"))
    for name, grant in overlay.grants.items():
        if PREFIX + name not in files:
            what = f"there is no file {name!r} in yara/, keywords/, scorers/ or hashes/"
            problems.append(problem(PREFIX + NAME, grant.place, name, what, "correct the name, or remove the entry"))
    return texts, aside, problems


def _stale(grant: Grant, what: str) -> Problem:
    mend = f"{grant.owner} reviews it and sets new days"
    return problem(PREFIX + NAME, grant.place, grant.file, what, mend, Level.WARNING)


def _extend(pack: dict[str, Any], each: Extension, problems: list[Problem]) -> None:
    pack["exceptions"] = [*(pack.get("exceptions") or []), *each.exceptions]
    for name, words in each.lists.items():
        _append(pack.get("lists") or {}, name, words, each, problems)
    rules = {rule["id"]: rule for rule in pack.get("rules") or []}
    for rule_id, groups in each.terms.items():
        for name, words in groups.items():
            _append((rules.get(rule_id) or {}).get("terms") or {}, name, words, each, problems)


def _append(
    groups: Mapping[str, list[Any]], name: str, words: Iterable[str], each: Extension, problems: list[Problem]
) -> None:
    if name in groups:
        groups[name].extend(words)
    else:
        mend = f"use one of: {', '.join(groups) or 'none there'}"
        problems.append(problem(PREFIX + NAME, each.place, each.pack, f"there is no group {name!r}", mend))


def _rows(file: YamlFile, key: str, problems: list[Problem]) -> list[Fields]:
    rows = file.value.get(key, [])
    if not isinstance(rows, list):
        problems.append(file.problem((key,), key, "is no list", f"write `{key}:` and one `- {{...}}` per entry"))
        return []
    return [Fields(file, (key, index), f"{key}[{index}]", problems) for index in range(len(rows))]


def _disabled(row: Fields, today: date) -> Change | None:
    rules = row.text("rule")
    row.text("reason"), row.text("owner")
    until = row.day("until", date.max)
    row.rest()
    return Change(rules, row.file.at(*row.key)) if today <= until else None


def _regraded(row: Fields) -> Change:
    change = Change(
        row.text("rule"),
        row.file.at(*row.key),
        row.maybe("severity", Severity),
        row.maybe("confidence", Confidence),
        row.maybe("ceiling", Ceiling),
        row.maybe("status", RuleStatus),
    )
    row.text("reason"), row.text("owner")
    row.rest()
    return change


def _extended(row: Fields) -> Extension:
    pack, exceptions = row.text("pack"), row.texts("exceptions", ())
    row.text("reason"), row.text("owner")
    lists, terms = row.mapping.get("lists", {}), row.mapping.get("terms", {})
    row.rest("lists", "terms")
    if not _words(lists) or not (isinstance(terms, Mapping) and all(_words(groups) for groups in terms.values())):
        row.refuse("terms", "lists or terms are not groups of words", "write `terms: {rule.id: {group: [word]}}`")
        lists, terms = {}, {}
    return Extension(pack, row.file.at(*row.key), exceptions, lists, terms)


def _words(groups: object) -> bool:
    return isinstance(groups, Mapping) and all(isinstance(words, list) for words in groups.values())


def _grant(row: Fields) -> Grant:
    grant = Grant(
        row.text("file"),
        row.text("owner"),
        row.text("legal_basis"),
        row.day("review_date"),
        row.day("expiry"),
        row.file.at(*row.key),
    )
    row.rest()
    return grant


def _graded(rule: Rule, change: Change) -> Rule:
    return replace(
        rule,
        severity=change.severity or rule.severity,
        confidence=change.confidence or rule.confidence,
        ceiling=rule.ceiling if change.ceiling is None else change.ceiling,
        status=change.status or rule.status,
    )


def _above(rule: Rule, change: Change, clauses: Clauses) -> list[Problem]:
    most = clauses.ceiling(rule.clause, rule.id.split(".")[0])
    if rule.ceiling <= most:
        return []
    what = f"ceiling {rule.ceiling.name.lower()} is above that of clause {rule.clause}"
    return [problem(PREFIX + NAME, change.place, rule.id, what, f"use {most.name.lower()} or below")]
