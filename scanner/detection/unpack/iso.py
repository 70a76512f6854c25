"""ISO 9660 images: every file of every volume descriptor's tree (primary, Joliet), and UDF by pycdlib."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pycdlib
from pycdlib.pycdlibexception import PyCdlibException

from scanner.detection.unpack.names import clean, decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason

SECTOR = 2048
FIRST = 16
MOST_VOLUMES = 64


@dataclass(frozen=True, slots=True)
class _Record:
    name: str
    at: int
    size: int
    is_folder: bool
    goes_on: bool = False  # the next record is more of the same file
    is_woven: bool = False  # its sectors lie between those of others


def read_iso(opening: Opening) -> None:
    """Files of all trees; an extent that several trees share is handed on once, its names all."""
    data = opening.data
    opening.cover(0, min(FIRST * SECTOR, len(data)) if not data[: FIRST * SECTOR].strip(b"\0") else 0)
    seen: set[tuple[int, int]] = set()
    volumes = 0
    for number in range(FIRST, FIRST + MOST_VOLUMES):
        sector = data[number * SECTOR : (number + 1) * SECTOR]
        if sector[1:6] not in (b"CD001", b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2"):
            break
        opening.cover(number * SECTOR, (number + 1) * SECTOR)
        if sector[1:6] == b"CD001" and sector[0] in (1, 2):
            volumes += 1
            joliet = sector[0] == 2 and sector[88:90] == b"%/"
            _tree(opening, _record(sector[156:190], joliet), "", joliet, seen, 0)
    if b"NSR0" in data[FIRST * SECTOR : (FIRST + MOST_VOLUMES) * SECTOR]:
        _universal(opening)
    elif not volumes:
        raise damaged("image without a volume")


def _record(raw: bytes, joliet: bool) -> _Record:
    if len(raw) < 34:
        raise damaged("image ends inside a record")
    at, size = struct.unpack_from("<I4xI", raw, 2)
    length = raw[32]
    body = raw[33 : 33 + length]
    name = body.decode("utf-16-be", "replace") if joliet else decoded(body)
    rock = _rock_name(raw[33 + length + (1 - length % 2) :])
    return _Record(
        clean(rock or name.split(";", 1)[0]),
        (at + raw[1]) * SECTOR,
        size,
        bool(raw[25] & 2),
        bool(raw[25] & 0x80),
        bool(raw[26]),
    )


def _rock_name(raw: bytes) -> str:
    """The name of a Rock Ridge NM record."""
    at = 0
    while at + 5 <= len(raw) and raw[at + 2] >= 4:
        if raw[at : at + 2] == b"NM":
            return decoded(raw[at + 5 : at + raw[at + 2]])
        at += raw[at + 2]
    return ""


def _tree(opening: Opening, folder: _Record, path: str, joliet: bool, seen: set[tuple[int, int]], depth: int) -> None:
    if depth > 64 or (folder.at, -1) in seen:
        return
    seen.add((folder.at, -1))
    opening.budget.tick()
    stop = min(folder.at + folder.size, len(opening.data))
    if folder.at + folder.size > len(opening.data):
        opening.gap(Reason.DAMAGED, "image ends inside a folder", path)
    opening.cover(folder.at, stop)
    pieces: list[_Record] = []
    for record in _records(opening.data, folder.at, stop, joliet):
        name = f"{path}{record.name}"
        opening.name(name)
        if record.is_folder:
            _tree(opening, record, f"{name}/", joliet, seen, depth + 1)
            continue
        pieces.append(record)
        if (record.at, record.size) not in seen:
            seen.add((record.at, record.size))
            _file(opening, name, record)
        if not record.goes_on:
            _put_together(opening, name, pieces)
            pieces = []


def _file(opening: Opening, name: str, record: _Record) -> None:
    stop = record.at + record.size
    if record.at < len(opening.data):
        opening.slice(name, record.at, min(stop, len(opening.data)), "iso")
    if stop > len(opening.data):
        opening.gap(Reason.DAMAGED, "image ends inside a file", name)
    if record.is_woven:
        opening.gap(Reason.UNSUPPORTED_FORMAT, "image: sectors of several files in turns", name)


def _put_together(opening: Opening, name: str, pieces: list[_Record]) -> None:
    """A file that stands in several pieces, once more as a whole."""
    if len(pieces) > 1:
        data = opening.data
        opening.together(name, (iter([data[one.at : one.at + one.size]]) for one in pieces), "iso-pieces")


def _records(data: bytes, at: int, stop: int, joliet: bool) -> Iterator[_Record]:
    while at < stop:
        length = data[at]
        if length < 34:  # records do not cross sectors
            at = (at // SECTOR + 1) * SECTOR
            continue
        raw = data[at : at + length]
        if raw[32:34] not in (b"\x01\x00", b"\x01\x01"):
            yield _record(raw, joliet)
        at += length


def _universal(opening: Opening) -> None:
    """The UDF tree; its files' bytes are read by the library since they may lie in pieces."""
    image = pycdlib.PyCdlib()
    try:
        image.open_fp(io.BytesIO(opening.data))
        for folder, _, files in image.walk(udf_path="/"):
            for file in files:
                path = f"{folder.rstrip('/')}/{file}"
                held = io.BytesIO()
                opening.name(clean(path.lstrip("/")))
                image.get_file_from_iso_fp(held, udf_path=path)
                opening.budget.charge(held.tell())
                opening.member(clean(path.lstrip("/")), held.getvalue(), "udf")
    except (PyCdlibException, struct.error, IndexError, KeyError, ValueError) as error:
        opening.gap(Reason.DAMAGED, f"UDF: {type(error).__name__}")
    finally:
        if getattr(image, "_initialized", False):
            image.close()
