"""What a person reads of a page: tags taken out, hard breaks at block tags, and the attributes that are shown.

A linear pass over character codes instead of a tree: hostile nesting costs a tree builder quadratic time, and every
character left keeps its own place in the source. Scripts, styles and comments are taken out; program code is not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scanner.text.folding import BREAK
from scanner.text.places import Places
from scanner.text.raw import RawSpan, raw_spans, raw_spans_among

PIECE = 1 << 22  # characters looked at in one go
_ATTRIBUTE_CHARS = 4_096  # of an attribute's value, and of a quoted > inside a tag
_MAX_MENDED = 5_000  # tags of one piece with a quoted > that are looked at one by one
_MAX_ATTRIBUTES = 50_000  # shown attributes of one piece

Codes = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]
Numbers = NDArray[np.int64]
Packed = TypeVar("Packed", np.uint32, np.uint64)
_MARKS = b"<>\"'="  # what tags are made of
_IS_MARK = np.zeros(0x10000, dtype=np.bool_)
_IS_MARK[list(_MARKS)] = True
_IS_LATIN_MARK = _IS_MARK[:256].tobytes()
_OPENS_TAG = np.zeros(0x100, dtype=np.bool_)  # by the character behind a <
_OPENS_TAG[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/!")] = True
_DOUBLE, _SINGLE = 1, 1 << 32
_QUOTES = np.zeros(0x100, dtype=np.int64)  # counts of both kinds of quotes in one number
_QUOTES[[ord('"'), ord("'")]] = _DOUBLE, _SINGLE
_TRUE = np.ones(1, dtype=np.bool_)
_ONE, _SEVEN = np.uint64(1), np.uint64(7)
_ONES, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_EIGHT, _LAST_FOUR = np.arange(8), np.arange(-3, 1)
_NAME = np.zeros(0x100, dtype=np.uint8)  # letters in lower case and digits; all else is 0
_NAME[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] = list(b"abcdefghijklmnopqrstuvwxyz")
_NAME[list(b"abcdefghijklmnopqrstuvwxyz0123456789")] = list(b"abcdefghijklmnopqrstuvwxyz0123456789")


_TAG_HINT = re.compile(r"<(?:/?[a-zA-Z]|!--|!doctype)", re.I)
_WHOLE_TAG = re.compile(r"<(?:=\s{0,8}+(?:\"[^\"]{0,4096}+\"|'[^']{0,4096}+')|[^>])*+>")
_VALUE = re.compile(r"\s{0,8}=\s{0,8}(?:\"([^\"]{0,4096})\"?|'([^']{0,4096})'?|([^\s\"'<>]{1,4096}))")
_SHOWN = ("alt", "title", "placeholder", "value", "content", "label", "aria-label", "summary", "standby")
_SHOWN_NAMES = frozenset(_SHOWN)
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
_SHOWN_ENDS = np.array(sorted({_packed(name[-3:]) for name in _SHOWN}), dtype=np.uint32)


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
    if 0 < len(text) <= PIECE:
        whole, only = _strip(text, 0, None)
        return whole, StrippedPlaces(places, (only,))
    raw = raw_spans(text)
    shown: list[str] = []
    parts: list[Stripped] = []
    for low, high in _pieces(text, raw):
        here = [(start - low, end - low) for start, end in raw if low <= start < high]
        piece, part = _strip(text[low:high], low, here)
        shown.append(piece)
        parts.append(part)
    return "".join(shown), StrippedPlaces(places, tuple(parts))


def _pieces(text: str, raw: list[RawSpan]) -> Iterator[tuple[int, int]]:
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


def _strip(text: str, low: int, raw: list[RawSpan] | None) -> tuple[str, Stripped]:
    """One piece without its tags, followed by its shown attributes; `raw` is None where they are not known."""
    source = _source(text)
    starts, ends = _tags(source, raw)
    kept = _outside(len(text), starts, ends)
    values = tuple(_shown_values(source, kept)) if len(starts) else ()
    codes, breaks = source.codes, _break_places(source, starts, kept)
    if len(breaks):
        codes = codes.copy()
        codes[breaks] = ord(BREAK)
        kept[breaks] = True
    main = codes[kept].tobytes().decode(source.codec)
    return BREAK.join((main, *(text[first:last] for first, last in values))), Stripped(low, kept, values)


@dataclass(frozen=True, slots=True)
class Source:
    """A piece as numbers, as narrow as they can be, the codec that makes them text again, and the characters that tags
    are made of: where they stand, and which they are."""

    text: str
    codes: Codes
    codec: str
    places: Numbers
    marks: Codes

    def where(self, mark: str) -> Numbers:
        """The places of one of those characters."""
        found: Numbers = self.places[self.marks == ord(mark)]
        return found


def _source(text: str) -> Source:
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        codes, codec = _wide_codes(text)
        is_mark = _IS_MARK.take(codes, mode="clip")
    else:
        codes, codec = np.frombuffer(raw, np.uint8), "latin-1"
        is_mark = np.frombuffer(raw.translate(_IS_LATIN_MARK), np.bool_)
    places = is_mark.nonzero()[0]
    return Source(text, codes, codec, places, codes.take(places))


def _wide_codes(text: str) -> tuple[Codes, str]:
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) == 2 * len(text):
        return np.frombuffer(raw, np.uint16), "utf-16-le"
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), "utf-32-le"


def _tags(source: Source, raw: list[RawSpan] | None) -> tuple[Numbers, Numbers]:
    """Where tags, scripts, styles and comments begin and end, by place, none inside another."""
    codes, marks = source.codes, source.marks
    opens, closes = (marks == ord("<")).nonzero()[0], (marks == ord(">")).nonzero()[0]
    after = codes.take(source.places.take(opens) + 1, mode="clip")
    raw = _raw_of(source, opens, after) if raw is None else raw
    opens = opens[_OPENS_TAG.take(after, mode="clip")]
    which = closes.searchsorted(opens)
    if len(which) and which[-1] == len(closes):
        opens, which = opens[which < len(closes)], which[which < len(closes)]
    closes = closes.take(which)
    starts, ends = source.places.take(opens), source.places.take(closes) + 1
    _mend_quoted(source, opens, closes, ends)
    if raw:
        starts, ends = _with(starts, ends, np.array(raw, dtype=np.int64))
    if not len(starts):
        return starts, ends
    reach = np.maximum.accumulate(ends)
    outer = np.concatenate((_TRUE, starts[1:] >= reach[:-1])).nonzero()[0]
    return starts.take(outer), ends.take(outer)


def _raw_of(source: Source, opens: Numbers, after: Codes) -> list[RawSpan]:
    """The scripts, styles and comments, looked for where the two characters behind a < are the right ones."""
    likely = (after == ord("!")) | ((after | 0x20) == ord("s"))
    places = source.places.take(opens.compress(likely))
    then = source.codes.take(places + 2, mode="clip") | 0x20
    places = places.compress((then == ord("c")) | (then == ord("t")) | (then == ord("-")))
    return raw_spans_among(source.text, places.tolist())


def _with(starts: Numbers, ends: Numbers, raw: Numbers) -> tuple[Numbers, Numbers]:
    """Tags and raw stretches, by place; where both begin at one place, the longer one."""
    where = starts.searchsorted(raw[:, 0])
    is_tag = starts.take(where, mode="clip") == raw[:, 0] if len(starts) else np.zeros(len(raw), dtype=np.bool_)
    known = where.compress(is_tag)
    ends[known] = np.maximum(ends.take(known), raw[:, 1].compress(is_tag))
    if is_tag.all():
        return starts, ends
    where, others = where.compress(~is_tag), raw.compress(~is_tag, axis=0)
    return np.insert(starts, where, others[:, 0]), np.insert(ends, where, others[:, 1])


def _mend_quoted(source: Source, opens: Numbers, closes: Numbers, ends: Numbers) -> None:
    """Moves the end of tags that were cut at a > inside a quoted value: those with an odd number of quotes.

    `opens` and `closes` are places among the marks.
    """
    count = _QUOTES.take(source.marks, mode="clip").cumsum()
    odd = (count.take(closes) ^ count.take(opens)) & (_DOUBLE | _SINGLE)
    if not odd.any():
        return
    for number in odd.nonzero()[0][:_MAX_MENDED].tolist():
        found = _WHOLE_TAG.match(source.text, int(source.places[opens[number]]))
        if found:
            ends[number] = found.end()


def _outside(length: int, starts: Numbers, ends: Numbers) -> NDArray[np.bool_]:
    """Which characters lie in no span."""
    edges = np.zeros(2 * len(starts) + 2, dtype=np.int64)
    edges[1:-1:2], edges[2:-1:2], edges[-1] = starts, ends, length
    kept = np.ones(len(edges) - 1, dtype=np.bool_)
    kept[1::2] = False
    spread: NDArray[np.bool_] = kept.repeat(edges[1:] - edges[:-1])
    return spread


def _is_one_of(packed: NDArray[Packed], known: NDArray[Packed]) -> NDArray[np.bool_]:
    """Which of the packed names are known; `known` is sorted."""
    found: NDArray[np.bool_] = known.take(known.searchsorted(packed), mode="clip") == packed
    return found


def _names(codes: Codes, starts: Numbers) -> NDArray[np.uint64]:
    """The first eight letters and digits of each tag's name, lower case, packed; 0 for a comment or declaration.

    Eight characters are looked at as one number, in which what is no letter and no digit is 0; the name ends at the
    first of those.
    """
    begin = starts + 1
    begin += codes.take(begin, mode="clip") == ord("/")
    letters = _NAME.take(codes.take(begin[:, None] + _EIGHT, mode="clip"), mode="clip")
    packed: NDArray[np.uint64] = letters.view(np.uint64)[:, 0]
    end = (packed - _ONES) & ~packed & _HIGH  # the lowest bit that is set belongs to the first byte that is 0
    end &= np.uint64(0) - end
    packed &= (end >> _SEVEN) - _ONE
    return packed


def _break_places(source: Source, starts: Numbers, kept: NDArray[np.bool_]) -> Numbers:
    """Where block tags begin, one of those that nothing stands between; none between single characters."""
    if not len(starts):
        return starts
    names = _names(source.codes, starts)
    blocks = starts.compress((names != 0) & ~_is_one_of(names, _INLINE_PACKED))
    if not len(blocks):
        return blocks
    shown = kept & (source.codes > 32)
    if BREAK in source.text:
        shown |= kept & (source.codes == ord(BREAK))
    before = shown.nonzero()[0].searchsorted(blocks)  # characters shown before each
    first = np.concatenate((_TRUE, before[1:] != before[:-1]))
    blocks, before = blocks.compress(first), before.compress(first)
    sizes = np.empty(len(blocks) + 1, dtype=np.int64)  # of the blocks before and behind each break
    sizes[0], sizes[-1], sizes[1:-1] = 9, 9, before[1:] - before[:-1]
    return blocks.compress((sizes[:-1] != 1) | (sizes[1:] != 1))


def _shown_values(source: Source, kept: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where the values of shown attributes stand, found by the equals signs inside tags."""
    text, codes, signs = source.text, source.codes, source.where("=")
    signs = signs[~kept.take(signs) & (signs > 3)]
    back = signs - 1
    back -= codes.take(back) == 0x20
    letters = codes.take(back[:, None] + _LAST_FOUR).astype(np.uint8) | np.uint8(0x20)
    packed = letters.view(np.uint32)[:, 0] >> np.uint32(8)  # of what is no ASCII too, which the names tell apart
    likely = _is_one_of(packed, _SHOWN_ENDS)
    last_end = 0
    for sign, end in zip(signs[likely][:_MAX_ATTRIBUTES].tolist(), back[likely].tolist(), strict=False):
        if sign < last_end or not _is_shown(text, end):
            continue
        first, last = _value(text, sign)
        last_end = max(last, last_end)
        if last > first:
            yield first, last


def _is_shown(text: str, end: int) -> bool:
    """Whether the name that ends with this character is that of an attribute that is shown."""
    first = max(0, end - 11)
    _, blank, name = text[first : end + 1].rpartition(" ")
    return (blank != "" and name in _SHOWN_NAMES) or _SHOWN_NAME.search(text, first, end + 1) is not None


def _value(text: str, sign: int) -> tuple[int, int]:
    """Where the value behind an equals sign stands; an empty span at 0 if there is none."""
    if text.startswith('"', sign + 1):  # mostly
        first = sign + 2
        last = text.find('"', first, first + _ATTRIBUTE_CHARS)
        return first, last if last >= 0 else min(first + _ATTRIBUTE_CHARS, len(text))
    found = _VALUE.match(text, sign)
    return found.span(found.lastindex) if found and found.lastindex else (0, 0)
