"""Strings in PDF objects: scripts and links."""

import re
from collections.abc import Iterator

from scanner.detection.documents.coded import hex_decoded

MOST_STRING = 4 * 1024 * 1024
_KEY = re.compile(rb"/(JS|URI|JavaScript|Launch|F|Win|GoToR|SubmitForm)\b\s*(?=[(<])")
_SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_STEP = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))|([()])|[^\\()]+", re.S)


def strings_of(raw: bytes) -> Iterator[tuple[bytes, str]]:
    """(key, text) of every string behind a key that acts or leads outwards."""
    for match in _KEY.finditer(raw):
        at = match.end()
        if raw[at : at + 2] == b"<<":
            continue
        value = (
            literal(raw, at + 1) if raw[at] == 0x28 else hex_decoded(raw[at + 1 : raw.find(b">", at) % (len(raw) + 1)])
        )
        if value:
            yield match.group(1), text_of(value)


def literal(raw: bytes, at: int) -> bytes:
    """The literal string whose first byte is at `at`, its escapes undone."""
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
                break
            depth -= 1
            out += bracket
        else:
            out += match.group()
    return bytes(out)


def text_of(value: bytes) -> str:
    """A PDF text string: UTF-16 or UTF-8 by its mark, else bytes as Latin-1."""
    if value[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return value.decode("utf-16", "replace")
    if value[:3] == b"\xef\xbb\xbf":
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")
