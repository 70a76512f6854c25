"""Constant expressions of PHP, worked out from its tokens: names put together, decoded, picked letter by letter."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.detection.scripts import literals
from scanner.detection.scripts.pure import Value, called, items_of, text_of, weight_of
from scanner.detection.scripts.tokens import Token

DEEPEST = 24  # brackets inside brackets that are followed
WIDEST = 2_000  # arguments and elements that are followed
MOST_MADE = MOST_KEPT = 16 * 1024 * 1024  # characters
CASTS = frozenset({"string", "int", "integer", "array", "object", "binary"})
END = Token("op", "")

Found = tuple[Value, int] | None  # the value, and the place behind it


@dataclass(slots=True)
class Folding:
    """The tokens of one script and what is known of its variables.

    `made`: characters of all values put together; `kept`: of those that are known now. Both are bounded, for a small
    script can ask for gigabytes.
    """

    tokens: Sequence[Token]
    known: dict[str, Value] = field(default_factory=dict)
    steps: int = 0
    made: int = 0
    kept: int = 0

    def at(self, place: int) -> Token:
        """The token there; an empty one behind the last."""
        try:
            return self.tokens[place]
        except IndexError:
            return END

    def learn(self, name: str, value: Value | None) -> None:
        """Keep what a variable holds from here on; None where it is not known."""
        old = self.known.pop(name, None)
        self.kept -= 0 if old is None else weight_of(old)
        if value is not None and self.kept + weight_of(value) < MOST_KEPT:
            self.known[name] = value
            self.kept += weight_of(value)

    def value(self, place: int, level: int = 0, depth: int = 0) -> Found:
        """The constant expression that begins there, as far as it is one."""
        found = self._primary(place, depth) if depth < DEEPEST else None
        self.steps += 1
        fresh = False  # a longer text takes the place of the one it was made of, so only the first counts whole
        while found is not None:
            left, place = found
            operator = self.at(place)
            strength = literals.LEVELS.get(operator.text, 0) if operator.kind == "op" else 0
            if strength <= level:
                break
            right = self.value(place + 1, strength, depth + 1)
            both = literals.combined(operator.text, left, right[0]) if right is not None else None
            if right is None or both is None or self._made(right[0] if fresh else both) is None:
                break
            found, fresh = (both, right[1]), True
        return found

    def name(self, place: int, depth: int = 0) -> tuple[str, int] | None:
        """The variable that is named there: `$x`, `${'x'}`, `$$x` or `$GLOBALS['x']`."""
        token = self.at(place)
        if token.kind == "var":
            if token.text == "$GLOBALS" and self.at(place + 1).text in ("[", "{"):
                return self._key(place + 1, depth)
            return token.text[1:], place + 1
        if token.text == "$" and self.at(place + 1).text == "{":
            return self._key(place + 1, depth)
        if token.text == "$" and self.at(place + 1).kind == "var":
            named = self.known.get(self.at(place + 1).text[1:])
            return (named, place + 2) if isinstance(named, str) else None
        return None

    def arguments(self, place: int, close: str, depth: int = 0) -> tuple[list[tuple[Value | None, Value]], int] | None:
        """Constants up to `close`, each with its key or None; `place` is behind the bracket that opens them."""
        found: list[tuple[Value | None, Value]] = []
        while self.at(place).text != close and len(found) < WIDEST:
            item = self.value(place, 0, depth + 1)
            key = None
            if item is not None and self.at(item[1]).text == "=>":
                key, item = item[0], self.value(item[1] + 1, 0, depth + 1)
            if item is None or self.at(item[1]).text not in (",", close):
                return None
            found.append((key, item[0]))
            place = item[1] + (self.at(item[1]).text == ",")
        return (found, place + 1) if self.at(place).text == close else None

    def _key(self, place: int, depth: int) -> tuple[str, int] | None:
        found = self.value(place + 1, 0, depth + 1) if depth < DEEPEST else None
        closes = {"{": "}", "[": "]"}[self.at(place).text]
        if found is None or self.at(found[1]).text != closes or isinstance(found[0], dict):
            return None
        return text_of(found[0]), found[1] + 1

    def _primary(self, place: int, depth: int) -> Found:
        token = self.at(place)
        match token.kind:
            case "single":
                return self._picked(literals.single(token.text), place + 1, depth)
            case "double":
                text = literals.double(token.text, self.known) if self.made < MOST_MADE else None
                self.made += 0 if text is None else len(text)
                return None if text is None else self._picked(text, place + 1, depth)
            case "heredoc":
                text = literals.heredoc(token.text)
                return None if text is None else (text, place + 1)
            case "number":
                number = literals.number(token.text)
                return None if number is None else (number, place + 1)
            case "word":
                return self._word(place, depth)
            case "var":
                return self._variable(place, depth)
            case "op":
                return self._marked(place, depth)
        return None

    def _marked(self, place: int, depth: int) -> Found:
        """What an operator or a bracket begins."""
        text = self.at(place).text
        if text == "$":
            return self._variable(place, depth)
        if text == "@":
            return self._primary(place + 1, depth + 1) if depth < DEEPEST else None
        if text in ("~", "-"):
            inner = self._primary(place + 1, depth + 1) if depth < DEEPEST else None
            value = None
            if inner is not None:
                value = literals.negated(inner[0]) if text == "~" else literals.combined("-", 0, inner[0])
            return None if inner is None or value is None else (value, inner[1])
        if text == "[":
            return self._array(place + 1, "]", depth)
        if text == "(":
            return self._bracket(place, depth)
        return None

    def _bracket(self, place: int, depth: int) -> Found:
        if self.at(place + 1).text.lower() in CASTS and self.at(place + 2).text == ")":
            return self._primary(place + 3, depth + 1) if depth < DEEPEST else None
        found = self.value(place + 1, 0, depth + 1)
        if found is None or self.at(found[1]).text != ")":
            return None
        return self._picked(found[0], found[1] + 1, depth)

    def _array(self, place: int, close: str, depth: int) -> Found:
        found = self.arguments(place, close, depth)
        if found is None:
            return None
        made: dict[str | int, Value] = {}
        for key, value in found[0]:
            made[len(made) if key is None else key if isinstance(key, int) else text_of(key)] = value
        return self._picked(made, found[1], depth)

    def _word(self, place: int, depth: int) -> Found:
        token = self.at(place)
        if self.at(place + 1).text == "(":
            if token.text.lower() == "array":
                return self._array(place + 2, ")", depth)
            return self._call(token.text, place + 1, depth)
        value = self.known.get("const " + token.text)
        return None if value is None else self._picked(value, place + 1, depth)

    def _variable(self, place: int, depth: int) -> Found:
        named = self.name(place, depth)
        value = self.known.get(named[0]) if named is not None else None
        return None if named is None or value is None else self._picked(value, named[1], depth)

    def _call(self, name: str, place: int, depth: int) -> Found:
        found = self.arguments(place + 1, ")", depth)
        value = self._made(called(name, [value for _, value in found[0]])) if found is not None else None
        return None if found is None or value is None else self._picked(value, found[1], depth)

    def _made(self, value: Value | None) -> Value | None:
        """The value, as long as all that was made stays within bounds."""
        if value is not None:
            self.made += weight_of(value)
        return value if self.made < MOST_MADE else None

    def _picked(self, value: Value, place: int, depth: int) -> Found:
        """The value with the indexes and calls that follow it."""
        while depth < DEEPEST and self.at(place).text in ("[", "{", "(") and self.at(place).kind == "op":
            if self.at(place).text == "(":
                return self._call(value, place, depth + 1) if isinstance(value, str) else None
            key = self.index(place, depth)
            inner = None if key is None else _element(value, key[0])
            if key is None or inner is None:
                return None
            value, place = inner, key[1]
        return value, place

    def index(self, place: int, depth: int = 0) -> Found:
        """The constant in the brackets that open there."""
        close = "]" if self.at(place).text == "[" else "}"
        word = self.at(place + 1)
        if word.kind == "word" and self.at(place + 2).text == close:
            return word.text, place + 3
        found = self.value(place + 1, 0, depth + 1)
        return (found[0], found[1] + 1) if found is not None and self.at(found[1]).text == close else None


def _element(value: Value, key: Value) -> Value | None:
    if isinstance(value, dict):
        text = text_of(key)
        digits = text.lstrip("-").isdigit()
        return items_of(value).get(int(text) if digits else text)
    try:
        return text_of(value)[int(text_of(key))]
    except (ValueError, IndexError):
        return None
