"""Backslashes of scripts, JSON and style sheets undone in bytes, for what they hide: data: URIs."""

import re

_ESCAPE = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(\r\n|[\r\n])|([0-9a-fA-F]{2,6})[ \t\n]?|(.))",
    re.S,
)


def unescaped(data: bytes) -> bytes:
    """The bytes with every escape undone in the way that shows most: as a script's, else as a style sheet's.

    A line that goes on behind a backslash is put together; an escape for nothing is what stands behind it.
    """
    return _ESCAPE.sub(_meant, data)


def _meant(match: re.Match[bytes]) -> bytes:
    two, four, braced, newline, css, other = match.groups()
    if newline:
        return b""
    if other is not None:
        return bytes(other)
    point = int(two or four or braced or css, 16)
    return chr(point).encode("utf-8", "replace") if 0 < point <= 0x10FFFF else b""
