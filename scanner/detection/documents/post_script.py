"""PostScript: data that stands in the program under filters, as pictures and packed programs do.

Which operator takes the data only running the program would tell. So each likely beginning behind a filter's name is
tried; text in ASCII85 is known by its end mark wherever it stands, and zlib by how it goes on.
"""

import hashlib
import re
from collections.abc import Iterator

from scanner.detection.documents.pdf_filters import undone
from scanner.detection.heads import MOST_TRIED, is_zlib
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import SpentError
from scanner.domain.coverage import Reason

_NAME = re.compile(rb"/((?:ASCII85|ASCIIHex|Flate|LZW|RunLength)Decode)\b")
_NEAR = 200  # bytes between the filters of one chain
_BEGINNINGS = 4  # lines behind a chain with which its data may begin
_MOST_FILTERS = 8
_SHARE, _LEAST, _MOST = 64, 4 << 20, 400 << 20  # bytes that are tried: so many times the program's, within bounds
_SLOW = {b"ASCII85Decode": 2, b"RunLengthDecode": 4, b"LZWDecode": 64}  # whose bytes cost so many times what others do
_MOST_TAILS = 3  # beginnings that are tried in front of an end mark of ASCII85
_RUN = re.compile(rb"[!-uz\s]+")
_FEWEST = 20  # bytes of text in ASCII85
_ENDS = {b"ASCII85Decode": b"~>", b"ASCIIHexDecode": b">"}
_MOST_VAIN = 20_000  # bytes that look like zlib's first two and are not


def read_post_script(opening: Opening) -> None:
    """What stands under each chain of filters, what ends like ASCII85, and what goes on like zlib."""
    data = opening.data
    trials = _Trials(opening)
    for filters, at in _chains(data):
        starts = list(_lines_behind(data, at))
        mark = _ENDS.get(filters[0])
        for start in starts:
            stop = data.find(mark, start) if mark else len(data)
            if not trials.ask(start, len(data) if stop < 0 else stop, filters):
                return
    for start, stop in _in_ascii85(data):
        if stop not in trials.ends and not trials.ask(start, stop, (b"ASCII85Decode",)):
            return
    if b"FlateDecode" in data:
        for start in _zlibs(data):
            if start < 0 or not trials.ask(start, len(data), (b"FlateDecode",)):
                opening.gap(Reason.OVER_MEMBERS, "more beginnings of packed data than are tried")
                return


def _chains(data: bytes) -> Iterator[tuple[tuple[bytes, ...], int]]:
    """Filters that follow each other, in the order in which they are undone, and the offset behind their names."""
    names: list[bytes] = []
    behind = 0
    for found in _NAME.finditer(data):
        if names and (found.start() - behind > _NEAR or len(names) >= _MOST_FILTERS):
            yield tuple(names), behind
            names = []
        names.append(found.group(1))
        behind = found.end()
    if names:
        yield tuple(names), behind


def _lines_behind(data: bytes, at: int) -> Iterator[int]:
    """The offsets of the next few lines."""
    for _ in range(_BEGINNINGS):
        ends = [end for end in (data.find(b"\n", at, at + 4096), data.find(b"\r", at, at + 4096)) if end >= 0]
        if not ends:
            return
        at = min(ends) + 1
        at += data[at - 1 : at + 1] == b"\r\n"
        yield at


def _in_ascii85(data: bytes) -> Iterator[tuple[int, int]]:
    """Where text in ASCII85 may begin, and its end: behind a mark of its own, or with one of the last lines."""
    for run in _RUN.finditer(data):
        start, stop = run.span()
        if data[stop : stop + 2] != b"~>" or stop - start < _FEWEST:
            continue
        if data[start - 2 : start] == b"<~":
            yield start, stop
            continue
        begin = data.rfind(b" ", start, stop) + 1 or start
        yield begin, stop
        for at, _ in zip(_lines_behind(data, begin), range(_MOST_TAILS), strict=False):
            if at < stop:
                yield at, stop


def _zlibs(data: bytes) -> Iterator[int]:
    """The offsets of what goes on like zlib; -1 where there are too many that do not."""
    at, vain = data.find(b"\x78"), 0
    while at >= 0:
        if data[at + 1 : at + 2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
            if is_zlib(data[at : at + MOST_TRIED]):
                yield at
            else:
                vain += 1
        if vain > _MOST_VAIN:
            yield -1
            return
        at = data.find(b"\x78", at + 1)


class _Trials:
    """Stretches that are tried, each once, and no more bytes than there is room for."""

    def __init__(self, opening: Opening) -> None:
        self._opening, self._done = opening, set[tuple[int, tuple[bytes, ...]]]()
        self._room = min(max(_SHARE * len(opening.data), _LEAST), _MOST)
        self._found: set[bytes] = set()
        self.ends = set[int]()  # of stretches that surely were read as they are meant

    def ask(self, start: int, stop: int, filters: tuple[bytes, ...]) -> bool:
        """Hand on what stands there under `filters`; False, with a gap, once too much was tried."""
        if (start, filters) in self._done:
            return True
        self._done.add((start, filters))
        slow = _SLOW.get(filters[0], 1)
        out = self._undone(start, min(stop, start + self._room // slow + 1), filters)
        used = stop - start if filters[0] in _ENDS else min(stop - start, 2 * len(out)) + (stop - start >> 6)
        self._room -= used * slow
        if out and b"FlateDecode" in filters[1:]:
            self.ends.add(stop)
        self._hand_on(start, out)
        if self._room < 0:
            self._opening.gap(Reason.OVER_MEMBERS, "more filters than are followed")
        return self._room >= 0

    def _undone(self, start: int, stop: int, filters: tuple[bytes, ...]) -> bytes:
        data = self._opening.data
        if filters[0] == b"FlateDecode" and not is_zlib(data[start : start + MOST_TRIED]):
            return b""
        out, trouble = self._opening.budget.gather(undone(data, start, stop, filters, b""))
        if isinstance(trouble, SpentError):
            raise trouble
        return out

    def _hand_on(self, start: int, out: bytes) -> None:
        name = f"(data at {start})"
        digest = hashlib.sha256(out).digest()
        if out.strip() and digest not in self._found:
            self._found.add(digest)
            self._opening.member(name, out, "postscript")
