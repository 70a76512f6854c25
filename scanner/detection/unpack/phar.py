"""PHP archives in their own format: a stub, a list of files, and the files, each packed or not."""

import struct
from dataclasses import dataclass

from scanner.detection.tells import HALT
from scanner.detection.unpack.decoders import Ended, bunzipped, deflated
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason

_DEFLATED, _BZIPPED = 0x1000, 0x2000


@dataclass(frozen=True, slots=True)
class _File:
    name: bytes
    size: int
    packed: int
    flags: int


def read_phar(opening: Opening) -> None:
    """Every file that the list names; nothing where only the word stands that ends a stub."""
    data = opening.data
    at = data.rfind(HALT, 0, data.find(HALT) + len(HALT)) + len(HALT)
    for word in (b" ?>", b"\n?>", b"?>"):
        if data.startswith(word, at):
            at += len(word)
            break
    at += 2 if data.startswith(b"\r\n", at) else data.startswith(b"\n", at)
    length = int.from_bytes(data[at : at + 4], "little")
    if not 18 <= length <= len(data) - at - 4 or data[at + 9] >> 4 > 2:
        return  # a script that ends early
    try:
        files = _files(data, at)
    except struct.error as error:
        raise damaged("list of a PHP archive") from error
    start = at + 4 + length
    for file in files:
        _file(opening, file, start)
        start += file.packed


def _files(data: bytes, at: int) -> list[_File]:
    count, _, _, alias = struct.unpack_from("<IHII", data, at + 4)
    at += 18 + alias
    at += 4 + struct.unpack_from("<I", data, at)[0]
    found = []
    for _ in range(min(count, len(data) // 28)):
        (length,) = struct.unpack_from("<I", data, at)
        name, at = data[at + 4 : at + 4 + length], at + 4 + length
        size, _, packed, _, flags, metadata = struct.unpack_from("<IIIIII", data, at)
        found.append(_File(name, size, packed, flags))
        at += 24 + metadata
    return found


def _file(opening: Opening, file: _File, start: int) -> None:
    name, stop = decoded(file.name) or f"(nameless at {start})", start + file.packed
    opening.name(name)
    if file.flags & _DEFLATED:
        opening.stream(name, deflated(opening.data, start, Ended(-1)), "phar")
    elif file.flags & _BZIPPED:
        opening.stream(name, bunzipped(opening.data, start, Ended(-1)), "phar")
    elif not name.endswith("/"):
        opening.member(name, opening.data[start:stop], "phar", offset=start)
    if stop > len(opening.data):
        opening.gap(Reason.DAMAGED, "PHP archive ends inside a file", name)
