"""What installers and frozen programs carry behind themselves: NSIS, Inno Setup, PyInstaller."""

import re
import zlib
from collections.abc import Iterator

from scanner.detection.heads import MOST_TRIED, is_zlib
from scanner.detection.unpack.decoders import Ended, bunzipped, deflated, unlzma2_raw, unlzma_raw
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged, unsupported
from scanner.domain.coverage import Reason

COOKIE = b"MEI\x0c\x0b\x0a\x0b\x0e"
_NSIS_HEAD, _PACKED = 28, 1 << 31
_LZMA = re.compile(rb"[\0\x01]?\x5d\0\0.\0\0", re.S)  # a filter's byte or none, then properties
INNO_HEAD = b"Inno Setup Setup Data ("
_HEADS = 16  # that are looked at
_COOKIES = (88, 24)  # bytes of PyInstaller's cookie, and of its first form
_PIECE = 4096
_FIRST_MODULE = 32  # bytes behind a head of modules in which the first begins


def read_nsis(opening: Opening) -> None:
    """All that is installed: one stream, or pieces behind their sizes."""
    data = opening.data
    stop = min(max(int.from_bytes(data[24:28], "little"), _NSIS_HEAD), len(data))
    opening.cover(0, stop)
    head = data[_NSIS_HEAD : _NSIS_HEAD + 16]
    if (lzma_head := _LZMA.match(head)) is not None:
        at = _NSIS_HEAD + len(lzma_head.group()) - 6
        opening.stream("(installed)", unlzma_raw(data, at + 5, Ended(-1), data[at : at + 5], stop), "nsis")
    elif head[:1] == b"1" and head[1:2] < b"\x0e":
        raise unsupported("NSIS: its own kind of bzip2")
    elif head[3:4] == b"\x80":
        _pieces(opening, stop)
    else:
        opening.stream("(installed)", deflated(data, _NSIS_HEAD, Ended(-1), stop=stop), "nsis")


def _pieces(opening: Opening, stop: int) -> None:
    data, at, count = opening.data, _NSIS_HEAD, 0
    while at + 8 <= stop:
        told = int.from_bytes(data[at : at + 4], "little")
        start, at, count = at + 4, at + 4 + (told & ~_PACKED), count + 1
        name = f"(piece {count})"
        if at > stop:
            opening.gap(Reason.DAMAGED, "NSIS ends inside a piece", name)
        elif not told & _PACKED:
            opening.member(name, data[start:at], "nsis", offset=start)
        elif data[start : start + 1] == b"1" and data[start + 1 : start + 2] < b"\x0e":
            opening.gap(Reason.UNSUPPORTED_FORMAT, "NSIS: its own kind of bzip2", name)
        elif (lzma_head := _LZMA.match(data[start : start + 16])) is not None:
            begin = start + len(lzma_head.group()) - 6
            opening.stream(name, unlzma_raw(data, begin + 5, Ended(-1), data[begin : begin + 5], at), "nsis")
        else:
            opening.stream(name, deflated(data, start, Ended(-1), stop=at), "nsis")


def read_inno(opening: Opening) -> None:
    """A chunk of files of Inno Setup, packed in one of four ways; what is stored or locked says so nowhere near."""
    data, at, end = opening.data, 4, Ended(-1)
    properties = data[at : at + 5]
    if is_zlib(data[at : at + MOST_TRIED]):
        chunks = deflated(data, at, end, wbits=15)
    elif data.startswith(b"BZh", at):
        chunks = bunzipped(data, at, end)
    elif _is_lzma(data, at):
        chunks = unlzma_raw(data, at + 5, end, properties)
    elif properties[:1] <= b"\x28" and (properties[1:2] == b"\x01" or properties[1:2] >= b"\xe0"):
        chunks = unlzma2_raw(data, at + 1, end, properties[0])
    else:
        raise unsupported("Inno Setup: a chunk that is stored or locked")
    opening.stream("(chunk)", chunks, "inno")
    if end.at > 0:
        opening.cover(0, end.at)


def _is_lzma(data: bytes, at: int) -> bool:
    size = int.from_bytes(data[at + 1 : at + 5], "little")
    return len(data) > at + 6 and data[at] < 225 and 4096 <= size <= 1 << 30 and not size & 4095 and data[at + 5] == 0


def head_holds(data: bytes, at: int) -> bool:
    """Whether the check sum of the head that begins at `at` holds: it is Inno Setup's beyond doubt."""
    return data[at + 64 : at + 68] == zlib.crc32(data[at + 68 : at + 73]).to_bytes(4, "little")


def has_head(data: bytes) -> bool:
    """Whether such a head stands among the first few places that look like one."""
    at = data.find(INNO_HEAD)
    for _ in range(_HEADS):
        if at < 0 or head_holds(data, at):
            return at >= 0
        at = data.find(INNO_HEAD, at + 1)
    return False


def read_inno_head(opening: Opening) -> None:
    """The installer's own script and texts: LZMA or zlib in pieces of 4,096 bytes, each behind its check sum."""
    data, at = opening.data, 64
    if not head_holds(data, 0):
        raise unsupported("Inno Setup: a head of another version")
    stop = at + 9 + int.from_bytes(data[at + 4 : at + 8], "little")
    pieces = (data[one + 4 : min(one + 4 + _PIECE, stop)] for one in range(at + 9, min(stop, len(data)), _PIECE + 4))
    packed, end = b"".join(pieces), Ended(-1)
    opening.cover(0, min(stop, len(data)))
    if not data[at + 8]:
        opening.member("(head)", packed, "inno")
    elif is_zlib(packed[:MOST_TRIED]):
        opening.stream("(head)", deflated(packed, 0, end, wbits=15), "inno")
    else:
        opening.stream("(head)", unlzma_raw(packed, 5, end, packed[:5]), "inno")


def read_frozen(opening: Opening) -> None:
    """The archives that PyInstaller puts in front of its cookies: a directory each, and a zlib stream an entry."""
    for cookie in _cookies(opening.data):
        _archive(opening, cookie)


def _cookies(data: bytes) -> list[int]:
    """The first few places where the mark stands, and the last."""
    found, at = {data.rfind(COOKIE)}, data.find(COOKIE)
    for _ in range(_HEADS):
        if at >= 0:
            found.add(at)
            at = data.find(COOKIE, at + 1)
    return sorted(found)


def _archive(opening: Opening, cookie: int) -> None:
    data = opening.data
    total, place, size = (int.from_bytes(data[cookie + at : cookie + at + 4], "big") for at in (8, 12, 16))
    starts = (cookie + length - total for length in _COOKIES)
    begin = next((start for start in starts if start >= 0 and start + place + size == cookie), -1)
    if begin < 0:
        opening.note(f"what looks like PyInstaller's mark at {cookie} is none")
        return
    at = begin + place
    opening.cover(at, min(cookie + max(_COOKIES), len(data)))
    while at + 18 <= cookie:
        length, start, packed = (int.from_bytes(data[at + step : at + step + 4], "big") for step in (0, 4, 8))
        name = decoded(data[at + 18 : at + length].split(b"\0", 1)[0]) or f"(entry at {at})"
        if length < 18 or begin + start + packed > cookie:
            opening.gap(Reason.DAMAGED, "PyInstaller's directory", name)
            return
        _entry(opening, name, begin + start, begin + start + packed, is_packed=data[at + 16] == 1)
        at += length


def _entry(opening: Opening, name: str, start: int, stop: int, *, is_packed: bool) -> None:
    opening.name(name)
    if is_packed:
        opening.cover(start, stop)
        opening.stream(name, deflated(opening.data, start, Ended(-1), wbits=15, stop=stop), "pyinstaller")
    elif stop > start:
        opening.slice(name, start, stop, "pyinstaller")


def read_modules(opening: Opening) -> None:
    """The modules of a frozen program: zlib streams one behind the other up to their directory."""
    data = opening.data
    stop = min(int.from_bytes(data[8:12], "big"), len(data)) or len(data)
    tried = range(12, min(_FIRST_MODULE, len(data)))
    at = next((at for at in tried if is_zlib(data[at : at + MOST_TRIED])), -1)
    if at < 0:
        raise unsupported("modules that are not zlib, or are locked")
    opening.cover(0, at)
    opening.together("(modules)", _modules(opening, at, stop), "pyinstaller")


def _modules(opening: Opening, at: int, stop: int) -> Iterator[Iterator[bytes]]:
    data = opening.data
    while at < len(data) and is_zlib(data[at : at + MOST_TRIED]):
        end = Ended(-1)
        yield deflated(data, at, end, wbits=15)
        if end.at < 0:
            return
        opening.cover(at, end.at)
        at = end.at
    if at < stop:
        raise damaged(f"no module at {at}")
