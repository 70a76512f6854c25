"""Foreign YARA sets in an operator's folder: SOURCES.toml says whence, under which clause and grade; texts are as they
came. A rule's id is `source.file.identifier`, so that no two can clash with each other or with the shipped ones."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.domain.rules import Rule, RuleFile, RuleKind
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.contract import Card, Origin, rule_of
from scanner.rulebook.problems import Place, Problem, problem
from scanner.rulebook.yarafile import ReadFile, compile_problems, namespace_of, revision_of
from scanner.rulebook.yaratext import YaraRule, read_yara

NAME = "SOURCES.toml"
GRADES = ("clause", "severity", "confidence", "ceiling", "status")
_PATH = re.compile(r"[^\x00-\x1f\\]+\.yara?")


@dataclass(frozen=True, slots=True)
class SetAside:
    """A rule (or, with an empty name, a whole file) that was not taken over, and why."""

    path: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """One imported set. `files` leads from each kept file to the sha256 of its text when it was imported."""

    name: str
    url: str
    commit: str
    licence: str
    grades: Mapping[str, str]
    imported: str
    files: Mapping[str, str] = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()


def parse_sources(path: str, text: str) -> tuple[list[Source], list[Problem]]:
    """The sources that SOURCES.toml records."""
    try:
        rows = tomllib.loads(text).get("sources", {})
        return [_source(name, row) for name, row in rows.items()], []
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        mend = "run `aup rules import` again, or restore the file"
        return [], [problem(path, Place(1, 1), "", f"is not what import writes: {error!r}", mend)]


def render_sources(sources: list[Source]) -> str:
    """SOURCES.toml."""
    lines = ["# Written by `aup rules import`: third-party sets that this operator chose, and what became of them.\n"]
    for source in sorted(sources, key=lambda each: each.name):
        lines.append(f"[sources.{source.name}]")
        plain = {"url": source.url, "commit": source.commit, "licence": source.licence, "imported": source.imported}
        lines.extend(f"{key} = {_quoted(value)}" for key, value in {**plain, **source.grades}.items())
        lines.append(f"\n[sources.{source.name}.files]")
        lines.extend(f"{_quoted(path)} = {_quoted(digest)}" for path, digest in sorted(source.files.items()))
        for each in source.set_aside:
            lines.append(f"\n[[sources.{source.name}.set_aside]]")
            lines.extend(f"{key} = {_quoted(getattr(each, key))}" for key in ("path", "rule", "reason"))
        lines.append("")
    return "\n".join(lines)


def read_foreign(prefix: str, texts: Mapping[str, str], clauses: Clauses) -> tuple[list[ReadFile], list[Problem]]:
    """Every imported file below `prefix` that SOURCES.toml names."""
    name = prefix + NAME
    if name not in texts:
        return [], []
    sources, problems = parse_sources(name, texts[name])
    files = []
    for source in sources:
        taken: set[str] = set()
        for path, digest in source.files.items():
            where = f"{prefix}{source.name}/{path}"
            if where in texts:
                files.append(_file(source, path, where, texts[where], digest, clauses, taken))
            else:
                problems.append(problem(name, Place(1, 1), source.name, f"{path} is gone", "import the set again"))
    return files, problems


def foreign_id(source: str, path: str, identifier: str) -> str:
    """The id of an imported rule."""
    return f"{slug(source)}.{slug(path.rsplit('.', 1)[0])}.{slug(identifier)}"


def slug(text: str) -> str:
    """Lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def text_digest(text: str) -> str:
    """sha256 of a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _source(name: str, row: Mapping[str, Any]) -> Source:
    aside = tuple(SetAside(each["path"], each["rule"], each["reason"]) for each in row.get("set_aside", []))
    grades = {key: row[key] for key in GRADES}
    files = {path: digest for path, digest in row.get("files", {}).items() if _PATH.fullmatch(path)}
    return Source(slug(name), row["url"], row["commit"], row["licence"], grades, row["imported"], files, aside)


def _file(source: Source, path: str, where: str, text: str, digest: str, clauses: Clauses, taken: set[str]) -> ReadFile:
    changed = text_digest(text) != digest  # what import compiled need not be compiled again at every load
    problems = list(compile_problems(where, text)) if changed else []
    parsed = read_yara(text)
    rules: list[Rule] = []
    names: dict[str, str] = {}
    for each in parsed.rules:
        if each.private:
            continue
        rule_id = foreign_id(source.name, path, each.name)
        while rule_id in taken:  # names that differ only in case or punctuation
            rule_id += "-2"
        taken.add(rule_id)
        card = Card(where, each.place, _values(source, rule_id, each), {})
        origin = Origin(RuleKind.YARA, revision_of(text, parsed, each), source.name, source.commit)
        rule, wrong = rule_of(card, origin, clauses)
        problems.extend(wrong)
        if rule is not None:
            rules.append(rule)
            names[each.name] = rule.id
    return ReadFile(RuleFile(where, namespace_of(where), text, names), tuple(rules), tuple(problems))


def _values(source: Source, rule_id: str, rule: YaraRule) -> Mapping[str, str]:
    return {
        **source.grades,
        "id": rule_id,
        "description": rule.value("description").strip() or f"{rule.name} of {source.name}",
        "author": rule.value("author"),
        "reference": rule.value("reference") or source.url,
    }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
