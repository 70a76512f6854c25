"""The prefilter: one hyperscan pass over a view, and the pieces that are still possible after it.

Where hyperscan has no wheel the plain path runs instead, with the same verdicts.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

from scanner.detection.engine.formula import Formula, Pattern, compares
from scanner.detection.engine.ordinary import TEXT
from scanner.detection.engine.planning import Node, Plan, likelihood, plan_of

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this machine: the plain path asks every rule
    hyperscan = None

ERRORS: tuple[type[Exception], ...] = (hyperscan.HyperscanError,) if hyperscan is not None else ()
Test = Callable[[set[int], bytes], bool]
LONGEST_EXPRESSION = 8_192
UNANCHORED = 0.3  # share of files holding an expression's literals from which on it is tried alone first
SLOWEST = 200e6  # bytes a second that one expression must reach by itself
MOST_AT_ONCE = 1 << 30  # bytes of one hyperscan call; its lengths are 32 bits wide


def available() -> bool:
    """Whether this machine has hyperscan."""
    return hyperscan is not None


def engine_version() -> str:
    """For the coverage record."""
    return f"hyperscan {hyperscan.__version__}" if hyperscan is not None else ""


def planned(formulas: Sequence[Formula]) -> tuple[Plan, bytes]:
    """The plan and the database of its atoms, serialised; empty where there is nothing to look for.

    Expressions are tried one by one only where no literal anchors them, or where they do not compile together.
    """
    tried: dict[Pattern, bool] = {}

    def usable(pattern: Pattern) -> bool:
        if pattern not in tried:
            tried[pattern] = is_fit(pattern)
        return tried[pattern]

    try:
        plan = plan_of(formulas, lambda pattern: likelihood(pattern.implied) < UNANCHORED or usable(pattern))
        return plan, _compiled_atoms(plan)
    except hyperscan.HyperscanError:
        plan = plan_of(formulas, usable)
        return plan, _compiled_atoms(plan)


def _compiled_atoms(plan: Plan) -> bytes:
    if not plan.atoms:
        return b""
    database = _compiled([expression.encode() for expression, _ in plan.atoms], [nocase for _, nocase in plan.atoms])
    return bytes(hyperscan.dumpb(database))


def is_fit(pattern: Pattern) -> bool:
    """Whether hyperscan takes the expression, and runs through ordinary text with it fast enough."""
    if len(pattern.expression) > LONGEST_EXPRESSION:
        return False
    try:
        database = _compiled([pattern.expression.encode()], [pattern.nocase])
    except hyperscan.HyperscanError:
        return False
    return _seconds(database) * SLOWEST <= len(TEXT)


def _compiled(expressions: list[bytes], nocase: list[bool]) -> Any:
    basic = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
    flags = [basic | (hyperscan.HS_FLAG_CASELESS if each else 0) for each in nocase]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=flags)
    return database


def _seconds(database: Any) -> float:
    """CPU seconds for one pass over ordinary text; the best of three, as whatever disturbs only makes it longer."""
    took = []
    for _ in range(3):
        start = time.process_time()
        database.scan(TEXT, match_event_handler=_collector(set()))
        took.append(time.process_time() - start)
    return min(took)


class Prefilter:
    """A plan with its literal database. One scratch space per thread, so threads may share it."""

    def __init__(self, plan: Plan, literals: bytes) -> None:
        self._plan = plan
        self._database = hyperscan.loadb(literals, mode=hyperscan.HS_MODE_BLOCK) if literals else None
        self._tests = [_test(program) for program in plan.programs]
        self._local = threading.local()

    def possible(self, data: bytes) -> list[int]:
        """The numbers of the pieces that may match `data`, ascending, but those that are asked of everything."""
        seen = self._seen(data)
        triggers, tests = self._plan.triggers, self._tests
        asked = {piece for literal in seen for piece in triggers[literal]}
        asked.update(self._plan.heads)
        return sorted(piece for piece in asked if tests[piece](seen, data))

    def _seen(self, data: bytes) -> set[int]:
        """The literals that occur."""
        seen: set[int] = set()
        if self._database is None or not data:
            return seen
        step = MOST_AT_ONCE - 64
        for begin in range(0, len(data), step):
            piece = data if len(data) <= MOST_AT_ONCE else memoryview(data)[begin : begin + MOST_AT_ONCE]
            self._database.scan(piece, _collector(seen), scratch=self._scratch())
            if piece is data:
                break
        return seen

    def _scratch(self) -> object:
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


def _collector(seen: set[int]) -> Callable[[int, int, int, int, object], None]:
    add = seen.add

    def collect(number: int, start: int, end: int, flags: int, context: object) -> None:
        add(number)

    return collect


def _test(program: Node) -> Test:
    """A program as a function of the literals seen and the bytes."""
    if program is True or program is False:
        answer = bool(program)
        return lambda seen, data: answer
    if isinstance(program, int):
        return lambda seen, data: program in seen
    kind, *rest = program
    match kind:
        case "&":
            return _every(rest)
        case "|":
            return _any(cast("Sequence[int]", rest[0]), rest[1:])
        case "+":
            return _some(cast("int", rest[0]), rest[1:])
        case "s":
            operator, number = str(rest[0]), cast("int", rest[1])
            return lambda seen, data: compares(len(data), operator, number)
        case _:
            return _head(rest)


def _every(parts: Sequence[object]) -> Test:
    numbers = frozenset(part for part in parts if type(part) is int)
    tests = tuple(_test(cast("Node", part)) for part in parts if type(part) is not int)
    if not tests:
        return lambda seen, data: numbers <= seen
    return lambda seen, data: numbers <= seen and all(test(seen, data) for test in tests)


def _any(literals: Sequence[int], parts: Sequence[object]) -> Test:
    numbers = frozenset(literals)
    tests = tuple(_test(cast("Node", part)) for part in parts)
    if not tests:
        return lambda seen, data: not numbers.isdisjoint(seen)
    return lambda seen, data: not numbers.isdisjoint(seen) or any(test(seen, data) for test in tests)


def _some(least: int, parts: Sequence[object]) -> Test:
    tests = tuple(_test(cast("Node", part)) for part in parts)
    return lambda seen, data: sum(test(seen, data) for test in tests) >= least


def _head(rest: Sequence[object]) -> Test:
    width, signed, big, offset, operator, number = rest
    first, last = cast("int", offset), cast("int", offset) + cast("int", width)
    order: Literal["big", "little"] = "big" if big else "little"

    def test(seen: set[int], data: bytes) -> bool:
        if last > len(data):
            return False
        value = int.from_bytes(data[first:last], order, signed=bool(signed))
        return compares(value, str(operator), cast("int", number))

    return test
