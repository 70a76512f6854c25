"""Folding: one table gather that makes all writings of a character one, drops what only separates, keeps the index.

Kept characters become simplified, half-width, lower-case, accent-free; circled and mathematical letters and digits,
and Cyrillic or Greek look-alikes, become the plain ones. Marks, spaces and invisible characters are dropped. The break
between blocks stays, so that no hit crosses it.
"""

import zlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BREAK = "\x02"  # ASCII, so that ASCII pages stay ASCII; decoders of this package never let it through
STAND_IN = "\x03"  # what a break of the content's own becomes: as invisible, as long, and dropped as it was
MARK, SPACE, INVISIBLE, EXPANDED = 1 << 30, 1 << 29, 1 << 28, 1 << 27
_SOFT = (1 << 21) - 1
_PIECE = 1 << 22  # characters folded in one go
_SHORT = 16  # characters below which a plain loop is faster than numpy
_GROWS = 0xFFFF  # in the 16-bit table: the character becomes several
_ASCII_DROPPED = bytes(c for c in range(128) if not chr(c).isalnum() and chr(c) != BREAK)
_ASCII_LOWER = bytes(range(128)).lower() + bytes(128)
_ASCII_KEPT = bytes(c not in _ASCII_DROPPED for c in range(128)) + bytes(128)  # a table for translate, read as truths
_STRANGE = b"\xff"  # stands for what Latin-1 does not fold to one of its own bytes; nothing folds to it
_PARTING = np.zeros(0x10000, dtype=np.bool_)  # marks that nobody writes between two hanzi to say something
_PARTING[[ord(mark) for mark in "*·•‧.-_~|/\\^=#@&★☆✦✧◆◇■□●○※"]] = True


@dataclass(frozen=True, slots=True)
class FoldTable:
    """`wide` maps every code point to its folded one or to flags; `narrow` is the BMP with 0 for dropped."""

    wide: NDArray[np.uint32]
    narrow: NDArray[np.uint16]
    expansions: dict[int, str]


@cache
def fold_table() -> FoldTable:
    """The table beside this module, read once per process."""
    body = zlib.decompress((Path(__file__).parent / "fold_table.bin").read_bytes()).decode()
    runs, _, grown = body.partition("\n\n")
    wide = np.arange(0x110000, dtype=np.uint32)
    for line in runs.splitlines():
        first, last, value, step = (int(part, 16) for part in line.split(" "))
        wide[first : last + 1] = value + np.arange(last + 1 - first) * step
    expansions = {int(point, 16): text for point, text in (line.split(" ", 1) for line in grown.splitlines())}
    wide[list(expansions)] = EXPANDED
    narrow = np.where(wide[:0x10000] >= EXPANDED, 0, wide[:0x10000]).astype(np.uint16)
    narrow[[point for point in expansions if point < 0x10000]] = _GROWS
    return FoldTable(wide, narrow, expansions)


def without_breaks(text: str) -> str:
    """Text from outside, in which nothing is a break between blocks; same length."""
    return text.replace(BREAK, STAND_IN)


@dataclass(frozen=True)
class Folded:
    """Folded `text` of `source`; `index[i]` is where in `source` the folded character i stands (made when asked)."""

    source: str
    text: str

    @cached_property
    def index(self) -> NDArray[np.int32]:
        """Position in `source` of each folded character."""
        return _index(self.source)

    def touch(self, place: int) -> bool:
        """Whether nothing stands between a folded character and the next."""
        return bool(self._places[place + 1] == self._places[place] + 1)

    @cached_property
    def _places(self) -> "memoryview[int]":
        """The index, one number of which is read faster than from an array."""
        return self.index.data

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span of `source` that the folded span covers, without what was dropped round it."""
        if start >= end:
            place = int(self.index[start]) if start < len(self.text) else len(self.source)
            return place, place
        return int(self.index[start]), int(self.index[end - 1]) + 1


def fold(text: str) -> Folded:
    """The folded form of any text; lone surrogates are dropped like marks."""
    return Folded(text, fold_text(text))


def fold_text(text: str) -> str:
    """The folded form alone."""
    if text.isascii():
        return text.encode("ascii").translate(_ASCII_LOWER, _ASCII_DROPPED).decode("ascii")
    if len(text) > _PIECE:
        return "".join(_fold_piece(text[low : low + _PIECE]) for low in range(0, len(text), _PIECE))
    raw = _latin(text)
    if raw is not None:
        folded = raw.translate(*_latin_tables()[:2])
        if _STRANGE not in folded:
            return folded.decode("latin-1")
    return _fold_piece(text)


def _latin(text: str) -> bytes | None:
    """The text as bytes of Latin-1, None where it holds more."""
    if text[len(text) // 2 : len(text) // 2 + 1] > "\xff":  # mostly tells, and a refusal is dear
        return None
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


@cache
def _latin_tables() -> tuple[bytes, bytes, bytes]:
    """For Latin-1: what each byte folds to, the bytes that are dropped, which are kept (1) and which are not (0).

    _STRANGE in the first and the last stands for what does not fold to one byte.
    """
    values = [int(value) for value in fold_table().narrow[:256]]
    folds = bytes(value if value < 0xFF else _STRANGE[0] for value in values)
    dropped = bytes(byte for byte in range(256) if not values[byte])
    return folds, dropped, bytes(min(value, 1) if value < 0xFF else _STRANGE[0] for value in values)


def _fold_piece(text: str) -> str:
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) != 2 * len(text):
        return _fold_wide(text)
    values = fold_table().narrow.take(np.frombuffer(raw, np.uint16), mode="clip")
    if len(values) and values.max() == _GROWS:
        return _fold_wide(text)
    kept: bytes = values.take((values != 0).nonzero()[0]).tobytes()
    return kept.decode("utf-16-le")


def _fold_wide(text: str) -> str:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    values = fold_table().wide.take(points, mode="clip")
    if (values == EXPANDED).any():
        values = _grow(points, values)[0]
    kept: bytes = values[values < EXPANDED].tobytes()
    return kept.decode("utf-32-le")


def _index(text: str) -> NDArray[np.int32]:
    if len(text) <= _PIECE:
        return _index_piece(text) if text else np.zeros(0, dtype=np.int32)
    lows = range(0, len(text), _PIECE)
    return np.concatenate([_index_piece(text[low : low + _PIECE]) + np.int32(low) for low in lows])


def _index_piece(text: str) -> NDArray[np.int32]:
    if text.isascii():
        return np.frombuffer(text.encode("ascii").translate(_ASCII_KEPT), np.bool_).nonzero()[0].astype(np.int32)
    latin = _latin(text)
    if latin is not None and _STRANGE not in (kept := latin.translate(_latin_tables()[2])):
        return np.frombuffer(kept, np.bool_).nonzero()[0].astype(np.int32)
    raw = text.encode("utf-16-le", "surrogatepass")
    if len(raw) == 2 * len(text):
        narrow = fold_table().narrow.take(np.frombuffer(raw, np.uint16), mode="clip")
        if narrow.max() != _GROWS:
            return np.flatnonzero(narrow).astype(np.int32)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    values = fold_table().wide.take(points, mode="clip")
    if (values == EXPANDED).any():
        values, places = _grow(points, values)
        return places[values < EXPANDED].astype(np.int32)
    return np.flatnonzero(values < EXPANDED).astype(np.int32)


def _grow(points: NDArray[np.uint32], values: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Values with every expansion written out, and the place each came from."""
    expansions = fold_table().expansions
    counts = np.ones(len(values), dtype=np.int64)
    grown = np.flatnonzero(values == EXPANDED)
    words = [expansions[int(point)] for point in points[grown]]
    counts[grown] = [len(word) for word in words]
    places = np.repeat(np.arange(len(values)), counts)
    out = values[places]
    ends = np.cumsum(counts)[grown]
    for word, end in zip(words, ends.tolist(), strict=True):
        out[end - len(word) : end] = [ord(char) for char in word]
    return out, places


def dropped_between(source: str, start: int, end: int) -> int:
    """How many visible characters folding dropped in source[start:end]; invisible ones do not count."""
    wide = fold_table().wide
    if end - start <= _SHORT:
        return sum(1 for char in source[start:end] if int(wide[ord(char)]) & (MARK | INVISIBLE) == MARK)
    points = np.frombuffer(source[start:end].encode("utf-32-le", "surrogatepass"), np.uint32)
    return int(np.count_nonzero(wide.take(points, mode="clip") & (MARK | INVISIBLE) == MARK))


@cache
def _ascii_soft() -> bytes:
    """What patterns see of each ASCII character, 0xFF for the invisible ones: a text with any goes the long way."""
    values = fold_table().wide[:128]
    codes = np.where(values & (EXPANDED | INVISIBLE), 0xFF, values & np.uint32(_SOFT)).astype(np.uint8)
    return codes.tobytes() + b"\xff" * 128


def soft_fold(text: str) -> tuple[str, NDArray[np.int64] | None]:
    """What patterns see: letters and digits folded, marks and spaces in plain form, the invisible gone; and the places.

    One or two marks that only part two hanzi (`小*时`) are left out too; commas, stops and signs of sums are not.
    The array holds for each character its position in `text`; None where nothing was left out or written out.
    """
    if text.isascii() and (plain := text.encode("ascii").translate(_ascii_soft())).isascii():
        return plain.decode("ascii"), None
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    values = fold_table().wide.take(points, mode="clip")
    places: NDArray[np.int64] | None = None
    if (values & (EXPANDED | INVISIBLE)).any():
        values, places = _grow(points, values)
        shown = (values & INVISIBLE) == 0
        values, places = values.compress(shown), places.compress(shown)
    codes = values & np.uint32(_SOFT)
    parting = _parting(codes)
    if len(parting):
        places = np.delete(np.arange(len(codes)) if places is None else places, parting)
        codes = np.delete(codes, parting)
    soft: bytes = codes.tobytes()
    return soft.decode("utf-32-le", "replace"), places


def _parting(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Places of the marks, one or two together, that stand between two hanzi and say nothing."""
    marks = np.flatnonzero(_PARTING.take(codes, mode="clip"))
    if not len(marks):
        return marks
    padded = np.concatenate(([0, 0], codes, [0, 0]))
    one_before, two_before, one_after, two_after = (padded[marks + shift] for shift in (1, 0, 3, 4))
    near = _is_hanzi(one_before) & _is_hanzi(one_after)
    first = _is_hanzi(one_before) & _PARTING.take(one_after, mode="clip") & _is_hanzi(two_after)
    second = _is_hanzi(two_before) & _PARTING.take(one_before, mode="clip") & _is_hanzi(one_after)
    return marks.compress(near | first | second)


def _is_hanzi(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    return (codes >= 0x4E00) & (codes <= 0x9FFF)
