"""A plan's programs as functions of what was seen of a content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from scanner.detection.engine.formula import compares
from scanner.detection.engine.planning import Node


@dataclass(slots=True)
class Sight:
    """The atoms that one pass has seen, the bytes, and a way to look for a piece's late atoms."""

    seen: set[int]
    data: bytes
    look: Callable[[int, bytes], set[int]]
    piece: int = -1
    looked: dict[int, set[int]] = field(default_factory=dict)

    def late(self, number: int) -> bool:
        """Whether the late atom of that number in the piece occurs; all of the piece's are looked for at once."""
        found = self.looked.get(self.piece)
        if found is None:
            found = self.looked[self.piece] = self.look(self.piece, self.data)
        return number in found


Test = Callable[[Sight], bool]


def test_of(program: Node) -> Test:
    """Whether a program holds."""
    if program is True or program is False:
        answer = bool(program)
        return lambda sight: answer
    if isinstance(program, int):
        return lambda sight: program in sight.seen
    kind, *rest = program
    match kind:
        case "&":
            return _every(rest)
        case "|":
            return _any(cast("Sequence[int]", rest[0]), rest[1:])
        case "+":
            return _some(cast("int", rest[0]), rest[1:])
        case "p":
            late = cast("int", rest[0])
            return lambda sight: sight.late(late)
        case "s":
            operator, number = str(rest[0]), cast("int", rest[1])
            return lambda sight: compares(len(sight.data), operator, number)
        case _:
            return _head(rest)


def _every(parts: Sequence[object]) -> Test:
    atoms = frozenset(part for part in parts if type(part) is int)
    tests = _tests(parts)
    if not tests:
        return lambda sight: atoms <= sight.seen
    return lambda sight: atoms <= sight.seen and all(test(sight) for test in tests)


def _any(atoms: Sequence[int], parts: Sequence[object]) -> Test:
    numbers = frozenset(atoms)
    tests = _tests(parts)
    if not tests:
        return lambda sight: not numbers.isdisjoint(sight.seen)
    return lambda sight: not numbers.isdisjoint(sight.seen) or any(test(sight) for test in tests)


def _some(least: int, parts: Sequence[object]) -> Test:
    tests = tuple(test_of(cast("Node", part)) for part in parts)
    return lambda sight: sum(test(sight) for test in tests) >= least


def _tests(parts: Sequence[object]) -> tuple[Test, ...]:
    """Tests of all parts but atoms; what has to be looked for late comes last."""
    others = [part for part in parts if type(part) is not int]
    return tuple(test_of(cast("Node", part)) for part in sorted(others, key=_is_late))


def _is_late(part: object) -> bool:
    return isinstance(part, list) and bool(part) and (part[0] == "p" or any(_is_late(each) for each in part[1:]))


def _head(rest: Sequence[object]) -> Test:
    width, signed, big, offset, operator, number = rest
    first, last = cast("int", offset), cast("int", offset) + cast("int", width)
    order: Literal["big", "little"] = "big" if big else "little"

    def test(sight: Sight) -> bool:
        if last > len(sight.data):
            return False
        value = int.from_bytes(sight.data[first:last], order, signed=bool(signed))
        return compares(value, str(operator), cast("int", number))

    return test
