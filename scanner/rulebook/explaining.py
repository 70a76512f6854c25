"""Why a YARA rule hit some bytes or not: every string with its places, and the condition as a tree of truths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yara

from scanner.domain.content import Sample
from scanner.domain.rules import Rule, Rulebook, RuleFile
from scanner.rulebook.workbench import Eyes
from scanner.rulebook.yarafile import needs
from scanner.rulebook.yaratext import Token, YaraRule, YaraSource, read_yara, tokens

PLACES = 5  # places shown of one string
SHOWN = 60  # bytes shown of one place


@dataclass(frozen=True, slots=True)
class StringSeen:
    """One string of a rule in the bytes: how often, and the first places as (offset, bytes)."""

    name: str
    written: str
    count: int
    places: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of a condition: whether it holds, and its own parts. `word` joins them: and, or, not, or ''."""

    text: str
    holds: bool
    word: str = ""
    parts: tuple["Branch", ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a rule saw in some bytes; `needed` are the private rules it builds on."""

    rule: str
    hit: bool
    strings: tuple[StringSeen, ...]
    condition: Branch
    needed: tuple["Explanation", ...] = ()


def plain_eyes(book: Rulebook) -> Eyes:
    """Plain YARA over raw bytes: which rules hit. What the whole detection must find at least."""
    compiled = yara.compile(sources={file.namespace: file.text for file in book.yara}, includes=False)
    names = {(file.namespace, name): rule for file in book.yara for name, rule in file.names.items()}

    def hits(sample: Sample) -> frozenset[str]:
        found = ((match.namespace, match.rule) for match in compiled.match(data=sample.data))
        return frozenset(names[each] for each in found if each in names)

    return Eyes(hits)


def explain_yara(rule: Rule, file: RuleFile, data: bytes) -> Explanation:
    """Why the rule, which stands in `file`, hits these bytes or not."""
    source = read_yara(file.text)
    wanted = {name for name, rule_id in file.names.items() if rule_id == rule.id}
    parsed = next(each for each in source.rules if each.name in wanted)
    return _explain(file.text, source, parsed, data, rule.id)


def explanation_lines(found: Explanation, indent: str = "") -> Iterator[str]:
    """The explanation for people."""
    yield f"{indent}{_mark(found.hit)} {found.rule}"
    for string in found.strings:
        yield f"{indent}    {string.name:<12} {string.count:>5} ×  {string.written}"
        for offset, seen in string.places:
            yield f"{indent}        at {offset}: {_visible(seen)}"
    yield from _branch_lines(found.condition, indent + "    ")
    for each in found.needed:
        yield from explanation_lines(each, indent + "    ")


def _explain(text: str, source: YaraSource, rule: YaraRule, data: bytes, name: str) -> Explanation:
    probe = _Probe(text, source, rule, data)
    below = [each for each in needs(source, rule) if each.name != rule.name]
    return Explanation(
        name,
        probe.holds(rule.condition),
        tuple(probe.strings()),
        probe.tree(rule.condition),
        tuple(_explain(text, source, each, data, each.name) for each in below if each.name in rule.words),
    )


class _Probe:
    """A rule whose condition is asked part by part, over the same bytes."""

    def __init__(self, text: str, source: YaraSource, rule: YaraRule, data: bytes) -> None:
        self.rule, self.data = rule, data
        below = [each.text_of(text) for each in needs(source, rule) if each.name != rule.name]
        self.before = "\n".join([*(f'import "{name}"' for name, _ in source.imports), *below])
        head = text[rule.start : rule.condition_start]
        self.head = head.replace("private", "", 1) if rule.private else head

    def holds(self, condition: str) -> bool:
        """Whether the part is true. Every string is named behind it, or YARA refuses those it does not use."""
        return bool(self._match(f"({condition})"))

    def strings(self) -> Iterator[StringSeen]:
        """Every string's places, whether the rule hits or not."""
        matched = self._match("true")
        seen = {string.identifier: string.instances for match in matched for string in match.strings}
        for string in self.rule.strings:
            instances = seen.get(string.name, [])
            first = tuple((each.offset, each.matched_data[:SHOWN]) for each in instances[:PLACES])
            yield StringSeen(string.name, _written(string.kind, string.body), len(instances), first)

    def tree(self, condition: str) -> Branch:
        """The condition, split at its and, or and not."""
        word, parts = split(condition)
        below = tuple(self.tree(part) for part in parts) if word else ()
        return Branch(" ".join(condition.split()), self.holds(condition), word, below)

    def _match(self, condition: str) -> list[yara.Match]:
        every = " and (true or any of them)" if self.rule.strings else ""
        compiled = yara.compile(source=f"{self.before}\n{self.head}\n{condition}{every}\n}}", includes=False)
        return [match for match in compiled.match(data=self.data, timeout=30) if match.rule == self.rule.name]


def split(condition: str) -> tuple[str, list[str]]:
    """The word that joins a condition's outermost parts, and the parts; ('', []) for a leaf."""
    found = [token for token in tokens(condition) if token.kind != "comment"]
    while found and found[0].text == "(" and _closing(found) == len(found) - 1:
        found = found[1:-1]
    for word in ("or", "and"):
        parts = _parted(found, word)
        if len(parts) > 1:
            return word, [condition[part[0].start : part[-1].end] for part in parts if part]
    if found and found[0].text == "not":
        return "not", [condition[found[1].start : found[-1].end]]
    return "", []


def _parted(found: Sequence[Token], word: str) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == word:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _closing(found: Sequence[Token]) -> int:
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return index
    return -1


def _branch_lines(branch: Branch, indent: str) -> Iterator[str]:
    if not branch.parts:
        yield f"{indent}{_mark(branch.holds)} {branch.text}"
        return
    yield f"{indent}{_mark(branch.holds)} {branch.word}:"
    for part in branch.parts:
        yield from _branch_lines(part, indent + "  ")


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"


def _written(kind: str, body: str) -> str:
    shown = f'"{body}"' if kind == "text" else " ".join(body.split())
    return shown if len(shown) <= 100 else shown[:97] + "…"


def _visible(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
