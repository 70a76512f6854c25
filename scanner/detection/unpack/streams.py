"""Compressed single streams and their chains: gzip, bzip2, xz, lzma, zstandard, lz4, zlib, brotli."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.detection.unpack.blocks import unlz4_legacy, unsnappied_frames
from scanner.detection.unpack.decoders import Ended, bunzipped, deflated, unlz4, unlzipped, unxzed, unzstd
from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged, unsupported
from scanner.domain.coverage import Reason

Decoder = Callable[[bytes, int, Ended], Iterator[bytes]]

_SUFFIXES = {".gz", ".bz2", ".xz", ".lzma", ".zst", ".lz4", ".z", ".lz", ".sz", ".br", ".zz"}
_TAR_SUFFIXES = {".tgz", ".tbz", ".tbz2", ".txz", ".tlz", ".tzst", ".svgz", ".emz", ".wmz"}


@dataclass(frozen=True, slots=True)
class GzipHead:
    """The head of a gzip member: where its deflate stream starts, and the words in it."""

    start: int
    name: str
    comment: str
    extra: tuple[int, int]


def gzip_head(data: bytes, at: int) -> GzipHead | None:
    """The head at `at`, or None if there is none that any reader would take."""
    if data[at : at + 3] != b"\x1f\x8b\x08" or len(data) < at + 18:
        return None
    flags, position = data[at + 3], at + 10
    extra = (position, position)
    if flags & 4:
        length = int.from_bytes(data[position : position + 2], "little")
        extra = (position + 2, position + 2 + length)
        position += 2 + length
    words = []
    for bit in (8, 16):
        stop = data.find(b"\0", position) if flags & bit else position - 1
        if stop < 0 and flags & bit:
            return None
        words.append(decoded(data[position:stop]) if flags & bit else "")
        position = stop + 1
    return GzipHead(position + (2 if flags & 2 else 0), words[0], words[1], extra)


def plausible_gzip(data: bytes, at: int) -> bool:
    """Whether the head at `at` is one that a compressor writes, for heads found in the middle of other bytes."""
    head = data[at : at + 10]
    return len(head) == 10 and not head[3] & 0xE0 and head[8] in (0, 2, 4) and (head[9] <= 13 or head[9] == 255)


def gunzipped(data: bytes, at: int, end: Ended) -> Iterator[bytes]:
    """Output of the gzip member at `at`; the check sum is looked at only after all bytes were given."""
    head = gzip_head(data, at)
    if head is None:
        raise damaged("gzip head ends early")
    crc = size = 0
    for chunk in deflated(data, head.start, end):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        yield chunk
    tail = data[end.at : end.at + 8]
    end.at = min(end.at + 8, len(data))
    if tail != crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
        raise damaged("gzip check sum differs" if len(tail) == 8 else "gzip member ends before its check sum")


def inner_name(name: str, suffix: str) -> str:
    """What is inside `name` once unpacked: `a.tar` for `a.tar.gz`; a name of ours if there is none to go by."""
    tail = name.rsplit("/", 1)[-1]
    stem, dot, last = tail.rpartition(".")
    if dot and stem and f".{last.lower()}" in _SUFFIXES:
        return stem
    if dot and stem and f".{last.lower()}" in _TAR_SUFFIXES:
        return f"{stem}.svg" if last.lower() == "svgz" else f"{stem}.tar"
    return f"({suffix})"


def read_gzip(opening: Opening) -> None:
    """All members of a gzip file, one behind the other; what does not follow on is left to be looked at as it is."""
    at, count = 0, 0
    while at < len(opening.data) and (head := gzip_head(opening.data, at)) is not None:
        end = Ended(-1)
        for word in filter(None, (head.name, head.comment)):
            opening.name(word)
            opening.passwords.hint(word)
        name = inner_name(opening.part.name, "gzip")
        count += 1
        opening.stream(name if count == 1 else f"{name}({count})", gunzipped(opening.data, at, end), "gzip")
        if end.at < 0:  # where it would have ended is not known: what follows is looked at as it is
            return
        opening.cover(at, head.extra[0])
        opening.cover(head.extra[1] if head.extra[1] - head.extra[0] > 32 else head.extra[0], end.at)
        at = _behind_padding(opening, end.at)
    if count == 0:
        raise unsupported("gzip method") if opening.data[2:3] != b"\x08" else damaged("no gzip head")


def _behind_padding(opening: Opening, at: int) -> int:
    data = opening.data
    start = at
    while at < len(data) and data[at] == 0:
        at += 1
    opening.cover(start, at)
    return at


_CHAINED: dict[str, tuple[Decoder, tuple[bytes, ...]]] = {
    "bzip2": (bunzipped, (b"BZh",)),
    "xz": (unxzed, (b"\xfd7zXZ\x00",)),
    "lzma": (unxzed, (b"\x5d\x00\x00",)),
    "lz4": (unlz4, (b"\x04\x22\x4d\x18",)),
    "lz4-legacy": (unlz4_legacy, (b"\x02\x21\x4c\x18",)),
    "lzip": (unlzipped, (b"LZIP\x01",)),
    "snappy": (unsnappied_frames, (b"\xff\x06\0\0sNaPpY",)),
    "zstd": (unzstd, (b"\x28\xb5\x2f\xfd",)),
}


def read_chain(opening: Opening, word: str) -> None:
    """All streams of a bzip2, xz, lzma, lzip, lz4, snappy or zstandard file; skippable frames are left as bytes."""
    decoder, magics = _CHAINED[word]
    data, at, count = opening.data, 0, 0
    while at < len(data):
        if (skipped := skippable_end(data, at)) > at:
            at = skipped
            continue
        if not data.startswith(magics, at):
            break
        end = Ended(-1)
        count += 1
        name = inner_name(opening.part.name, word)
        opening.stream(name if count == 1 else f"{name}({count})", decoder(data, at, end), word)
        if end.at < 0:
            return
        opening.cover(at, end.at)
        at = _behind_padding(opening, end.at) if word == "xz" else end.at


def skippable_end(data: bytes, at: int) -> int:
    """The offset behind a skippable frame (lz4 and zstandard share them) at `at`, or `at` if there is none."""
    head = data[at : at + 8]
    if len(head) == 8 and head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return min(at + 8 + int.from_bytes(head[4:8], "little"), len(data))
    return at


def unbrotlied(data: bytes) -> Iterator[bytes]:
    """Output of a brotli stream, which has no signature: only a declared Content-Encoding leads here."""
    try:
        import brotli  # type: ignore[import-untyped]
    except ImportError as error:
        raise TroubleError(Reason.UNSUPPORTED_FORMAT, "brotli: library not installed") from error
    unpacker = brotli.Decompressor()
    position = 0
    while not unpacker.is_finished():
        pending = data[position : position + 4096] if unpacker.can_accept_more_data() else b""
        position += len(pending)
        try:
            out = unpacker.process(pending, output_buffer_limit=256 * 1024)
        except brotli.error as error:
            raise damaged("brotli stream") from error
        if not out and not pending:  # it takes more while it still holds some back: only silence is the end
            raise damaged("brotli stream ends early")
        if out:
            yield out
