"""Macro source: the compression of [MS-OVBA] 2.4.1 undone, and the directory of modules read."""

import re
import struct
from collections.abc import Iterator

from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

MOST_SOURCE = 16 * 1024 * 1024  # bytes of one module
_UNNAMED = re.compile(rb"\x01..(?:\x00Attribut|\x00\r?\n?Attrib)", re.S)
_MODULE_STREAM, _MODULE_OFFSET, _PROJECT_VERSION, _CODEPAGE = 0x1A, 0x31, 0x09, 0x03


def decompress(data: bytes, at: int = 0) -> bytes:
    """The source in the compressed container at `at`; what came before a bad chunk is kept."""
    if data[at : at + 1] != b"\x01":
        raise damaged("no compressed macro source")
    out = bytearray()
    at += 1
    while at + 2 <= len(data) and len(out) < MOST_SOURCE:
        header = int.from_bytes(data[at : at + 2], "little")
        if header >> 12 & 7 != 3:
            break
        stop = min(at + (header & 0xFFF) + 3, len(data))
        if header >> 15:
            _chunk(data, at + 2, stop, out)
        else:
            out += data[at + 2 : at + 2 + 4096]
        at = stop
    if len(out) >= MOST_SOURCE:
        raise TroubleError(Reason.OVER_SIZE, f"macro source over {MOST_SOURCE} bytes")
    return bytes(out)


def _chunk(data: bytes, at: int, stop: int, out: bytearray) -> None:
    begin = len(out)
    while at < stop:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= stop:
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
            else:
                if at + 2 > stop or not _copy(int.from_bytes(data[at : at + 2], "little"), begin, out):
                    return
                at += 2


def _copy(token: int, begin: int, out: bytearray) -> bool:
    """A copy token; its split into offset and length depends on how far the chunk has come."""
    offset_bits = max((len(out) - begin - 1).bit_length(), 4)
    length = (token & (0xFFFF >> offset_bits)) + 3
    offset = (token >> 16 - offset_bits) + 1
    if offset > len(out) - begin:
        return False
    for _ in range(length):
        out.append(out[-offset])
    return True


def module_offsets(directory: bytes) -> Iterator[tuple[str, int]]:
    """(stream name, offset of its compressed source) of each module that the `dir` stream names."""
    data, at, name, page = decompress(directory), 0, "", "cp1252"
    while at + 6 <= len(data):
        word, size = struct.unpack_from("<HI", data, at)
        body = data[at + 6 : at + 6 + size]
        at += 6 + (6 if word == _PROJECT_VERSION else size)
        if word == _CODEPAGE and len(body) >= 2:
            page = f"cp{int.from_bytes(body[:2], 'little')}"
        elif word == _MODULE_STREAM:
            name = _text(body, page)
        elif word == _MODULE_OFFSET and size == 4:
            yield name, int.from_bytes(body, "little")


def _text(raw: bytes, page: str) -> str:
    try:
        return raw.decode(page, "replace")
    except LookupError:
        return raw.decode("latin-1")


def sources(streams: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """(module, source) of every module: where a directory points, and wherever compressed source starts."""
    for path, data in streams.items():
        storage, _, leaf = path.rpartition("/")
        if leaf.lower() == "dir" and data[:1] == b"\x01":
            for name, offset in module_offsets(data):
                found = next((one for one in streams if one.lower() == f"{storage}/{name}".lower().lstrip("/")), None)
                if found is not None and streams[found][offset : offset + 1] == b"\x01":
                    yield found, decompress(streams[found], offset)
    for path, data in streams.items():
        for match in _UNNAMED.finditer(data):
            yield path, decompress(data, match.start())
