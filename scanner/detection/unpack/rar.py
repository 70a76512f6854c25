"""RAR: names and stored members by our own look, the rest by libarchive where it is installed."""

import io
import warnings
from typing import Any

import rarfile

from scanner.detection.unpack.by_libarchive import is_there, read_by_libarchive
from scanner.detection.unpack.names import clean
from scanner.detection.unpack.numbers import number
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged, locked, unsupported
from scanner.domain.coverage import Reason

_MARK_5 = b"Rar!\x1a\x07\x01\x00"
END_BLOCK = 24  # bytes that an end record takes at most


def read_rar(opening: Opening) -> None:
    """Every member. What is packed needs libarchive: without it each is named in a gap."""
    members = _listed(opening)
    for info in members:
        opening.name(clean(info.filename))
        if info.comment:
            opening.name(clean(str(info.comment)))
    ends = [info.data_offset + info.compress_size for info in members if info.data_offset is not None]
    opening.cover(0, min(max(ends, default=0) + END_BLOCK, len(opening.data)))
    stored = [info for info in members if _is_plain(info)]
    for info in stored:
        opening.slice(clean(info.filename), info.data_offset, info.data_offset + info.compress_size, "rar-stored")
    packed = [info for info in members if info not in stored and not info.is_dir() and info.file_size]
    _read_packed(opening, packed)
    _read_services(opening)


def _read_services(opening: Opening) -> None:
    """Streams beside files (NTFS), which version 5 keeps in blocks of their own: what is packed there is not read."""
    data = opening.data
    begin = data.find(_MARK_5, 0, 1 << 20)
    at = begin + len(_MARK_5)
    while begin >= 0 and at + 7 < len(data):
        size, body = number(data, at + 4)
        kind, place = number(data, body)
        flags, place = number(data, place)
        if flags & 1:
            _, place = number(data, place)
        packed, place = number(data, place) if flags & 2 else (0, place)
        if kind == 3 and _is_packed_stream(data, place):
            opening.gap(Reason.UNSUPPORTED_FORMAT, f"a packed stream beside a file at {at}")
        if kind == 5 or not size:
            return
        at = body + size + packed


def _is_packed_stream(data: bytes, at: int) -> bool:
    """Whether a service block, from its own flags on, is a stream that is not stored as it is."""
    flags, at = number(data, at)
    _, at = number(data, at)
    _, at = number(data, at)
    at += 4 * bool(flags & 2) + 4 * bool(flags & 4)
    method, at = number(data, at)
    _, at = number(data, at)
    length, at = number(data, at)
    return data[at : at + length] == b"STM" and bool(method >> 7 & 7)


def _listed(opening: Opening) -> list[Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive = rarfile.RarFile(io.BytesIO(opening.data), errors="stop", part_only=True)
    except rarfile.NeedFirstVolume as error:
        raise unsupported("rar volume without its first") from error
    except (rarfile.Error, ValueError, IndexError, TypeError) as error:
        raise damaged(f"rar: {type(error).__name__}") from error
    if archive.comment:
        opening.name(clean(str(archive.comment)))
        opening.passwords.hint(str(archive.comment))
    members: list[Any] = archive.infolist()
    if not members:
        raise locked("rar directory is encrypted") if archive.needs_password() else damaged("rar without members")
    return members


def _is_plain(info: Any) -> bool:
    return (
        info.compress_type == rarfile.RAR_M0 and not info.needs_password() and not info.is_dir() and info.file_size > 0
    )


def _read_packed(opening: Opening, members: list[Any]) -> None:
    shut = [info for info in members if info.needs_password()]
    for info in shut:
        opening.gap(Reason.ENCRYPTED, "no password known", clean(info.filename))
    rest = [info for info in members if info not in shut]
    if not rest:
        return
    if not is_there():
        for info in rest:
            opening.gap(Reason.UNSUPPORTED_FORMAT, "rar: libarchive is not installed", clean(info.filename))
        return
    word = "rar5" if b"Rar!\x1a\x07\x01\x00" in opening.data[: 1 << 20] else "rar"
    try:
        if read_by_libarchive(opening, word) < len(members):
            opening.gap(Reason.DAMAGED, "rar: fewer members can be read than are listed")
    except TroubleError as trouble:
        if not shut or trouble.reason is not Reason.ENCRYPTED:
            raise
