"""What undoes a packed block by its word, where a table of data says elsewhere what packed it."""

from collections.abc import Callable, Iterator

from scanner.detection.unpack.blocks import unlz4_block, unlz4_hadoop, unsnappied
from scanner.detection.unpack.decoders import Ended, bunzipped, deflated, unxzed, unzstd
from scanner.detection.unpack.streams import gunzipped, unbrotlied
from scanner.detection.unpack.troubles import unsupported

Unpacker = Callable[[bytes], Iterator[bytes]]


def _frames(block: bytes) -> Iterator[bytes]:
    end = Ended(0)
    while end.at < len(block):
        start, end.at = end.at, len(block)
        yield from unzstd(block, start, end)


UNPACKERS: dict[str, Unpacker] = {
    "deflate": lambda block: deflated(block, 0, Ended(-1)),
    "gzip": lambda block: gunzipped(block, 0, Ended(-1)),
    "bzip2": lambda block: bunzipped(block, 0, Ended(-1)),
    "xz": lambda block: unxzed(block, 0, Ended(-1)),
    "zstd": _frames,
    "snappy": unsnappied,
    "brotli": unbrotlied,
    "lz4": unlz4_block,
    "lz4-hadoop": unlz4_hadoop,
}


def unpacker(word: str, form: str) -> Unpacker:
    """What undoes `word`; for what nobody here undoes, a gap that names it and the format it stands in."""
    found = UNPACKERS.get(word)
    if found is None:
        raise unsupported(f"{form}: packed as {word[:40]}")
    return found
