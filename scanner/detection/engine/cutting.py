"""Rule files cut into pieces that can be compiled and asked alone, each with the formula of what it needs.

A file that this software reads otherwise than YARA's compiler does stays whole: one piece that is asked of everything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yara

from scanner.detection.engine.conditions import rule_formula
from scanner.detection.engine.factors import string_formula
from scanner.detection.engine.formula import ALWAYS, Formula
from scanner.detection.engine.syntax import FileText, RuleText, SyntaxTroubleError, read_file
from scanner.domain.rules import RuleFile


@dataclass(frozen=True, slots=True)
class Piece:
    """Source text that decides some rules. `names` leads from YARA identifiers to the ids that are reported.

    `lanes` are those of its rules; `trouble` says why a file stayed whole.
    """

    namespace: str
    text: str
    names: Mapping[str, str]
    lanes: frozenset[str]
    needs: Formula
    trouble: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that the piece decides."""
        return tuple(self.names.values())


def pieces_of(files: Iterable[RuleFile], lanes: Mapping[str, str]) -> Iterator[Piece]:
    """The pieces of all files, in the order of the files. `lanes` by rule id; a rule without one has `any`."""
    for file in files:
        if not file.names:
            continue
        try:
            yield from _cut(file, _checked(file), lanes)
        except (SyntaxTroubleError, RecursionError, ValueError) as error:
            asked = frozenset(lanes.get(rule, "any") for rule in file.names.values())
            yield Piece(file.namespace, file.text, file.names, asked, ALWAYS, str(error) or type(error).__name__)


def _checked(file: RuleFile) -> FileText:
    """The file as read, where the compiler sees the same rules in the same order."""
    read = read_file(file.text)
    compiled = [
        (rule.identifier, rule.is_private, rule.is_global) for rule in yara.compile(source=file.text, includes=False)
    ]
    if compiled != [(rule.name, rule.private, rule.is_global) for rule in read.rules]:
        raise SyntaxTroubleError("other rules than the compiler's")
    return read


def _cut(file: RuleFile, read: FileText, lanes: Mapping[str, str]) -> Iterator[Piece]:
    formulas: dict[str, Formula] = {}
    needed: dict[str, frozenset[str]] = {}
    for rule in read.rules:
        formulas[rule.name] = rule_formula(rule, _string_formulas(rule), formulas)
        needed[rule.name] = _closure(rule, needed)
    ruling = frozenset[str]().union(*(needed[rule.name] for rule in read.rules if rule.is_global))
    texts = {rule.name: rule for rule in read.rules}
    order = {rule.name: number for number, rule in enumerate(read.rules)}
    for name, rule_id in file.names.items():
        if name in texts:
            kept = [texts[each] for each in sorted(needed[name] | ruling, key=order.__getitem__)]
            lane = frozenset({lanes.get(rule_id, "any")})
            yield Piece(file.namespace, _source(read.imports, kept), {name: rule_id}, lane, formulas[name])


def _string_formulas(rule: RuleText) -> dict[str, Formula]:
    """By name; anonymous strings get names that no condition can write."""
    return {
        string.name if string.name != "$" else f"$ {number}": string_formula(string)
        for number, string in enumerate(rule.strings)
    }


def _closure(rule: RuleText, above: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The rule and those above it that its condition names, with theirs. Too many do no harm."""
    words = {token.text for token in rule.condition if token.kind == "word"}
    following = zip(rule.condition, rule.condition[1:], strict=False)
    prefixes = tuple(one.text for one, other in following if one.kind == "word" and other.text == "*")
    named = words & above.keys()
    if prefixes:
        named |= {name for name in above if name.startswith(prefixes)}
    return frozenset({rule.name}).union(*(above[name] for name in named))


def _source(imports: Sequence[str], rules: Sequence[RuleText]) -> str:
    """The rules with the imports that they use."""
    words = {token.text for rule in rules for token in rule.condition if token.kind == "word"}
    used = [f'import "{name}"' for name in dict.fromkeys(imports) if name in words]
    return "\n".join([*used, *(rule.text for rule in rules)])
