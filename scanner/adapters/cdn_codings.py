"""Bodies out of their content encodings, bounded: for those who only look. What is scanned is unpacked by detection."""

import re
import zlib

ZLIB_WINDOWS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}  # browsers take a deflate with its head or bare
MOST_LAYERS = 4


def unpacked(body: bytes, encoding: str, most: int) -> bytes | None:
    """The first `most` bytes of a body without its encodings; None where one is unknown or nothing comes out."""
    words = [word for word in re.split(r"[\s,]+", encoding.lower()) if word not in ("", "identity")]
    if len(words) > MOST_LAYERS:
        return None
    for word in reversed(words):
        found = _unbrotlied(body, most) if word == "br" else _inflated(body, ZLIB_WINDOWS.get(word, ()), most)
        if found is None:
            return None
        body = found
    return body[:most]


def _inflated(body: bytes, windows: tuple[int, ...], most: int) -> bytes | None:
    for window in windows:
        found, rest = b"", body
        try:
            while rest and len(found) < most:  # a gzip may have several members
                unpacker = zlib.decompressobj(window)
                found += unpacker.decompress(rest, most - len(found))
                rest = unpacker.unused_data if unpacker.eof else b""
        except zlib.error:
            pass  # what came before the damage is what a visitor sees
        if found or not body:
            return found
    return None


def _unbrotlied(body: bytes, most: int) -> bytes | None:
    try:
        import brotli  # type: ignore[import-untyped]
    except ImportError:
        return None  # detection says that it cannot read it either
    try:
        found: bytes = brotli.Decompressor().process(body, output_buffer_limit=most)
    except brotli.error:
        return None
    return found
