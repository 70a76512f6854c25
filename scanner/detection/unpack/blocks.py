"""Snappy and lz4: bare blocks, which know nothing of their sizes, and the oldest frames around them."""

from collections.abc import Iterator

import cramjam
from lz4 import block as lz4_block

from scanner.detection.unpack.decoders import Ended
from scanner.detection.unpack.numbers import number
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

MOST = 64 * 1024 * 1024  # bytes out of one block
_MOST_SNAPPY, _MOST_LZ4 = 24, 255  # bytes that one packed byte can stand for
_LZ4_LEGACY = 8 * 1024 * 1024  # bytes out of one block of the frames that kernels have


def unsnappied(block: bytes) -> Iterator[bytes]:
    """Output of a block of snappy; the size that it claims is believed only where so few bytes can give it."""
    size, _ = number(block, 0)
    if size > _MOST_SNAPPY * len(block) + 64:
        raise damaged("snappy block claims more than it can hold")
    if size > MOST:
        raise TroubleError(Reason.OVER_SIZE, f"more than {MOST} bytes in one block")
    try:
        out = bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise damaged("snappy block") from error
    yield out


def unlz4_block(block: bytes, most: int = MOST) -> Iterator[bytes]:
    """Output of a bare block of lz4."""
    try:
        out = lz4_block.decompress(block, uncompressed_size=min(_MOST_LZ4 * len(block) + 64, most))
    except lz4_block.LZ4BlockError as error:
        raise damaged("lz4 block") from error
    yield out


def unlz4_hadoop(block: bytes) -> Iterator[bytes]:
    """Blocks of lz4 behind two sizes each; one bare block where there are none."""
    at, packed = 0, int.from_bytes(block[4:8], "big")
    if not 0 < packed <= len(block) - 8:
        yield from unlz4_block(block)
        return
    while at + 8 <= len(block):
        packed = int.from_bytes(block[at + 4 : at + 8], "big")
        yield from unlz4_block(block[at + 8 : at + 8 + packed])
        at += 8 + packed


def unlz4_legacy(data: bytes, start: int, end: Ended) -> Iterator[bytes]:
    """Output of the frame that kernels and their first disks have: blocks behind their sizes, and no end mark."""
    at = start + 4
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        if not 0 < size <= _LZ4_LEGACY + _LZ4_LEGACY // 255 + 16 or at + 4 == len(data):
            break  # another frame, or the size that a kernel's image ends in
        if at + 4 + size > len(data):
            raise damaged("lz4 frame ends early")
        yield from unlz4_block(data[at + 4 : at + 4 + size], _LZ4_LEGACY)
        at += 4 + size
    end.at = at


def unsnappied_frames(data: bytes, start: int, end: Ended) -> Iterator[bytes]:
    """Output of snappy in frames."""
    at = start
    while at + 4 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4], "little")
        if 2 <= kind < 0x80:
            raise damaged("snappy frame")
        if at + 4 + size > len(data):
            raise damaged("snappy frame ends early")
        body = data[at + 8 : at + 4 + size]
        if kind == 0:
            yield from unsnappied(body)
        elif kind == 1:
            yield body
        at += 4 + size
    end.at = at
