"""Cabinets: stored and MSZIP folders by our own reader; LZX and Quantum by libarchive."""

import struct
import zlib
from dataclasses import dataclass

from scanner.detection.unpack.by_libarchive import read_by_libarchive
from scanner.detection.unpack.names import readings
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

_STORED, _MSZIP = 0, 1
_WINDOW = 32 * 1024


@dataclass(frozen=True, slots=True)
class _Folder:
    at: int
    blocks: int
    kind: int


@dataclass(frozen=True, slots=True)
class _File:
    name: bytes
    folder: int
    offset: int
    size: int


def read_cab(opening: Opening) -> None:
    """All files, each cut out of its folder's bytes."""
    data = opening.data
    if len(data) < 36:
        raise damaged("cabinet head ends early")
    total = int.from_bytes(data[8:12], "little")
    opening.cover(0, min(total, len(data)) if total > 36 else len(data))
    folders, files, reserve = _directory(data)
    for file in files:
        for name in readings(file.name):
            opening.name(name)
    if any(folder.kind & 15 not in (_STORED, _MSZIP) for folder in folders):
        read_by_libarchive(opening, "cab")
        return
    for number, folder in enumerate(folders):
        _read_folder(opening, folder, [file for file in files if file.folder == number], reserve)
    orphans = [file for file in files if file.folder >= len(folders)]
    if orphans:
        opening.gap(Reason.UNSUPPORTED_FORMAT, f"{len(orphans)} files continue in another cabinet")


def _directory(data: bytes) -> tuple[list[_Folder], list[_File], int]:
    try:
        return _entries(data)
    except (struct.error, ValueError) as error:
        raise damaged("cabinet directory ends early") from error


def _entries(data: bytes) -> tuple[list[_Folder], list[_File], int]:
    """(folders, files, reserved bytes in front of each block)."""
    files_at, _, _, _, folder_count, file_count, flags = struct.unpack_from("<IIBBHHH", data, 16)
    at, folder_reserve, block_reserve = 36, 0, 0
    if flags & 4:
        header_reserve, folder_reserve, block_reserve = struct.unpack_from("<HBB", data, at)
        at += 4 + header_reserve
    for _ in range(2 * (flags & 1) + (flags & 2)):
        at = data.index(b"\0", at) + 1
    folders, files = [], []
    for _ in range(folder_count):
        folders.append(_Folder(*struct.unpack_from("<IHH", data, at)))
        at += 8 + folder_reserve
    at = files_at
    for _ in range(file_count):
        size, offset, folder = struct.unpack_from("<IIH", data, at)
        stop = data.index(b"\0", at + 16)
        files.append(_File(data[at + 16 : stop], folder, offset, size))
        at = stop + 1
    return folders, files, block_reserve


def _read_folder(opening: Opening, folder: _Folder, files: list[_File], reserve: int) -> None:
    plain, trouble = bytearray(), None
    try:
        _unpack(opening, folder, reserve, plain)
    except TroubleError as caught:
        trouble = caught
    held = bytes(plain)
    for file in files:
        name = readings(file.name)[0]
        opening.member(name, held[file.offset : file.offset + file.size], "cab")
        if trouble is None and file.offset + file.size > len(held):
            opening.gap(Reason.DAMAGED, "cabinet member ends early", name)
    if not files and held:
        opening.member(f"(folder at {folder.at})", held, "cab")
    if trouble is not None:
        opening.trouble(trouble, readings(files[0].name)[0] if files else "")


def _unpack(opening: Opening, folder: _Folder, reserve: int, plain: bytearray) -> None:
    data, at = opening.data, folder.at
    for _ in range(folder.blocks):
        if at + 8 > len(data):
            raise damaged("cabinet folder ends early")
        packed, size = struct.unpack_from("<HH", data, at + 4)
        block = data[at + 8 + reserve : at + 8 + reserve + packed]
        at += 8 + reserve + packed
        out = block if folder.kind & 15 == _STORED else _inflate(block, bytes(plain[-_WINDOW:]), size)
        opening.budget.charge(len(out))
        if len(plain) + len(out) > opening.budget.limits.member_bytes:
            raise TroubleError(Reason.OVER_SIZE, "cabinet folder over the bound of one member")
        plain += out


def _inflate(block: bytes, window: bytes, size: int) -> bytes:
    if block[:2] != b"CK":
        raise damaged("cabinet block has no mark")
    try:
        unpacker = zlib.decompressobj(-15, zdict=window) if window else zlib.decompressobj(-15)
        return unpacker.decompress(block[2:], max(size, _WINDOW))
    except zlib.error as error:
        raise damaged("cabinet block") from error
