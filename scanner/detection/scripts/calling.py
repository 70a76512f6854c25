"""Whether PHP calls something whose name could be worked out: a look at its tokens, before they are folded."""

import re
from collections.abc import Iterable, Sequence

from scanner.detection.scripts.folding import CASTS
from scanner.detection.scripts.tokens import Token

VARIABLE_CALL = re.compile(
    rb"\$[{a-z_\x7f-\xff][\w\x7f-\xff]{0,40}\}?[ \t]{0,4}(?:[\[{][^\]}\r\n]{0,40}[\]}][ \t]{0,4}){0,2}"
    rb"(?:/\*.{0,80}?\*/)?\("
)
SHUT = frozenset({")", "]", "}"})
OPEN = frozenset({"(", "[", "{"})
REACH = 60  # tokens
EACH = range(3, 8)  # tokens behind `foreach` among which its variables stand
_STRINGS = frozenset({"single", "double", "heredoc"})
_SET = ("=", ".=")


def may_name_a_call(tokens: Sequence[Token]) -> bool:
    """False only where no call's name can be worked out: what is called is a name, or a variable that nothing sets.

    A bracket or an index that is called, a variable under a made name, and calls in strings that may be code all speak
    for it; a method, a parameter and a comment do not.
    """
    called, given = set[str](), set[str]()
    for place, token in enumerate(tokens):
        kind, text = token.kind, token.text
        behind = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if kind == "var":
            if text == "$GLOBALS":
                return True
            (called if behind == "(" else given if behind in _SET else set()).add(text)
        elif kind in _STRINGS:
            if "(" in text and _is_called_in(text):
                return True
        elif text == "$" or (text == "(" and tokens[place - 1].text in SHUT and _may_be_called(tokens, place)):
            return True
        elif kind == "word" and text.lower() == "foreach":
            given |= _variables(tokens[place + EACH.start : place + EACH.stop])
    return not called.isdisjoint(given)


def _may_be_called(tokens: Sequence[Token], place: int) -> bool:
    """Whether a bracket behind one that closes calls what that held: not behind a cast, nor a method's name."""
    begin, depth = place - 1, 1
    while begin > 0 and depth and place - begin < REACH:
        begin -= 1
        token = tokens[begin]
        if token.kind == "op":
            depth += (token.text in SHUT) - (token.text in OPEN)
    before = tokens[begin - 1] if begin > 0 else tokens[0]
    if depth:
        return True
    if tokens[begin].text == "{":
        return before.text != "->"
    is_cast = place - begin == 3 and tokens[begin + 1].text.lower() in CASTS and tokens[begin].text == "("
    return not (is_cast and (before.kind == "word" or (before.kind == "op" and before.text not in SHUT)))


def _variables(tokens: Iterable[Token]) -> set[str]:
    return {token.text for token in tokens if token.kind == "var"}


def _is_called_in(text: str) -> bool:
    """Whether a string, taken as code, calls a variable or a bracket."""
    if ")(" in text or ") (" in text:
        return True
    return "$" in text and VARIABLE_CALL.search(text.lower().encode("latin-1", "replace")) is not None
