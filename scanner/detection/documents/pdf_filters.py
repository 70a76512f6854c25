"""The filters of PDF streams undone: flate, LZW, hex, ASCII85, run lengths, and the predictors behind them."""

import re
import sys
from array import array
from collections.abc import Iterator

from scanner.detection.documents.coded import hex_decoded
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

MOST_LAYER = 64 * 1024 * 1024  # bytes of an inner layer
MOST_SLOW = 8 * 1024 * 1024  # bytes whose predictors are undone one by one
_NO_DIGITS = bytes(byte for byte in range(256) if not 33 <= byte <= 117 and byte != 122)  # of ASCII85
_DIGITS = bytes(max(byte - 33, 0) for byte in range(256))
_PARAMETER = re.compile(rb"/(Predictor|Columns|Colors|BitsPerComponent|EarlyChange)\s+(\d{1,9})")


def undone(data: bytes, start: int, stop: int, filters: tuple[bytes, ...], head: bytes) -> Iterator[bytes]:
    """The bytes from `start` to `stop` with `filters` undone; `head` is the dictionary, for their parameters.

    A flate stream in front ends where it says itself, not where the word `endstream` stands in it.
    """
    if not filters:
        yield data[start:stop]
        return
    parameters = {name: int(value) for name, value in reversed(_PARAMETER.findall(head))}
    last = max((at for at, name in enumerate(filters) if name in (b"FlateDecode", b"LZWDecode")), default=-1)
    raw = data[start:stop]
    for number, name in enumerate(filters):
        if name == b"FlateDecode":
            chunks = _flate(*((data, start) if number == 0 else (raw, 0)))
        else:
            chunks = _undo(name, raw, parameters)
        if number == last and parameters.get(b"Predictor", 1) > 1:
            raw = _unpredicted(b"".join(_bounded(chunks)), parameters)
        elif number + 1 == len(filters):
            yield from chunks
            return
        else:
            raw = b"".join(_bounded(chunks))
    yield raw


def _bounded(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """At most MOST_LAYER bytes of an inner layer; TroubleError behind them if there is more."""
    room = MOST_LAYER
    for chunk in chunks:
        if len(chunk) > room:
            raise TroubleError(Reason.OVER_SIZE, f"more than {MOST_LAYER} bytes under a filter")
        yield chunk
        room -= len(chunk)


def _undo(name: bytes, raw: bytes, parameters: dict[bytes, int]) -> Iterator[bytes]:
    if name == b"ASCIIHexDecode":
        return iter([hex_decoded(raw.split(b">", 1)[0])])
    if name == b"ASCII85Decode":
        return iter([_ascii85(raw)])
    if name == b"LZWDecode":
        return lzw(raw, parameters.get(b"EarlyChange", 1))
    if name == b"RunLengthDecode":
        return iter([_run_lengths(raw)])
    return iter([raw])  # Crypt and pictures: as they are


def _flate(data: bytes, start: int) -> Iterator[bytes]:
    """zlib, or raw deflate where the head is broken; trouble after some output is what every PDF reader shrugs off."""
    given = False
    try:
        for chunk in deflated(data, start, Ended(-1), wbits=15):
            given = True
            yield chunk
    except TroubleError:
        if not given:
            yield from deflated(data, start + 2, Ended(-1))


def _ascii85(raw: bytes) -> bytes:
    body = raw.split(b"~", 1)[0].removeprefix(b"<~").translate(None, _NO_DIGITS).replace(b"z", b"!!!!!")
    short = -len(body) % 5
    digits = (body + b"u" * short).translate(_DIGITS)
    groups = zip(digits[::5], digits[1::5], digits[2::5], digits[3::5], digits[4::5], strict=True)
    try:
        words = array("I", [(((a * 85 + b) * 85 + c) * 85 + d) * 85 + e for a, b, c, d, e in groups])
    except OverflowError as error:
        raise damaged("ASCII85") from error
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()[: len(words) * 4 - short]


def _run_lengths(raw: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(raw) and raw[at] != 128:
        if len(out) > MOST_LAYER:
            raise TroubleError(Reason.OVER_SIZE, f"more than {MOST_LAYER} bytes of run lengths")
        length = raw[at]
        if length < 128:
            out += raw[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += raw[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def lzw(raw: bytes, early: int = 1) -> Iterator[bytes]:
    """LZW as PDF and TIFF write it: codes of 9 to 12 bits, which widen one code early unless `early` is 0."""
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
        if last and len(table) < 4096:
            table.append(last + word[:1])
        last = word
        width = min(max((len(table) + early).bit_length(), 9), 12)
        out += word
        if len(out) > 65536:
            yield bytes(out)
            out.clear()
    yield bytes(out)


def _unpredicted(raw: bytes, parameters: dict[bytes, int]) -> bytes:
    colors, bits = parameters.get(b"Colors", 1), parameters.get(b"BitsPerComponent", 8)
    width = -(-parameters.get(b"Columns", 1) * colors * bits // 8)
    step = max(colors * bits // 8, 1)
    if parameters[b"Predictor"] >= 10:
        return unpredicted(raw, width, step)
    return _sums(raw, width, step) if bits == 8 else raw


def _sums(raw: bytes, width: int, step: int) -> bytes:
    """TIFF's predictor undone: each byte is told as what it is more than the one `step` in front of it."""
    if len(raw) > MOST_SLOW:
        raise TroubleError(Reason.OVER_SIZE, f"predictors over more than {MOST_SLOW} bytes")
    width = max(width, 1)
    return b"".join(_sub(raw[at : at + width], step) for at in range(0, len(raw), width))


def _sub(raw: bytes, step: int) -> bytes:
    row = bytearray(raw)
    for index in range(step, len(row)):
        row[index] = (row[index] + row[index - step]) & 255
    return bytes(row)


def unpredicted(raw: bytes, columns: int, step: int = 1) -> bytes:
    """PNG's predictors undone in rows of `columns` bytes, `step` bytes to a pixel."""
    if columns < 1:
        return raw
    columns = min(columns, len(raw))  # more is one row
    out, above, slow = [], bytes(columns), 0
    for at in range(0, len(raw), columns + 1):
        kind, row = raw[at], raw[at + 1 : at + 1 + columns]
        if kind == 2:
            row = bytes((one + two) & 255 for one, two in zip(row, above, strict=False))
        elif kind == 1:
            row = _sub(row, step)
        elif kind in (3, 4):
            slow += len(row)
            row = _mixed(row, above, step, kind)
        if slow > MOST_SLOW:
            raise TroubleError(Reason.OVER_SIZE, f"predictors over more than {MOST_SLOW} bytes")
        out.append(row)
        above = row.ljust(columns, b"\0")
    return b"".join(out)


def _mixed(raw: bytes, above: bytes, step: int, kind: int) -> bytes:
    """A row told by the mean of its neighbours (3), or by the nearest of three (4, Paeth's)."""
    row = bytearray(raw)
    for index in range(len(row)):
        left, corner = (row[index - step], above[index - step]) if index >= step else (0, 0)
        up = above[index]
        row[index] = (row[index] + ((left + up) >> 1 if kind == 3 else _nearest(left, up, corner))) & 255
    return bytes(row)


def _nearest(left: int, up: int, corner: int) -> int:
    by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner
