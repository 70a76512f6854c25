"""PDF objects found by their own words: names and strings cleaned, references followed to where they lead."""

import re
from functools import cached_property

MOST_VALUE = 400  # bytes of an object that a reference in a stream's dictionary leads to
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_ESCAPED_NAME = re.compile(rb"/[A-Za-z]{0,16}#[0-9a-fA-F]{2}")
_OBJECT = re.compile(rb"(\d{1,10})[\s\0]{1,20}\d{1,5}[\s\0]{1,20}obj")
_VEILED = re.compile(rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\)|%[^\r\n]*+", re.S)
_REFERRING = re.compile(rb"/(?:Filter|DecodeParms|DP)\s*(?:\[[^\]]{0,400}\]|\d{1,10}\s+\d{1,5}\s+R)")
_REFERENCE = re.compile(rb"(\d{1,10})\s+\d{1,5}\s+R\b")


def escapes_names(raw: bytes) -> bool:
    """Whether some name is written with escapes."""
    return b"#" in raw and _ESCAPED_NAME.search(raw) is not None


def unescaped(raw: bytes) -> bytes:
    """Names with their `#hh` escapes undone."""
    return _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), raw) if b"#" in raw else raw


def stripped(raw: bytes) -> bytes:
    """The bytes with literal strings (one inside another at most) and comments left out."""
    return _VEILED.sub(b" ", raw) if b"(" in raw or b"%" in raw else raw


class Objects:
    """The objects of a file by number. The file is gone through once, and only if something refers to one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _places(self) -> dict[int, int]:
        """Where each object's value begins; of several with one number the last, as after an update."""
        return {int(match.group(1)): match.end() for match in _OBJECT.finditer(self._data)}

    def _value(self, number: int) -> bytes:
        at = self._places.get(number)
        return b"" if at is None else stripped(self._data[at : at + MOST_VALUE]).split(b"endobj", 1)[0]

    def number(self, word: bytes) -> int:
        """The number that is object `word`'s value, 0 if it is none."""
        digits = self._value(int(word)).split()
        return int(digits[0][:10]) if digits and digits[0].isdigit() else 0

    def resolved(self, head: bytes) -> bytes:
        """A stream's dictionary with what its filters and their parameters refer to put in their place."""
        if b"R" not in head:
            return head
        return _REFERRING.sub(lambda match: _REFERENCE.sub(self._instead, match.group()), head)

    def _instead(self, reference: re.Match[bytes]) -> bytes:
        return unescaped(self._value(int(reference.group(1)))) or reference.group()
