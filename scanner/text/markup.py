"""What a person reads of a page: tags taken out, hard breaks at block tags, and the attributes that are shown.

A linear pass over character codes instead of a tree: hostile nesting costs a tree builder quadratic time, and every
character left keeps its own place in the source. Scripts, styles and comments are taken out; program code is not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import BREAK
from scanner.text.places import Places

PIECE = 1 << 22  # characters looked at in one go
_ATTRIBUTE_CHARS = 4_096  # of an attribute's value, and of a quoted > inside a tag
_MAX_MENDED = 5_000  # tags of one piece with a quoted > that are looked at one by one
_MAX_ATTRIBUTES = 50_000  # shown attributes of one piece

Codes = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
_EIGHT = np.arange(8)

_TAG_HINT = re.compile(r"<(?:/?[a-zA-Z]|!--|!doctype)", re.I)
_RAW = re.compile(
    r"<(?:(!--)|[sS][cC][rR][iI][pP][tT](?=[\s/>])|([sS][tT][yY][lL][eE])(?=[\s/>]))"  # a comment, a script, a style
)
_COMMENT_END = re.compile(r"-?>|.*?(?:--!?>|\Z)", re.S)
_SCRIPT_END = re.compile(r"</script(?=[\s/>])[^>]{0,4096}>", re.I)
_STYLE_END = re.compile(r"</style(?=[\s/>])[^>]{0,4096}>", re.I)
_WHOLE_TAG = re.compile(r"<(?:=\s{0,8}+(?:\"[^\"]{0,4096}+\"|'[^']{0,4096}+')|[^>])*+>")
_VALUE = re.compile(r"\s{0,8}=\s{0,8}(?:\"([^\"]{0,4096})\"?|'([^']{0,4096})'?|([^\s\"'<>]{1,4096}))")
_SHOWN = ("alt", "title", "placeholder", "value", "content", "label", "aria-label", "summary", "standby")
_SHOWN_NAME = re.compile(rf"(?<![\w:-])(?:{'|'.join(_SHOWN)})\Z", re.I)
_INLINE = (
    *("a", "b", "i", "u", "s", "q", "em", "tt", "big", "sub", "sup", "del", "ins", "kbd", "var", "wbr", "code", "span"),
    *(
        "font",
        "mark",
        "small",
        "strong",
        "abbr",
        "cite",
        "img",
        "dfn",
        "bdi",
        "bdo",
        "samp",
        "acronym",
        "nobr",
        "strike",
    ),
    *("ruby", "rb", "blink", "time", "data", "picture", "source", "object", "script", "style", "link", "meta", "label"),
)


def _packed(name: str) -> int:
    return int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "little")


_INLINE_PACKED = np.array(sorted({_packed(name) for name in _INLINE}), dtype=np.uint64)
_SHOWN_ENDS = np.array(sorted({_packed(name[-3:]) for name in _SHOWN}), dtype=np.uint64)


def looks_like_markup(text: str) -> bool:
    """Whether there are tags to take out."""
    return _TAG_HINT.search(text) is not None


@dataclass(frozen=True, slots=True)
class Stripped:
    """One piece of source: which of its characters stay, and the attribute values that are told after them."""

    low: int
    kept: NDArray[np.bool_]
    values: tuple[tuple[int, int], ...]

    def index(self) -> NDArray[np.int64]:
        """For each character of the stripped text its place in the source."""
        tail = [np.arange(first - 1, last) for first, last in self.values]  # the break before each takes its left edge
        return self.low + np.concatenate((np.flatnonzero(self.kept), *tail))


@dataclass(frozen=True)
class StrippedPlaces:
    """Places of a text made by stripping; exact for every character."""

    inner: Places
    parts: tuple[Stripped, ...]

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        return np.concatenate([part.index() for part in self.parts]) if self.parts else np.zeros(0, dtype=np.int64)

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """Offset and length in bytes, from the first character to the last."""
        if not len(self._index):
            return self.inner.span(0, 0)
        first = int(self._index[min(start, len(self._index) - 1)])
        last = int(self._index[min(end, len(self._index)) - 1]) + 1 if end > start else first
        return self.inner.span(first, max(first, last))


def markup_text(text: str, places: Places) -> tuple[str, Places]:
    """The text without its tags, then the attributes that are shown; and its places. An endless tag stays text."""
    raw = _raw_spans(text)
    shown: list[str] = []
    parts: list[Stripped] = []
    for low, high in _pieces(text, raw):
        here = [(start - low, end - low) for start, end in raw if low <= start < high]
        piece, part = _strip(text[low:high], low, here)
        shown.append(piece)
        parts.append(part)
    return "".join(shown), StrippedPlaces(places, tuple(parts))


def _raw_spans(text: str) -> list[tuple[int, int]]:
    """Where comments, scripts and styles stand, by place; one that never ends reaches to the end of the text."""
    spans: list[tuple[int, int]] = []
    found = _RAW.search(text)
    while found:
        if found[1]:
            closing = _COMMENT_END.match(text, found.end())
        else:
            closing = (_STYLE_END if found[2] else _SCRIPT_END).search(text, found.end())
        end = closing.end() if closing else len(text)
        spans.append((found.start(), end))
        found = _RAW.search(text, end)
    return spans


def _pieces(text: str, raw: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The text in pieces that end where a tag begins, outside scripts and comments."""
    low = 0
    while low < len(text):
        cut = text.find("<", low + PIECE)
        for start, end in raw:
            if start < cut < end:
                cut = end
        high = cut if cut >= 0 else len(text)
        yield low, high
        low = high


def _strip(text: str, low: int, raw: list[tuple[int, int]]) -> tuple[str, Stripped]:
    """One piece without its tags, followed by its shown attributes."""
    codes, codec = _codes(text)
    starts, ends = _tags(text, codes, raw)
    kept = _outside(len(codes), starts, ends)
    values = tuple(_shown_values(text, codes, kept)) if len(starts) else ()
    breaks = _break_places(codes, starts, kept)
    if len(breaks):
        codes = codes.copy()
        codes[breaks] = ord(BREAK)
        kept[breaks] = True
    main = codes[kept].tobytes().decode(codec)
    return BREAK.join((main, *(text[first:last] for first, last in values))), Stripped(low, kept, values)


def _codes(text: str) -> tuple[Codes, str]:
    """The characters as numbers, as narrow as they can be, and the codec that makes them text again."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8), "latin-1"
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) == 2 * len(text):
        return np.frombuffer(raw, np.uint16), "utf-16-le"
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), "utf-32-le"


def _tags(text: str, codes: Codes, raw: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where tags, scripts, styles and comments begin and end, by place, none inside another."""
    opens, closes = (codes == ord("<")).nonzero()[0], (codes == ord(">")).nonzero()[0]
    after = codes[np.minimum(opens + 1, len(codes) - 1)] if len(opens) else codes[:0]
    letter = (after | 0x20) - ord("a")
    opens = opens[(letter < 26) | (after == ord("/")) | (after == ord("!"))]
    which = closes.searchsorted(opens)
    opens, which = opens[which < len(closes)], which[which < len(closes)]
    ends = closes[which] + 1
    _mend_quoted(text, codes, opens, ends)
    if raw:
        extra = np.array(raw, dtype=np.int64)
        opens, ends = np.concatenate((opens, extra[:, 0])), np.concatenate((ends, extra[:, 1]))
        order = np.lexsort((-ends, opens))
        opens, ends = opens[order], ends[order]
    if not len(opens):
        return opens, ends
    reach = np.maximum.accumulate(ends)
    outer = np.concatenate(([True], opens[1:] >= reach[:-1])).nonzero()[0]
    return opens.take(outer), ends.take(outer)


def _mend_quoted(
    text: str,
    codes: Codes,
    opens: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> None:
    """Moves the end of tags that were cut at a > inside a quoted value: those with an odd number of quotes."""
    for quote in "\"'":
        marks = (codes == ord(quote)).nonzero()[0]
        if not len(marks):
            continue
        odd = ((marks.searchsorted(ends) ^ marks.searchsorted(opens)) & 1).nonzero()[0]
        for number in odd[:_MAX_MENDED].tolist():
            found = _WHOLE_TAG.match(text, int(opens[number]))
            if found:
                ends[number] = found.end()


def _outside(length: int, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which characters lie in no span."""
    edges = np.zeros(2 * len(starts) + 2, dtype=np.int64)
    edges[1:-1:2], edges[2:-1:2], edges[-1] = starts, ends, length
    kept = np.ones(len(edges) - 1, dtype=np.bool_)
    kept[1::2] = False
    spread: NDArray[np.bool_] = np.repeat(kept, np.diff(edges))
    return spread


def _is_one_of(packed: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of the packed names are known; `known` is sorted."""
    found: NDArray[np.bool_] = known.take(known.searchsorted(packed), mode="clip") == packed
    return found


def _names(codes: Codes, starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The first eight letters of each tag's name, lower case, packed; 0 for a comment or declaration."""
    last = len(codes) - 1
    begin = starts + 1
    begin += codes[np.minimum(begin, last)] == ord("/")
    letters = codes[np.minimum(begin[:, None] + _EIGHT, last)]
    low = np.minimum(letters | 0x20, 127).astype(np.uint8)
    is_name = ((low - np.uint8(97)) < 26) | ((letters - 48) < 10)
    low *= np.logical_and.accumulate(is_name, axis=1)
    packed: NDArray[np.uint64] = low.view(np.uint64)[:, 0]
    return packed


def _break_places(codes: Codes, starts: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where block tags begin, one of those that nothing stands between; none between single characters."""
    if not len(starts):
        return starts
    names = _names(codes, starts)
    blocks = starts.compress((names != 0) & ~_is_one_of(names, _INLINE_PACKED))
    if not len(blocks):
        return blocks
    before = (
        (kept & ((codes > 32) | (codes == ord(BREAK)))).nonzero()[0].searchsorted(blocks)
    )  # characters shown before each
    first = np.concatenate(([True], before[1:] != before[:-1]))
    blocks, before = blocks.compress(first), before[first]
    sizes = np.diff(before, prepend=before[0] - 9)  # of the block before each break
    after = np.append(sizes[1:], 9)
    return blocks.compress((sizes != 1) | (after != 1))


def _shown_values(text: str, codes: Codes, kept: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where the values of shown attributes stand, found by the equals signs inside tags."""
    signs = ((codes == ord("=")) & ~kept).nonzero()[0]
    signs = signs[signs > 3]
    back = signs - 1
    back = back - (codes[back] == 0x20)
    packed = np.zeros(len(signs), dtype=np.uint64)
    for place in range(3):
        packed |= (codes[back - 2 + place].astype(np.uint64) | np.uint64(0x20)) << np.uint64(8 * place)
    likely = _is_one_of(packed, _SHOWN_ENDS)
    last_end = 0
    for sign, end in zip(signs[likely][:_MAX_ATTRIBUTES].tolist(), back[likely].tolist(), strict=False):
        if sign < last_end or not _SHOWN_NAME.search(text, max(0, end - 11), end + 1):
            continue
        found = _VALUE.match(text, sign)
        if found and found.lastindex:
            first, last = found.span(found.lastindex)
            last_end = last
            if last > first:
                yield first, last
