"""One YARA file under the contract: its rules, their ids and revisions, and what the compiler says of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import yara

from scanner.domain.rules import Rule, RuleFile, RuleKind, digest_of
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.contract import Card, Origin, rule_of, yara_name
from scanner.rulebook.problems import Place, Problem, problem
from scanner.rulebook.yaratext import YaraRule, YaraSource, read_yara

ALLOWED_IMPORTS = ("pe", "elf", "math", "hash", "string")
NEAR = 200  # lines above the one that the compiler names
_QUOTED = re.compile(r"[\"']([$#@!]?\w+)[\"']")
_ERROR_LINE = re.compile(r"(?:line |\()(\d+)\)?:? ?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A source file that was read: the engines' view of it and its rules. Refused files carry problems only."""

    file: RuleFile
    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


def read_yara_file(path: str, text: str, clauses: Clauses) -> ReadFile:
    """The file's rules under the contract; every rule that is not private needs its meta."""
    source = read_yara(text)
    problems = [*compile_problems(path, text), *_includes(path, source)]
    rules, names = [], {}
    for parsed in source.rules:
        if parsed.private:
            continue
        rule, wrong = _rule(path, text, source, parsed, clauses)
        problems.extend(wrong)
        if rule is not None:
            rules.append(rule)
            names[parsed.name] = rule.id
    if not source.rules and not problems:
        problems.append(problem(path, Place(1, 1), "", "holds no rule", "write a rule or remove the file"))
    return ReadFile(RuleFile(path, namespace_of(path), text, names), tuple(rules), tuple(problems))


def namespace_of(path: str) -> str:
    """The namespace that the engines give a file: unique, because paths are."""
    return path.rsplit(".", 1)[0].removeprefix("yara/").replace("/", ".")


@lru_cache(maxsize=4096)
def compile_problems(path: str, text: str) -> tuple[Problem, ...]:
    """What YARA's compiler says, with its line; includes are never opened. Kept by the file's text."""
    try:
        yara.compile(source=text, includes=False)
    except yara.Error as error:
        line, message = _parted(str(error))
        return (problem(path, _named_place(text, line, message), "", f"YARA: {message}", _mend(message)),)
    return ()


def needs(source: YaraSource, rule: YaraRule) -> tuple[YaraRule, ...]:
    """The rule and the rules of its file that it builds on, in the order of the file."""
    found: dict[str, YaraRule] = {}
    owed = [rule]
    while owed:
        each = owed.pop()
        if each.name not in found:
            found[each.name] = each
            owed.extend(source.by_name[word] for word in each.words if word in source.by_name)
    return tuple(sorted(found.values(), key=lambda each: each.start))


def alone(text: str, source: YaraSource, rules: Iterable[YaraRule]) -> str:
    """A source text that holds only these rules and what they need."""
    wanted = {each.name for rule in rules for each in needs(source, rule)}
    imports = [f'import "{name}"' for name, _ in source.imports]
    return "\n".join([*imports, *(each.text_of(text) for each in source.rules if each.name in wanted)])


def revision_of(text: str, source: YaraSource, rule: YaraRule) -> str:
    """sha256 over the rule's text and over the rules of its file that it builds on, first 16 hex digits."""
    return digest_of((each.name, each.text_of(text).encode()) for each in needs(source, rule))[:16]


def _rule(
    path: str, text: str, source: YaraSource, parsed: YaraRule, clauses: Clauses
) -> tuple[Rule | None, list[Problem]]:
    values: Mapping[str, object] = {"rule": parsed.name, **{meta.key: meta.value for meta in reversed(parsed.meta)}}
    card = Card(path, parsed.place, values, {meta.key: meta.place for meta in reversed(parsed.meta)})
    rule, problems = rule_of(card, Origin(RuleKind.YARA, revision_of(text, source, parsed)), clauses)
    if rule is not None and yara_name(rule.id) != parsed.name:
        mend = f"name the rule {yara_name(rule.id)}, or correct its id"
        problems.append(problem(path, parsed.place, rule.id, f"identifier {parsed.name!r} is not that of the id", mend))
    return rule, problems


def _includes(path: str, source: YaraSource) -> list[Problem]:
    return [
        problem(path, place, "", f"include {name!r}: includes are not opened", "put the rules into this file")
        for name, place in source.includes
    ]


def _parted(message: str) -> tuple[int, str]:
    match = _ERROR_LINE.search(message)
    return (int(match[1]), match[2].strip()) if match else (0, message)


def _named_place(text: str, line: int, message: str) -> Place:
    """Where the word that the compiler quotes stands last before the line it names; else the line itself.

    YARA notices what is missing only where the rule ends.
    """
    rows = text.split("\n")[: line or None]
    quoted = _QUOTED.search(message)
    for number in range(len(rows), max(0, len(rows) - NEAR), -1) if quoted else ():
        found = re.search(re.escape(quoted[1]) + r"(?![\w])", rows[number - 1]) if quoted else None
        if found:
            return Place(number, found.start() + 1)
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    return Place(line, len(row) - len(row.lstrip()) + 1)


_MENDS = (
    ("undefined identifier", "import the module, define the string, or put the other rule above this one"),
    ("undefined string", "define the string under strings:, or correct its name in the condition"),
    ("unreferenced string", "use the string in the condition, or name it with a leading underscore: $_x"),
    ("duplicated", "give each rule and string a name of its own"),
    ("duplicate", "give each rule and string a name of its own"),
    ("include", "put the rules into this file"),
    ("unterminated", "close the quote, brace or comment"),
    ("syntax error", "correct the line; the fault may stand at the end of the line before"),
)


def _mend(message: str) -> str:
    return next((mend for word, mend in _MENDS if word in message), "correct the line as the compiler says")
