"""What every match of a pattern must hold: characters of which one at least is there, read off the expression.

Only characters are asked for that folding keeps as they are, so that folded text tells whether they are there. What is
not understood asks for nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from scanner.keywords.frequency import benign_counts
from scanner.text.folding import fold_text, soft_fold

_ASTRAL = chr(0x10000)
MAX_NEEDS = 3  # that are looked for, the rarest
_DIGITS = frozenset("0123456789")
_MANY = 64  # characters of a range of which each is named
_FLAGS = re.compile(r"\(\?(i?):|\(\?P<\w+>|\(")
_COUNT = re.compile(r"\{(\d+)(?:,\d*)?\}")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}

Need = frozenset[str]
Needs = tuple[Need, ...]


class _UnreadError(Exception):
    """The expression says something that is not understood here."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What the matches of one branch hold: expressions found in their folded text, and in the text as it is written."""

    folded: tuple["re.Pattern[str]", ...]
    written: tuple["re.Pattern[str]", ...]


@lru_cache(maxsize=2_048)
def needs_of(regex: str) -> tuple[Branch, ...]:
    """What matches hold, by the branches of the expression; one branch without needs where nothing is known."""
    try:
        reader = _Reader(regex)
        branches = reader.branches(folds_case=False)
        if reader.at < len(regex):
            raise _UnreadError
    except _UnreadError:
        return (Branch((), ()),)
    return tuple(map(_branch, branches))


def may_match(regex: str, folded: str, written: Callable[[], str]) -> bool:
    """Whether folded text, and the text as it is `written`, hold what a match of the pattern needs."""
    for branch in needs_of(regex):
        if all(need.search(folded) for need in branch.folded) and all(
            need.search(written()) for need in branch.written
        ):
            return True
    return False


def _branch(needs: Needs) -> Branch:
    folded = sorted({usable for need in needs if (usable := _usable(need))}, key=_commonness)
    written = sorted((need for need in needs if min(need) >= _ASTRAL and _is_unchanged(need)), key=_commonness)
    return Branch(*(tuple(map(_expression, some[:MAX_NEEDS])) for some in (folded, written)))


def _expression(need: Need) -> "re.Pattern[str]":
    return re.compile("[" + "".join(map(re.escape, sorted(need))) + "]")


def _is_unchanged(need: Need) -> bool:
    """Whether the characters, dropped by folding, are what they are in plain text too: no others become them."""
    return all(soft_fold(char)[0] == char and not fold_text(char) for char in need)


class _Reader:
    """Reads an expression from `at` on."""

    def __init__(self, regex: str) -> None:
        self._regex, self.at = regex, 0

    def branches(self, *, folds_case: bool) -> list[Needs]:
        """The needs of each branch; those of a group that is all there is are its own."""
        begin, opened = self.at, _FLAGS.match(self._regex, self.at)
        if opened is not None and opened[0] in ("(?:", "(?i:"):
            self.at = opened.end()
            inner = self._rows(folds_case=folds_case or opened[1] == "i")
            if self._regex[self.at :] == ")":
                self.at += 1
                return inner
        self.at = begin
        return self._rows(folds_case=folds_case)

    def _rows(self, *, folds_case: bool) -> list[Needs]:
        rows = [self._row(folds_case)]
        while self._next() == "|":
            self.at += 1
            rows.append(self._row(folds_case))
        return rows

    def _either(self, *, folds_case: bool) -> Needs:
        """Needs of branches up to the end or a closing parenthesis."""
        branches = self._rows(folds_case=folds_case)
        if len(branches) == 1:
            return branches[0]
        if not all(branches):
            return ()
        return (frozenset().union(*(min(branch, key=_commonness) for branch in branches)),)

    def _row(self, folds_case: bool) -> Needs:
        out: list[Need] = []
        while self._next() not in ("", "|", ")"):
            needs = self._one(folds_case)
            if self._least() > 0:
                out += needs
        return tuple(out)

    def _one(self, folds_case: bool) -> Needs:
        char = self._next()
        if char == "(":
            return self._group(folds_case)
        if char == "[":
            return self._class(folds_case)
        self.at += 1
        if char == "\\":
            return _cased(self._escape(), folds_case)
        if char in "^$.":
            return ()
        if char in "*+?{":
            raise _UnreadError
        return _cased(frozenset(char), folds_case)

    def _group(self, folds_case: bool) -> Needs:
        opened = _FLAGS.match(self._regex, self.at)
        if opened is None or (opened[0] == "(" and self._regex[self.at + 1 : self.at + 2] == "?"):
            raise _UnreadError
        self.at = opened.end()
        needs = self._either(folds_case=folds_case or opened[1] == "i")
        if self._next() != ")":
            raise _UnreadError
        self.at += 1
        return needs

    def _escape(self) -> Need:
        """The characters that the escape before which the backslash stood may be; empty: any."""
        char = self._next()
        self.at += 1
        if char in "pP":
            end = self._regex.find("}", self.at) if self._next() == "{" else self.at
            self.at = max(end, self.at) + 1
            return frozenset()
        if char == "d":
            return _DIGITS
        if char in _ESCAPED:
            return frozenset(_ESCAPED[char])
        if char in "wWsSDbB":
            return frozenset()
        if char.isalnum() or not char:
            raise _UnreadError
        return frozenset(char)

    def _class(self, folds_case: bool) -> Needs:
        self.at += 1
        chars, is_known = set[str](), self._next() != "^"
        self.at += not is_known
        begin = self.at
        while self._next() != "]" or self.at == begin:
            first = self._member()
            if self._next() == "-" and self._regex[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self._member()
                if len(first) != 1 or len(last) != 1:
                    raise _UnreadError
                low, high = ord(*first), ord(*last)
                is_known = is_known and high - low < _MANY
                chars |= {chr(point) for point in range(low, high + 1)} if is_known else set()
            else:
                is_known = is_known and bool(first)
                chars |= first
        self.at += 1
        return _cased(frozenset(chars), folds_case) if is_known else ()

    def _member(self) -> Need:
        char = self._next()
        if not char or self._regex.startswith("[:", self.at):
            raise _UnreadError
        self.at += 1
        return self._escape() if char == "\\" else frozenset(char)

    def _least(self) -> int:
        """The least number of times that the last thing stands, by the count behind it."""
        char, least = self._next(), 1
        if char in ("*", "?", "+"):
            self.at += 1
            least = int(char == "+")
        elif char == "{":
            count = _COUNT.match(self._regex, self.at)
            if count is None:
                raise _UnreadError
            self.at, least = count.end(), int(count[1])
        if char and char in "*?+{" and self._next() == "?":
            self.at += 1
        return least

    def _next(self) -> str:
        return self._regex[self.at : self.at + 1]


def _cased(chars: Need, folds_case: bool) -> Needs:
    if folds_case:
        chars = frozenset(form for char in chars for form in (char, char.lower(), char.upper(), char.casefold()))
    return (chars,) if chars else ()


def _usable(need: Need) -> Need:
    """The need without what plain text never holds; empty where marks may serve, which folded text does not show."""
    kept = {char for char in need if fold_text(char) == char}
    seen = {char for char in need if soft_fold(char)[0] == char}
    return frozenset(kept) if kept and seen <= kept else frozenset()


def _commonness(need: Need) -> tuple[int, list[str]]:
    counts = benign_counts()
    return sum(_counted(char, counts.counts) for char in need), sorted(need)


def _counted(char: str, counts: dict[str, int]) -> int:
    """How often a character is seen, about; letters and digits are everywhere."""
    return 10_000 if char.isascii() else counts.get(char, 0)
