"""Packs compiled: anchors in one automaton for everything, and per rule what is looked for round its anchors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords.alphabet import Alphabet, alphabet_of
from scanner.keywords.anchors import Anchor, anchor_of
from scanner.keywords.automata import engine_name
from scanner.keywords.conditions import Condition, groups_of, uses_score
from scanner.keywords.evaluation import has_negation, patterns_last
from scanner.keywords.frequency import group_cost
from scanner.keywords.lookups import Lookup, LookupMaker, Lookups
from scanner.keywords.mending import Vocabulary, words_of
from scanner.keywords.quick import ANYTHING, Way, group_bits, ways_of
from scanner.keywords.slots import GroupForms, SlotMaker, SlotTable
from scanner.keywords.values import KeywordRule, Pack
from scanner.text.folding import fold_text

NO_ANCHOR = "no anchor: the condition can be true without a hit of any group of terms"
ANCHOR_MEND = "join what is negated, or a pattern, with a group of terms by `and`"
EDGE_BITS = 2
MAX_SPLIT_TERMS = 20_000  # terms of all packs above which split characters are not looked for


@dataclass(frozen=True, slots=True)
class RuleProgram:
    """What matching needs of one rule. `patterns` are those its conditions name, `own` its own groups."""

    id: str
    pack: int
    views: frozenset[Layer]
    window: int
    gap: int
    when: Condition
    when_text: str
    unless: Condition | None
    unless_text: str
    own: tuple[str, ...]
    anchors: frozenset[str]
    core: Condition  # what must be true, within `reach` of an anchor
    reach: int
    judged: tuple[str, ...]  # term groups that `when` asks for; score() asks for all own ones
    doubting: tuple[str, ...]  # term groups that `unless` asks for
    asked: frozenset[str]  # groups and patterns that `when` names
    patterns: tuple[tuple[str, str], ...]
    negates: bool
    for_when: Lookups
    for_unless: Lookups
    bits: Mapping[str, int] = field(default_factory=dict)
    pattern_bits: int = 0
    when_ways: tuple[Way, ...] = ANYTHING
    core_ways: tuple[Way, ...] = ANYTHING
    is_near: bool = False  # whether the core says more than that an anchor was seen

    def with_ways(self) -> "RuleProgram":
        """The rule with its quick looks."""
        names = tuple(name for name, _ in self.patterns)
        bits = group_bits((*self.judged, *names))
        when, core = (ways_of(condition, bits, self.own, names) for condition in (self.when, self.core))
        of_patterns = sum(bits[name] for name in names)
        is_near = any(way.counts or way.score or way.groups.bit_count() > 1 for way in core)
        return replace(self, bits=bits, pattern_bits=of_patterns, when_ways=when, core_ways=core, is_near=is_near)


@dataclass(frozen=True, slots=True)
class Program:
    """Everything matching needs. `anchors` belong to rules, `exceptions` (one lookup a pack) to nobody.

    Plain strings, and the text they are looked for in, are written in the `alphabet`.

    An anchor's owner is the rule's number with the sides on which no letter may stand in its lowest EDGE_BITS.
    """

    rules: tuple[RuleProgram, ...]
    slots: SlotTable
    anchors: Lookups
    exceptions: tuple[Lookup, ...]
    alphabet: Alphabet
    engine: str
    vocabulary: Vocabulary


def pack_anchor(pack: Pack, rule: KeywordRule) -> Anchor | None:
    """The anchor of a rule of the pack, the cheapest one; None when it has none."""
    groups = {group.name: group for group in pack.groups(rule)}
    costs = {name: group_cost(groups[name]) for name in groups_used(rule) & set(groups)}
    return anchor_of(rule, frozenset(groups), costs.__getitem__)


def groups_used(rule: KeywordRule) -> set[str]:
    """Groups and patterns that `when` asks for."""
    return set(groups_of(rule.when)) | ({group.name for group in rule.groups} if uses_score(rule.when) else set())


def compile_packs(packs: Iterable[Pack], engine: str = "") -> Program:
    """The program of some packs; RuleError where two rules share an id."""
    all_packs = tuple(packs)
    _distinct(all_packs)
    count = sum(len(group.terms) for pack in all_packs for group in pack.own_groups())
    compiler = _Compiler(engine or engine_name(), splits=count <= MAX_SPLIT_TERMS)
    for number, pack in enumerate(all_packs):
        compiler.add_pack(number, pack)
    return compiler.program()


def _distinct(packs: tuple[Pack, ...]) -> None:
    seen: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            where = f"{pack.path}:{rule.line}"
            if rule.id in seen:
                mend = f"it also stands in {seen[rule.id]}: rename one"
                raise RuleError(f"rule {rule.id}: the id stands twice", where=where, mend=mend)
            seen[rule.id] = where


class _Compiler:
    """Collects rules, slots and strings."""

    def __init__(self, engine: str, *, splits: bool) -> None:
        self._engine = engine
        self._slots = SlotMaker(splits=splits)
        self._waiting: list[tuple[int, Pack, KeywordRule, dict[str, GroupForms]]] = []
        self._phrases: list[dict[str, tuple[int, ...]]] = []
        self._rules: list[RuleProgram] = []
        self._plain_anchors: dict[str, list[int]] = {}
        self._sound_anchors: dict[str, list[int]] = {}
        self._terms: list[str] = []
        self._regexes: list[str] = []

    def add_pack(self, number: int, pack: Pack) -> None:
        self._phrases.append({fold_text(phrase): () for phrase in pack.exceptions})
        self._terms += [term.text for group in pack.own_groups() for term in group.terms if not term.exact]
        self._regexes += [pattern.regex for pattern in pack.patterns]
        lists = {group.name: self._slots.add(group) for group in pack.lists}
        for rule in pack.rules:
            forms = lists | {group.name: self._slots.add(group) for group in rule.groups}
            self._waiting.append((number, pack, rule, forms))

    def program(self) -> Program:
        strings = {form for *_, forms in self._waiting for group in forms.values() for form in group.plain}
        alphabet = alphabet_of((*strings, *(phrase for phrases in self._phrases for phrase in phrases)))
        self._lookups = LookupMaker(self._engine, alphabet)
        for number, pack, rule, forms in self._waiting:
            self._rules.append(self._rule(number, pack, rule, forms))
        return Program(
            rules=tuple(self._rules),
            slots=self._slots.table(),
            anchors=Lookups(self._lookups.plain(self._plain_anchors), self._lookups.sound(self._sound_anchors)),
            exceptions=tuple(self._lookups.plain(phrases) for phrases in self._phrases),
            alphabet=alphabet,
            engine=self._engine,
            vocabulary=self._vocabulary(),
        )

    def _vocabulary(self) -> Vocabulary:
        """The words that may be meant; none for lists so long that anything sounds like one of them."""
        if len(self._terms) > MAX_SPLIT_TERMS:
            return Vocabulary()
        return Vocabulary(words_of(self._terms, self._regexes))

    def _rule(self, number: int, pack: Pack, rule: KeywordRule, forms: dict[str, GroupForms]) -> RuleProgram:
        asked = groups_used(rule)
        doubting = set(groups_of(rule.unless)) if rule.unless else set()
        anchor = pack_anchor(pack, rule)
        if anchor is None:
            raise RuleError(f"rule {rule.id}: when: {NO_ANCHOR}", where=f"{pack.path}:{rule.line}", mend=ANCHOR_MEND)
        self._add_anchors(len(self._rules), [forms[name] for name in sorted(anchor.groups)])
        program = RuleProgram(
            id=rule.id,
            pack=number,
            views=rule.views,
            window=rule.window,
            gap=rule.gap,
            when=patterns_last(rule.when, {pattern.name for pattern in pack.patterns}),
            when_text=rule.when_text,
            unless=rule.unless,
            unless_text=rule.unless_text,
            own=tuple(group.name for group in rule.groups),
            anchors=anchor.groups,
            core=patterns_last(anchor.core, {pattern.name for pattern in pack.patterns}),
            reach=anchor.reach,
            judged=tuple(sorted(asked & set(forms))),
            doubting=tuple(sorted(doubting & set(forms))),
            asked=frozenset(asked),
            patterns=tuple((one.name, one.regex) for one in pack.patterns if one.name in asked | doubting),
            negates=has_negation(rule.when),
            for_when=self._make([forms[name] for name in sorted(asked & set(forms))]),
            for_unless=self._make([forms[name] for name in sorted(doubting & set(forms))]),
        )
        return program.with_ways()

    def _add_anchors(self, number: int, forms: list[GroupForms]) -> None:
        for one in forms:
            for table, strings in ((self._plain_anchors, one.plain), (self._sound_anchors, one.sound)):
                for form, slots in strings.items():
                    owner = number << EDGE_BITS | self._slots.edges_of(slots)
                    owners = table.setdefault(form, [])
                    if owner not in owners:
                        owners.append(owner)

    def _make(self, forms: list[GroupForms]) -> Lookups:
        plain: dict[str, list[int]] = {}
        sound: dict[str, list[int]] = {}
        for one in forms:
            for out, strings in ((plain, one.plain), (sound, one.sound)):
                for form, slots in strings.items():
                    out.setdefault(form, []).extend(slots)
        return Lookups(self._lookups.plain(plain), self._lookups.sound(sound))
