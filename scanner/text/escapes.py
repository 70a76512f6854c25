"""Escapes undone in source text: entities, \\u, \\x and octal, CSS, percent, base64 in quotes, joined strings."""

import base64
import binascii
import re
from collections.abc import Iterator
from html.entities import html5

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import BREAK
from scanner.text.places import EditedPlaces, Places

ROUNDS = 3  # escapes inside escapes that are undone
Edit = tuple[int, int, str]

_ENTITY = re.compile(r"&(?:#(?:(\d{1,8})|[xX]([0-9a-fA-F]{1,8}));?|([A-Za-z][A-Za-z0-9]{1,30};))")
_BACKSLASH = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}"  # 1 \u{8d4c}
    r"|(u[0-9a-fA-F]{4}(?:\\{1,2}u[0-9a-fA-F]{4})*)"  # 2 \u8d4c\u535a
    r"|(x[0-9a-fA-F]{2}(?:\\{1,2}x[0-9a-fA-F]{2})*)"  # 3 \xe8\xb5\x8c
    r"|([0-3][0-7]{2}(?:\\[0-3][0-7]{2})+)"  # 4 \350\265\214
    r"|U([0-9a-fA-F]{8})"  # 5 \U00008d4c
    r"|([0-9a-fA-F]{4,6})[ \t\n]?)"  # 6 CSS \8d4c
)
_PERCENT = re.compile(r"%(?:u([0-9a-fA-F]{4}(?:%u[0-9a-fA-F]{4})*)|([0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*))")
_JOINED = re.compile(r"([\"'`])\s{0,20}[+.]\s{0,20}\1")
_PIECE = 1 << 20  # characters looked at in one go
_MIN_BASE64 = 24
_MAX_JOINT = 43  # characters from quote to quote where two strings are joined
_LOOK = 96  # base64 characters by which the rest is judged
_MAX_POINT = 0x10FFFF
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_QUOTE, _BEFORE, _OTHER = 1, 2, 3  # kinds of characters outside base64's alphabet; _BEFORE may stand before a code
_KINDS = np.full(0x10000, _OTHER, dtype=np.uint8)
_KINDS[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")] = 0
_KINDS[list(b"(,=")] = _BEFORE
_KINDS[list(b"\"'`")] = _QUOTE


def unescape(text: str, places: Places) -> tuple[str, Places]:
    """The text with its escapes undone, and its places: what an escape became stands at the whole escape."""
    for _ in range(ROUNDS):
        edits = _edits(text)
        if not edits:
            break
        text, places = apply_edits(text, places, edits)
        if not any(mark in becomes for _, _, becomes in edits for mark in "&%\\'\""):
            break
    return text, places


def apply_edits(text: str, places: Places, edits: list[Edit]) -> tuple[str, Places]:
    """The text with pieces replaced (by place, none inside another), and its places."""
    parts: list[str] = []
    starts: list[int] = []
    sources: list[int] = []
    ends: list[int] = []
    whole: list[bool] = []
    at = length = 0
    for start, end, becomes in (*edits, (len(text), len(text), "")):
        for first, last, piece, is_edit in ((at, start, text[at:start], False), (start, end, becomes, True)):
            if piece:
                parts.append(piece)
                starts.append(length)
                sources.append(first)
                ends.append(last)
                whole.append(is_edit)
                length += len(piece)
        at = end
    if not starts:
        starts, sources, ends, whole = [0], [0], [len(text)], [True]
    return "".join(parts), EditedPlaces(places, starts, sources, ends, whole)


def _edits(text: str) -> list[Edit]:
    """Every escape of the text, by place; of two that overlap the first."""
    found: list[Edit] = []
    if "&" in text:
        found.extend(_entities(text))
    if "\\" in text:
        found.extend(_backslashes(text))
    if "%" in text:
        found.extend(_percents(text))
    found.extend(_quoted(text))
    found.sort()
    out: list[Edit] = []
    for start, end, becomes in found:
        if not out or start >= out[-1][1]:
            out.append((start, end, _clean(becomes)))
    return out


def _clean(text: str) -> str:
    """No lone surrogates, no break of ours."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace(BREAK, "\ufffd")


def _entities(text: str) -> Iterator[Edit]:
    for match in _ENTITY.finditer(text):
        decimal, hexadecimal, name = match.groups()
        if name:
            becomes = html5.get(name)
            if becomes is not None:
                yield *match.span(), becomes
        else:
            yield *match.span(), _char(int(decimal) if decimal else int(hexadecimal, 16))


def _char(point: int) -> str:
    return chr(point) if 0 < point <= _MAX_POINT else "\ufffd"


def _backslashes(text: str) -> Iterator[Edit]:
    for match in _BACKSLASH.finditer(text):
        braced, units, bytes_, octal, wide, css = match.groups()
        if units:
            codes = bytes.fromhex(units.replace("\\", "").replace("u", ""))
            yield from _spread(match.span(), codes.decode("utf-16-be", "replace"), "utf-16-be", len(codes))
        elif bytes_:
            yield from _spread_bytes(match.span(), bytes.fromhex(bytes_.replace("\\", "").replace("x", "")))
        elif octal:
            yield from _spread_bytes(match.span(), bytes(int(one, 8) for one in octal.split("\\")))
        else:
            yield *match.span(), _char(int(braced or wide or css, 16))


def _percents(text: str) -> Iterator[Edit]:
    for match in _PERCENT.finditer(text):
        units, codes = match.groups()
        if units:
            raw = bytes.fromhex(units.replace("%u", ""))
            yield from _spread(match.span(), raw.decode("utf-16-be", "replace"), "utf-16-be", len(raw))
        else:
            yield from _spread_bytes(match.span(), bytes.fromhex(codes.replace("%", "")))


def _spread_bytes(span: tuple[int, int], raw: bytes) -> Iterator[Edit]:
    """A run of escaped bytes: UTF-8, else GB18030, else one character a byte."""
    codec = _codec_of(raw)
    yield from _spread(span, raw.decode(codec), codec, len(raw))


def _codec_of(raw: bytes) -> str:
    for codec in ("utf-8", "gb18030"):
        try:
            raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return "latin-1"


def _spread(span: tuple[int, int], becomes: str, codec: str, size: int) -> Iterator[Edit]:
    """A run of escapes, `size` bytes together: one edit a character where all have one width, else one for the run."""
    start, end = span
    width, left = divmod(end - start, size)
    if left:
        yield start, end, becomes
        return
    for char in becomes:
        stop = start + width * len(char.encode(codec, "replace"))
        yield start, stop, char
        start = stop


def _quoted(text: str) -> Iterator[Edit]:
    """Strings that are joined, and base64, found by where the characters outside base64's alphabet stand."""
    low, size = 0, _PIECE
    while low < len(text):  # in pieces, so that a long text takes little memory
        high = min(low + size, len(text))
        held, last = _quoted_in(text, low, high)
        yield from held
        if high == len(text):
            return
        size = size * 2 if last == low else _PIECE  # a code longer than the piece
        low = last


def _quoted_in(text: str, low: int, high: int) -> tuple[list[Edit], int]:
    """The edits of one piece, and where the next piece begins: at the last character outside the alphabet."""
    kinds = _KINDS.take(_codes(text[low:high]))
    outside = np.flatnonzero(kinds)
    if not len(outside):
        return [], high
    of = kinds.take(outside)
    out = [edit for place in _joints(text, outside[of == _QUOTE] + low) for edit in _join(text, place)]
    at_end = high == len(text)
    edges = np.append(outside, high - low) if at_end else outside
    runs = np.flatnonzero((np.diff(edges) > _MIN_BASE64) & (of[: len(edges) - 1] != _OTHER))
    for start, end in zip((edges[runs] + low + 1).tolist(), (edges[runs + 1] + low).tolist(), strict=True):
        if end == len(text) or text[end] in "=\"'`),<& \t\r\n":
            out.extend(_base64(text, start, end))
    return out, low + int(outside[-1])


def _codes(text: str) -> NDArray[np.uint16]:
    """One code a character; what lies beyond the BMP as 0xFFFF."""
    codes = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.uint16)
    if len(codes) == len(text):
        return codes
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(wide, 0xFFFF).astype(np.uint16)


def _joints(text: str, quotes: NDArray[np.int64]) -> list[int]:
    """The quotes after which two strings may be joined."""
    if len(quotes) < 2:
        return []
    near = np.diff(quotes)
    likely = quotes[:-1][(near > 1) & (near <= _MAX_JOINT)]
    return [place for place in likely.tolist() if text[place + 1] in " \t\r\n+."]


def _join(text: str, place: int) -> Iterator[Edit]:
    match = _JOINED.match(text, place)
    if match:
        yield *match.span(), ""


def _base64(text: str, start: int, end: int) -> Iterator[Edit]:
    code = text[start:end]
    if _is_text(_decoded(code[:_LOOK])) and (whole := _decoded(code)) is not None:
        yield start, end, " " + whole.decode(_codec_of(whole)) + " "


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
                continue
            return codec == "utf-8" or max(head) >= 0x80
    return False
