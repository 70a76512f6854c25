"""YARA source as text: which rules stand where, with their meta, strings and condition. No YARA engine is needed.

yara-python tells only identifiers; places, string literals and what a rule depends on have to be read from the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanner.rulebook.problems import Place

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<regex>/(?:\\.|[^/\\\n])+/[is]*)
      | (?P<string>[$\#@!]\w*\*?)
      | (?P<word>[A-Za-z_][\w]*)
      | (?P<number>\d[\w.]*)
      | (?P<mark>[{}()\[\]:=,])
      | (?P<other>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_PLAIN = {b"n": b"\n", b"t": b"\t", b"r": b"\r"}
_MODIFIERS = frozenset({"nocase", "wide", "ascii", "fullword", "private", "xor", "base64", "base64wide"})


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its place in the whole file."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Meta:
    """One `key = value` of a rule's meta; `place` is the value's."""

    key: str
    value: str | int | bool
    place: Place


@dataclass(frozen=True, slots=True)
class YaraString:
    """One string of a rule: kind is text, regex or hex; `body` the literal as written, without its quotes."""

    name: str
    kind: str
    body: str
    modifiers: tuple[str, ...]
    place: Place

    @property
    def literal(self) -> bytes:
        """The bytes that a text string looks for; empty for the other kinds."""
        if self.kind != "text":
            return b""
        return _ESCAPE.sub(_unescape, self.body.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class YaraRule:
    """One rule in its file. `start` and `end` are offsets of its whole text, from its first modifier to its brace."""

    name: str
    private: bool
    is_global: bool
    start: int
    end: int
    place: Place
    meta: tuple[Meta, ...]
    strings: tuple[YaraString, ...]
    condition: str
    condition_place: Place
    condition_start: int  # offset of the condition's first token in the file
    words: frozenset[str]  # identifiers of the condition: modules, other rules, external variables

    def value(self, key: str) -> str:
        """The first meta value of that key as text, or ''."""
        return next((str(meta.value) for meta in self.meta if meta.key == key), "")

    def text_of(self, source: str) -> str:
        """The rule's own text in its file."""
        return source[self.start : self.end]


@dataclass(frozen=True, slots=True)
class YaraSource:
    """A YARA file: its imports, includes and rules, in order."""

    imports: tuple[tuple[str, Place], ...]
    includes: tuple[tuple[str, Place], ...]
    rules: tuple[YaraRule, ...]
    by_name: Mapping[str, YaraRule]


def read_yara(text: str) -> YaraSource:
    """The file's parts. Text that is no YARA gives what could be read of it: the compiler says what is wrong."""
    reader = _Reader(text)
    imports: list[tuple[str, Place]] = []
    includes: list[tuple[str, Place]] = []
    rules: list[YaraRule] = []
    while token := reader.peek():
        if token.text in ("import", "include"):
            reader.index += 1
            named = reader.peek()
            if named and named.kind == "text":
                (imports if token.text == "import" else includes).append((named.text[1:-1], reader.place(named)))
        elif token.text == "rule" and (rule := reader.rule()):
            rules.append(rule)
            continue
        reader.index += 1
    return YaraSource(tuple(imports), tuple(includes), tuple(rules), {rule.name: rule for rule in rules})


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [token for token in tokens(text) if token.kind != "comment"]
        self.index = 0
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def peek(self) -> Token | None:
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def place(self, token: Token) -> Place:
        low, high = 0, len(self._lines)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._lines[middle] <= token.start else (low, middle)
        return Place(low + 1, token.start - self._lines[low] + 1)

    def rule(self) -> YaraRule | None:
        """The rule whose `rule` stands at the index, with the modifiers before it; None where it does not end."""
        at = first = self.index
        while first and self.tokens[first - 1].text in ("private", "global"):
            first -= 1
        name, opened = self._at(at + 1), self._find(at, "{")
        closed = self._closing(opened) if opened is not None else None
        if name is None or name.kind != "word" or opened is None or closed is None:
            return None
        modifiers = {token.text for token in self.tokens[first:at]}
        body = self.tokens[opened + 1 : closed]
        self.index = closed + 1
        parts = _sections(body)
        condition = parts["condition"]
        return YaraRule(
            name=name.text,
            private="private" in modifiers,
            is_global="global" in modifiers,
            start=self.tokens[first].start,
            end=self.tokens[closed].end,
            place=self.place(name),
            meta=tuple(self._meta(parts["meta"])),
            strings=tuple(self._strings(parts["strings"])),
            condition=self.text[condition[0].start : condition[-1].end] if condition else "",
            condition_place=self.place(condition[0]) if condition else self.place(name),
            condition_start=condition[0].start if condition else self.tokens[closed].start,
            words=frozenset(token.text for token in condition if token.kind == "word"),
        )

    def _at(self, index: int) -> Token | None:
        return self.tokens[index] if index < len(self.tokens) else None

    def _find(self, index: int, mark: str) -> int | None:
        return next((i for i in range(index, len(self.tokens)) if self.tokens[i].text == mark), None)

    def _closing(self, opened: int) -> int | None:
        depth = 0
        for index in range(opened, len(self.tokens)):
            text = self.tokens[index].text
            depth += (text == "{") - (text == "}")
            if depth == 0:
                return index
        return None

    def _meta(self, tokens: list[Token]) -> Iterator[Meta]:
        for index in range(len(tokens) - 2):
            key, equals, value = tokens[index : index + 3]
            if key.kind != "word" or equals.text != "=":
                continue
            if value.kind == "text":
                read: str | int | bool = _ESCAPE.sub(_unescape, value.text[1:-1].encode()).decode("utf-8", "replace")
            elif value.text in ("true", "false"):
                read = value.text == "true"
            else:
                read = int(value.text) if value.text.isdigit() else value.text
            yield Meta(key.text, read, self.place(value))

    def _strings(self, tokens: list[Token]) -> Iterator[YaraString]:
        starts = [i for i in range(len(tokens) - 1) if tokens[i].kind == "string" and tokens[i + 1].text == "="]
        for number, index in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else len(tokens)
            value, rest = tokens[index + 2 : index + 3], tokens[index + 3 : end]
            if not value:
                continue
            kind, body = value[0].kind, value[0].text[1:-1]
            if kind not in ("text", "regex"):  # `{ ... }`
                kind, body = "hex", self.text[value[0].start : tokens[end - 1].end]
            elif kind == "regex":
                body = value[0].text
            words = tuple(token.text for token in rest if token.text in _MODIFIERS)
            yield YaraString(tokens[index].text, kind, body, words, self.place(tokens[index]))


def tokens(text: str) -> Iterator[Token]:
    """The tokens of YARA text, comments included."""
    for match in _TOKEN.finditer(text):
        yield Token(match.lastgroup or "other", match[0], match.start(), match.end())


def _sections(body: list[Token]) -> dict[str, list[Token]]:
    """The tokens under `meta:`, `strings:` and `condition:`."""
    parts: dict[str, list[Token]] = {"meta": [], "strings": [], "condition": []}
    current: list[Token] = []
    index = 0
    while index < len(body):
        token = body[index]
        heading = token.text in parts and index + 1 < len(body) and body[index + 1].text == ":"
        if heading and current is not parts["condition"]:
            current = parts[token.text]
            index += 2
            continue
        current.append(token)
        index += 1
    return parts


def _unescape(match: "re.Match[bytes]") -> bytes:
    code = match[1]
    if len(code) == 3:
        return bytes([int(code[1:], 16)])
    return _PLAIN.get(code, code)
