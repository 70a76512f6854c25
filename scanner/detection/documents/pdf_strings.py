"""Strings in PDF objects: scripts and links."""

import re
from collections.abc import Iterator

from scanner.detection.documents.coded import hex_decoded

MOST_STRING = 4 * 1024 * 1024
MOST_STRINGS = 64 * 1024 * 1024  # bytes of all strings of one stretch: those that never end are each other's
LINKS = frozenset({b"URI", b"Launch", b"F", b"Win", b"GoToR", b"SubmitForm"})
_BLANK = rb"(?:\s|%[^\r\n]*[\r\n])*+"
_KEY = re.compile(rb"/(JS|URI|JavaScript|Launch|F|Win|GoToR|SubmitForm)\b" + _BLANK + rb"(?=[(<])")
_OBJECT = re.compile(rb"(obj)\b" + _BLANK + rb"(?=[(<](?!<))")  # a string that something refers to
_TABLE = re.compile(rb"\s*(?:\d{1,10}\s+\d{1,10}\s+)+")
_SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_STEP = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))|([()])|[^\\()]+", re.S)


def strings_of(raw: bytes) -> Iterator[tuple[bytes, str, bool]]:
    """(key, text, whether that is all of it) of every string behind a key that acts or leads outwards.

    So is every string that is an object by itself, in a file or in a stream of objects: a key may refer to it.
    """
    left = MOST_STRINGS
    for key, at in _starts(raw):
        value, is_whole = _string(raw, at)
        left -= len(value)
        if value:
            yield key, text_of(value), is_whole and left > 0
        if left <= 0:
            return


def _starts(raw: bytes) -> Iterator[tuple[bytes, int]]:
    """(key, offset) of each of these strings."""
    for pattern in (_KEY, _OBJECT):
        for match in pattern.finditer(raw):
            if raw[match.end() : match.end() + 2] != b"<<":
                yield match.group(1), match.end()
    table = _TABLE.match(raw)
    for offset in table.group().split()[1::2] if table is not None else ():
        at = table.end() + int(offset) if table is not None else 0
        if raw[at : at + 1] in (b"(", b"<") and raw[at : at + 2] != b"<<":
            yield b"obj", at


def _string(raw: bytes, at: int) -> tuple[bytes, bool]:
    """The bytes of the string that begins at `at`, and whether these are all."""
    if raw[at] == 0x28:
        return literal(raw, at + 1)
    return hex_decoded(raw[at + 1 : raw.find(b">", at) % (len(raw) + 1)]), True


def literal(raw: bytes, at: int) -> tuple[bytes, bool]:
    """The literal string whose first byte is at `at`, its escapes undone, and whether that is all of it."""
    out, depth = bytearray(), 0
    for match in _STEP.finditer(raw, at, at + MOST_STRING):
        octal, single, bracket = match.groups()
        if octal:
            out.append(int(octal, 8) & 255)
        elif single is not None:
            out += _SIMPLE.get(single, b"" if single in (b"\n", b"\r", b"\r\n") else single)
        elif bracket == b"(":
            depth += 1
            out += bracket
        elif bracket == b")":
            if not depth:
                return bytes(out), True
            depth -= 1
            out += bracket
        else:
            out += match.group()
    return bytes(out), at + MOST_STRING >= len(raw)


def text_of(value: bytes) -> str:
    """A PDF text string: UTF-16 or UTF-8 by its mark, else bytes as Latin-1."""
    if value[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return value.decode("utf-16", "replace")
    if value[:3] == b"\xef\xbb\xbf":
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")
