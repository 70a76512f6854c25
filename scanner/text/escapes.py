"""Escapes undone in source text: entities, \\u, \\x and octal, CSS, percent, base64 in quotes, joined strings."""

import re
from collections.abc import Iterator
from html.entities import html5
from itertools import groupby
from typing import NamedTuple

from scanner.text.edits import Edit, EditedText
from scanner.text.folding import without_breaks
from scanner.text.places import Places
from scanner.text.quoted import codec_of_bytes, quoted

ROUNDS = 3  # escapes inside escapes that are undone
MAX_EDITS = 500_000  # escapes of one text that are undone in one round; more is a flood, and is reported
_PIECE = 1 << 20  # characters looked at in one go
_AHEAD = 1 << 14  # characters that an escape may reach out of its piece: more than a run of escapes has

_ENTITY = re.compile(r"&(?:#(?:(\d{1,8})|[xX]([0-9a-fA-F]{1,8}));?|([A-Za-z][A-Za-z0-9]{1,30};))")
_BACKSLASH = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}"  # 1 \u{8d4c}
    r"|(u[0-9a-fA-F]{4}(?:\\{1,2}u[0-9a-fA-F]{4}){0,1000})"  # 2 \u8d4c\u535a
    r"|(x[0-9a-fA-F]{2}(?:\\{1,2}x[0-9a-fA-F]{2}){0,1000})"  # 3 \xe8\xb5\x8c
    r"|([0-3][0-7]{2}(?:\\[0-3][0-7]{2}){1,1000})"  # 4 \350\265\214
    r"|U([0-9a-fA-F]{8})"  # 5 \U00008d4c
    r"|([0-9a-fA-F]{4,6})[ \t\n]?)"  # 6 CSS \8d4c
)
_PERCENT = re.compile(r"%(?:u([0-9a-fA-F]{4}(?:%u[0-9a-fA-F]{4}){0,1000})|([0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2}){0,3000}))")
_NESTED = re.compile(r"[&%\\'\"]")
_MAX_POINT = 0x10FFFF


class Unescaped(NamedTuple):
    """Text with its escapes undone, its places, and what was left as it is ("" if nothing)."""

    text: str
    places: Places
    left: str = ""


def unescape(text: str, places: Places) -> Unescaped:
    """The text with its escapes undone: what an escape became stands at its own escape in the source."""
    left = ""
    for _ in range(ROUNDS):
        edited = EditedText(text)
        is_nested = False
        for edits in _edits(text):
            edited.add(edits)
            is_nested = is_nested or _NESTED.search("".join([edit.becomes for edit in edits])) is not None
            if edited.count >= MAX_EDITS:
                left = f"more than {MAX_EDITS:,} escapes; those behind character {edits[-1].end:,} are left as they are"
                break
        if not edited.count:
            break
        text, places = edited.finished(places)
        if not is_nested:
            break
    return Unescaped(text, places, left)


def _edits(text: str) -> Iterator[list[Edit]]:
    """The escapes of the text, piece by piece, by place."""
    for low in range(0, len(text), _PIECE):
        high = min(low + _PIECE, len(text))
        part = text[low : high + _AHEAD]
        found = [edit for edit in _edits_in(part) if edit.start < _PIECE]
        if found:
            found.sort()
            yield [_placed(edit, low) for edit in found] if low else found


def _placed(edit: Edit, low: int) -> Edit:
    return Edit(low + edit.start, low + edit.end, edit.becomes, edit.width)


def _edits_in(text: str) -> Iterator[Edit]:
    if "&" in text:
        yield from _entities(text)
    if "\\" in text:
        yield from _backslashes(text)
    if "%" in text:
        yield from _percents(text)
    yield from quoted(text)


def _entities(text: str) -> Iterator[Edit]:
    for match in _ENTITY.finditer(text):
        decimal, hexadecimal, name = match.groups()
        if name:
            becomes = html5.get(name)
            if becomes is not None:
                yield Edit(*match.span(), becomes)
        else:
            yield Edit(*match.span(), _char(int(decimal) if decimal else int(hexadecimal, 16)))


def _char(point: int) -> str:
    is_char = 0 < point <= _MAX_POINT and not 0xD800 <= point <= 0xDFFF
    return without_breaks(chr(point)) if is_char else "\ufffd"


def _backslashes(text: str) -> Iterator[Edit]:
    for match in _BACKSLASH.finditer(text):
        braced, units, bytes_, octal, wide, css = match.groups()
        if units:
            yield from _spread(match.span(), bytes.fromhex(units.replace("\\", "").replace("u", "")), "utf-16-be")
        elif bytes_:
            yield from _spread(match.span(), bytes.fromhex(bytes_.replace("\\", "").replace("x", "")))
        elif octal:
            yield from _spread(match.span(), bytes(int(one, 8) for one in octal.split("\\")))
        else:
            yield Edit(*match.span(), _char(int(braced or wide or css, 16)))


def _percents(text: str) -> Iterator[Edit]:
    for match in _PERCENT.finditer(text):
        units, codes = match.groups()
        if units:
            yield from _spread(match.span(), bytes.fromhex(units.replace("%u", "")), "utf-16-be")
        else:
            yield from _spread(match.span(), bytes.fromhex(codes.replace("%", "")))


def _spread(span: tuple[int, int], raw: bytes, codec: str = "") -> Iterator[Edit]:
    """A run of escapes that stand for bytes: an edit for each stretch of characters that take equally many bytes."""
    start, end = span
    if not codec and raw.isascii():  # mostly; a byte of each is a character
        width, left = divmod(end - start, len(raw))
        yield Edit(start, end, without_breaks(raw.decode("ascii")), 0 if left or len(raw) == 1 else width)
        return
    codec = codec or codec_of_bytes(raw)
    becomes = without_breaks(raw.decode(codec, "replace"))
    width, left = divmod(end - start, len(raw))
    if left:  # not all escapes of the run are written alike
        yield Edit(start, end, becomes)
        return
    if len(becomes) == 1:
        yield Edit(start, end, becomes)
        return
    for size, stretch in groupby(becomes, lambda char: len(char.encode(codec, "replace"))):
        piece = "".join(stretch)
        stop = start + width * size * len(piece)
        yield Edit(start, stop, piece, width * size)
        start = stop
