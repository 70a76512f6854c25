"""YARA source cut into rules: text, strings and condition tokens of each, so that each can be judged by itself.

The compiler has the last word: what it accepts and this reader does not see is found out in `cutting`, and the whole
file is then asked of every content.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\\n])*")
      | (?P<regex>/(?:\\.|[^/\\\n])+/[is]*)
      | (?P<string>\$\w*\*?)
      | (?P<place>[\#@!]\w+|[\#@!](?!=))
      | (?P<number>0x[0-9a-fA-F]+|0o[0-7]+|\d+\.\d+|\d+(?:KB|MB)?)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<mark>\.\.|<<|>>|<=|>=|==|!=|.)""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s+")


class SyntaxTroubleError(Exception):
    """Text that this reader does not understand; it is then left to YARA as a whole."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token with its place in the file."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StringText:
    """One string as written: `kind` is text, regex or hex; `modifiers` pairs of name and argument tokens' text."""

    name: str
    kind: str
    body: str
    modifiers: tuple[tuple[str, str], ...] = ()

    def has(self, modifier: str) -> bool:
        """Whether the modifier is there."""
        return any(name == modifier for name, _ in self.modifiers)

    def argument(self, modifier: str) -> str:
        """What stands in brackets after the modifier, or ''."""
        return next((argument for name, argument in self.modifiers if name == modifier), "")


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule of a file: its own text, its strings, the tokens of its condition."""

    name: str
    text: str
    private: bool
    is_global: bool
    strings: tuple[StringText, ...]
    condition: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class FileText:
    """A source file: names of its imports, and its rules in order."""

    imports: tuple[str, ...]
    rules: tuple[RuleText, ...]


def tokens_of(text: str) -> Iterator[Token]:
    """All tokens but blanks and comments."""
    place = 0
    while place < len(text):
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        match = TOKEN.match(text, place)
        if match is None:
            raise SyntaxTroubleError(f"no token at {place}")
        place = match.end()
        if match.lastgroup != "comment":
            yield Token(match.lastgroup or "mark", match[0], match.start(), match.end())


def read_file(text: str) -> FileText:
    """The file's imports and rules; SyntaxTroubleError for what is not understood."""
    tokens = list(tokens_of(text))
    imports: list[str] = []
    rules: list[RuleText] = []
    index = begin = 0
    while index < len(tokens):
        word = tokens[index].text
        if word in ("import", "include") and index + 1 < len(tokens):
            if word == "include":
                raise SyntaxTroubleError("include")
            imports.append(tokens[index + 1].text.strip('"'))
            index = begin = index + 2
        elif word in ("private", "global"):
            index += 1
        elif word == "rule":
            rule, index = _rule(text, tokens, begin, index)
            rules.append(rule)
            begin = index
        else:
            raise SyntaxTroubleError(f"{word!r} between rules")
    return FileText(tuple(imports), tuple(rules))


def _rule(text: str, tokens: Sequence[Token], begin: int, index: int) -> tuple[RuleText, int]:
    """The rule whose modifiers begin at `begin` and whose `rule` stands at `index`; and the index after it."""
    words = {token.text for token in tokens[begin:index]}
    opened = next((i for i in range(index, len(tokens)) if tokens[i].text == "{"), None)
    closed = _closing(tokens, opened) if opened is not None else None
    if opened is None or closed is None:
        raise SyntaxTroubleError("a rule without end")
    strings, condition = _sections(tokens, opened + 1, closed)
    return (
        RuleText(
            name=tokens[index + 1].text,
            text=text[tokens[begin].start : tokens[closed].end],
            private="private" in words,
            is_global="global" in words,
            strings=tuple(_strings(text, tokens[slice(*strings)])),
            condition=tuple(tokens[condition:closed]),
        ),
        closed + 1,
    )


def _closing(tokens: Sequence[Token], opened: int) -> int | None:
    depth = 0
    for index in range(opened, len(tokens)):
        mark = tokens[index].text
        depth += (mark == "{") - (mark == "}")
        if depth == 0:
            return index
    return None


def _sections(tokens: Sequence[Token], first: int, last: int) -> tuple[tuple[int, int], int]:
    """Where the strings stand and where the condition begins."""
    strings = condition = last
    for index in range(first, last - 1):
        if tokens[index + 1].text != ":" or tokens[index].kind != "word":
            continue
        if tokens[index].text == "strings" and strings == last:
            strings = index + 2
        elif tokens[index].text == "condition":
            condition = index + 2
            break
    if condition == last:
        raise SyntaxTroubleError("a rule without condition")
    return (strings, condition - 2) if strings < condition else (condition, condition), condition


def _strings(text: str, tokens: Sequence[Token]) -> Iterator[StringText]:
    index = 0
    while index < len(tokens):
        name, equals = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else tokens[index]
        if name.kind != "string" or equals.text != "=" or index + 2 >= len(tokens):
            raise SyntaxTroubleError(f"no string at {name.text!r}")
        value = tokens[index + 2]
        index += 3
        kind, body = value.kind, value.text
        if value.text == "{":
            closed = next((i for i in range(index, len(tokens)) if tokens[i].text == "}"), None)
            if closed is None:
                raise SyntaxTroubleError("a hex string without end")
            kind, body = "hex", text[value.end : tokens[closed].start]
            index = closed + 1
        elif kind not in ("text", "regex"):
            raise SyntaxTroubleError(f"no string value at {value.text!r}")
        modifiers, index = _modifiers(tokens, index)
        yield StringText(name.text, kind, body, modifiers)


def _modifiers(tokens: Sequence[Token], index: int) -> tuple[tuple[tuple[str, str], ...], int]:
    found: list[tuple[str, str]] = []
    while index < len(tokens) and tokens[index].kind == "word":
        name, argument = tokens[index].text, ""
        index += 1
        if index < len(tokens) and tokens[index].text == "(":
            closed = next((i for i in range(index, len(tokens)) if tokens[i].text == ")"), len(tokens))
            argument = "".join(token.text for token in tokens[index + 1 : closed])
            index = closed + 1
        found.append((name, argument))
    return tuple(found), index
