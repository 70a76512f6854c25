"""Text in quotes that is not as it reads: base64, and strings joined from parts."""

import base64
import binascii
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scanner.text.edits import Edit
from scanner.text.folding import without_breaks
from scanner.text.linear import linear

_JOINED = re.compile(r"([\"'`])\s{0,20}[+.]\s{0,20}\1")
_MIN_BASE64 = 24
# Over UTF-8: matches wherever there can be a joint or a code, at a fifth of the cost of the exact look. Any byte that
# is no ASCII may be a space here.
_WORTH_A_LOOK = linear(
    rb"[\"'`][\x00-\x20\x80-\xff]*[+.][\x00-\x20\x80-\xff]*[\"'`]|[\"'`(,=][A-Za-z0-9+/]{%d}" % _MIN_BASE64
)
_MAX_JOINT = 43  # characters from quote to quote where two strings are joined
_LOOK = 96  # base64 characters by which the rest is judged
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_QUOTE, _BEFORE, _OTHER = 1, 2, 3  # kinds of characters outside base64's alphabet; _BEFORE may stand before a code
_KINDS = np.full(0x10000, _OTHER, dtype=np.uint8)
_KINDS[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")] = 0
_KINDS[list(b"(,=")] = _BEFORE
_KINDS[list(b"\"'`")] = _QUOTE
_JOINT = np.zeros(0x10000, dtype=np.bool_)  # what may stand between a quote and the other at a joint: blanks and signs
_JOINT[[ord(char) for char in "+.\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"]] = True
_JOINT[0x2000:0x200B] = True
_ASCII_KINDS = _KINDS[:256].tobytes()
_ASCII_OUTSIDE = bytes(map(bool, _ASCII_KINDS))


def quoted(text: str) -> Iterator[Edit]:
    """Joints of strings to be left out, and base64 to be read, in no order.

    Both are found by where the characters outside base64's alphabet stand.
    """
    data = text.encode("utf-8", "surrogatepass")
    if _WORTH_A_LOOK.search(data) is None:
        return
    if len(data) == len(text):  # ASCII
        codes: NDArray[np.uint8] | NDArray[np.uint16] = np.frombuffer(data, np.uint8)
        kinds = np.frombuffer(data.translate(_ASCII_KINDS), np.uint8)
        outside = np.frombuffer(data.translate(_ASCII_OUTSIDE), np.bool_).nonzero()[0]
    else:
        codes = _codes(text)
        kinds = _KINDS.take(codes)
        outside = kinds.astype(np.bool_).nonzero()[0]
    of = kinds.take(outside)
    yield from _joints(text, codes, outside.compress(of == _QUOTE))
    edges = np.append(outside, len(text))
    runs = np.flatnonzero((np.diff(edges) > _MIN_BASE64) & (of != _OTHER))
    for start, end in zip((edges.take(runs) + 1).tolist(), edges.take(runs + 1).tolist(), strict=True):
        if end == len(text) or text[end] in "=\"'`),<& \t\r\n":
            yield from _base64(text, start, end)


def _codes(text: str) -> NDArray[np.uint16]:
    """One code a character; what lies beyond the BMP as 0xFFFF."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    if len(codes) == len(text):
        return codes
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(wide, 0xFFFF).astype(np.uint16)


def _joints(text: str, codes: NDArray[np.uint8] | NDArray[np.uint16], quotes: NDArray[np.int64]) -> Iterator[Edit]:
    if len(quotes) < 2:
        return
    before, behind = quotes[:-1], quotes[1:]
    near = behind - before
    likely = ((near > 1) & (near <= _MAX_JOINT)).nonzero()[0]
    before, behind = before.take(likely), behind.take(likely)
    ends = _JOINT.take(codes.take(before + 1)) & _JOINT.take(codes.take(behind - 1))
    for place in before.compress(ends).tolist():
        if text[place + 1] in " \t\r\n+." and (match := _JOINED.match(text, place)):
            yield Edit(*match.span(), "")


def _base64(text: str, start: int, end: int) -> Iterator[Edit]:
    code = text[start:end]
    if _is_text(_decoded(code[:_LOOK])) and (whole := _decoded(code)) is not None:
        padding = len(text[end : end + 2]) - len(text[end : end + 2].lstrip("="))
        yield Edit(start, end + padding, " " + without_breaks(whole.decode(codec_of_bytes(whole))) + " ")


def codec_of_bytes(raw: bytes) -> str:
    """UTF-8, else GB18030, else one character a byte."""
    for codec in ("utf-8", "gb18030"):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue  # the next one; the last takes any bytes
        return codec
    return "latin-1"


def _decoded(code: str) -> bytes | None:
    body = code.rstrip("=")
    if len(body) % 4 == 1:
        return None
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_text(head: bytes | None) -> bool:
    """Whether decoded bytes are text: no controls, and valid up to a cut last character."""
    if not head or head.translate(None, _CONTROLS) != head:
        return False
    for codec in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(codec)
            except UnicodeDecodeError:
                continue  # the cut may go through a character
            return codec == "utf-8" or max(head) >= 0x80
    return False
