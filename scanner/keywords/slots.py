"""Slots: the writings of the terms, in columns, so that a hundred thousand terms load at once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.lookups import Ints
from scanner.keywords.terms import forms_of
from scanner.keywords.values import Group, Term
from scanner.text.folding import fold, fold_text

LEFT, RIGHT, EXACT = 1, 2, 4
COLUMNS = ("group", "term", "weight", "flags", "text", "written")


@dataclass(frozen=True, slots=True)
class Slot:
    """One writing of one term. `term` is the number of the term's first slot; `joints` are the places before which the
    term, as it is written, has a separator."""

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
    """All slots; a slot is made when it is first asked for."""

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
            group=self.names[int(self.group[number])],
            term=int(self.term[number]),
            weight=float(self.weight[number]),
            left=bool(flags & LEFT),
            right=bool(flags & RIGHT),
            exact=bool(flags & EXACT),
            text=self.texts[int(self.text[number])],
            joints=joints_of(self.texts[int(self.written[number])]),
        )


def joints_of(written: str) -> frozenset[int]:
    """Folded positions before which a term, as written, has a separator: `send money` has one before 4."""
    index = fold(written).index
    return frozenset(i for i in range(1, len(index)) if index[i] - index[i - 1] > 1)


@dataclass(frozen=True, slots=True)
class GroupForms:
    """The strings of one group, with the slots each belongs to."""

    plain: dict[str, list[int]]
    sound: dict[str, list[int]]


class SlotMaker:
    """Numbers slots, group by group."""

    def __init__(self, *, splits: bool) -> None:
        self._splits = splits
        self._rows: list[tuple[int, int, float, int, int, int]] = []
        self._names: dict[str, int] = {}
        self._texts: dict[str, int] = {}

    def add(self, group: Group) -> GroupForms:
        """The group's slots and strings."""
        forms = GroupForms({}, {})
        for term in group.terms:
            self._add_term(group.name, term, forms)
        return forms

    def _add_term(self, group: str, term: Term, out: GroupForms) -> None:
        forms = forms_of(term, splits=self._splits)
        flags = LEFT * term.left | RIGHT * term.right | EXACT * term.exact
        number = len(self._rows)
        self._add_row(group, number, term, flags, term.text)
        for form in forms.plain:
            out.plain.setdefault(form, []).append(number)
        for form in forms.sounds:
            out.sound.setdefault(form, []).append(number)
        if forms.spelled:
            out.plain.setdefault(fold_text(forms.spelled), []).append(len(self._rows))
            self._add_row(group, number, term, LEFT | RIGHT, forms.spelled)

    def _add_row(self, group: str, number: int, term: Term, flags: int, written: str) -> None:
        name = self._names.setdefault(group, len(self._names))
        text = self._texts.setdefault(term.text, len(self._texts))
        spaced = self._texts.setdefault(written, len(self._texts))
        self._rows.append((name, number, term.weight, flags, text, spaced))

    def edges_of(self, slots: list[int]) -> int:
        """LEFT and RIGHT where every one of the slots forbids a letter on that side."""
        edges = LEFT | RIGHT
        for slot in slots:
            edges &= self._rows[slot][3]
        return edges

    def table(self) -> SlotTable:
        """All slots so far."""
        columns = list(zip(*self._rows, strict=True)) or [()] * len(COLUMNS)
        group, term, weight, flags, text, written = columns
        return SlotTable(
            group=np.array(group, dtype=np.int32),
            term=np.array(term, dtype=np.int32),
            weight=np.array(weight, dtype=np.float32),
            flags=np.array(flags, dtype=np.int32),
            text=np.array(text, dtype=np.int32),
            written=np.array(written, dtype=np.int32),
            names=tuple(self._names),
            texts=list(self._texts),
        )
