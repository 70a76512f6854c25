"""What a zip member's packed bytes give under each method."""

from collections.abc import Iterator

from scanner.detection.unpack.decoders import Ended, bunzipped, deflated, unlzma_raw, unxzed, unzstd
from scanner.detection.unpack.troubles import damaged, unsupported
from scanner.detection.unpack.zip_format import Entry


def unpacked(method: int, data: bytes, entry: Entry, local: Entry, end: Ended) -> Iterator[bytes]:
    """Output of the member's packed bytes under `method`, up to the stream's own end whatever size is declared."""
    start = local.start
    if method == 8:
        return deflated(data, start, end)
    if method == 12:
        return bunzipped(data, start, end)
    if method == 14:
        properties = data[start + 4 : start + 9]
        size = None if entry.flags & 2 else max(entry.size, local.size)
        return unlzma_raw(data, start + 9, end, properties, start + entry.packed, size)
    if method in (93, 20):
        return unzstd(data, start, end)
    if method == 95:
        return unxzed(data, start, end)
    if method == 9:
        return _deflate64(data, start, end)
    if method == 0:
        return _plain(data, start, entry, local, end)
    return _nothing(method)


def _plain(data: bytes, start: int, entry: Entry, local: Entry, end: Ended) -> Iterator[bytes]:
    end.at = start + max(entry.packed, local.packed)
    yield data[start : end.at]


def _deflate64(data: bytes, start: int, end: Ended) -> Iterator[bytes]:
    import inflate64

    unpacker, position = inflate64.Inflater(), start
    while not unpacker.eof:
        piece = data[position : position + 1024]
        position += len(piece)
        if not piece:
            raise damaged("deflate64 stream ends early")
        try:
            yield unpacker.inflate(piece)
        except (ValueError, OSError) as error:
            raise damaged(f"deflate64: {error}") from error
    end.at = position


def _nothing(method: int) -> Iterator[bytes]:
    raise unsupported(f"zip method {method}")
    yield b""
