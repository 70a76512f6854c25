"""Regular expressions and hex strings of YARA as one small tree."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from scanner.detection.engine.syntax import SyntaxTroubleError

ALL = (1 << 256) - 1
MANY = 1 << 16  # stands for a repeat without end
DEEPEST = 60
WIDE = 128  # a single byte out of so many says too little to be looked for at an end
LONG_REPEAT = 256  # repeats over this are left open in hyperscan's words


@dataclass(frozen=True, slots=True)
class OneOf:
    """One byte out of a set, as a mask of 256 bits."""

    mask: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The parts one after the other; no part: nothing, as of an anchor."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part, `low` to `high` times."""

    part: "Node"
    low: int
    high: int


Node = OneOf | Chain | Choice | Repeat
NOTHING = Chain(())


def mask_of(values: Iterable[int]) -> int:
    """A set of bytes as a mask."""
    mask = 0
    for value in values:
        mask |= 1 << value
    return mask


_WORD = mask_of(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_DIGIT = mask_of(b"0123456789")
_BLANK = mask_of(b" \t\r\n\v\f")
_CLASSES = {"w": _WORD, "W": ALL ^ _WORD, "d": _DIGIT, "D": ALL ^ _DIGIT, "s": _BLANK, "S": ALL ^ _BLANK}
_CONTROLS = {"n": 10, "t": 9, "r": 13, "f": 12, "a": 7}
_BOUNDS = re.compile(r"\{(?:(?P<exactly>\d+)|(?P<low>\d*),(?P<high>\d*))\}")


def regex_tree(written: str) -> tuple[Node, bool]:
    """The tree of `/body/flags`, and whether case is ignored; SyntaxTroubleError for what YARA writes otherwise."""
    body, _, flags = written[1:].rpartition("/")
    reader = _Regex(body.encode("utf-8").decode("latin-1"), dots="s" in flags)
    tree = reader.choice(0)
    if reader.place != len(reader.body):
        raise SyntaxTroubleError(f"regex not read to its end: {written[:60]}")
    return tree, "i" in flags


class _Regex:
    """Recursive descent over YARA's regular expressions; every character of `body` stands for one byte."""

    def __init__(self, body: str, *, dots: bool) -> None:
        self.body, self.place = body, 0
        self.dot = ALL if dots else ALL ^ (1 << 10)

    def choice(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise SyntaxTroubleError("regex nested too deep")
        parts = [self.chain(depth)]
        while self._next() == "|":
            self.place += 1
            parts.append(self.chain(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def chain(self, depth: int) -> Node:
        parts: list[Node] = []
        while (char := self._next()) and char not in "|)":
            parts.append(self._repeated(self._atom(char, depth)))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _next(self) -> str:
        return self.body[self.place : self.place + 1]

    def _atom(self, char: str, depth: int) -> Node:
        self.place += 1
        if char == "(":
            return self._group(depth)
        if char == "[":
            return OneOf(self._class())
        if char == ".":
            return OneOf(self.dot)
        if char in "^$":
            return NOTHING
        if char == "\\":
            return NOTHING if self._next() in ("b", "B") and self._skip() else OneOf(self._escaped())
        if char in "*+?" or (char == "{" and _BOUNDS.match(self.body, self.place - 1)):
            raise SyntaxTroubleError(f"nothing to repeat before {char!r}")
        return OneOf(1 << ord(char))

    def _skip(self) -> bool:
        self.place += 1
        return True

    def _group(self, depth: int) -> Node:
        if self._next() == "?":
            if self.body[self.place : self.place + 2] != "?:":
                raise SyntaxTroubleError("unknown group")
            self.place += 2
        inner = self.choice(depth + 1)
        if self._next() != ")":
            raise SyntaxTroubleError("group without end")
        self.place += 1
        return inner

    def _repeated(self, atom: Node) -> Node:
        while bounds := self._bounds(self._next()):
            low, high = bounds
            if self._next() == "?":
                self.place += 1
            atom = Repeat(atom, low, high)
        return atom

    def _bounds(self, char: str) -> tuple[int, int] | None:
        """The repeat that begins here; None where none does. A brace that is no repeat stands for itself."""
        if char and char in "*+?":
            self.place += 1
            return {"*": (0, MANY), "+": (1, MANY), "?": (0, 1)}[char]
        match = _BOUNDS.match(self.body, self.place)
        if match is None:
            return None
        self.place = match.end()
        if match["exactly"]:
            return int(match["exactly"]), int(match["exactly"])
        return int(match["low"] or 0), int(match["high"]) if match["high"] else MANY

    def _escaped(self) -> int:
        """The set that stands after a backslash."""
        char = self._next()
        self.place += 1
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return 1 << _CONTROLS[char]
        if char == "x":
            digits = self.body[self.place : self.place + 2]
            if not re.fullmatch("[0-9a-fA-F]{2}", digits):
                raise SyntaxTroubleError("bad \\x")
            self.place += 2
            return 1 << int(digits, 16)
        if not char or not char.isascii() or char.isalnum():  # YARA warns of these
            raise SyntaxTroubleError(f"unknown escape {char!r}")
        return 1 << ord(char)

    def _class(self) -> int:
        negated = self._next() == "^"
        self.place += negated
        if self._next() == "]":
            raise SyntaxTroubleError("a class that begins with ]")
        mask = 0
        while (char := self._next()) != "]":
            if not char:
                raise SyntaxTroubleError("class without end")
            mask |= self._member(char)
        self.place += 1
        return ALL ^ mask if negated else mask

    def _member(self, char: str) -> int:
        first = self._class_item(char)
        if self._next() != "-" or self.body[self.place + 1 : self.place + 2] in ("]", ""):
            return first
        self.place += 1
        last = self._class_item(self._next())
        low, high = _single(first), _single(last)
        return mask_of(range(low, high + 1))

    def _class_item(self, char: str) -> int:
        self.place += 1
        if char == "\\":
            return self._escaped()
        if not char.isascii():
            raise SyntaxTroubleError("a class beyond ASCII")
        return 1 << ord(char)


def _single(mask: int) -> int:
    if mask.bit_count() != 1:
        raise SyntaxTroubleError("a range of classes")
    return mask.bit_length() - 1


_HEX = re.compile(
    r"\s+|//[^\n]*|/\*.*?\*/|(?P<byte>~?[0-9A-Fa-f?]{2})|\[\s*(?P<low>\d*)\s*(?P<dash>-?)\s*(?P<high>\d*)\s*\]|(?P<mark>[()|])",
    re.DOTALL,
)


def hex_tree(body: str) -> Node:
    """The tree of the inside of a hex string; SyntaxTroubleError for what is not understood."""
    stack: list[list[list[Node]]] = [[[]]]
    place = 0
    while place < len(body):
        match = _HEX.match(body, place)
        if match is None:
            raise SyntaxTroubleError(f"hex string at {body[place : place + 20]!r}")
        place = match.end()
        if match["byte"]:
            stack[-1][-1].append(OneOf(_hex_set(match["byte"])))
        elif match["mark"] == "(":
            stack.append([[]])
        elif match["mark"] == "|":
            stack[-1].append([])
        elif match["mark"] == ")" and len(stack) > 1:
            closed = stack.pop()
            stack[-1][-1].append(Choice(tuple(Chain(tuple(parts)) for parts in closed)))
        elif match["low"] is not None:
            stack[-1][-1].append(Repeat(OneOf(ALL), *_jump(match)))
        elif match["mark"]:
            raise SyntaxTroubleError("bracket without start")
    if len(stack) != 1 or len(stack[0]) != 1:
        raise SyntaxTroubleError("hex string with an open bracket")
    return Chain(tuple(stack[0][0]))


def _jump(match: "re.Match[str]") -> tuple[int, int]:
    low = int(match["low"] or 0)
    if not match["dash"]:
        return low, low
    return low, int(match["high"]) if match["high"] else MANY


@cache
def _hex_set(written: str) -> int:
    high, low = written[-2], written[-1]
    highs = range(16) if high == "?" else (int(high, 16),)
    lows = range(16) if low == "?" else (int(low, 16),)
    mask = mask_of(16 * one + other for one in highs for other in lows)
    return ALL ^ mask if written.startswith("~") else mask


def expression_of(node: Node) -> str:
    """The tree in hyperscan's words, without anchors and with long repeats left open: it occurs wherever YARA's does.

    Where it begins and ends does not matter, so repeats at its ends become as short as they may be.
    """
    return _expression(_shorn(_shorn(node, first=True), first=False))


def _shorn(node: Node, *, first: bool) -> Node:
    """The tree with one end cut down: it occurs wherever the whole one does."""
    match node:
        case Repeat(part, low, _):
            return NOTHING if low == 0 else Repeat(part, low, low)
        case OneOf(mask):
            return NOTHING if mask.bit_count() >= WIDE else node
        case Choice(parts):
            return Choice(tuple(_shorn(part, first=first) for part in parts))
        case Chain(parts):
            kept = list(parts)
            while kept:
                place = 0 if first else -1
                end = _shorn(kept[place], first=first)
                if end != NOTHING:
                    kept[place] = end
                    break
                del kept[place]
            return Chain(tuple(kept))


def _expression(node: Node) -> str:
    match node:
        case OneOf(mask):
            return _written(mask)
        case Chain(parts):
            return "".join(_expression(part) for part in parts)
        case Choice(parts):
            return f"(?:{'|'.join(_expression(part) for part in parts)})"
        case Repeat(part, low, high):
            most = str(high) if high <= LONG_REPEAT else ""
            return f"(?:{_expression(part)}){{{min(low, LONG_REPEAT)},{most}}}"


@cache
def _written(mask: int) -> str:
    if mask == ALL:
        return "."
    values = [value for value in range(256) if mask >> value & 1]
    if len(values) == 1:
        return f"\\x{values[0]:02x}"
    ends = [value for value in values if not mask >> (value + 1) & 1]
    starts = [value for value in values if not value or not mask >> (value - 1) & 1]
    spans = (
        f"\\x{one:02x}" if one == other else f"\\x{one:02x}-\\x{other:02x}"
        for one, other in zip(starts, ends, strict=True)
    )
    return f"[{''.join(spans)}]"
