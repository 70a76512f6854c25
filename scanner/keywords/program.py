"""Packs compiled: every writing of every term in automata, and tables that say whose it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords.anchors import anchor_groups
from scanner.keywords.automata import Automaton, build_automaton, engine_name
from scanner.keywords.conditions import Condition, groups_of, uses_score
from scanner.keywords.evaluation import has_negation
from scanner.keywords.frequency import group_cost
from scanner.keywords.terms import forms_of
from scanner.keywords.values import Group, KeywordRule, Pack, Term
from scanner.text.folding import fold, fold_text

Ints = NDArray[np.int32]
LEFT, RIGHT, EXACT = 1, 2, 4
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
    groups: tuple[str, ...]
    anchors: frozenset[str]
    patterns: tuple[tuple[str, str], ...] = ()
    judged: tuple[str, ...] = ()  # groups a window may begin at: those of `when`, or all own ones for score()
    negates: bool = False
    asked: frozenset[str] = frozenset()  # groups and patterns that `when` names


@dataclass(frozen=True, slots=True)
class Slot:
    """One writing of one term in one group of one rule. `joints`: places where the term itself has a separator."""

    rule: int
    group: str
    term: int
    weight: float
    left: bool
    right: bool
    exact: bool
    text: str
    joints: frozenset[int]


@dataclass(frozen=True, slots=True)
class SlotTable:
    """All slots in columns: a slot is made when it is first asked for, so that 100,000 terms load at once."""

    rule: Ints
    group: Ints
    term: Ints
    weight: NDArray[np.float32]
    flags: Ints
    text: Ints
    written: Ints
    names: tuple[str, ...]
    texts: list[str]
    made: dict[int, Slot] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Slot:
        """The slot of that number."""
        slot = self.made.get(number)
        if slot is None:
            slot = self.made[number] = self._make(number)
        return slot

    def _make(self, number: int) -> Slot:
        flags = int(self.flags[number])
        return Slot(
            rule=int(self.rule[number]),
            group=self.names[int(self.group[number])],
            term=int(self.term[number]),
            weight=float(self.weight[number]),
            left=bool(flags & LEFT),
            right=bool(flags & RIGHT),
            exact=bool(flags & EXACT),
            text=self.texts[int(self.text[number])],
            joints=joints_of(self.texts[int(self.written[number])]),
        )


@dataclass(frozen=True, slots=True)
class Stream:
    """Strings looked for in one kind of text (folded, or as sound): all of them, and the anchors alone.

    Form f belongs to slots[first[f] : first[f + 1]]; `anchor_forms` translates the anchors' own numbers.
    """

    all: Automaton
    anchors: Automaton
    anchor_forms: Ints
    first: Ints
    slots: Ints
    longest: int

    def slots_of(self, form: int) -> list[int]:
        """The slots of one form."""
        out: list[int] = self.slots[self.first[form] : self.first[form + 1]].tolist()
        return out


@dataclass(frozen=True, slots=True)
class Program:
    """Everything matching needs. `exceptions` maps a plain form to the packs in which it voids hits."""

    rules: tuple[RuleProgram, ...]
    slots: SlotTable
    plain: Stream
    sound: Stream
    exceptions: dict[int, tuple[int, ...]]
    engine: str

    def term_text(self, rule: int, group: str, term: int) -> str:
        """A term as its pack writes it; "" for what a pattern found."""
        if group not in self.slots.names:
            return ""
        table = self.slots
        mask = (table.rule == rule) & (table.group == table.names.index(group)) & (table.term == term)
        found = np.flatnonzero(mask)
        return table.texts[int(table.text[found[0]])] if len(found) else ""


def joints_of(written: str) -> frozenset[int]:
    """Folded positions before which a term, as written, has a separator: `send money` has one before 4."""
    index = fold(written).index
    return frozenset(i for i in range(1, len(index)) if index[i] - index[i - 1] > 1)


def compile_packs(packs: Iterable[Pack], engine: str = "") -> Program:
    """The program of some packs; RuleError where two rules share an id."""
    all_packs = tuple(packs)
    count = sum(len(group.terms) for pack in all_packs for group in pack.own_groups())
    builder = _Builder(engine or engine_name(), splits=count <= MAX_SPLIT_TERMS)
    for number, pack in enumerate(all_packs):
        builder.add_pack(number, pack)
    return builder.program()


def rule_program(number: int, pack: Pack, rule: KeywordRule) -> RuleProgram:
    """One rule's program: which groups it uses, which of them are its anchors."""
    groups = {group.name: group for group in pack.groups(rule)}
    asked = set(groups_of(rule.when))
    used = asked | (set(groups_of(rule.unless)) if rule.unless else set())
    own = tuple(group.name for group in rule.groups)
    costs = {name: group_cost(group) for name, group in groups.items()}
    return RuleProgram(
        id=rule.id,
        pack=number,
        views=rule.views,
        window=rule.window,
        gap=rule.gap,
        when=rule.when,
        when_text=rule.when_text,
        unless=rule.unless,
        unless_text=rule.unless_text,
        own=own,
        groups=tuple(sorted((used | set(own)) & set(groups))),
        anchors=anchor_groups(rule, frozenset(groups), costs.__getitem__),
        patterns=tuple((pattern.name, pattern.regex) for pattern in pack.patterns if pattern.name in used),
        judged=tuple(sorted((asked | set(own if uses_score(rule.when) else ())) & set(groups))),
        negates=has_negation(rule.when),
        asked=frozenset(asked),
    )


class _Builder:
    """Collects rules, slots and forms."""

    def __init__(self, engine: str, *, splits: bool) -> None:
        self.engine, self.splits = engine, splits
        self.rules: list[RuleProgram] = []
        self.seen: dict[str, str] = {}
        self.rows: list[tuple[int, int, int, float, int, int, int]] = []
        self.names: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self.plain: dict[str, list[int]] = {}
        self.sound: dict[str, list[int]] = {}
        self.exceptions: dict[str, list[int]] = {}
        self.anchor_slots: set[int] = set()

    def add_pack(self, number: int, pack: Pack) -> None:
        for phrase in pack.exceptions:
            folded = fold_text(phrase)
            self.plain.setdefault(folded, [])
            self.exceptions.setdefault(folded, []).append(number)
        for rule in pack.rules:
            if rule.id in self.seen:
                mend = f"it also stands in {self.seen[rule.id]}: rename one"
                raise RuleError(f"rule {rule.id}: the id stands twice", where=f"{pack.path}:{rule.line}", mend=mend)
            self.seen[rule.id] = f"{pack.path}:{rule.line}"
            program = rule_program(number, pack, rule)
            self.rules.append(program)
            for group in pack.groups(rule):
                if group.name in program.groups:
                    self.add_group(program, group)

    def add_group(self, program: RuleProgram, group: Group) -> None:
        is_anchor = group.name in program.anchors
        for number, term in enumerate(group.terms):
            self.add_term(group.name, number, term, is_anchor)

    def add_term(self, group: str, number: int, term: Term, is_anchor: bool) -> None:
        forms = forms_of(term, splits=self.splits)
        flags = LEFT * term.left | RIGHT * term.right | EXACT * term.exact
        slot = self.add_slot(group, number, term, flags, term.text)
        for form in forms.plain:
            self.plain.setdefault(form, []).append(slot)
        for form in forms.sounds:
            self.sound.setdefault(form, []).append(slot)
        fresh = {slot}
        if forms.spelled:
            spelled = self.add_slot(group, number, term, LEFT | RIGHT, forms.spelled)
            self.plain.setdefault(fold_text(forms.spelled), []).append(spelled)
            fresh.add(spelled)
        if is_anchor:
            self.anchor_slots |= fresh

    def add_slot(self, group: str, number: int, term: Term, flags: int, written: str) -> int:
        name = self.names.setdefault(group, len(self.names))
        text = self.texts.setdefault(term.text, len(self.texts))
        spaced = self.texts.setdefault(written, len(self.texts))
        self.rows.append((len(self.rules) - 1, name, number, term.weight, flags, text, spaced))
        return len(self.rows) - 1

    def program(self) -> Program:
        columns = list(zip(*self.rows, strict=True)) or [()] * 7
        ints = [np.array(column, dtype=np.int32) for place, column in enumerate(columns) if place != 3]
        rule, group, term, flags, text, written = ints
        weight = np.array(columns[3], dtype=np.float32)
        table = SlotTable(rule, group, term, weight, flags, text, written, tuple(self.names), list(self.texts))
        numbers = {form: number for number, form in enumerate(self.plain)}
        exceptions = {numbers[form]: tuple(packs) for form, packs in self.exceptions.items()}
        return Program(
            tuple(self.rules), table, self.stream(self.plain), self.stream(self.sound), exceptions, self.engine
        )

    def stream(self, forms: dict[str, list[int]]) -> Stream:
        anchors = [
            (number, form)
            for number, (form, slots) in enumerate(forms.items())
            if not self.anchor_slots.isdisjoint(slots)
        ]
        everything = build_automaton(list(forms), self.engine)
        same = len(anchors) == len(forms)
        counts = [0, *(len(slots) for slots in forms.values())]
        return Stream(
            all=everything,
            anchors=everything if same else build_automaton([form for _, form in anchors], self.engine),
            anchor_forms=np.array([number for number, _ in anchors], dtype=np.int32),
            first=np.cumsum(counts).astype(np.int32),
            slots=np.array(list(_flat(forms.values())), dtype=np.int32),
            longest=max(map(len, forms), default=0),
        )


def _flat(lists: Iterable[list[int]]) -> Iterator[int]:
    for one in lists:
        yield from one
