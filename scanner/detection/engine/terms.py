"""Parts of a condition as they are read: what each needs, its value where it is constant, and how parts combine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scanner.detection.engine.formula import ALWAYS, NEVER, Formula, Head, Size, at_least, compares, either, every

LEVELS = (
    ("or",),
    ("and",),
    ("==", "!=", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches"),
    ("<", "<=", ">", ">="),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "\\", "%"),
)
LEVEL = {word: level for level, words in enumerate(LEVELS) for word in words}
_ORDERING = ("==", "!=", "<", "<=", ">", ">=")
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SCALE = {"KB": 1024, "MB": 1024 * 1024}
Choose = Callable[[Sequence[Formula]], Formula]


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a condition. `needs`: what must be true for it to be true, or defined and not zero.

    `defined`: what must be true for it to have a value. `number`: its value where it is constant. `sight`: an atom that
    wants to be compared (`size`, `head`, or `count` of strings).
    """

    needs: Formula = ALWAYS
    defined: Formula = ALWAYS
    number: int | None = None
    sight: str = ""
    head: tuple[int, bool, bool, int] = (0, False, False, 0)


def combined(word: str, left: Term, right: Term) -> Term:
    """Two terms joined by an operator."""
    if word == "and":
        return Term(every((left.needs, right.needs)))
    if word == "or":
        return Term(either((left.needs, right.needs)))
    defined = every((left.defined, right.defined))
    if word in _ORDERING:
        return Term(_comparison(word, left, right))
    if word in LEVELS[2]:
        return Term(defined)
    if left.number is not None and right.number is not None:
        return Term(defined, defined, _arithmetic(word, left.number, right.number))
    return Term(defined, defined)


def _comparison(word: str, left: Term, right: Term) -> Formula:
    if left.number is not None and right.number is not None:
        return ALWAYS if compares(left.number, word, right.number) else NEVER
    if left.number is not None and right.sight:
        left, right, word = right, left, _MIRROR.get(word, word)
    if right.number is None or not left.sight:
        return every((left.defined, right.defined))
    if left.sight == "size":
        return Size(word, right.number)
    if left.sight == "head":
        return Head(*left.head, word, right.number)
    return ALWAYS if compares(0, word, right.number) else left.needs


def _arithmetic(word: str, left: int, right: int) -> int | None:
    """A constant's value; None where YARA's 64 bits could give another."""
    sums = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "|": lambda: left | right,
        "^": lambda: left ^ right,
        "&": lambda: left & right,
    }
    value = sums[word]() if word in sums else None
    return value if value is not None and abs(value) < 1 << 62 else None


def number_of(written: str) -> int | None:
    """The value of a number as written; None for a fraction."""
    if "." in written:
        return None
    if written[-2:] in _SCALE:
        return int(written[:-2]) * _SCALE[written[-2:]]
    return int(written, 0) if written[:2] in ("0x", "0o") else int(written)


def some(number: int | None, parts: Sequence[Formula]) -> Formula:
    """At least `number` of the parts; anything may be where the number is not known."""
    return at_least(number, parts) if number is not None and number > 0 else ALWAYS


def share(percent: int | None, parts: Sequence[Formula]) -> Formula:
    """At least `percent` of the parts."""
    if percent is None or percent <= 0:
        return ALWAYS
    return at_least(max(1, -(-len(parts) * percent // 100)), parts)


CHOICES: Mapping[str, Choose] = {"any": either, "all": every, "none": lambda parts: ALWAYS}
