"""Strings that are looked for, and whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scanner.keywords.alphabet import Alphabet
from scanner.keywords.automata import Automaton, Hit, NoAutomaton, build_automaton
from scanner.keywords.quick import Known

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Lookup:
    """An automaton over distinct strings; string f belongs to owners[first[f] : first[f + 1]], numbers of any kind."""

    automaton: Automaton
    first: Ints
    owners: Ints
    longest: int
    made: dict[int, tuple[int, ...]] = field(default_factory=dict)
    known: dict[int, Known] = field(default_factory=dict)  # what a string is to the rule whose lookup it is

    def find(self, text: str) -> list[Hit]:
        """Every occurrence of every string."""
        return self.automaton.find(text) if self.longest else []

    def owners_of(self, string: int) -> tuple[int, ...]:
        """Whose the string is."""
        found = self.made.get(string)
        if found is None:
            found = self.made[string] = tuple(self.owners[self.first[string] : self.first[string + 1]].tolist())
        return found


NOTHING = Lookup(NoAutomaton(), np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.int32), 0)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What is looked for in folded text, and in the same text as sound."""

    plain: Lookup = NOTHING
    sound: Lookup = NOTHING

    @property
    def longest(self) -> int:
        """Characters of the longest string."""
        return max(self.plain.longest, self.sound.longest)


class LookupMaker:
    """Makes lookups; the same strings share one automaton."""

    def __init__(self, engine: str, alphabet: Alphabet) -> None:
        self._engine, self._alphabet = engine, alphabet
        self._automata: dict[tuple[str, ...], Automaton] = {}

    def plain(self, strings: Mapping[str, Sequence[int]]) -> Lookup:
        """The lookup of some folded strings with their owners, written in the alphabet."""
        return self._make({self._alphabet.write(string): owners for string, owners in strings.items()})

    def sound(self, strings: Mapping[str, Sequence[int]]) -> Lookup:
        """The lookup of some strings of sounds with their owners."""
        return self._make(strings)

    def _make(self, strings: Mapping[str, Sequence[int]]) -> Lookup:
        if not strings:
            return NOTHING
        names = tuple(sorted(strings))
        automaton = self._automata.get(names)
        if automaton is None:
            automaton = self._automata[names] = build_automaton(list(names), self._engine)
        counts = np.array([0, *(len(strings[name]) for name in names)], dtype=np.int32)
        owners = np.array([owner for name in names for owner in strings[name]], dtype=np.int32)
        return Lookup(automaton, np.cumsum(counts, dtype=np.int32), owners, max(map(len, names)))
