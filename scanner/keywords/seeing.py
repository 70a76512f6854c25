"""What is seen in a stretch of a view: the hits of terms and patterns, exceptions taken out."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from scanner.keywords.automata import Hit
from scanner.keywords.evaluation import Spot
from scanner.keywords.fitting import fits
from scanner.keywords.lookups import Lookup, Lookups
from scanner.keywords.pattern_needs import may_match
from scanner.keywords.patterns import compiled
from scanner.keywords.program import Program, RuleProgram
from scanner.keywords.quick import EPSILON, Known, Way, enough
from scanner.keywords.spans import Span, is_within
from scanner.text.folding import BREAK, soft_fold
from scanner.text.sounds import sound_text
from scanner.text.views import TextView

_BREAK = BREAK.encode()
BLOCK = 1 << 16  # folded characters that a pattern is run over in one go
_BEHIND = 512  # folded characters of a pattern's hit that may reach out of its block
_GLANCE = 1 << 11  # folded characters of a stretch that is looked at by itself
_EDGE = 8  # folded characters round a stretch that its patterns' borders, and marks that are left out, may look at
_GLANCES = 32  # stretches without a hit of a pattern in a view; then blocks are cheaper
Spots = dict[str, list[Spot]]


@dataclass(frozen=True, slots=True)
class Found:
    """Strings that were found from folded character `low` on; places count from there."""

    low: int
    lookups: Lookups
    plain: list[Hit]
    sound: list[Hit]

    def __len__(self) -> int:
        """How many."""
        return len(self.plain) + len(self.sound)

    @property
    def high(self) -> int:
        """Where the last of them ends."""
        return self.low + max((hit[1] for hit in (*self.plain[-1:], *self.sound[-1:])), default=0)

    def slots(self) -> Iterator[tuple[int, int, int]]:
        """(slot, start, end) of each."""
        for lookup, hits in ((self.lookups.plain, self.plain), (self.lookups.sound, self.sound)):
            for start, end, form in hits:
                for number in lookup.owners_of(form):
                    yield number, start, end


@dataclass(frozen=True, slots=True)
class Seeing:
    """One view under one program. `written` is its folded text in the program's alphabet, `sounds` the same as sound,
    "" where nothing asks for it; both are as long as the folded text."""

    program: Program
    view: TextView
    written: str
    sounds: str
    patterns: dict[tuple[str, int], list[Spot]] = field(default_factory=dict)  # of each block, once looked for
    absences: dict[str, list[Span]] = field(default_factory=dict)  # where patterns were seen to have no hit
    plains: dict[Span, bytes] = field(default_factory=dict)  # what patterns see of stretches

    @staticmethod
    def of(program: Program, view: TextView) -> "Seeing":
        """The text as sound is made only if a rule's anchor asks for sounds and the text holds more than ASCII."""
        text = view.folded.text
        wanted = program.anchors.sound.longest > 0 and not text.isascii()
        return Seeing(program, view, program.alphabet.write(text), sound_text(text) if wanted else "")

    @property
    def length(self) -> int:
        """Folded characters of the view."""
        return len(self.view.folded.text)

    def find(self, lookups: Lookups, low: int, high: int) -> Found:
        """Every string found that lies wholly in folded characters `low` to `high`."""
        sound: list[Hit] = []
        if lookups.sound.longest:
            sound = lookups.sound.find(self.sounds[low:high] or sound_text(self.view.folded.text[low:high]))
        return Found(low, lookups, lookups.plain.find(self.written[low:high]), sound)

    def is_open(self, rule: RuleProgram, ways: Sequence[Way], found: Found, region: Span) -> bool:
        """A quick look whether one of the ways is open: by the strings found, and patterns in the region."""
        seen = list[Known]()
        for lookup, hits in ((rule.for_when.plain, found.plain), (rule.for_when.sound, found.sound)):
            known = lookup.known
            for string in {hit[2] for hit in hits}:
                one = known.get(string)
                seen.append(self._what(rule, lookup, string) if one is None else one)
        groups, weight = rule.pattern_bits, 0.0
        for one in seen:
            groups |= one.bits
            weight += one.weight
        absent = ~groups
        for way in ways:
            if way.groups & absent or way.score > weight + EPSILON or not enough(way, seen):
                continue
            lacking = way.groups & rule.pattern_bits
            if not lacking or self._has_patterns(rule, lacking, region):
                return True
        return False

    def _has_patterns(self, rule: RuleProgram, bits: int, region: Span) -> bool:
        """Whether all patterns of these bits have hits in a region."""
        low, high = max(0, region[0]), min(region[1], self.length)
        for name, regex in rule.patterns:
            if rule.bits[name] & bits and not self.pattern_spots(regex, low, high):
                return False
        return True

    def _what(self, rule: RuleProgram, lookup: Lookup, string: int) -> Known:
        """What a string is to the rule whose lookup it is of."""
        bits, weights = 0, dict[int, float]()
        for number in lookup.owners_of(string):
            slot = self.program.slots[number]
            bits |= rule.bits[slot.group]
            if slot.group in rule.own:
                weights[slot.term] = max(0.0, slot.weight)
        lookup.known[string] = known = Known(bits, sum(weights.values()))
        return known

    def raw_spots(self, found: Found) -> Spots:
        """Per group what was found, by start, whether it fits or not."""
        slots, low = self.program.slots, found.low
        out: dict[str, set[Spot]] = {}
        for number, start, end in found.slots():
            slot = slots[number]
            out.setdefault(slot.group, set()).add(Spot(low + start, low + end, slot.term, slot.weight))
        return {group: sorted(some) for group, some in out.items()}

    def spots(self, rule: RuleProgram, found: Found) -> Spots:
        """Per group the hits of the rule among what was found, by start, each once."""
        slots, low, folded = self.program.slots, found.low, self.view.folded
        voids = self._voids(rule.pack, low, found.high)
        out: dict[str, set[Spot]] = {}
        for number, start, end in found.slots():
            slot = slots[number]
            if fits(folded, slot, rule.gap, low + start, low + end):
                spot = Spot(low + start, low + end, slot.term, slot.weight)
                if not voids or not is_within(voids, spot.start, spot.end):
                    out.setdefault(slot.group, set()).add(spot)
        return {group: sorted(some) for group, some in out.items()}

    def _voids(self, pack: int, low: int, high: int) -> list[Span]:
        """Where exceptions of the pack stand that a hit between `low` and `high` may lie in; by start."""
        lookup = self.program.exceptions[pack]
        begin = max(0, low - lookup.longest)
        found = lookup.find(self.written[begin : high + lookup.longest]) if lookup.longest else []
        return sorted((begin + start, begin + end) for start, end, _ in found)

    def pattern_spots(self, regex: str, low: int, high: int) -> list[Spot]:
        """The pattern's hits that lie in folded characters `low` to `high`, by start; none crosses a block break.

        A pattern is run once over each block of a view, when it is first asked for there. The hits' terms are negative
        numbers made from what was found.
        """
        out: list[Spot] = []
        for block in range(max(0, low - _BEHIND) // BLOCK, max(0, high - 1) // BLOCK + 1):
            spots = self.patterns.get((regex, block))
            if spots is None:
                if self._is_absent(regex, low, high):
                    return []
                spots = self.patterns[regex, block] = self._run(regex, block)
            if spots:
                out.extend(spots[place] for place in _between(spots, low, high))
        return out

    def _is_absent(self, regex: str, low: int, high: int) -> bool:
        """A quick look that tells that no hit of the pattern lies in a stretch, before the pattern is run over a block:
        what it needs is not there, or nothing in the stretch with its borders looks like a hit."""
        low = max(0, low)
        absences = self.absences.setdefault(regex, [])
        if low >= high or low > self.length or any(first <= low and high <= last for first, last in absences):
            return True
        if high - low > _GLANCE or len(absences) >= _GLANCES:
            return False
        is_needed = may_match(regex, self.view.folded.text[low:high], self._beyond)
        if is_needed and compiled(regex).search(self._plain(low, high)) is not None:
            return False
        absences.append((low, high))
        return True

    def _beyond(self) -> str:
        """The view's characters beyond the BMP, among others."""
        text = self.view.text
        return text if len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text) else ""

    def _plain(self, low: int, high: int) -> bytes:
        """What patterns see of a stretch and its borders."""
        plain = self.plains.get((low, high))
        if plain is None:
            folded, first, last = self.view.folded, max(0, low - _EDGE), high + _EDGE
            begin = int(folded.index[first]) if first else 0
            end = int(folded.index[last]) if last < self.length else len(folded.source)
            plain = soft_fold(folded.source[begin : max(end, begin + 1)])[0].encode()
            if len(self.plains) < _GLANCES:
                self.plains[low, high] = plain
        return plain

    def _run(self, regex: str, block: int) -> list[Spot]:
        low, high = block * BLOCK, min((block + 1) * BLOCK, self.length)
        if low >= high:
            return []
        plain, first = self.view.plain(low, min(high + _BEHIND, self.length))
        begin, end = plain.byte_span(low - first, min(high + _BEHIND, self.length) - first)
        out = []
        for match in compiled(regex).finditer(plain.data, begin, end):
            word = match.group()
            if word and _BREAK not in word:
                start, stop = plain.folded_span(match.start(), match.end())
                if first + start < high or high == self.length:
                    out.append(Spot(first + start, first + stop, -1 - crc32(word), 1.0))
        return out


def _between(spots: list[Spot], low: int, high: int) -> Iterator[int]:
    """Numbers of the spots (by start) that lie wholly between."""
    for place in range(bisect_left(spots, (low,)), len(spots)):
        if spots[place].start >= high:
            break
        if spots[place].end <= high:
            yield place
