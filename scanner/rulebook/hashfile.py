"""Operator lists of sha256 or PDQ hashes: one list is one rule under the contract."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scanner.domain.rules import HashEntry, Rule, RuleKind, digest_of
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.contract import Card, Origin, rule_of
from scanner.rulebook.fields import Fields
from scanner.rulebook.problems import Place, Problem, problem
from scanner.rulebook.yamlfile import YamlFile, read_yaml

ALGORITHMS = ("sha256", "pdq")
PDQ_DISTANCE = 31  # bits of 256; the distance that PDQ's authors recommend
MOST_DISTANCE = 64  # pictures that have nothing in common differ in about 128 bits
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTRACT = (
    *("id", "clause", "severity", "confidence", "ceiling", "status", "description", "author", "reference"),
    "description_zh",
)
_LIST = ("schema", "entries", "file", "allow", "rollout", "distance", "off_until", "source")


@dataclass(frozen=True, slots=True)
class HashList:
    """A list that was read: its rule, its entries, what is wrong, and until when it is switched off."""

    rule: Rule | None
    entries: tuple[HashEntry, ...]
    problems: tuple[Problem, ...]
    off_until: date = date.min


def read_hash_list(path: str, texts: Mapping[str, str], clauses: Clauses) -> HashList:
    """The list at `path`; its hashes stand in it, or in a plain text file beside it, one a line."""
    file = read_yaml(path, texts[path])
    if file.problems or not isinstance(file.value, Mapping):
        whole = file.problem((), "", "is no hash list", "write id, clause, severity … and entries")
        return HashList(None, (), file.problems or (whole,))
    problems: list[Problem] = []
    top = Fields(file, (), str(file.value.get("id", "")), problems)
    top.rest(*_CONTRACT, *_LIST)
    values = {key: file.value[key] for key in _CONTRACT if key in file.value}
    beside = texts.get(f"{path.rsplit('/', 1)[0]}/{top.text('file', '')}", "")
    revision = digest_of([("list", file.text.encode()), ("file", beside.encode())])[:16]
    card = Card(path, Place(1, 1), values, {key: file.at(key) for key in values})
    rule, wrong = rule_of(card, Origin(RuleKind.HASH, revision), clauses)
    problems.extend(wrong)
    top.text("source")
    distance, rollout = _distance(top, PDQ_DISTANCE), top.share("rollout")
    base = HashEntry("sha256", "", rule.id if rule else "", top.flag("allow"), distance, "", rollout)
    entries = [*_listed(file, base, problems), *_plain(top, path, texts, base, problems)]
    if not entries:
        problems.append(file.problem(("entries",), top.name, "holds no hash", "add entries, or remove the file"))
    return HashList(rule, tuple(entries), tuple(problems), top.day("off_until", date.min))


def _listed(file: YamlFile, base: HashEntry, problems: list[Problem]) -> list[HashEntry]:
    rows = file.value.get("entries", [])
    if not isinstance(rows, list):
        problems.append(file.problem(("entries",), base.rule, "is no list", "write `- {sha256: ...}` per entry"))
        return []
    return [
        entry
        for index in range(len(rows))
        if (entry := _entry(Fields(file, ("entries", index), base.rule, problems), base))
    ]


def _entry(row: Fields, base: HashEntry) -> HashEntry | None:
    algorithm = next((name for name in ALGORITHMS if name in row.mapping), "")
    digest = row.text(algorithm).lower() if algorithm else ""
    distance = _distance(row, base.distance) if algorithm == "pdq" else 0
    expires, off_until = row.day("expires", date.max), row.day("off_until", date.min)
    rollout = row.share("rollout", base.rollout)
    row.rest("note", *ALGORITHMS)
    if not _DIGEST.fullmatch(digest):
        row.refuse(algorithm, f"{digest or row.mapping!r} is no hash", "write `sha256:` or `pdq:` and 64 hex digits")
        return None
    ends = "" if expires == date.max else expires.isoformat()
    begins = "" if off_until == date.min else off_until.isoformat()
    return HashEntry(algorithm, digest, base.rule, base.allow, distance, ends, rollout, begins)


def _distance(fields: Fields, default: int) -> int:
    """In how many bits a perceptual hash may differ; refused where pictures would match that are not alike."""
    distance = fields.number("distance", default)
    if distance > MOST_DISTANCE:
        what = f"distance = {distance}: so many bits match pictures that are not alike"
        fields.refuse("distance", what, f"write {MOST_DISTANCE} or less, for example {PDQ_DISTANCE}")
    return distance


def _plain(
    top: Fields, path: str, texts: Mapping[str, str], base: HashEntry, problems: list[Problem]
) -> list[HashEntry]:
    """One sha256 a line; `#` begins a comment."""
    name = str(top.mapping.get("file", ""))
    if not name:
        return []
    where = f"{path.rsplit('/', 1)[0]}/{name}"
    if where not in texts:
        top.refuse("file", f"there is no file {name!r} beside the list", "correct the name; it must end in .txt")
        return []
    found = []
    for number, line in enumerate(texts[where].split("\n"), 1):
        digest = line.split("#")[0].strip().lower()
        if digest and not _DIGEST.fullmatch(digest):
            problems.append(problem(where, Place(number, 1), base.rule, "is no sha256", "write 64 hex digits a line"))
        elif digest:
            found.append(HashEntry("sha256", digest, base.rule, base.allow, 0, "", base.rollout))
    return found
