"""The YARA half over one view: prefilter, lanes, few rules one by one or all together, and what the time allowed."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yara

from scanner.detection.engine.asking import Answer, RuleSet, Singles, compile_pieces
from scanner.detection.engine.climbing import climb
from scanner.detection.engine.costs import Costs
from scanner.detection.engine.cutting import Piece
from scanner.detection.engine.hits import Scanned
from scanner.detection.engine.prefilter import Prefilter

KEPT_TOGETHER = 64  # sets compiled on the spot that are kept
NOTHING = Scanned()


@dataclass(frozen=True, slots=True)
class Sieve:
    """The fast path: the prefilter, the pieces it says nothing of, and those compiled together."""

    prefilter: Prefilter
    always: tuple[int, ...] = ()
    always_set: RuleSet | None = None
    costs: Costs = field(default_factory=Costs)
    together: OrderedDict[tuple[int, ...], RuleSet] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class Engine:
    """All rules of a rulebook. Without a sieve every rule is asked of every view, with the same findings.

    `lanes` by rule id. `most` bounds the places looked at per string.
    """

    pieces: Sequence[Piece]
    full: RuleSet | None
    singles: Singles
    lanes: Mapping[str, str]
    most: int
    sieve: Sieve | None = None
    _allowed: dict[frozenset[str], frozenset[int]] = field(default_factory=dict)

    def scan(self, data: bytes, lanes: frozenset[str], seconds: int) -> Scanned:
        """The rules of lane `any` or one of `lanes` that match, by id; what takes over `seconds` is asked by parts."""
        wanted = self.possible(data, lanes)
        if not wanted and self.sieve is not None and self.sieve.always_set is None:
            return NOTHING
        deadline = time.monotonic() + 2 * seconds
        try:
            answer, unfinished = self.ask(wanted, data, seconds), list[int]()
        except TimeoutError:
            everything = sorted({*wanted, *self.always(lanes)})
            answer, unfinished = climb(everything, lambda part, budget: self.ask_alone(part, data, budget), deadline)
        return self.scanned(answer, lanes, unfinished)

    def possible(self, data: bytes, lanes: frozenset[str]) -> list[int]:
        """The pieces that have to be asked of the view, but those that are always asked."""
        allowed = self.allowed(lanes)
        if self.sieve is None:
            return sorted(allowed)
        return [piece for piece in self.sieve.prefilter.possible(data) if piece in allowed]

    def always(self, lanes: frozenset[str]) -> frozenset[int]:
        """The pieces that are asked of everything in these lanes, beside those that the prefilter leaves."""
        return self.allowed(lanes).intersection(self.sieve.always) if self.sieve is not None else frozenset()

    def allowed(self, lanes: frozenset[str]) -> frozenset[int]:
        """The pieces whose lane is `any` or one of `lanes`."""
        found = self._allowed.get(lanes)
        if found is None:
            asked = lanes | {"any"}
            numbers = (number for number, piece in enumerate(self.pieces) if not asked.isdisjoint(piece.lanes))
            found = self._allowed[lanes] = frozenset(numbers)
        return found

    def ask(self, wanted: Sequence[int], data: bytes, seconds: int) -> Answer:
        """The answer of these pieces and of those that are always asked; more may answer. TimeoutError when late."""
        sieve = self.sieve
        if sieve is None:
            return self.full.ask(data, seconds) if self.full is not None else Answer()
        key = tuple(wanted)
        way = sieve.costs.way(len(wanted), len(data), ready=key in sieve.together) if len(wanted) > 1 else "single"
        if way == "full" and self.full is not None:
            return self.full.ask(data, seconds)
        whole = sieve.always_set.ask(data, seconds) if sieve.always_set is not None else Answer()
        if way == "together":
            whole.add(self._together(key, sieve).ask(data, seconds))
            return whole
        end = time.monotonic() + seconds
        for piece in wanted:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("rules asked one by one")
            whole.add(self.singles.get(piece).ask(data, int(left) + 1))
        return whole

    def _together(self, wanted: tuple[int, ...], sieve: Sieve) -> RuleSet:
        """These pieces in one set; the sets asked last are kept."""
        found = sieve.together.pop(wanted, None)
        if found is None:
            found = compile_pieces((self.pieces[piece] for piece in wanted), self.most)
        sieve.together[wanted] = found
        if len(sieve.together) > KEPT_TOGETHER:
            sieve.together.popitem(last=False)
        return found

    def ask_alone(self, wanted: Sequence[int], data: bytes, seconds: int) -> Answer:
        """The answer of these pieces and no others."""
        if len(wanted) == 1:
            return self.singles.get(wanted[0]).ask(data, seconds)
        return compile_pieces((self.pieces[piece] for piece in wanted), self.most).ask(data, seconds)

    def scanned(self, answer: Answer, lanes: frozenset[str], unfinished: Sequence[int] = ()) -> Scanned:
        """The answer as a value in a stable order, without the rules of other lanes."""
        late = (rule for piece in unfinished for rule in self.pieces[piece].rules)
        return Scanned(
            tuple(sorted((hit for hit in answer.hits if self._asked(hit.rule, lanes)), key=lambda hit: hit.rule)),
            tuple(sorted(rule for rule in late if self._asked(rule, lanes))),
            tuple(sorted({rule for rule in answer.flooded if self._asked(rule, lanes)})),
        )

    def _asked(self, rule: str, lanes: frozenset[str]) -> bool:
        lane = self.lanes.get(rule, "any")
        return lane == "any" or lane in lanes


def engine_version() -> str:
    """For the coverage record."""
    return f"yara-python {yara.__version__}"
