"""Sketching text and bytes: the least hash of all pieces of twelve bytes in each of 64 slots.

Pieces are taken of the folded text as UTF-8: twelve letters, or four hanzi. It is a handful of passes over an array:
10 KB take less than 100 µs.
"""

import numpy as np
from numpy.typing import NDArray

from scanner.domain.similarity import SLOTS, Kind, Sketch
from scanner.text.encodings import readings
from scanner.text.folding import BREAK, fold_text
from scanner.text.markup import looks_like_markup, markup_text
from scanner.text.places import NoPlaces
from scanner.text.strings import is_binary_data

MOST_TEXT = 256 * 1024  # bytes of a text that are sketched: its beginning
MOST_BYTES = 1024 * 1024  # of other contents: their first and last half of it
FEWEST = 40  # bytes of folded text below which nothing can be said
PIECE = 12
_ONE, _TWO, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xD6E8FEB86659FD93)
_HALF, _SLOT_BITS = np.uint64(32), np.uint64(58)
_BELOW = np.uint64((1 << 58) - 1)  # a hash without its slot
_EDGES = np.arange(SLOTS, dtype=np.uint64) << _SLOT_BITS
_FEW = 4_096  # pieces that are sorted whole; of more only the lowest hashes are
_LEFT = 32  # hashes that are left for each slot, on average
_TURNS = 2 * SLOTS  # of filling empty slots: the last ones fill one slot each, whatever the hashes are


def sketch_of(data: bytes) -> Sketch | None:
    """The sketch of a content's bytes: of what a person reads of a text or page, else of the bytes; None if too short.

    Pictures are sketched elsewhere (PDQ, in the cage); here they are bytes like others.
    """
    if is_binary_data(data[:MOST_TEXT]):
        return sketch_bytes(data)
    found, _ = readings(data[:MOST_TEXT])
    text = found[0].text
    if looks_like_markup(text):
        shown = sketch_text(markup_text(text, NoPlaces())[0])
        if shown is not None:
            return shown
    return sketch_text(text)


def sketch_text(text: str) -> Sketch | None:
    """The sketch of a text, whatever its case, spaces, marks and writing variants are; None if it is too short."""
    folded = fold_text(text.replace(BREAK, "")).encode("utf-8", "surrogatepass")
    return Sketch(Kind.TEXT, _least(folded)) if len(folded) >= FEWEST else None


def sketch_bytes(data: bytes) -> Sketch | None:
    """The sketch of bytes; None if they are too few."""
    half = MOST_BYTES // 2
    taken = data if len(data) <= MOST_BYTES else data[:half] + data[-half:]
    return Sketch(Kind.BYTES, _least(taken)) if len(taken) >= FEWEST else None


def _least(data: bytes) -> bytes:
    """Of each slot 16 bits that its least hash decides. What leaves slots empty is hashed again to fill those."""
    hashes = _hashes(data)
    if len(hashes) > _FEW and len(thinned := _thinned(hashes)) >= SLOTS:
        least, is_filled = _lowest(thinned)
        if is_filled.all():
            return _told(least)
    hashes = np.unique(hashes)
    least, is_filled = _lowest(hashes)
    for turn in range(_TURNS):
        if is_filled.all():
            break
        hashes = _again(hashes) if turn < SLOTS else (hashes & _BELOW) | _EDGES[turn - SLOTS]
        fresh, is_fresh = _lowest(hashes)
        least = np.where(is_filled, least, fresh + np.uint64(turn + 1))
        is_filled = is_filled | is_fresh
    return _told(least)


def _hashes(data: bytes) -> NDArray[np.uint64]:
    """A hash of every piece; its upper six bits are its slot."""
    size, padded = len(data), data + bytes(8)
    eights = np.empty(size, dtype=np.uint64)
    for shift in range(8):
        part = eights[shift::8]
        part[:] = np.frombuffer(padded, "<u8", count=len(part), offset=shift)
    count = size - PIECE + 1
    hashes = eights[:count] * _ONE
    hashes ^= eights[PIECE - 8 : count + PIECE - 8] * _TWO
    hashes ^= hashes >> _HALF
    hashes *= _MIX
    return hashes


def _again(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Other hashes of the same pieces."""
    mixed = (hashes ^ (hashes >> _HALF)) * _ONE
    mixed ^= mixed >> _HALF
    return mixed * _MIX


def _thinned(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The lowest hashes of each slot: to sort those alone is cheap."""
    bound = np.uint64(_LEFT * SLOTS * int(_BELOW) // len(hashes))
    return hashes[(hashes & _BELOW) < bound]


def _lowest(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The least hash of each slot, and whether there is one of that slot at all."""
    ordered = np.sort(hashes)
    places = np.searchsorted(ordered, _EDGES)
    is_filled = places < np.append(places[1:], len(ordered))
    return ordered[np.minimum(places, len(ordered) - 1)], is_filled


def _told(least: NDArray[np.uint64]) -> bytes:
    mixed = (least ^ (least >> _HALF)) * _TWO
    mixed ^= mixed >> _HALF
    return mixed.astype("<u2").tobytes()
