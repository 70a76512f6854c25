"""What is seen in a stretch of a view: the hits of terms and patterns, exceptions taken out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from scanner.keywords.automata import Hit
from scanner.keywords.evaluation import Spot
from scanner.keywords.fitting import fits
from scanner.keywords.lookups import Lookup, Lookups
from scanner.keywords.patterns import compiled
from scanner.keywords.program import Program, RuleProgram
from scanner.keywords.quick import Way, is_open
from scanner.keywords.spans import Span
from scanner.text.folding import BREAK
from scanner.text.sounds import sound_text
from scanner.text.views import TextView

Spots = dict[str, list[Spot]]
Found = list[tuple[Lookup, Hit]]


@dataclass(frozen=True, slots=True)
class Seeing:
    """One view under one program. `sounds` is its text as sound, "" where nothing asks for it."""

    program: Program
    view: TextView
    sounds: str

    @staticmethod
    def of(program: Program, view: TextView) -> "Seeing":
        """The text as sound is made only if a rule's anchor asks for sounds and the text holds more than ASCII."""
        text = view.folded.text
        wanted = program.anchors.sound.longest > 0 and not text.isascii()
        return Seeing(program, view, sound_text(text) if wanted else "")

    @property
    def length(self) -> int:
        """Folded characters of the view."""
        return len(self.view.folded.text)

    def find(self, lookups: Lookups, low: int, high: int) -> Found:
        """Every string found that lies wholly in folded characters `low` to `high`; places count from `low`."""
        found = [(lookups.plain, hit) for hit in lookups.plain.find(self.view.folded.text[low:high])]
        if lookups.sound.longest:
            sounds = self.sounds[low:high] or sound_text(self.view.folded.text[low:high])
            found += [(lookups.sound, hit) for hit in lookups.sound.find(sounds)]
        return found

    def is_open(self, rule: RuleProgram, ways: Sequence[Way], low: int, high: int) -> bool:
        """A quick look whether one of the ways is open in folded characters `low` to `high`."""
        seen: dict[object, int] = {}
        lookups = rule.for_when
        for _, _, string in lookups.plain.automaton.find(self.view.folded.text[low:high]):
            bits = lookups.plain.bits.get(string)
            seen[string] = self._bits(rule, lookups.plain, string) if bits is None else bits
        if lookups.sound.longest:
            for _, _, string in lookups.sound.automaton.find(self.sounds[low:high]):
                seen[-1 - string] = self._bits(rule, lookups.sound, string)
        return is_open(ways, seen)

    def _bits(self, rule: RuleProgram, lookup: Lookup, string: int) -> int:
        bits = lookup.bits.get(string)
        if bits is None:
            bits = 0
            for number in lookup.owners_of(string):
                bits |= rule.bits[self.program.slots[number].group]
            lookup.bits[string] = bits
        return bits

    def raw_spots(self, found: Found, low: int) -> Spots:
        """Per group what was found, by start, whether it fits or not."""
        slots = self.program.slots
        out: dict[str, set[Spot]] = {}
        for lookup, (start, end, form) in found:
            for number in lookup.owners_of(form):
                slot = slots[number]
                out.setdefault(slot.group, set()).add(Spot(low + start, low + end, slot.term, slot.weight))
        return {group: sorted(some) for group, some in out.items()}

    def spots(self, rule: RuleProgram, found: Found, low: int) -> Spots:
        """Per group the hits of the rule among what was `found` from `low` on, by start, each once."""
        if not found:
            return {}
        last = low + max(hit[1] for _, hit in found)
        voids = self._voids(rule.pack, low, last)
        out: dict[str, set[Spot]] = {}
        for group, spot in self._fitting(rule, found, low):
            if not any(first <= spot.start and spot.end <= end for first, end in voids):
                out.setdefault(group, set()).add(spot)
        return {group: sorted(some) for group, some in out.items()}

    def _voids(self, pack: int, low: int, high: int) -> list[Span]:
        """Where exceptions of the pack stand that a hit between `low` and `high` may lie in."""
        lookup = self.program.exceptions[pack]
        begin = max(0, low - lookup.longest)
        found = lookup.find(self.view.folded.text[begin : high + lookup.longest]) if lookup.longest else []
        return [(begin + start, begin + end) for start, end, _ in found]

    def _fitting(self, rule: RuleProgram, found: Found, low: int) -> Iterator[tuple[str, Spot]]:
        slots = self.program.slots
        for lookup, (start, end, form) in found:
            for number in lookup.owners_of(form):
                slot = slots[number]
                if fits(self.view.folded, slot, rule.gap, low + start, low + end):
                    yield slot.group, Spot(low + start, low + end, slot.term, slot.weight)

    def pattern_spots(self, regex: str, low: int, high: int) -> list[Spot]:
        """The pattern's hits in the text of folded characters `low` to `high`, by start; none crosses a block break.

        Their terms are negative numbers made from the text that was found.
        """
        if low >= high:
            return []
        index = self.view.folded.index
        soft, places = self.view.soft(int(index[low]), int(index[high - 1]) + 1)
        out = []
        for match in compiled(regex).finditer(soft):
            if match.end() == match.start() or BREAK in match.group():
                continue
            start, end = np.searchsorted(index, (places[match.start()], places[match.end() - 1] + 1))
            out.append(Spot(int(start), int(end), -1 - crc32(match.group().encode()), 1.0))
        return out
