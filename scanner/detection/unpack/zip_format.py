"""Zip structures, parsed leniently: end records, directory entries and local headers, wherever they stand."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
METHODS = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 18, 19, 93, 94, 95, 96, 97, 98, 99})
BIG = 0xFFFFFFFF
MOST_ENDS = 16
_KNOWN_EXTRA = frozenset(
    {0x0001, 0x5455, 0x7875, 0x5855, 0x7855, 0x000A, 0xCAFE, 0x9901, 0x756E, 0x7075, 0x6375, 0x0017}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One header. `at` is its own offset, `header_at` (directory only) the local header's, `end` the offset behind it.

    `start` (local only) is where the packed bytes begin. Sizes are as declared, after zip64.
    """

    at: int
    end: int
    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    extra: bytes
    header_at: int = 0
    comment: bytes = b""

    @property
    def start(self) -> int:
        """Where the packed bytes of a local header begin."""
        return self.end

    @property
    def encrypted(self) -> bool:
        """Whether the header says that the bytes are encrypted."""
        return bool(self.flags & 1) or self.method == 99

    @property
    def late(self) -> bool:
        """Whether sizes and check sum follow the bytes in a descriptor."""
        return bool(self.flags & 8)


@dataclass(frozen=True, slots=True)
class End:
    """An end record: where it and its directory stand, how many entries it claims. `shift` is a prefix's length."""

    at: int
    end: int
    directory: int
    shift: int
    claimed: int
    comment: bytes
    honest: bool  # whether its fields agree with each other: the signature alone stands in programs, too


def local_entry(data: bytes, at: int) -> Entry | None:
    """The local header at `at`, or None if no reader would take it for one."""
    if data[at : at + 4] != LOCAL or at + 30 > len(data):
        return None
    _, flags, method, _, crc, packed, size, name_length, extra_length = struct.unpack_from("<HHHIIIIHH", data, at + 4)
    end = at + 30 + name_length + extra_length
    name, extra = data[at + 30 : at + 30 + name_length], data[at + 30 + name_length : end]
    size, packed, _ = _zip64(extra, size, packed, 0)
    return Entry(at, end, name, flags, method, crc, packed, size, extra)


def plausible(entry: Entry, length: int) -> bool:
    """Whether a header found in the middle of other bytes is one that a packer writes."""
    return (
        entry.method in METHODS
        and entry.end <= length
        and 0 < len(entry.name) <= 1024
        and not any(byte < 32 for byte in entry.name)
    )


def central_entries(data: bytes, end: End) -> Iterator[Entry]:
    """The directory's entries from its start for as long as the signature stands there, whatever count is claimed."""
    at = end.directory
    while data[at : at + 4] == CENTRAL and at + 46 <= len(data):
        entry = central_entry(data, at, end.shift)
        yield entry
        at = entry.end


def central_entry(data: bytes, at: int, shift: int) -> Entry:
    """The directory entry at `at`; its local header is looked for `shift` bytes behind the place it names."""
    fields = struct.unpack_from("<HHHHIIIIHHHHHII", data, at + 4)
    _, _, flags, method, _, crc, packed, size, name_length, extra_length, comment_length, _, _, _, header_at = fields
    middle = at + 46 + name_length
    extra = data[middle : middle + extra_length]
    size, packed, header_at = _zip64(extra, size, packed, header_at)
    stop = middle + extra_length + comment_length
    name, comment = data[at + 46 : middle], data[middle + extra_length : stop]
    return Entry(at, stop, name, flags, method, crc, packed, size, extra, header_at + shift, comment)


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The (id, bytes) pairs of an extra field, up to the first that does not fit."""
    at = 0
    while at + 4 <= len(extra):
        word, length = struct.unpack_from("<HH", extra, at)
        yield word, extra[at + 4 : at + 4 + length]
        at += 4 + length


def odd_extra(extra: bytes) -> bool:
    """Whether an extra field holds more than the well-known small records."""
    return len(extra) > 32 and any(word not in _KNOWN_EXTRA and len(body) > 16 for word, body in extra_fields(extra))


def _zip64(extra: bytes, size: int, packed: int, header_at: int) -> tuple[int, int, int]:
    if BIG not in (size, packed, header_at):
        return size, packed, header_at
    body = next((body for word, body in extra_fields(extra) if word == 1), b"")
    wide = [int.from_bytes(body[at : at + 8], "little") for at in range(0, len(body) - 7, 8)]
    values = [size, packed, header_at]
    for index, value in enumerate(values):
        if value == BIG and wide:
            values[index] = wide.pop(0)
    return values[0], values[1], values[2]


def find_ends(data: bytes) -> list[End]:
    """Every end record, last one first, at most MOST_ENDS."""
    found: list[End] = []
    at = data.rfind(END)
    while at >= 0 and len(found) < MOST_ENDS:
        if at + 22 <= len(data):
            found.append(_end_record(data, at))
        at = data.rfind(END, 0, at)
    return found


def _end_record(data: bytes, at: int) -> End:
    disk, first, here, total, size, offset, comment_length = struct.unpack_from("<HHHHIIH", data, at + 4)
    stop = at
    if data[at - 20 : at - 16] == LOCATOR64 and at >= 20:
        wide = int.from_bytes(data[at - 12 : at - 4], "little")
        wide = wide if data[wide : wide + 4] == END64 else data.rfind(END64, 0, at)
        if wide >= 0 and wide + 56 <= len(data):
            total, size, offset = struct.unpack_from("<QQQ", data, wide + 32)
            here, stop = total, wide
    comment = data[at + 22 : at + 22 + comment_length]
    honest = disk == first == 0 and here == total and size >= 46 * total and len(comment) == comment_length
    by_size = stop - size
    begin, shift = offset, 0
    if by_size >= 0 and (data[by_size : by_size + 4] == CENTRAL or not size):
        begin, shift = by_size, by_size - offset
    return End(at, at + 22 + len(comment), begin, shift, total, comment, honest)
