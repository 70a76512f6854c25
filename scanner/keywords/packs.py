"""Reads one pack of keyword rules from its YAML text."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Layer, Severity
from scanner.domain.rules import Rule, RuleKind, RuleStatus
from scanner.errors import RuleError
from scanner.keywords import documents
from scanner.keywords.conditions import Condition, groups_of, uses_score
from scanner.keywords.documents import Place
from scanner.keywords.parser import WORDS, parse_condition
from scanner.keywords.patterns import check_pattern
from scanner.keywords.terms import read_term
from scanner.keywords.values import Group, KeywordRule, Pack, Pattern

MAX_TERMS = 200_000  # of one pack
MAX_WINDOW = 5_000
MAX_GAP = 8
VIEWS = (Layer.SOURCE, Layer.TEXT, Layer.NAME, Layer.MEMBER, Layer.URL, Layer.IMAGE_TEXT, Layer.QR)
_PACK_KEYS = ("schema", "pack", "version", "sound", "exceptions", "patterns", "lists", "rules")
_RULE_KEYS = (
    *("id", "clause", "severity", "confidence", "ceiling", "status", "description", "author", "reference"),
    *("description_zh", "views", "window", "gap", "sound", "terms", "when", "unless", "tests"),
)
_RULE_OWED = ("id", "clause", "severity", "confidence", "ceiling", "status", "description", "author", "when", "tests")
_ID = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+")
_NAME = re.compile(r"[^\W\d][\w-]*")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the rules of one pack share."""

    lists: tuple[Group, ...]
    patterns: tuple[Pattern, ...]
    exceptions: tuple[str, ...]
    sound: bool  # the rules' default


def parse_pack(path: str, text: str) -> Pack:
    """The pack; RuleError names `file:line`, rule, key, value and the mend."""
    root = documents.read_yaml(path, text)
    place = Place(path)
    keys = documents.mapping(place, root, _PACK_KEYS)
    _owed(place, root, keys, ("schema", "pack", "version", "rules"))
    documents.choice(place.of("schema"), keys["schema"], ("1",))
    _count_terms(place, root)
    shared = _read_shared(place, keys)
    rules = tuple(
        _read_rule(place, node, shared, text) for node in documents.sequence(place.of("rules"), keys["rules"])
    )
    _distinct(place, keys["rules"], rules)
    return Pack(
        path=path,
        name=documents.text(place.of("pack"), keys["pack"]),
        version=documents.text(place.of("version"), keys["version"]),
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        exceptions=shared.exceptions,
        patterns=shared.patterns,
        lists=shared.lists,
        rules=rules,
    )


def pack_rules(pack: Pack) -> tuple[Rule, ...]:
    """What each rule says of itself, for the rulebook."""
    return tuple(
        Rule(
            id=rule.id,
            kind=RuleKind.KEYWORDS,
            clause=rule.clause,
            severity=rule.severity,
            confidence=rule.confidence,
            ceiling=rule.ceiling,
            status=rule.status,
            description=rule.description,
            author=rule.author,
            reference=rule.reference,
            revision=rule.revision,
            file=pack.path,
            line=rule.line,
            pack=pack.name,
            pack_version=pack.version,
            description_zh=rule.description_zh,
        )
        for rule in pack.rules
    )


def _owed(place: Place, node: yaml.Node, keys: Mapping[str, yaml.Node], owed: tuple[str, ...]) -> None:
    for key in owed:
        if key not in keys:
            example = "{hit: ['…'], miss: ['…']}" if key == "tests" else "…"
            raise place.refuse(node, f"{key!r} is missing", f"write {key}: {example}")


def _count_terms(place: Place, root: yaml.Node) -> None:
    """Refuses a pack of more than MAX_TERMS entries before any of them is looked at."""
    count, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            count += len(node.value)
            waiting.extend(entry for entry in node.value if not isinstance(entry, yaml.ScalarNode))
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(value for _, value in node.value)
    if count > MAX_TERMS:
        raise place.refuse(root, f"{count:,} terms; the limit of one pack is {MAX_TERMS:,}", "split the pack")


def _read_shared(place: Place, keys: Mapping[str, yaml.Node]) -> _Shared:
    here = place.of("exceptions")
    exceptions = documents.texts(here, keys["exceptions"]) if "exceptions" in keys else ()
    for phrase in exceptions:
        read_term(here, keys["exceptions"], phrase)  # refuses one that folds to nothing
    lists = _read_groups(place.of("lists"), keys["lists"], sound=False) if "lists" in keys else ()
    patterns = _read_patterns(place.of("patterns"), keys["patterns"]) if "patterns" in keys else ()
    twice = {group.name for group in lists} & {pattern.name for pattern in patterns}
    if twice:
        raise place.refuse(keys["lists"], f"{min(twice)!r} is a list and a pattern", "rename one")
    sound = "sound" in keys and documents.flag(place.of("sound"), keys["sound"])
    return _Shared(lists, patterns, exceptions, sound)


def _read_patterns(place: Place, node: yaml.Node) -> tuple[Pattern, ...]:
    out = []
    for name, entry in documents.mapping(place, node).items():
        here = place.of(name)
        regex = documents.text(here, entry)
        check_pattern(here, entry, regex)
        out.append(Pattern(_named(here, entry, name), regex, entry.start_mark.line + 1))
    return tuple(out)


def _named(place: Place, node: yaml.Node, name: str) -> str:
    if name in WORDS or not _NAME.fullmatch(name):
        raise place.refuse(
            node, f"{name!r} cannot be a group's name", "use letters, digits and _; not a function's name"
        )
    return name


def _read_groups(place: Place, node: yaml.Node, *, sound: bool) -> tuple[Group, ...]:
    out = []
    for name, entries in documents.mapping(place, node).items():
        here = place.of(_named(place, entries, name))
        terms = {
            (term.text, term.exact): term
            for term in (read_term(here, entry, sound=sound) for entry in documents.sequence(here, entries))
        }
        if not terms:
            raise here.refuse(entries, "has no term", "write at least one, or remove the group")
        out.append(Group(name, tuple(terms.values()), entries.start_mark.line + 1))
    return tuple(out)


def _read_rule(place: Place, node: yaml.Node, shared: _Shared, source: str) -> KeywordRule:
    keys = documents.mapping(place.of("rules"), node, _RULE_KEYS)
    name = documents.text(place.of("id"), keys["id"]) if "id" in keys else "?"
    here = place.of(f"rule {name}")
    _owed(here, node, keys, _RULE_OWED)
    if not _ID.fullmatch(name):
        raise here.of("id").refuse(keys["id"], f"{name!r} is not an id", "write category.what in a-z, 0-9 and -")
    sound = documents.flag(here.of("sound"), keys["sound"]) if "sound" in keys else shared.sound
    groups = _read_groups(here.of("terms"), keys["terms"], sound=sound) if "terms" in keys else ()
    when, unless = _conditions(here, keys, groups, shared)
    must_hit, must_miss = _read_tests(here.of("tests"), keys["tests"])
    return KeywordRule(
        id=name,
        clause=documents.text(here.of("clause"), keys["clause"]),
        severity=Severity[_word(here, keys, "severity", Severity)],
        confidence=Confidence[_word(here, keys, "confidence", Confidence)],
        ceiling=Ceiling[_word(here, keys, "ceiling", Ceiling)],
        status=RuleStatus[_word(here, keys, "status", RuleStatus)],
        description=documents.text(here.of("description"), keys["description"]),
        author=documents.text(here.of("author"), keys["author"]),
        reference=_optional(here, keys, "reference"),
        views=_read_views(here.of("views"), keys.get("views")),
        window=documents.whole(here.of("window"), keys["window"], 0, MAX_WINDOW) if "window" in keys else 200,
        gap=documents.whole(here.of("gap"), keys["gap"], 0, MAX_GAP) if "gap" in keys else 2,
        groups=groups,
        when=when,
        when_text=documents.text(here, keys["when"]),
        unless=unless,
        unless_text=documents.text(here, keys["unless"]) if "unless" in keys else "",
        must_hit=must_hit,
        must_miss=must_miss,
        line=node.start_mark.line + 1,
        description_zh=_optional(here, keys, "description_zh"),
        revision=_revision(source[node.start_mark.index : node.end_mark.index], shared),
    )


def _optional(place: Place, keys: Mapping[str, yaml.Node], key: str) -> str:
    return documents.text(place.of(key), keys[key]) if key in keys else ""


def _word(
    place: Place, keys: Mapping[str, yaml.Node], key: str, kind: type[Severity | Confidence | Ceiling | RuleStatus]
) -> str:
    """The member's name for a key that holds one word of an enumeration."""
    return documents.choice(place.of(key), keys[key], [member.name.lower() for member in kind]).upper()


def _conditions(
    place: Place, keys: Mapping[str, yaml.Node], groups: tuple[Group, ...], shared: _Shared
) -> tuple[Condition, Condition | None]:
    own = {group.name for group in groups}
    common = {group.name for group in shared.lists} | {pattern.name for pattern in shared.patterns}
    if own & common:
        mend = "rename the rule's group"
        raise place.of("terms").refuse(keys["terms"], f"{min(own & common)!r} is also a list or pattern", mend)
    where = place.at(keys["when"])
    when = parse_condition(documents.text(place.of("when"), keys["when"]), own | common, where, f"{place.names}: when")
    unless = None
    if "unless" in keys:
        line = place.at(keys["unless"])
        text = documents.text(place.of("unless"), keys["unless"])
        unless = parse_condition(text, own | common, line, f"{place.names}: unless")
    used = set(groups_of(when)) | (set(groups_of(unless)) if unless else set())
    idle = sorted(own - used)
    if idle and not uses_score(when):
        raise place.of("terms").refuse(keys["terms"], f"{idle[0]!r} is never used", "name it in when, or remove it")
    return when, unless


def _read_views(place: Place, node: yaml.Node | None) -> frozenset[Layer]:
    if node is None:
        return frozenset(VIEWS)
    allowed = [layer.value for layer in VIEWS]
    layers = frozenset(Layer(documents.choice(place, entry, allowed)) for entry in documents.sequence(place, node))
    if not layers:
        raise place.refuse(node, "names no view", f"use some of: {', '.join(allowed)}; or leave the key out for all")
    return layers


def _read_tests(place: Place, node: yaml.Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    keys = documents.mapping(place, node, ("hit", "miss"))
    hit = documents.texts(place.of("hit"), keys["hit"]) if "hit" in keys else ()
    miss = documents.texts(place.of("miss"), keys["miss"]) if "miss" in keys else ()
    for name, found in (("hit", hit), ("miss", miss)):
        if not found:
            raise place.refuse(node, f"has no {name!r} example", f"write {name}: ['…']")
    return hit, miss


def _revision(rule_text: str, shared: _Shared) -> str:
    """Digests the rule's own text and what it shares with its pack, so that a change of a list is a change."""
    whole = hashlib.sha256(rule_text.encode("utf-8", "surrogatepass"))
    for group in shared.lists:
        whole.update(repr((group.name, group.terms)).encode("utf-8", "surrogatepass"))
    whole.update(
        repr(([(p.name, p.regex) for p in shared.patterns], shared.exceptions)).encode("utf-8", "backslashreplace")
    )
    return whole.hexdigest()[:16]


def _distinct(place: Place, node: yaml.Node, rules: tuple[KeywordRule, ...]) -> None:
    lines: dict[str, int] = {}
    for rule in rules:
        if rule.id in lines:
            raise RuleError(
                f"rule {rule.id}: the id stands twice, first in line {lines[rule.id]}",
                where=f"{place.path}:{rule.line}",
                mend="give one another id",
            )
        lines[rule.id] = rule.line
    if not rules:
        raise place.refuse(node, "the pack has no rule", "write at least one")
