"""One packed stream in a wrapping of its own: zlib, brotli, lzma by name, Flash, ActiveMime, Android, pbzx, CDs."""

import re
from collections.abc import Iterator

from scanner.detection.heads import MOST_TRIED, is_zlib
from scanner.detection.unpack.decoders import Ended, deflated, unlzma_raw, unxzed
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.streams import inner_name, unbrotlied
from scanner.detection.unpack.troubles import damaged, locked, unsupported

_GIT = re.compile(rb"(?:blob|commit|tree|tag) \d{1,15}\0")
_BACKUP = re.compile(rb"ANDROID BACKUP\n\d{1,2}\n([01])\n([\w-]{1,20})\n")
_SYNC, _RAW = b"\0" + b"\xff" * 10 + b"\0", 2352
_FURTHEST = 512  # bytes of a head behind which ActiveMime's stream begins


def read_zlib(opening: Opening) -> None:
    """A zlib stream by itself, as git keeps its objects."""
    end = Ended(-1)
    name = inner_name(opening.part.name, "zlib")
    opening.stream(name, _without_head(deflated(opening.data, 0, end, wbits=15)), "zlib")
    if end.at >= 0:
        opening.cover(0, end.at)


def _without_head(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        head = _GIT.match(chunk) if number == 0 else None
        yield chunk[head.end() :] if head else chunk


def read_brotli(opening: Opening) -> None:
    """Brotli has no signature: only a name leads here."""
    opening.stream(inner_name(opening.part.name, "brotli"), unbrotlied(opening.data), "brotli")


def read_lzma(opening: Opening) -> None:
    """LZMA alone under properties that are no signature: only a name leads here."""
    opening.stream(inner_name(opening.part.name, "lzma"), unxzed(opening.data, 0, Ended(-1)), "lzma")


def read_flash(opening: Opening) -> None:
    """A Flash film without its packing."""
    data = opening.data
    if data[:3] == b"CWS":
        opening.stream("(film)", deflated(data, 8, Ended(-1), wbits=15), "flash")
    elif data[:3] == b"ZWS":
        size = int.from_bytes(data[4:8], "little") - 8
        opening.stream("(film)", unlzma_raw(data, 17, Ended(-1), data[12:17], None, size), "flash")


def read_activemime(opening: Opening) -> None:
    """What Office keeps beside a page or an XML document: a compound file with its macros."""
    data = opening.data
    heads = (at for at in range(10, _FURTHEST) if data[at : at + 1] == b"\x78")
    at = next((at for at in heads if is_zlib(data[at : at + MOST_TRIED])), -1)
    if at < 0:
        raise damaged("ActiveMime without a stream")
    opening.stream("(document)", deflated(data, at, Ended(-1), wbits=15), "activemime")


def read_backup(opening: Opening) -> None:
    """An Android backup: a tar, packed or not, under a password or none."""
    head = _BACKUP.match(opening.data)
    if head is None:
        raise damaged("head of an Android backup")
    if head.group(2) != b"none":
        raise locked("encrypted Android backup")
    if head.group(1) == b"1":
        opening.stream("(backup).tar", deflated(opening.data, head.end(), Ended(-1), wbits=15), "android-backup")
    else:
        opening.slice("(backup).tar", head.end(), len(opening.data), "android-backup")


def read_pbzx(opening: Opening) -> None:
    """Apple's payloads: pieces of xz, or what xz would not make smaller, each behind its sizes."""
    opening.stream("(payload)", _xz_pieces(opening.data), "pbzx")
    opening.cover(0, len(opening.data))


def _xz_pieces(data: bytes) -> Iterator[bytes]:
    at = 12
    while at + 16 <= len(data):
        size = int.from_bytes(data[at + 8 : at + 16], "big")
        start, at = at + 16, at + 16 + size
        if at > len(data):
            raise damaged("pbzx ends inside a piece")
        if data.startswith(b"\xfd7zXZ\0", start):
            yield from unxzed(data, start, Ended(-1), at)
        else:
            yield data[start:at]


def read_raw_disk(opening: Opening) -> None:
    """A CD's sectors as they stand on it: what a drive would give, put together."""
    data, pieces = opening.data, []
    for at in range(0, len(data), _RAW):
        if data[at : at + 12] != _SYNC:
            opening.gap(unsupported("").reason, f"CD image: no sector at {at}")
            break
        start = at + (24 if data[at + 15] == 2 else 16)
        pieces.append(data[start : start + 2048])
    opening.budget.charge(sum(map(len, pieces)))
    opening.member("(disk).iso", b"".join(pieces), "cd-image")
