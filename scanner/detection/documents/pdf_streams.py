"""PDF bytes without a PDF reader: every stream with its filters undone, scripts, links, whatever the tables say."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.detection.documents.coded import hex_decoded
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.troubles import TroubleError, damaged

MOST_HEAD = 4096  # bytes in front of `stream` that are looked at for its dictionary
_STREAM = re.compile(rb"stream\r?\n|stream\r(?!\n)")
_NAME = re.compile(rb"/([^\s/<>\[\]()%{}]+)")
_FILTER = re.compile(rb"/F(?:ilter)?\s*(\[[^\]]*\]|/[^\s/<>\[\]()]+)")
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_PREDICTOR = re.compile(rb"/Predictor\s+(\d+)")
_COLUMNS = re.compile(rb"/Columns\s+(\d+)")
_SHORT = {
    b"Fl": b"FlateDecode",
    b"AHx": b"ASCIIHexDecode",
    b"A85": b"ASCII85Decode",
    b"LZW": b"LZWDecode",
    b"RL": b"RunLengthDecode",
}
PICTURES = frozenset({b"DCTDecode", b"DCT", b"JPXDecode", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"})


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its dictionary's bytes with name escapes undone, its filters, and where its bytes lie."""

    head: bytes
    filters: tuple[bytes, ...]
    start: int
    stop: int

    @property
    def picture(self) -> bool:
        """Whether it is pixels, which nothing here judges as bytes."""
        return bool(PICTURES.intersection(self.filters)) or (b"/Image" in self.head and b"/Width" in self.head)


def find_streams(data: bytes) -> Iterator[Stream]:
    """Every stream in file order."""
    behind = 0
    for match in _STREAM.finditer(data):
        if match.start() < behind or data[match.start() - 3 : match.start()] == b"end":
            continue
        stop = data.find(b"endstream", match.end())
        stop = stop if stop >= 0 else len(data)
        begin = max(data.rfind(b"obj", max(0, match.start() - MOST_HEAD), match.start()), match.start() - MOST_HEAD, 0)
        head = unescaped(data[begin : match.start()])
        named = _FILTER.search(head)
        filters = tuple(_SHORT.get(name, name) for name in _NAME.findall(named.group(1))) if named else ()
        behind = stop
        yield Stream(head, filters, match.end(), stop)


def unescaped(raw: bytes) -> bytes:
    """Names with their `#hh` escapes undone."""
    return _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), raw) if b"#" in raw else raw


def decoded(data: bytes, stream: Stream) -> Iterator[bytes]:
    """The stream's bytes with all filters undone."""
    if not stream.filters:
        chunks = iter([data[stream.start : stream.stop]])
    elif stream.filters == (b"FlateDecode",):
        chunks = _flate(data, stream.start, stream.stop)
    else:
        raw = data[stream.start : stream.stop]
        for name in stream.filters:
            raw = b"".join(_bounded(_undo(name, raw)))
        chunks = iter([raw])
    predictor = _PREDICTOR.search(stream.head)
    if predictor is None or int(predictor.group(1)[:4]) < 10:
        yield from chunks
        return
    columns = _COLUMNS.search(stream.head)
    yield unpredicted(b"".join(_bounded(chunks)), int(columns.group(1)[:9]) if columns else 1)


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """At most 64 MiB of an inner layer."""
    room = 64 * 1024 * 1024
    for chunk in chunks:
        yield chunk[:room]
        room -= len(chunk)
        if room <= 0:
            return


def _undo(name: bytes, raw: bytes) -> Iterator[bytes]:
    if name == b"FlateDecode":
        return _flate(raw, 0, len(raw))
    if name == b"ASCIIHexDecode":
        return iter([hex_decoded(raw.split(b">", 1)[0])])
    if name == b"ASCII85Decode":
        return iter([_ascii85(raw)])
    if name == b"LZWDecode":
        return lzw(raw)
    if name == b"RunLengthDecode":
        return iter([_run_lengths(raw)])
    return iter([raw])  # Crypt and pictures: as they are


def _flate(data: bytes, start: int, stop: int) -> Iterator[bytes]:
    """zlib, or raw deflate where the head is broken; trouble after some output is what every PDF reader shrugs off."""
    given = False
    try:
        for chunk in deflated(data, start, Ended(-1), wbits=15, stop=stop):
            given = True
            yield chunk
    except TroubleError:
        if not given:
            yield from deflated(data, start + 2, Ended(-1), stop=stop)


def _ascii85(raw: bytes) -> bytes:
    body = re.sub(rb"[^!-uz]", b"", raw.split(b"~", 1)[0].removeprefix(b"<~"))
    try:
        return base64.a85decode(body)
    except ValueError as error:
        raise damaged("ASCII85") from error


def _run_lengths(raw: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(raw) and raw[at] != 128 and len(out) < 64 * 1024 * 1024:
        length = raw[at]
        if length < 128:
            out += raw[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += raw[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def lzw(raw: bytes) -> Iterator[bytes]:
    """LZW as PDF and TIFF write it: codes of 9 to 12 bits, early change."""
    table = [bytes([value]) for value in range(256)] + [b"", b""]
    held = bits = 0
    width, last = 9, b""
    out = bytearray()
    for byte in raw:
        held, bits = (held << 8 | byte) & 0xFFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & (1 << width) - 1
        if code == 257:
            break
        if code == 256:
            table, width, last = table[:258], 9, b""
            continue
        word = table[code] if code < len(table) else last + last[:1]
        if last:
            table.append(last + word[:1])
        last = word
        width = min(max((len(table) + 1).bit_length(), 9), 12)
        out += word
        if len(out) > 65536:
            yield bytes(out)
            out.clear()
    yield bytes(out)


def unpredicted(raw: bytes, columns: int) -> bytes:
    """PNG predictors None, Sub and Up undone for one-byte pixels; the others are left as they are."""
    if not 0 < columns <= 1 << 16:
        return raw
    out, above = bytearray(), bytes(columns)
    for at in range(0, len(raw), columns + 1):
        kind, row = raw[at], bytearray(raw[at + 1 : at + 1 + columns])
        if kind == 2:
            row = bytearray((one + two) & 255 for one, two in zip(row, above, strict=False))
        elif kind == 1:
            for index in range(1, len(row)):
                row[index] = (row[index] + row[index - 1]) & 255
        out += row
        above = bytes(row)
    return bytes(out)
