"""What a rule pack says, as values; and what a hit says."""

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Layer, Severity
from scanner.domain.rules import RuleStatus
from scanner.keywords.conditions import Condition


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase. `left`/`right`: no letter or digit may stand on that side of a hit."""

    text: str
    weight: float = 1.0
    left: bool = False
    right: bool = False
    sound: bool = False
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Terms that count as one thing in conditions; `line` is where it stands in its file."""

    name: str
    terms: tuple[Term, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A linear-time regular expression that is run on a window's own text."""

    name: str
    regex: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """One rule of a pack. `groups` are its own; conditions may also name the pack's lists and patterns."""

    id: str
    clause: str
    severity: Severity
    confidence: Confidence
    ceiling: Ceiling
    status: RuleStatus
    description: str
    author: str
    reference: str
    views: frozenset[Layer]
    window: int
    gap: int
    groups: tuple[Group, ...]
    when: Condition
    when_text: str
    unless: Condition | None = None
    unless_text: str = ""
    must_hit: tuple[str, ...] = ()
    must_miss: tuple[str, ...] = ()
    line: int = 0
    revision: str = ""
    description_zh: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of rules. `digest` is the sha256 of its text."""

    path: str
    name: str
    version: str
    digest: str
    exceptions: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    lists: tuple[Group, ...]
    rules: tuple[KeywordRule, ...]

    def own_groups(self) -> Iterator[Group]:
        """Every group of the pack, once."""
        yield from self.lists
        for rule in self.rules:
            yield from rule.groups

    def groups(self, rule: KeywordRule) -> Iterator[Group]:
        """All groups that the rule's conditions may name."""
        yield from rule.groups
        yield from self.lists


@dataclass(frozen=True, slots=True)
class WordHit:
    """One word that took part in a hit. `offset`, `length`: bytes of the original, None where there are none."""

    group: str
    term: str
    original: str
    folded: str
    offset: int | None
    length: int


@dataclass(frozen=True, slots=True)
class KeywordHit:
    """One hit of one rule in one view: the leading word's place, and every word that made the condition true.

    `exact` is False where `offset` and `length` are the nearest enclosing span instead of the word's own. `meant` is
    True where the rule sees its words only in the text as it is meant (see mending.py).
    """

    rule: str
    layer: Layer
    offset: int | None
    length: int
    original: str
    folded: str
    excerpt: str
    why: str
    words: tuple[WordHit, ...] = ()
    exact: bool = True
    meant: bool = False
