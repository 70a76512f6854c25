"""From a rule's condition to its formula: what must be true before the condition can hold.

Whatever is not understood counts as possible. Negations do too: nothing that a string's absence proves is used. A
comparison with something undefined (`@a[1]` without a match) is false in YARA, so its strings are needed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanner.detection.engine.formula import ALWAYS, NEVER, Formula, Head, every
from scanner.detection.engine.syntax import RuleText, SyntaxTroubleError, Token
from scanner.detection.engine.terms import CHOICES, LEVEL, LEVELS, Choose, Term, combined, number_of, share, some

_NOT_LEVEL, _SUM_LEVEL = 2, 4
# what these modules say of a file that does not begin so is undefined, but for `is_...` and their constants
_HEADED = {
    "pe": Head(2, False, False, 0, "==", 0x5A4D),
    "dotnet": Head(2, False, False, 0, "==", 0x5A4D),
    "elf": Head(4, False, False, 0, "==", 0x464C457F),
}
_INTEGER = re.compile(r"(u?)int(8|16|32)(be)?$")


@dataclass(slots=True)
class Reader:
    """Precedence climbing over one condition's tokens."""

    tokens: Sequence[Token]
    strings: Mapping[str, Formula]
    rules: Mapping[str, Formula]
    place: int = 0
    current: Formula | None = None
    depth: int = 0
    variables: list[str] = field(default_factory=list)

    def whole(self) -> Formula:
        """The formula of the whole condition."""
        term = self.expression(0)
        if self.place != len(self.tokens):
            raise SyntaxTroubleError(f"condition not read to its end at {self.peek()!r}")
        return term.needs

    def peek(self, ahead: int = 0) -> str:
        """The text of a coming token, "" at the end."""
        index = self.place + ahead
        return self.tokens[index].text if index < len(self.tokens) else ""

    def take(self, wanted: str = "") -> Token:
        """The next token; SyntaxTroubleError if it is not the wanted one."""
        if self.place >= len(self.tokens) or (wanted and self.peek() != wanted):
            raise SyntaxTroubleError(f"{wanted or 'more'} expected, found {self.peek()!r}")
        self.place += 1
        return self.tokens[self.place - 1]

    def expression(self, level: int) -> Term:
        """Everything that binds at least as tightly as `level`."""
        self.depth += 1
        if self.depth > 150:
            raise SyntaxTroubleError("condition nested too deep")
        left = self.prefixed(level)
        while (word := self.peek()) in LEVEL and LEVEL[word] >= level:
            if word == "%" and self.peek(1) == "of":
                break
            self.take()
            left = combined(word, left, self.expression(LEVEL[word] + 1))
        self.depth -= 1
        return left

    def prefixed(self, level: int) -> Term:
        word = self.peek()
        if word in ("not", "defined") and level <= _NOT_LEVEL:
            self.take()
            term = self.expression(_NOT_LEVEL)
            if word == "defined":
                return Term(term.defined)
            return Term(ALWAYS if term.number is None else (NEVER if term.number else ALWAYS))
        if word in ("-", "~"):
            self.take()
            term = self.expression(len(LEVELS))
            value = None if term.number is None else (-term.number if word == "-" else ~term.number)
            return Term(term.defined, term.defined, value)
        return self.quantified(self.primary())

    def quantified(self, term: Term) -> Term:
        """`2 of them`, `50% of them`, or the term itself."""
        if self.peek() == "of":
            return self.of(lambda parts: some(term.number, parts))
        if self.peek() == "%" and self.peek(1) == "of":
            self.take()
            return self.of(lambda parts: share(term.number, parts))
        return term

    def of(self, choose: Choose) -> Term:
        """What stands behind a quantifier: a set of strings or rules, perhaps with a place."""
        self.take("of")
        parts = self.members()
        if self.peek() == "in":
            self.take()
            self.range()
        elif self.peek() == "at":
            self.take()
            self.expression(_SUM_LEVEL)
        return Term(choose(parts))

    def primary(self) -> Term:
        token = self.take()
        match token.kind:
            case "string":
                return self.string(token.text)
            case "place":
                return self.place_of(token.text)
            case "number":
                return Term(number=number_of(token.text))
            case "text" | "regex":
                return Term()
            case "word":
                return self.word(token.text)
        if token.text != "(":
            raise SyntaxTroubleError(f"unexpected {token.text!r}")
        term = self.expression(0)
        self.take(")")
        return term

    def string(self, name: str) -> Term:
        needs = self.found(name)
        if self.peek() == "at":
            self.take()
            return Term(every((needs, self.expression(_SUM_LEVEL).defined)))
        if self.peek() == "in":
            self.take()
            return Term(every((needs, self.range())))
        return Term(needs)

    def place_of(self, name: str) -> Term:
        """`#a`, `@a[1]`, `!a[1]`: the last two have a value only where the string has a match."""
        needs = self.found("$" + name[1:])
        if self.peek() == "[":
            self.take()
            self.expression(0)
            self.take("]")
        if name[0] != "#":
            return Term(needs, needs)
        if self.peek() == "in":
            self.take()
            self.range()
        return Term(needs, sight="count")

    def found(self, name: str) -> Formula:
        if name == "$":
            if self.current is None:
                raise SyntaxTroubleError("a bare $ outside a loop")
            return self.current
        if name not in self.strings:
            raise SyntaxTroubleError(f"unknown string {name}")
        return self.strings[name]

    def range(self) -> Formula:
        """`(a..b)`: what must be true for both bounds to have a value, without which nothing lies between them."""
        self.take("(")
        first = self.expression(0)
        self.take("..")
        last = self.expression(0)
        self.take(")")
        return every((first.defined, last.defined))

    def word(self, name: str) -> Term:
        if name in ("true", "false"):
            return Term(ALWAYS if name == "true" else NEVER, number=int(name == "true"))
        if name == "filesize":
            return Term(sight="size")
        if name in ("any", "all", "none"):
            return self.of(CHOICES[name])
        if name == "for":
            return self.loop()
        if _INTEGER.match(name) and self.peek() == "(":
            return self.integer(name)
        if name in self.rules and name not in self.variables and self.peek() not in (".", "[", "("):
            return Term(self.rules[name])
        if name in _HEADED and name not in self.variables and self.peek() == ".":
            return self.module(name)
        return self.path()

    def module(self, name: str) -> Term:
        """A value of a module that reads one kind of file."""
        what = self.peek(1)
        self.path()
        if what.isupper():
            return Term()
        return Term(_HEADED[name], ALWAYS if what.startswith("is_") else _HEADED[name])

    def integer(self, name: str) -> Term:
        self.take("(")
        offset = self.expression(0)
        self.take(")")
        match = _INTEGER.match(name)
        if match is None or offset.number is None or offset.number < 0:
            return Term(offset.defined, offset.defined)
        head = (int(match[2]) // 8, not match[1], bool(match[3]), offset.number)
        return Term(sight="head", head=head)

    def path(self) -> Term:
        """What stands behind an identifier: members, indexes, calls. Its value is anything."""
        while self.peek() in (".", "[", "("):
            opened = self.take().text
            if opened == ".":
                self.take()
                continue
            closing = {"[": "]", "(": ")"}[opened]
            while self.peek() != closing:
                self.expression(0)
                if self.peek() == ",":
                    self.take()
            self.take(closing)
        return Term()

    def members(self) -> list[Formula]:
        """The formulas of `them`, `($a, $b*)` or `(rule_a, rule_b*)`."""
        if self.peek() == "them":
            self.take()
            return list(self.strings.values())
        parts: list[Formula] = []
        self.take("(")
        while self.peek() != ")":
            parts += self.member(self.take())
            if self.peek() == ",":
                self.take()
        self.take(")")
        return parts

    def member(self, token: Token) -> list[Formula]:
        name = token.text
        if token.kind == "word":
            if self.peek() == "*":
                self.take()
                return [formula for rule, formula in self.rules.items() if rule.startswith(name)]
            return [self.rules[name]] if name in self.rules else [ALWAYS]
        if token.kind != "string":
            return [ALWAYS]
        if not name.endswith("*"):
            return [self.found(name)]
        found = [formula for string, formula in self.strings.items() if string.startswith(name[:-1])]
        if not found:
            raise SyntaxTroubleError(f"no string {name}")
        return found

    def loop(self) -> Term:
        """`for any of ($a*) : (...)`, `for all i in (1..#a) : (...)`."""
        choose = self.quantifier()
        if self.peek() == "of":
            self.take()
            members = self.members()
            self.take(":")
            return Term(choose(self.bodies(members)))
        names = [self.take().text]
        while self.peek() == ",":
            self.take()
            names.append(self.take().text)
        self.take("in")
        rounds = self.iterator()
        self.take(":")
        self.variables += names
        needs = every((rounds, self.bodies([self.current])[0]))
        del self.variables[-len(names) :]
        # any round must hold, unless the quantifier is content without one: `all` is, over nothing
        return Term(needs if choose([NEVER]) == NEVER and choose is not CHOICES["all"] else ALWAYS)

    def quantifier(self) -> Choose:
        if self.peek() in CHOICES:
            return CHOICES[self.take().text]
        number = self.expression(_SUM_LEVEL).number
        return lambda parts: some(number, parts)

    def iterator(self) -> Formula:
        """What must be true for a loop to have a round: `(1..#a)` has none without a match of `$a`."""
        if self.peek() != "(":
            self.take()
            self.path()
            return ALWAYS
        self.take("(")
        first = last = self.expression(0)
        while self.peek() == ",":
            self.take()
            self.expression(0)
        bounded = self.peek() == ".."
        if bounded:
            self.take("..")
            last = self.expression(0)
        self.take(")")
        if not bounded:
            return ALWAYS
        counted = last.sight == "count" and first.number is not None and first.number > 0
        return every((first.defined, last.defined, last.needs if counted else ALWAYS))

    def bodies(self, currents: Sequence[Formula | None]) -> list[Formula]:
        """The formulas of the bracket that follows, `$` standing for each of `currents` in turn."""
        outer, begin = self.current, self.place
        found: list[Formula] = []
        for current in currents or [ALWAYS]:
            self.current, self.place = current, begin
            self.take("(")
            found.append(self.expression(0).needs)
            self.take(")")
        self.current = outer
        return found if currents else []


def rule_formula(rule: RuleText, strings: Mapping[str, Formula], rules: Mapping[str, Formula]) -> Formula:
    """What must be true before `rule` can match; ALWAYS where its condition is not understood.

    `strings` are the formulas of its strings, anonymous ones under names of their own; `rules` those of the rules
    above it in its file.
    """
    try:
        return Reader(rule.condition, strings, rules).whole()
    except (SyntaxTroubleError, RecursionError):
        return ALWAYS
