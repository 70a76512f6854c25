"""What is seen in a stretch of a view: the hits of terms and patterns, exceptions taken out."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from scanner.keywords.automata import Hit
from scanner.keywords.evaluation import Spot
from scanner.keywords.fitting import fits
from scanner.keywords.patterns import compiled
from scanner.keywords.program import Program, Stream
from scanner.keywords.spans import Span
from scanner.text.folding import BREAK, soft_fold
from scanner.text.sounds import sound_text
from scanner.text.views import TextView

Spots = dict[str, list[Spot]]


@dataclass(frozen=True, slots=True)
class Seeing:
    """One view under one program. `sounds` is its text as sound, "" where nothing asks for it."""

    program: Program
    view: TextView
    sounds: str

    @staticmethod
    def of(program: Program, view: TextView) -> "Seeing":
        """The text as sound is made only if a rule asks for sounds and the text holds more than ASCII."""
        text = view.folded.text
        wanted = program.sound.longest > 0 and not text.isascii()
        return Seeing(program, view, sound_text(text) if wanted else "")

    @property
    def length(self) -> int:
        """Folded characters of the view."""
        return len(self.view.folded.text)

    @property
    def streams(self) -> tuple[tuple[Stream, str], ...]:
        """Each kind of text with what is looked for in it; the plain one first."""
        plain = (self.program.plain, self.view.folded.text)
        return (plain, (self.program.sound, self.sounds)) if self.sounds else (plain,)

    def spots(self, rules: Collection[int], low: int, high: int) -> dict[int, Spots]:
        """Per rule and group the hits that lie wholly in folded characters `low` to `high`, by start, each once."""
        found: dict[int, dict[str, set[Spot]]] = {}
        voids: dict[int, list[Span]] = {}
        for stream, text in self.streams:
            begin, end = max(0, low - stream.longest), min(len(text), high + stream.longest)
            hits = [(begin + start, begin + stop, form) for start, stop, form in stream.all.find(text[begin:end])]
            if stream is self.program.plain:
                voids = self._voids(hits)
            inside = [hit for hit in hits if low <= hit[0] and hit[1] <= high]
            for rule, group, spot in self._fitting(stream, inside, rules, voids):
                found.setdefault(rule, {}).setdefault(group, set()).add(spot)
        return {rule: {group: sorted(some) for group, some in groups.items()} for rule, groups in found.items()}

    def _voids(self, hits: Iterable[Hit]) -> dict[int, list[Span]]:
        """Per pack the places of its exceptions, by start."""
        voids: dict[int, list[Span]] = {}
        for start, end, form in hits if self.program.exceptions else ():
            for pack in self.program.exceptions.get(form, ()):
                voids.setdefault(pack, []).append((start, end))
        return {pack: sorted(spans) for pack, spans in voids.items()}

    def _fitting(
        self, stream: Stream, hits: Iterable[Hit], rules: Collection[int], voids: dict[int, list[Span]]
    ) -> Iterator[tuple[int, str, Spot]]:
        for start, end, form in hits:
            for number in stream.slots_of(form):
                slot = self.program.slots[number]
                rule = self.program.rules[slot.rule]
                if slot.rule not in rules or (voids and _is_void(voids.get(rule.pack, ()), start, end)):
                    continue
                if fits(self.view.folded, slot, rule.gap, start, end):
                    yield slot.rule, slot.group, Spot(start, end, slot.term, slot.weight)

    def pattern_spots(self, regex: str, low: int, high: int) -> list[Spot]:
        """The pattern's hits in the text of folded characters `low` to `high`, by start; none crosses a block break."""
        if low >= high:
            return []
        index = self.view.folded.index
        begin = int(index[low])
        soft, places = soft_fold(self.view.text[begin : int(index[high - 1]) + 1])
        numbers: dict[str, int] = {}
        out = []
        for match in compiled(regex).finditer(soft):
            if match.end() == match.start() or BREAK in match.group():
                continue
            first, last = begin + int(places[match.start()]), begin + int(places[match.end() - 1])
            start, end = np.searchsorted(index, (first, last + 1))
            out.append(Spot(int(start), int(end), numbers.setdefault(match.group(), len(numbers)), 1.0))
        return out


def _is_void(exceptions: Collection[Span], start: int, end: int) -> bool:
    """Whether the hit lies wholly inside an exception and is not the exception itself in full."""
    if not exceptions:
        return False
    spans = list(exceptions)
    return any(first <= start and end <= last for first, last in spans[: bisect_right(spans, (start, 1 << 60))])
