"""Decompressors that give their output in bounded pieces, whatever the input claims of itself."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import zstandard
from lz4 import frame as lz4_frame

from scanner.detection.unpack.budget import CHUNK
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

MEMORY = 128 * 1024 * 1024  # bytes that one decompressor's dictionary may take
SLICE = 64 * 1024  # packed bytes given to a decompressor at a time


class Ended:
    """Where a stream of packed bytes ended: `at` is the offset of the first byte behind it."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at


def deflated(data: bytes, start: int, end: Ended, *, wbits: int = -15, stop: int | None = None) -> Iterator[bytes]:
    """Output of the deflate stream at `start`; `wbits` 15 for a zlib head, 31 for a gzip one."""
    unpacker = zlib.decompressobj(wbits)
    position, limit = start, len(data) if stop is None else min(stop, len(data))
    pending = b""
    while not unpacker.eof:
        if not pending:
            pending = data[position : min(position + SLICE, limit)]
            position += len(pending)
        try:
            out = unpacker.decompress(pending, CHUNK)
        except zlib.error as error:
            raise damaged(f"deflate: {_tail(error)}") from error
        if not pending and not out:
            raise damaged("deflate stream ends early")
        pending = unpacker.unconsumed_tail
        if out:
            yield out
    end.at = position - len(unpacker.unused_data)


def _tail(error: Exception) -> str:
    return str(error).rsplit(": ", 1)[-1]


class _Stepwise(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _stepwise(
    make: Callable[[], _Stepwise], word: str, data: bytes, start: int, end: Ended, stop: int
) -> Iterator[bytes]:
    unpacker, position = make(), start
    while not unpacker.eof:
        piece = data[position : min(position + SLICE, stop)] if unpacker.needs_input else b""
        position += len(piece)
        if unpacker.needs_input and not piece:
            raise damaged(f"{word} stream ends early")
        try:
            out = unpacker.decompress(piece, CHUNK)
        except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
            raise _memory(error, word) from error
        if out:
            yield out
    end.at = position - len(unpacker.unused_data)


def _memory(error: Exception, word: str) -> TroubleError:
    if "emory" in str(error):
        return TroubleError(Reason.OVER_RATIO, f"{word}: dictionary over {MEMORY} bytes")
    return damaged(f"{word}: {error}")


def bunzipped(data: bytes, start: int, end: Ended, stop: int | None = None) -> Iterator[bytes]:
    """Output of one bzip2 stream."""
    return _stepwise(bz2.BZ2Decompressor, "bzip2", data, start, end, len(data) if stop is None else stop)


def unxzed(data: bytes, start: int, end: Ended, stop: int | None = None) -> Iterator[bytes]:
    """Output of one xz or lzma-alone stream."""
    return _stepwise(
        lambda: lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=MEMORY),
        "xz",
        data,
        start,
        end,
        len(data) if stop is None else stop,
    )


def unlzma_raw(
    data: bytes, start: int, end: Ended, properties: bytes, stop: int | None = None, size: int | None = None
) -> Iterator[bytes]:
    """Output of a raw LZMA1 stream with the 5 property bytes of zip and 7z; `size` ends it where no mark does."""
    packed = int.from_bytes(properties[1:5], "little")
    if len(properties) < 5 or properties[0] >= 225:
        raise damaged("lzma properties")
    if packed > MEMORY:
        raise TroubleError(Reason.OVER_RATIO, f"lzma: dictionary of {packed} bytes")
    lc, rest = properties[0] % 9, properties[0] // 9
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": max(packed, 4096), "lc": lc, "lp": rest % 5, "pb": rest // 5}]
    produced = 0
    stepped = _stepwise(
        lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain),
        "lzma",
        data,
        start,
        end,
        len(data) if stop is None else stop,
    )
    for chunk in stepped:
        yield chunk
        produced += len(chunk)
        if size is not None and produced >= size:
            return


def unlzma2_raw(data: bytes, start: int, end: Ended, coded: int) -> Iterator[bytes]:
    """Output of a raw LZMA2 stream under a dictionary whose size `coded` tells in one byte."""
    packed = (2 | coded & 1) << (coded // 2 + 11)
    if packed > MEMORY:
        raise TroubleError(Reason.OVER_RATIO, f"lzma2: dictionary of {packed} bytes")
    chain = [{"id": lzma.FILTER_LZMA2, "dict_size": packed}]
    return _stepwise(
        lambda: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain), "lzma2", data, start, end, len(data)
    )


def unlzipped(data: bytes, start: int, end: Ended) -> Iterator[bytes]:
    """Output of one member of lzip: LZMA under a dictionary of sixteenths of a power of two, an end mark, a tail."""
    coded = data[start + 5] if start + 5 < len(data) else 0
    size = 1 << (coded & 31)
    size -= (size >> 4) * (coded >> 5)
    yield from unlzma_raw(data, start + 6, end, b"\x5d" + size.to_bytes(4, "little"))
    if end.at + 20 > len(data):
        raise damaged("lzip member ends before its check sum")
    end.at += 20


def unzstd(data: bytes, start: int, end: Ended, stop: int | None = None) -> Iterator[bytes]:
    """Output of one zstandard frame."""
    limit = len(data) if stop is None else stop
    frame_end = zstd_frame_end(data, start, limit)
    source = memoryview(data)[start : min(frame_end, limit)]
    reader = zstandard.ZstdDecompressor(max_window_size=MEMORY).stream_reader(source, read_across_frames=False)
    try:
        while out := reader.read(CHUNK):
            yield out
    except zstandard.ZstdError as error:
        raise _memory(error, "zstd") from error
    if frame_end > limit:
        raise damaged("zstd frame ends early")
    end.at = frame_end


def zstd_frame_end(data: bytes, start: int, limit: int) -> int:
    """The offset behind the frame at `start`; beyond `limit` if its blocks run out first."""
    descriptor = data[start + 4] if start + 4 < limit else 0
    position = zstd_head_end(data, start)
    while position + 3 <= limit:
        header = int.from_bytes(data[position : position + 3], "little")
        position += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
        if header & 1:
            return position + 4 * (descriptor >> 2 & 1)
    return limit + 1


def zstd_head_end(data: bytes, start: int) -> int:
    """The offset of the first block of the frame at `start`."""
    descriptor = data[start + 4] if start + 4 < len(data) else 0
    single = descriptor >> 5 & 1
    return start + 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]


def unlz4(data: bytes, start: int, end: Ended, stop: int | None = None) -> Iterator[bytes]:
    """Output of one lz4 frame."""
    unpacker = lz4_frame.LZ4FrameDecompressor()
    position, limit = start, len(data) if stop is None else stop
    while not unpacker.eof:
        piece = data[position : min(position + SLICE, limit)] if unpacker.needs_input else b""
        position += len(piece)
        if unpacker.needs_input and not piece:
            raise damaged("lz4 frame ends early")
        try:
            out = unpacker.decompress(piece, CHUNK)
        except (RuntimeError, EOFError) as error:
            raise damaged(f"lz4: {error}") from error
        if out:
            yield out
    end.at = position - len(unpacker.unused_data or b"")


def whole(chunks: Iterator[bytes], most: int) -> bytes:
    """At most `most` bytes of `chunks`, for small inner structures."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= most:
            break
    return bytes(held[:most])
