"""Parquet: pages of columns, each packed by itself, under a directory at the end in Thrift's compact coding."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.detection.unpack.numbers import number, signed
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged, locked
from scanner.detection.unpack.unpackers import unpacker
from scanner.domain.coverage import Reason

MARK, LOCKED = b"PAR1", b"PARE"
_CODECS = ("", "snappy", "gzip", "lzo", "brotli", "lz4-hadoop", "zstd", "lz4")  # by their numbers
_PAGE_2 = 3  # pages whose levels stand unpacked in front
MOST_NODES, MOST_DEPTH = 1_000_000, 24

Struct = dict[int, Any]


@dataclass(frozen=True, slots=True)
class _Column:
    at: int
    stop: int
    codec: int


def read_parquet(opening: Opening) -> None:
    """The pages of each group of rows as one member."""
    data = opening.data
    if data[:4] == LOCKED:
        raise locked("Parquet: directory is encrypted")
    begin = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    if data[-4:] != MARK or begin < 4:
        raise damaged("Parquet without its directory")
    directory, _ = Compact(data).struct(begin, 0)
    opening.cover(0, 4)
    opening.cover(begin, len(data))
    groups = directory.get(4)
    for count, group in enumerate(groups if isinstance(groups, list) else [], 1):
        columns = list(_columns(opening, group))
        for column in columns:
            opening.cover(column.at, min(column.stop, len(data)))
        opening.together(f"(rows {count})", (_pages(data, column) for column in columns), "parquet")


def _columns(opening: Opening, group: Any) -> Iterator[_Column]:
    chunks = group.get(1) if isinstance(group, dict) else None
    for chunk in chunks if isinstance(chunks, list) else []:
        words = chunk.get(3) if isinstance(chunk, dict) else None
        if not isinstance(words, dict):
            opening.gap(Reason.ENCRYPTED, "Parquet: a column's directory is encrypted")
            continue
        starts = [at for at in (words.get(9), words.get(11)) if isinstance(at, int) and at > 0]
        size, codec = words.get(7), words.get(4, 0)
        if not starts or not isinstance(size, int) or not isinstance(codec, int):
            opening.gap(Reason.DAMAGED, "Parquet: a column without a place")
        elif codec:
            yield _Column(min(starts), min(starts) + size, codec)


def _pages(data: bytes, column: _Column) -> Iterator[bytes]:
    undo = unpacker(_CODECS[column.codec] if column.codec < len(_CODECS) else str(column.codec), "Parquet")
    at = column.at
    while at < min(column.stop, len(data)):
        head, start = Compact(data).struct(at, 0)
        packed = head.get(3)
        if not isinstance(packed, int) or packed < 0 or start + packed > len(data):
            raise damaged(f"Parquet: no page at {at}")
        at = start + packed
        plain, is_packed = _levels(head)
        yield data[start : min(start + plain, at)]
        if packed > plain:
            yield from undo(data[start + plain : at]) if is_packed else iter([data[start + plain : at]])


def _levels(head: Struct) -> tuple[int, bool]:
    """How many bytes of a page stand unpacked in front, and whether the rest is packed."""
    words = head.get(8)
    if head.get(1) != _PAGE_2 or not isinstance(words, dict):
        return 0, True
    sizes = [words.get(name, 0) for name in (5, 6)]
    return sum(size for size in sizes if isinstance(size, int) and size > 0), words.get(7, True) is not False


class Compact:
    """Thrift's compact coding: structs as dictionaries by field number, as far as anybody here asks for them."""

    def __init__(self, data: bytes) -> None:
        self._data, self._nodes = data, 0

    def struct(self, at: int, depth: int) -> tuple[Struct, int]:
        """The struct at `at`, and the offset behind it."""
        if depth > MOST_DEPTH:
            raise damaged("Thrift: too deep")
        found: Struct = {}
        field = 0
        while True:
            head, at = self._byte(at)
            if head == 0:
                return found, at
            if head >> 4:
                field += head >> 4
            else:
                field, at = signed(self._data, at)
            found[field], at = self._value(head & 15, at, depth, held=True)

    def _byte(self, at: int) -> tuple[int, int]:
        self._nodes += 1
        if not 0 <= at < len(self._data) or self._nodes > MOST_NODES:
            raise damaged("Thrift: ends early, or never")
        return self._data[at], at + 1

    def _value(self, kind: int, at: int, depth: int, *, held: bool = False) -> tuple[Any, int]:
        if kind in (1, 2):  # a field's truth is its kind; in a list it takes a byte
            return (kind == 1, at) if held else (None, at + 1)
        if kind in (4, 5, 6):
            return signed(self._data, at)
        if kind in (3, 7):
            return None, at + (1 if kind == 3 else 8)
        if kind == 8:
            size, at = number(self._data, at)
            return None, at + size
        if kind in (9, 10):
            return self._list(at, depth)
        if kind == 12:
            return self.struct(at, depth + 1)
        raise damaged("Thrift: a kind that nobody knows")

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        head, at = self._byte(at)
        count, at = number(self._data, at) if head >> 4 == 15 else (head >> 4, at)
        found: list[Any] = []
        for _ in range(count):
            self._nodes += 1
            if at >= len(self._data) or self._nodes > MOST_NODES or depth > MOST_DEPTH:
                raise damaged("Thrift: ends early, or never")
            value, at = self._value(head & 15, at, depth + 1)
            found.append(value)
        return found, at
