"""What asking costs: rules one by one, some compiled together on the spot, or the whole set. Only speed hangs on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.detection.engine.asking import RuleSet, compile_pieces
from scanner.detection.engine.cutting import Piece
from scanner.detection.engine.ordinary import TEXT

SMALL = 1_024
MEASURED = 24  # pieces that are tried alone
COMPILING, COMPILING_EACH = 3_000.0, 60.0  # µs to compile a set, and for each piece in it
SHARED = 1.5  # what a few rules together cost, against one of them alone


@dataclass(frozen=True, slots=True)
class Line:
    """Microseconds for a view: `fixed`, and `each` for every byte."""

    fixed: float
    each: float

    def at(self, size: int) -> float:
        """For `size` bytes."""
        return self.fixed + self.each * size


@dataclass(frozen=True, slots=True)
class Costs:
    """One rule alone, and all rules together."""

    single: Line = Line(5.0, 0.0015)
    full: Line = Line(400.0, 0.02)

    def way(self, count: int, size: int, *, ready: bool) -> str:
        """The cheapest way to ask `count` rules of `size` bytes: single, together or full. `ready`: compiled before."""
        alone = self.single.at(size)
        ways = {
            "single": count * alone,
            "full": self.full.at(size),
            "together": (0.0 if ready else COMPILING + COMPILING_EACH * count) + SHARED * alone,
        }
        return min(ways, key=lambda way: (ways[way], way))


def measured(pieces: Sequence[Piece], full: RuleSet | None, most: int) -> Costs:
    """The costs over ordinary text, in CPU time of this machine."""
    if full is None or not pieces:
        return Costs()
    some = pieces[:: max(1, len(pieces) // MEASURED)][:MEASURED]
    sets = [compile_pieces([piece], most) for piece in some]
    lines = [_line(one) for one in sets]
    single = Line(sum(line.fixed for line in lines) / len(lines), sum(line.each for line in lines) / len(lines))
    return Costs(single, _line(full))


def _line(rules: RuleSet) -> Line:
    small, large = _time(rules, TEXT[:SMALL]), _time(rules, TEXT)
    each = max(0.0, large - small) / (len(TEXT) - SMALL)
    return Line(max(0.5, small - SMALL * each), each)


def _time(rules: RuleSet, data: bytes) -> float:
    """Microseconds; the best of three, as whatever disturbs only makes it longer."""
    took = []
    for _ in range(3):
        start = time.thread_time()
        try:
            rules.ask(data, 10)
        except TimeoutError:
            continue  # counts as the ten seconds that it was given
        took.append(time.thread_time() - start)
    return min(took, default=10.0) * 1e6
