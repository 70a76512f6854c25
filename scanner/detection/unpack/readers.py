"""Which readers a part owes: every one whose signature it bears, whatever the sniff called it."""

from collections.abc import Callable
from functools import partial

from scanner.detection.sniff import Sniffed
from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.streams import read_chain, read_gzip
from scanner.detection.unpack.tar_read import header_at, read_tar
from scanner.detection.unpack.troubles import unsupported
from scanner.detection.unpack.zip_read import read_zip

LATE_IMPORTS = ("brotli", "inflate64")

Reader = Callable[[Opening], None]

_BY_MEDIA: dict[str, Reader] = {
    "application/gzip": read_gzip,
    "application/x-bzip2": partial(read_chain, word="bzip2"),
    "application/x-xz": partial(read_chain, word="xz"),
    "application/x-lzma": partial(read_chain, word="lzma"),
    "application/zstd": partial(read_chain, word="zstd"),
    "application/x-lz4": partial(read_chain, word="lz4"),
}


def readers_for(part: Part, sniffed: Sniffed) -> list[Reader]:
    """The readers to ask, in order. An archive that none of them reads is named in a gap."""
    data = part.data
    found: list[Reader] = []
    if b"PK\x03\x04" in data or b"PK\x05\x06" in data:
        found.append(read_zip)
    if header_at(data, 0) is not None:
        found.append(read_tar)
    if (reader := _BY_MEDIA.get(sniffed.media_type)) is not None:
        found.append(reader)
    if not found and sniffed.family == "archive":
        found.append(partial(_refuse, word=sniffed.media_type))
    return found


def _refuse(opening: Opening, word: str) -> None:
    raise unsupported(word)
