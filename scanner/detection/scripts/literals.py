"""PHP literals and operators: the text of quoted strings, and what two constants give together."""

import re
from collections.abc import Mapping

from scanner.detection.scripts.pure import MOST, Value, number_of, text_of

LONGEST_NUMBER = 66  # characters: 64 binary digits behind their mark
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u\{([0-9a-fA-F]{1,6})\}|(.))", re.S)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "e": "\x1b", "f": "\f"}
_INSIDE = re.compile(r"\{?\$\{?([A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff]*)\}?(\[|->)?")
LEVELS = {"|": 1, "^": 2, "&": 3, ".": 4, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}


def single(text: str) -> str:
    """What stands in single quotes."""
    return text[1:].removesuffix("'").replace("\\'", "'").replace("\\\\", "\\")


def double(text: str, known: Mapping[str, Value]) -> str | None:
    """What stands in double quotes, with known variables put in; None where it holds an unknown one."""
    body = text[1:].removesuffix('"')
    if "$" not in body:
        return unescaped(body) if "\\" in body else body
    found, place = "", 0
    for match in _INSIDE.finditer(body):
        if body[: match.start()].endswith("\\"):
            continue
        value = known.get(match.group(1))
        if value is None or match.group(2) or isinstance(value, dict):
            return None
        found += unescaped(body[place : match.start()]) + text_of(value)
        place = match.end()
        if len(found) > MOST:
            return None
    return found + unescaped(body[place:])


def heredoc(text: str) -> str | None:
    """The lines of a heredoc; None where variables are put in."""
    head, _, body = text.partition("\n")
    body = body.rpartition("\n")[0]
    if "'" in head:
        return body
    return None if "$" in body else unescaped(body)


def unescaped(body: str) -> str:
    """Escapes of double quotes undone."""
    return _ESCAPE.sub(_char, body)


def _char(match: re.Match[str]) -> str:
    in_hex, octal, point, other = match.groups()
    if in_hex or octal:
        return chr(int(in_hex, 16) if in_hex else int(octal, 8) & 0xFF)
    if point:
        return chr(min(int(point, 16), 0x10FFFF)).encode("utf-8", "replace").decode("latin-1")
    return _NAMED.get(other, other if other in '\\$"' else "\\" + other)


def number(text: str) -> Value | None:
    """The value of digits; None for what is no whole number."""
    if len(text) > LONGEST_NUMBER:
        return None
    try:
        if text[:2] in ("0x", "0X", "0b", "0B"):
            return int(text, 0)
        return int(text, 8) if len(text) > 1 and text[0] == "0" and text.isdigit() else int(text)
    except ValueError:
        return None


def combined(operator: str, left: Value, right: Value) -> Value | None:
    """Two constants under an operator; None where PHP would not take them so."""
    if isinstance(left, dict) or isinstance(right, dict):
        return None
    if operator == ".":
        joined = text_of(left) + text_of(right)
        return joined if len(joined) <= MOST else None
    if operator in "^|&" and isinstance(left, str) and isinstance(right, str):
        return _bits(operator, left, right)
    try:
        return _counted(operator, number_of(left), number_of(right))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def negated(value: Value) -> Value | None:
    """`~value`."""
    if isinstance(value, str):
        return "".join(chr(ord(each) & 0xFF ^ 0xFF) for each in value)
    return ~value if isinstance(value, int) else None


def _bits(operator: str, left: str, right: str) -> str:
    if operator == "|":
        size = max(len(left), len(right))
        left, right = left.ljust(size, "\0"), right.ljust(size, "\0")
    ways = {"^": lambda a, b: a ^ b, "|": lambda a, b: a | b, "&": lambda a, b: a & b}
    return "".join(chr(ways[operator](ord(a), ord(b)) & 0xFF) for a, b in zip(left, right, strict=False))


def _counted(operator: str, left: int, right: int) -> int | None:
    if max(left.bit_length(), right.bit_length()) > 63:
        return None
    ways = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left // right,
        "%": lambda: left % right,
        "^": lambda: left ^ right,
        "|": lambda: left | right,
        "&": lambda: left & right,
    }
    return ways[operator]()
