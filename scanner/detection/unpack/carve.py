"""Containers that start in the middle of other bytes: behind a picture, inside a program, after an end mark."""

import zlib
from collections.abc import Callable, Iterator

from scanner.detection.magics import EMBEDDED
from scanner.detection.unpack.decoders import zstd_frame_end, zstd_head_end
from scanner.detection.unpack.installers import COOKIE, has_head, head_holds
from scanner.detection.unpack.streams import plausible_gzip
from scanner.detection.unpack.tar_read import header_at

_FIRST_CODES = 24  # of LZW, that are looked at
_HEAD = 1_024  # bytes of a head that says what follows
_AS_A_WHOLE = frozenset({b"PK\x03\x04", b"PK\x05\x06", COOKIE})  # whose readers look for them themselves
# How many bytes in front of its signature a format begins.
_BEHIND = {"application/x-lzh-compressed": 2, "application/x-nsis": 4, "application/x-ace": 7}
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


def _lzip(data: bytes, at: int) -> bool:
    return data[at + 6 : at + 7] == b"\0" and 12 <= data[at + 5 : at + 6][0] & 31 <= 29


def _compress(data: bytes, at: int) -> bool:
    """Whether the first codes, of nine bits each, are all among those that there are by then."""
    codes = int.from_bytes(data[at + 3 : at + 3 + _FIRST_CODES * 9 // 8], "little")
    count = min(_FIRST_CODES, (len(data) - at - 3) * 8 // 9)
    most = 256
    for index in range(count):
        if (code := codes >> 9 * index & 511) >= most or code == 256:
            return False
        most = 257 + index
    return count > 0


def _xar(data: bytes, at: int) -> bool:
    return data[at + 6 : at + 8] == b"\0\x01" and int.from_bytes(data[at + 8 : at + 16], "big") < len(data) - at


def _git(data: bytes, at: int) -> bool:
    return (
        data[at + 7 : at + 8] in (b"\x02", b"\x03")
        and len(data) > at + 32
        and data[at + 12] >> 4 & 7 in (1, 2, 3, 4, 7)
    )


def _font(data: bytes, at: int) -> bool:
    return (
        data[at + 4 : at + 8] in (b"\0\x01\0\0", b"OTTO", b"true", b"ttcf") and 0 < data[at + 13] + data[at + 12] < 256
    )


def _squash(data: bytes, at: int) -> bool:
    """A superblock of version 4, whose block size is told twice, of a volume that is all there."""
    size, log = int.from_bytes(data[at + 12 : at + 16], "little"), int.from_bytes(data[at + 22 : at + 24], "little")
    used = int.from_bytes(data[at + 40 : at + 48], "little")
    return data[at + 28 : at + 32] == b"\4\0\0\0" and 1 << min(log, 32) == size and 96 <= used <= len(data) - at


def _ace(data: bytes, at: int) -> bool:
    """A short head of the first kind, and versions that there are."""
    return data[at - 3 : at - 2] == data[at - 4 : at - 3] == b"\0" and all(
        10 <= one <= 30 for one in data[at + 7 : at + 9]
    )


def _lzh(data: bytes, at: int) -> bool:
    """A head of level 0 or 1 whose sum holds, or one of level 2."""
    begin = at - 2
    level = data[at + 18 : at + 19]
    if level in (b"\0", b"\1"):
        return sum(data[at : begin + 2 + data[begin]]) & 255 == data[begin + 1] and data[begin] > 20
    return level == b"\2" and data[at + 17] == 0x20 and 26 <= int.from_bytes(data[begin:at], "little") < 4096


_CHECKS: dict[bytes, Callable[[bytes, int], bool]] = {
    b"\x1f\x8b\x08": plausible_gzip,
    b"7z\xbc\xaf\x27\x1c": _seven_zip,
    b"\x28\xb5\x2f\xfd": _zstd,
    b"\x04\x22\x4d\x18": _lz4,
    b"MSCF\x00\x00\x00\x00": _cab,
    b"{\\rtf": _rtf,
    b"LZIP\x01": _lzip,
    b"\x1f\x9d\x90": _compress,
    b"\x02\x21\x4c\x18": lambda data, at: 0 < int.from_bytes(data[at + 4 : at + 8], "little") <= len(data) - at - 8,
    b"xar!\x00": _xar,
    b"PACK\0\0\0": _git,
    b"wOFF": _font,
    b"wOF2": _font,
    b"Obj\x01": lambda data, at: data.find(b"avro.", at, at + _HEAD) > 0,
    b"PAR1": lambda data, at: data[at + 4 : at + 5] == b"\x15" and data.endswith(b"PAR1"),
    b"hsqs": _squash,
    b"**ACE**": _ace,
    **{magic: _lzh for magic, media in EMBEDDED if media == "application/x-lzh-compressed"},
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

    Some find their own.
    """
    for magic, media in EMBEDDED:
        if magic not in marks or magic in _AS_A_WHOLE:
            continue
        check, back = _CHECKS.get(magic), _BEHIND.get(media, 0)
        at = data.find(magic, begin)
        while at >= 0:
            if magic == b"ustar":
                if at >= begin + 257 and header_at(data, at - 257) is not None:
                    yield at - 257, media
                    break  # the tar reader goes on from here by itself
            elif at >= begin + back and (check is None or check(data, at)):
                yield at - back, media
            at = data.find(magic, at + 1)


_CERTAIN = frozenset(
    {
        "application/x-7z-compressed", "application/x-xz", "application/x-rpm", "application/x-nsis",
        "application/x-squashfs", "application/avro",
        "application/x-ace",
    }
)  # fmt: skip


def is_certain(data: bytes, at: int, media: str) -> bool:
    """Whether what starts at `at` is a container beyond doubt: a check sum or its whole structure holds.

    What cannot be read of it is then a gap, even among bytes where a signature alone means little.
    """
    if media in _CERTAIN:
        return True  # `starts` gives none whose check sum or structure differs
    if media == "application/vnd.rar":
        return _rar_head(data, at)
    if media == "application/x-lzh-compressed":
        return data[at + 20] < 2
    if media == "application/x-inno-chunk":
        return has_head(data)
    if media == "application/x-inno-head":
        return head_holds(data, at)
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
