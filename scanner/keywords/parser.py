"""The condition language: `near(venue, bonus, 40) or (n(venue) >= 2 and bonus and not law)`.

condition := both { "or" both }
both      := one { "and" one }
one       := "not" one | "(" condition ")" | atom
atom      := GROUP | ("n" | "hits") "(" GROUP ")" ">=" WHOLE
           | ("near" | "seq") "(" GROUP "," GROUP "," WHOLE ")"
           | "score" "(" ")" ">=" NUMBER | "density" "(" GROUP ")" ">=" NUMBER
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from scanner.errors import RuleError
from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.snippets import snippet, width

WORDS = frozenset({"and", "or", "not", "n", "hits", "near", "seq", "score", "density"})
MAX_DEPTH = 40  # brackets and nots inside each other
MAX_TOKENS = 2_000
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d][\w-]*)|(?P<mark>>=|[(),]))")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number, name, mark, end
    text: str
    column: int

    @property
    def shown(self) -> str:
        """The token in quotes, or `the end`."""
        return self.text if self.kind == "end" else repr(self.text)


def parse_condition(source: str, groups: Collection[str], where: str, key: str = "when") -> Condition:
    """The condition that `source` says; RuleError shows the line, a caret and the mend."""
    return _Parser(source, groups, where, key).whole()


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, source: str, groups: Collection[str], where: str, key: str) -> None:
        self.source, self.groups, self.where, self.key = source, groups, where, key
        self.depth = 0
        self.tokens = list(self._tokens())
        self.at = 0

    def whole(self) -> Condition:
        if self._now.kind == "end":
            raise self._error(
                "the condition is empty", self._now, "name a group, or combine groups with and, or, near()"
            )
        condition = self._either()
        if self._now.kind != "end":
            raise self._error(f"{self._now.text!r} is not expected here", self._now, "join conditions with and / or")
        return condition

    @property
    def _now(self) -> _Token:
        return self.tokens[self.at]

    def _tokens(self) -> Iterator[_Token]:
        place, count = 0, 0
        end = len(self.source.rstrip())
        while place < end:
            found = _TOKEN.match(self.source, place)
            count += 1
            if found is None or count > MAX_TOKENS:
                column = place + len(self.source[place:]) - len(self.source[place:].lstrip())
                token = _Token("mark", self.source[column], column)
                if found is not None:
                    raise self._error(f"more than {MAX_TOKENS} words", token, "split the rule")
                raise self._error(f"{token.text!r} is not part of a condition", token, _mend_of(token.text))
            kind = str(found.lastgroup)
            yield _Token(kind, found[kind], found.start(kind))
            place = found.end()
        yield _Token("end", "the end", end)

    def _error(self, what: str, token: _Token, mend: str) -> RuleError:
        line_start = self.source.rfind("\n", 0, token.column) + 1
        line = self.source[line_start:].split("\n", 1)[0].rstrip()
        shown, blanks = snippet(line, token.column - line_start)
        carets = "^" * max(1, width(token.text) * (token.kind != "end"))
        return RuleError(f"{self.key}: {what}\n    {shown}\n    {blanks}{carets}", where=self.where, mend=mend)

    def _take(self, text: str, after: str) -> _Token:
        token = self._now
        if token.text != text or token.kind == "end":
            raise self._error(f"expected {text!r} after {after}, found {token.shown}", token, f"write {text!r} here")
        self.at += 1
        return token

    def _is(self, word: str) -> bool:
        return self._now.text == word and self._now.kind != "end"

    def _either(self) -> Condition:
        parts = [self._every()]
        while self._is("or"):
            self.at += 1
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self) -> Condition:
        parts = [self._one()]
        while self._is("and"):
            self.at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Condition:
        token = self._now
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"deeper than {MAX_DEPTH} levels", token, "use fewer brackets")
        if self._is("not"):
            self.at += 1
            inner: Condition = Negation(self._one())
        elif self._is("("):
            self.at += 1
            inner = self._either()
            self._take(")", "the bracket's condition")
        else:
            inner = self._atom()
        self.depth -= 1
        return inner

    def _atom(self) -> Condition:
        token = self._now
        if token.kind != "name" or token.text in ("and", "or"):
            raise self._error(
                f"expected a group or a function, found {token.shown}", token, "name a group of this rule"
            )
        if token.text not in WORDS:
            return Present(self._group())
        self.at += 1
        self._take("(", token.text)
        match token.text:
            case "near" | "seq":
                return self._near(ordered=token.text == "seq")
            case "score":
                self._take(")", "score(")
                return Score(self._least("score()"))
            case name:
                group = self._group()
                self._take(")", f"{name}({group}")
                call = f"{name}({group})"
                return Density(group, self._share(call)) if name == "density" else self._count(group, call, name == "n")

    def _near(self, *, ordered: bool) -> Condition:
        first = self._group()
        self._take(",", first)
        second = self._group()
        self._take(",", second)
        within = self._whole("a distance in folded characters")
        self._take(")", str(within))
        return Near(first, second, within, ordered)

    def _count(self, group: str, call: str, distinct: bool) -> Condition:
        self._take(">=", call)
        token = self._now
        least = self._whole("a whole number")
        if least < 1:
            raise self._error(f"{call} >= 0 is always true", token, "ask for at least 1")
        return Count(group, least, distinct)

    def _least(self, call: str) -> float:
        self._take(">=", call)
        token = self._now
        if token.kind != "number" or float(token.text) <= 0:
            raise self._error(f"expected a number above 0, found {token.shown}", token, f"write {call} >= 3")
        self.at += 1
        return float(token.text)

    def _share(self, call: str) -> float:
        self._take(">=", call)
        token = self._now
        if token.kind != "number" or not 0 < float(token.text) <= 1:
            raise self._error(
                f"expected a share above 0 and up to 1, found {token.shown}", token, f"write {call} >= 0.05"
            )
        self.at += 1
        return float(token.text)

    def _whole(self, meaning: str) -> int:
        token = self._now
        if token.kind != "number" or "." in token.text or len(token.text) > 9:
            raise self._error(f"expected {meaning}, found {token.shown}", token, "write a whole number")
        self.at += 1
        return int(token.text)

    def _group(self) -> str:
        token = self._now
        if token.kind != "name" or token.text in WORDS:
            raise self._error(f"expected a group, found {token.shown}", token, "name a group, list or pattern")
        if token.text not in self.groups:
            near = get_close_matches(token.text, self.groups, 1)
            known = ", ".join(sorted(self.groups)[:12]) or "none is defined"
            mend = f"did you mean {near[0]!r}?" if near else f"use one of: {known}"
            raise self._error(f"unknown group {token.text!r}", token, mend)
        self.at += 1
        return token.text


def _mend_of(mark: str) -> str:
    if mark in "<>=":
        return "compare with >= only; `not n(x) >= 3` says fewer than 3"
    return {"&": "write and", "|": "write or", "!": "write not"}.get(mark, "remove it")
