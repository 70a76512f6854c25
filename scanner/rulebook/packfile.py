"""Keyword packs and scorers as rule cards: the contract's keys. Their language is read by `scanner.keywords`."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scanner.domain.rules import Rule, RuleFile, RuleKind, digest_of
from scanner.errors import RuleError
from scanner.keywords.checking import check_pack
from scanner.keywords.packs import parse_pack
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.contract import Card, Origin, rule_of
from scanner.rulebook.problems import Place, Problem, problem
from scanner.rulebook.yamlfile import Path_, YamlFile, read_yaml
from scanner.rulebook.yarafile import ReadFile

NEAR = 80  # lines below a rule's first in which a quoted word is looked for
_QUOTED = re.compile(r"'([^']+?)…?'")


def read_pack_file(path: str, text: str, kind: RuleKind, clauses: Clauses) -> ReadFile:
    """The pack's rules under the contract."""
    file = read_yaml(path, text)
    problems = list(file.problems)
    namespace = path.rsplit(".", 1)[0].replace("/", ".")
    if problems:
        return ReadFile(RuleFile(path, namespace, text), (), tuple(problems))
    if not isinstance(file.value, Mapping):
        problems.append(file.problem((), "", "is no mapping", "write schema, pack, version and rules"))
        return ReadFile(RuleFile(path, namespace, text), (), tuple(problems))
    keys = _rule_keys(file)
    if not keys:
        problems.append(file.problem((), "", "holds no rule", "add a rule under `rules:` or remove the file"))
    head = _head(file, keys)
    rules = []
    for key in keys:
        rule, wrong = _rule(file, key, kind, clauses, head)
        problems.extend(wrong)
        if rule is not None:
            rules.append(rule)
    if kind is RuleKind.KEYWORDS and not problems:
        problems.extend(_language_problems(path, text))
    return ReadFile(RuleFile(path, namespace, text), tuple(rules), tuple(problems))


@lru_cache(maxsize=512)
def _language_problems(path: str, text: str) -> tuple[Problem, ...]:
    """What the rule language refuses: conditions, terms, anchors, and rules whose own tests fail.

    Kept by the file's text: a reload looks only at packs that changed.
    """
    try:
        refused = check_pack(parse_pack(path, text))
    except RuleError as error:
        refused = (error,)
    return tuple(_problem_of(error, path, text) for error in refused)


def _problem_of(error: RuleError, path: str, text: str) -> Problem:
    number = error.where.rsplit(":", 1)[-1]
    line = int(number) if number.isdigit() else 0
    rule, _, rest = error.what.removeprefix("rule ").partition(": ")
    key, what = (rule, rest) if error.what.startswith("rule ") and rest else ("", error.what)
    return problem(path, _pointed(text, line, what), key, what.split("\n")[0], error.mend)


def _pointed(text: str, line: int, what: str) -> Place:
    """The place in the line, or soon after it, of the first word that the message quotes."""
    rows = text.split("\n")[line - 1 : line + NEAR] if line else []
    quoted = _QUOTED.search(what)
    for number, row in enumerate(rows if quoted else []):
        column = row.find(quoted[1]) if quoted else -1
        if column >= 0:
            return Place(line + number, column + 1)
    return Place(line, len(rows[0]) - len(rows[0].lstrip()) + 1 if rows else 0)


def _rule_keys(file: YamlFile) -> list[Path_]:
    rows = file.value.get("rules")
    if isinstance(rows, list):
        return [("rules", index) for index in range(len(rows))]
    return [()] if "id" in file.value else []


def _head(file: YamlFile, keys: list[Path_]) -> bytes:
    """The pack's text without its rules: lists, patterns and exceptions that every rule of the pack depends on."""
    parts, last = [], 0
    for start, end in sorted(file.spans[key] for key in keys if key):
        parts.append(file.text[last:start])
        last = end
    return "".join([*parts, file.text[last:]]).encode()


def _rule(
    file: YamlFile, key: Path_, kind: RuleKind, clauses: Clauses, head: bytes
) -> tuple[Rule | None, list[Problem]]:
    value: Any = file.value
    for step in key:
        value = value[step]
    if not isinstance(value, Mapping):
        return None, [file.problem(key, "", "is no rule", "write `- id: category.what` and its keys")]
    start, end = file.spans[key]
    revision = digest_of([("rule", file.text[start:end].encode()), ("pack", head)])[:16]
    pack, version = str(file.value.get("pack", "")), str(file.value.get("version", ""))
    values = {name: each for name, each in value.items() if name != "lane"}  # lanes belong to YARA
    card = Card(file.path, file.at(*key), values, {str(name): file.at(*key, str(name)) for name in value})
    return rule_of(card, Origin(kind, revision, pack, version), clauses)
