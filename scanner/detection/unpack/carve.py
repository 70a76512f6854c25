"""Containers that start in the middle of other bytes: behind a picture, inside a program, after an end mark."""

import zlib
from collections.abc import Callable, Iterator

from scanner.detection.magics import EMBEDDED
from scanner.detection.unpack.decoders import zstd_frame_end, zstd_head_end
from scanner.detection.unpack.streams import plausible_gzip
from scanner.detection.unpack.tar_read import header_at

MOST_STARTS = 4_000  # starts that are opened in one part


def _seven_zip(data: bytes, at: int) -> bool:
    return data[at + 6 : at + 7] == b"\0" and zlib.crc32(data[at + 12 : at + 32]) == int.from_bytes(
        data[at + 8 : at + 12], "little"
    )


def _zstd(data: bytes, at: int) -> bool:
    return len(data) > at + 9 and not data[at + 4] & 0x18


def _lz4(data: bytes, at: int) -> bool:
    return (
        len(data) > at + 7
        and data[at + 4] & 0xC2 == 0x40
        and data[at + 5] & 0x8F == 0
        and data[at + 5] >> 4 in (4, 5, 6, 7)
    )


def _cab(data: bytes, at: int) -> bool:
    return data[at + 24 : at + 26] == b"\x03\x01" and int.from_bytes(data[at + 16 : at + 20], "little") < len(data) - at


def _rtf(data: bytes, at: int) -> bool:
    return data[at + 5 : at + 7] in (b"1\\", b"1 ", b"1{", b"1\r", b"1\n")


def _xz(data: bytes, at: int) -> bool:
    return zlib.crc32(data[at + 6 : at + 8]) == int.from_bytes(data[at + 8 : at + 12], "little")


_CHECKS: dict[bytes, Callable[[bytes, int], bool]] = {
    b"\x1f\x8b\x08": plausible_gzip,
    b"7z\xbc\xaf\x27\x1c": _seven_zip,
    b"\x28\xb5\x2f\xfd": _zstd,
    b"\x04\x22\x4d\x18": _lz4,
    b"MSCF\x00\x00\x00\x00": _cab,
    b"{\\rtf": _rtf,
    b"\xfd7zXZ\x00": _xz,
    b"Rar!\x1a\x07": lambda data, at: (
        data[at + 6 : at + 8] in (b"\x00\xcf", b"\x01\x00") or data[at + 6 : at + 7] == b"\x00"
    ),
    b"%PDF-": lambda data, at: data[at + 5 : at + 6].isdigit() and data.find(b"%%EOF", at) > 0,
    b"\xed\xab\xee\xdb": lambda data, at: (
        data[at + 4 : at + 5] in b"\x03\x04" and data[at + 96 : at + 99] == b"\x8e\xad\xe8"
    ),
}


def starts(data: bytes, begin: int, marks: frozenset[bytes]) -> Iterator[tuple[int, str]]:
    """(offset, media type) of every container that starts behind `begin`; `marks` are the signatures to look for.

    Zips find their own.
    """
    for magic, media in EMBEDDED:
        if magic not in marks or magic.startswith(b"PK"):
            continue
        check = _CHECKS.get(magic)
        at = data.find(magic, begin)
        while at >= 0:
            if magic == b"ustar":
                if at >= begin + 257 and header_at(data, at - 257) is not None:
                    yield at - 257, media
                    break  # the tar reader goes on from here by itself
            elif check is None or check(data, at):
                yield at, media
            at = data.find(magic, at + 1)


def is_certain(data: bytes, at: int, media: str) -> bool:
    """Whether what starts at `at` is a container beyond doubt: a check sum or its whole structure holds.

    What cannot be read of it is then a gap, even among bytes where a signature alone means little.
    """
    if media in ("application/x-7z-compressed", "application/x-xz", "application/x-rpm"):
        return True  # `starts` gives none whose check sum differs
    if media == "application/vnd.rar":
        return _rar_head(data, at)
    if media == "application/zstd":
        stop = zstd_frame_end(data, at, len(data))
        return at + 12 < stop <= len(data) and _zstd_blocks(data, at)
    return False


def _rar_head(data: bytes, at: int) -> bool:
    """Whether the check sum of the first header behind RAR's mark holds."""
    if data[at + 6] == 1:  # version 5
        start = at + 12
        length, taken = data[start] & 127, 1
        if data[start] & 128:
            length, taken = length | (data[start + 1] & 127) << 7, 2
        return zlib.crc32(data[start : start + taken + length]) == int.from_bytes(data[start - 4 : start], "little")
    length = int.from_bytes(data[at + 12 : at + 14], "little")
    told = int.from_bytes(data[at + 7 : at + 9], "little")
    return data[at + 9] == 0x73 and zlib.crc32(data[at + 9 : at + 7 + length]) & 0xFFFF == told


def _zstd_blocks(data: bytes, at: int) -> bool:
    """Whether the first block is of a kind that exists and fits into what its head says of it."""
    head = zstd_head_end(data, at)
    block = int.from_bytes(data[head : head + 3], "little")
    return block >> 1 & 3 != 3 and 0 < block >> 3 <= 1 << 17
