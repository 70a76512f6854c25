"""The prefilter: one hyperscan pass over a view, and the pieces that are still possible after it.

Where hyperscan has no wheel the plain path runs instead, with the same verdicts.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import re2

from scanner.detection.engine.formula import Formula, Pattern
from scanner.detection.engine.ordinary import PAGES, TEXT
from scanner.detection.engine.planning import Plan, plan_of
from scanner.detection.engine.sight import Sight, test_of

hyperscan: Any
try:
    import hyperscan
except ImportError:  # no wheel for this machine: the plain path asks every rule
    hyperscan = None

ERRORS: tuple[type[Exception], ...] = (hyperscan.HyperscanError,) if hyperscan is not None else ()
LONGEST_EXPRESSION = 8_192
UNMET = 0.02  # taken as the rate of an expression that no ordinary text matches
SLOWEST = 200e6  # bytes a second that one expression must reach by itself
SLOWEST_OF_ALL = 50e6  # and that the database of all must, or each is tried by itself (shipped rules: 140 to 400)
MOST_AT_ONCE = 1 << 30  # bytes of one hyperscan call; its lengths are 32 bits wide
OVERLAP = 1 << 20
EARLY = -1  # in the place of a piece's number: the database of all pieces


def _options(*, nocase: bool) -> Any:
    options = re2.Options()
    options.encoding, options.dot_nl, options.log_errors = re2.Options.Encoding.LATIN1, True, False
    options.case_sensitive = not nocase
    return options


_RE2, _RE2_NOCASE = _options(nocase=False), _options(nocase=True)


def available() -> bool:
    """Whether this machine has hyperscan."""
    return hyperscan is not None


def engine_version() -> str:
    """For the coverage record."""
    return f"hyperscan {hyperscan.__version__}" if hyperscan is not None else ""


def planned(formulas: Sequence[Formula]) -> tuple[Plan, bytes, list[bytes]]:
    """The plan, the database of its atoms (empty where there are none), and each piece's own late one, serialised.

    Expressions are taken as good for hyperscan at first, which their databases then show. Where one is refused or slow,
    each expression that could be looked for is tried by itself: that takes seconds for a hundred of them.
    """
    plan = plan_of(formulas, cache(rate_of))
    try:
        databases = _databases(plan)
        early, *late = databases
        is_good = _is_quick(early, SLOWEST_OF_ALL) and all(map(_is_quick, late))
    except hyperscan.HyperscanError:
        is_good = False
    if not is_good:
        plan = plan_of(formulas, cache(rate_if_quick))
        databases = _databases(plan)
    first, *others = (b"" if database is None else bytes(hyperscan.dumpb(database)) for database in databases)
    return plan, first, others


def _databases(plan: Plan) -> list[Any]:
    """That of all atoms, and each piece's late one; None where there are no atoms."""
    return [_database(atoms) for atoms in (plan.atoms, *plan.late)]


def _database(atoms: Sequence[tuple[str, bool]]) -> Any:
    if not atoms:
        return None
    return _compiled([expression.encode() for expression, _ in atoms], [nocase for _, nocase in atoms])


def rate_of(pattern: Pattern) -> float | None:
    """About how often the expression matches ordinary files; None where it is too long for hyperscan.

    RE2 tells it: it compiles an expression in a hundredth of hyperscan's time. What it does not take, hyperscan does.
    """
    if len(pattern.expression) > LONGEST_EXPRESSION:
        return None
    try:
        expression = re2.compile(pattern.expression.encode(), _RE2_NOCASE if pattern.nocase else _RE2)
    except re2.error:
        return rate_if_quick(pattern)
    return _rate(sum(expression.search(page) is not None for page in PAGES))


def rate_if_quick(pattern: Pattern) -> float | None:
    """The same; None where the expression is too much for hyperscan, or too slow."""
    if len(pattern.expression) > LONGEST_EXPRESSION:
        return None
    try:
        database = _compiled([pattern.expression.encode()], [pattern.nocase])
    except hyperscan.HyperscanError:
        return None
    if not _is_quick(database):
        return None
    hits = 0
    for page in PAGES:
        seen: set[int] = set()
        database.scan(page, _collector(seen))
        hits += len(seen)
    return _rate(hits)


def _rate(hits: int) -> float:
    return hits / len(PAGES) if hits else UNMET


def _is_quick(database: Any, least: float = SLOWEST) -> bool:
    return database is None or _seconds(database) * least <= len(TEXT)


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
    """A plan with its databases. One scratch space per thread and database, so threads may share it."""

    def __init__(self, plan: Plan, atoms: bytes, late: Sequence[bytes | memoryview] = ()) -> None:
        self._plan, self._late = plan, late
        self._database = hyperscan.loadb(atoms, mode=hyperscan.HS_MODE_BLOCK) if atoms else None
        self._tests = [test_of(program) for program in plan.programs]
        self._telling = frozenset(atom for atom, pieces in enumerate(plan.triggers) if pieces)
        self._heads: dict[tuple[int, bool, bool, int], dict[int, tuple[int, ...]]] = {}
        for width, signed, big, offset, number, pieces in plan.heads:
            self._heads.setdefault((width, signed, big, offset), {})[number] = pieces
        self._local = threading.local()

    def possible(self, data: bytes) -> list[int]:
        """The numbers of the pieces that may match `data`, ascending, but those that are asked of everything."""
        seen = self.seen(data)
        if not self._heads and self._telling.isdisjoint(seen):
            return []
        triggers, tests = self._plan.triggers, self._tests
        asked = {piece for atom in seen for piece in triggers[atom]}
        for (width, signed, big, offset), pieces in self._heads.items():
            if offset + width <= len(data):
                value = int.from_bytes(data[offset : offset + width], "big" if big else "little", signed=signed)
                asked.update(pieces.get(value, ()))
        if not asked:
            return []
        sight = Sight(seen, data, self._late_seen)
        found = []
        for piece in asked:
            sight.piece = piece
            if tests[piece](sight):
                found.append(piece)
        found.sort()
        return found

    def seen(self, data: bytes) -> set[int]:
        """The atoms that occur."""
        seen: set[int] = set()
        if self._database is not None and data:
            self._scan(self._database, EARLY, data, seen)
        return seen

    def _late_seen(self, piece: int, data: bytes) -> set[int]:
        """The late atoms of a piece that occur."""
        loaded: dict[int, Any] = self._local.__dict__.setdefault("late", {})
        database = loaded.get(piece)
        if database is None:
            database = loaded[piece] = hyperscan.loadb(bytes(self._late[piece]), mode=hyperscan.HS_MODE_BLOCK)
        seen: set[int] = set()
        self._scan(database, piece, data, seen)
        return seen

    def _scan(self, database: Any, number: int, data: bytes, seen: set[int]) -> None:
        add, scratch = seen.add, self._scratch(database, number)

        def collector(number: int, start: int, end: int, flags: int, context: object) -> None:
            add(number)

        if len(data) <= MOST_AT_ONCE:
            database.scan(data, collector, scratch=scratch)
            return
        for begin in range(0, len(data), MOST_AT_ONCE - OVERLAP):
            database.scan(data[begin : begin + MOST_AT_ONCE], collector, scratch=scratch)

    def _scratch(self, database: Any, number: int) -> Any:
        kept: dict[int, Any] = self._local.__dict__.setdefault("scratch", {})
        scratch = kept.get(number)
        if scratch is None:
            scratch = kept[number] = hyperscan.Scratch(database)
        return scratch


def _collector(seen: set[int]) -> Callable[[int, int, int, int, object], None]:
    add = seen.add

    def collect(number: int, start: int, end: int, flags: int, context: object) -> None:
        add(number)

    return collect
