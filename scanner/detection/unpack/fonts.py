"""Fonts of the web: WOFF packs each table as zlib, WOFF2 all of them as one brotli stream."""

from collections.abc import Callable, Iterator
from itertools import chain

from scanner.detection.heads import is_zlib
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.numbers import number
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.streams import unbrotlied
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason

_HEAD, _ENTRY = 44, 20
_HEAD_2 = 48
_WITH_TRANSFORM = (10, 11)  # glyf and loca: transformed unless told otherwise
_OWN_TAG = 63
_Unpacker = Callable[[bytes], Iterator[bytes]]


def read_woff(opening: Opening) -> None:
    """All tables as one member, in the order in which they stand; description and private data beside them."""
    data = opening.data
    count = int.from_bytes(data[12:14], "big")
    stop = _HEAD + _ENTRY * count
    opening.cover(0, min(stop, len(data)))
    rows = {data[at + 4 : at + 16] for at in range(_HEAD, min(stop, len(data) - _ENTRY + 1), _ENTRY)}
    if len(data) < stop:
        opening.gap(Reason.DAMAGED, "font ends inside its directory")
    tables = (_table(opening, row) for row in sorted(rows))
    opening.together("(font)", chain([iter([_plain_head(data)])], tables), "woff")
    _beside(opening, 24, _inflated)


def _plain_head(data: bytes) -> bytes:
    """What the font begins with once it is unpacked, so that it is judged as one: its flavor, its first table's row."""
    return data[4:8] + data[12:14] + bytes(6) + b"head" + bytes(12)


def _table(opening: Opening, row: bytes) -> Iterator[bytes]:
    """A table by its offset, its size as it is packed, and its own."""
    data = opening.data
    at, packed, size = (int.from_bytes(row[place : place + 4], "big") for place in (0, 4, 8))
    raw = data[at : at + packed]
    opening.cover(at, min(at + packed, len(data)))
    if is_zlib(raw) or packed < size:
        yield from _inflated(raw)
    else:
        yield raw
    if len(raw) < packed:
        raise damaged("font ends inside a table")


def _inflated(raw: bytes) -> Iterator[bytes]:
    return deflated(raw, 0, Ended(-1), wbits=15)


def read_woff2(opening: Opening) -> None:
    """The stream of all tables as one member; description and private data beside it."""
    data = opening.data
    at = _behind_directory(data)
    size = int.from_bytes(data[20:24], "big")
    opening.cover(0, min(at + size, len(data)))
    opening.stream("(font)", chain([_plain_head(data)], unbrotlied(data[at : at + size])), "woff2")
    _beside(opening, 28, unbrotlied)


def _beside(opening: Opening, words: int, unpacked: _Unpacker) -> None:
    """The packed description, and the private data, which stand as they are."""
    data = opening.data
    at, size, _, private, length = (int.from_bytes(data[words + 4 * n : words + 4 * n + 4], "big") for n in range(5))
    if size and at < len(data):
        opening.cover(at, min(at + size, len(data)))
        opening.stream("(description)", unpacked(data[at : at + size]), "woff")
    if length and private < len(data):
        opening.slice("(private)", private, min(private + length, len(data)), "woff")


def _behind_directory(data: bytes) -> int:
    """The offset of WOFF2's stream."""
    at = _HEAD_2
    for _ in range(int.from_bytes(data[12:14], "big")):
        if at >= len(data):
            raise damaged("font ends inside its directory")
        flags, at = data[at], at + 1
        tag, version = flags & 63, flags >> 6
        at = number(data, at + 4 if tag == _OWN_TAG else at)[1]
        if (version != 3) if tag in _WITH_TRANSFORM else version:
            at = number(data, at)[1]
    return _behind_collection(data, at) if data[4:8] == b"ttcf" else at


def _behind_collection(data: bytes, at: int) -> int:
    """The offset behind the list of fonts of a collection, each a list of tables."""
    fonts, at = _short(data, at + 4)
    for _ in range(fonts):
        if at >= len(data):
            raise damaged("font ends inside its directory")
        tables, at = _short(data, at)
        at += 4
        for _ in range(tables):
            _, at = _short(data, at)
    return at


def _short(data: bytes, at: int) -> tuple[int, int]:
    """The number of one to three bytes at `at`, and the offset behind it."""
    first = data[at] if at < len(data) else 0
    if first == 253:
        return int.from_bytes(data[at + 1 : at + 3], "big"), at + 3
    if first in (254, 255):
        return (data[at + 1] if at + 1 < len(data) else 0) + (506 if first == 254 else 253), at + 2
    return first, at + 1
