"""Rows of data in packed blocks: Avro and ORC."""

from collections.abc import Iterator

from scanner.detection.unpack.numbers import number, signed
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.detection.unpack.unpackers import Unpacker, unpacker

_MARK = b"Obj\x01"
_SYNC = 16
_CODECS = {b"deflate": "deflate", b"snappy": "snappy", b"zstandard": "zstd", b"bzip2": "bzip2", b"xz": "xz"}
_KINDS = ("", "deflate", "snappy", "lzo", "lz4", "zstd", "brotli")  # of ORC, by their numbers


def read_avro(opening: Opening) -> None:
    """All blocks of rows as one member; where they are not packed, they stand there as they are."""
    data = opening.data
    words, at = _described(data)
    codec = words.get(b"avro.codec", b"null")
    if codec == b"null":
        return
    undo = unpacker(_CODECS.get(codec, codec.decode("ascii", "replace")), "Avro")
    opening.cover(0, min(at + _SYNC, len(data)))
    opening.together("(rows)", _rows(opening, at + _SYNC, undo, 4 * (codec == b"snappy")), "avro")


def _described(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """What the head says, and the offset behind it."""
    words: dict[bytes, bytes] = {}
    at = len(_MARK)
    while at < len(data):
        count, at = signed(data, at)
        if count == 0:
            return words, at
        if count < 0:
            _, at = signed(data, at)
        for _ in range(abs(count)):
            key, at = _text(data, at)
            value, at = _text(data, at)
            words[key] = value
    raise damaged("Avro ends inside its head")


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = signed(data, at)
    if length < 0 or at + length > len(data):
        raise damaged("Avro's head")
    return data[at : at + length], at + length


def _rows(opening: Opening, at: int, undo: Unpacker, tail: int) -> Iterator[Iterator[bytes]]:
    """What each block holds; `tail` bytes of check sum end each."""
    data = opening.data
    sync = data[at - _SYNC : at]
    while at < len(data) and not data.startswith(_MARK, at):
        _, start = signed(data, at)
        size, start = signed(data, start)
        stop = start + size
        if size < 0 or data[stop : stop + _SYNC] != sync:
            raise damaged(f"Avro: block at {at} does not end where it says")
        opening.cover(at, stop + _SYNC)
        at = stop + _SYNC
        yield undo(data[start : stop - tail])


def read_orc(opening: Opening) -> None:
    """All chunks of all streams as one member: they stand one behind the other, each behind its size."""
    data = opening.data
    stop = len(data) - 1 - data[-1]
    kind = _kind(data, stop)
    if kind == 0:
        return
    undo = unpacker(_KINDS[kind] if kind < len(_KINDS) else str(kind), "ORC")
    opening.stream("(stripes)", _chunks(data, 3, stop, undo), "orc")
    opening.cover(0, len(data))


def _kind(data: bytes, at: int) -> int:
    """How the file says it is packed, in the words at its end."""
    while 0 <= at < len(data) - 1:
        key, at = number(data, at)
        value, at = number(data, at)
        if key == 0x10:
            return value
        at += value * (key & 7 == 2)
    return 0


def _chunks(data: bytes, at: int, stop: int, undo: Unpacker) -> Iterator[bytes]:
    while at + 3 <= stop:
        if data[at] == 0:  # between stripes
            at += 1
            continue
        head = int.from_bytes(data[at : at + 3], "little")
        start, at = at + 3, at + 3 + (head >> 1)
        if at > stop:
            raise damaged("ORC ends inside a chunk")
        if head & 1:
            yield data[start:at]
        else:
            yield from undo(data[start:at])
