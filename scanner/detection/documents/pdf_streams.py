"""PDF bytes without a PDF reader: every stream with its filters undone, whatever the tables say of where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.detection.documents.pdf_filters import undone
from scanner.detection.documents.pdf_objects import Objects, stripped, unescaped

MOST_HEAD = 4096  # bytes in front of `stream` that are looked at for its dictionary as they stand
PEEK = 512  # bytes of a picture that are looked at: whether they are text
_STREAM = re.compile(rb"stream[ \t\0\f]{0,64}(?:\r\n|\n|\r)")
_NAME = re.compile(rb"/([^\s/<>\[\]()%{}]+)")
_FILTER = re.compile(rb"/F(?:ilter)?\s*(\[[^\]]{0,400}\]|/[^\s/<>\[\]()%]+)")
_LOST = re.compile(rb"/Filter\b(?!\s{0,40}(?:\[\s{0,40}\]|null\b))")
_LENGTH = re.compile(rb"/Length\s+(\d{1,10})(\s+\d+\s+R)?")
_SHORT = {
    b"Fl": b"FlateDecode",
    b"AHx": b"ASCIIHexDecode",
    b"A85": b"ASCII85Decode",
    b"LZW": b"LZWDecode",
    b"RL": b"RunLengthDecode",
}
PICTURES = frozenset({b"DCTDecode", b"DCT", b"JPXDecode", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode"})
_PLAIN = bytes([9, 10, 12, 13, *range(32, 127)])


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its dictionary's bytes with name escapes undone, its filters, and where its bytes lie."""

    head: bytes
    filters: tuple[bytes, ...]
    start: int
    stop: int

    @property
    def lost(self) -> bool:
        """Whether it has a filter that is not to be found: another object, or too far away."""
        return not self.filters and _LOST.search(self.head) is not None

    @property
    def picture(self) -> bool:
        """Whether it is pixels, which nothing here judges as bytes, as far as it says itself."""
        if b"/EmbeddedFile" in self.head:
            return False
        return bool(PICTURES.intersection(self.filters)) or (b"/Image" in self.head and b"/Width" in self.head)


def find_streams(data: bytes) -> Iterator[Stream]:
    """Every stream in file order, once for each way to understand its dictionary."""
    behind, objects = 0, Objects(data)
    for match in _STREAM.finditer(data):
        if match.start() < behind or data[match.start() - 3 : match.start()] == b"end":
            continue
        stop = data.find(b"endstream", match.end())
        stop = stop if stop >= 0 else len(data)
        seen: set[tuple[bytes, ...]] = set()
        for head in _heads(data, behind, match.start(), objects):
            if (filters := _filters(head)) in seen:
                continue
            seen.add(filters)
            yield Stream(head, filters, match.end(), _stop(data, match.end(), stop, head, objects))
        if (not any(seen)) and _is_flate(data, match.end()):
            yield Stream(head, (b"FlateDecode",), match.end(), stop)
        behind = stop


def _heads(data: bytes, behind: int, at: int, objects: Objects) -> Iterator[bytes]:
    """The dictionary in front of `at`: as it stands, and with strings and comments, which may hold anything, left out.

    The second one is looked for from the last stream's end on, however much stands in front.
    """
    begin = max(data.rfind(b"obj", max(0, at - MOST_HEAD), at), at - MOST_HEAD, 0)
    yield objects.resolved(unescaped(data[begin:at]))
    bare = stripped(data[behind:at])
    yield objects.resolved(unescaped(bare[max(bare.rfind(b"obj"), 0) :]))


def _filters(head: bytes) -> tuple[bytes, ...]:
    named = _FILTER.search(head)
    return tuple(_SHORT.get(name, name) for name in _NAME.findall(named.group(1))) if named else ()


def _stop(data: bytes, start: int, stop: int, head: bytes, objects: Objects) -> int:
    """Where the stream ends: where its length says if `endstream` stands there, else at the first one."""
    told = _LENGTH.search(head)
    if told is None:
        return stop
    length = objects.number(told.group(1)) if told.group(2) else int(told.group(1))
    end = start + length
    return end if end > stop and data[end : end + 12].lstrip(b"\r\n \t").startswith(b"endst") else stop


def _is_flate(data: bytes, start: int) -> bool:
    """Whether a stream that names no filter begins like zlib: its filter may be named where nobody here looks."""
    head = data[start : start + 2]
    return len(head) == 2 and head[0] & 15 == 8 and head[0] >> 4 <= 7 and not int.from_bytes(head, "big") % 31


def looks_written(head: bytes) -> bool:
    """Whether what a stream begins with is text: no picture, whatever its dictionary says."""
    head = head[:PEEK]
    if head[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return True
    return len(head.translate(None, _PLAIN)) * 10 <= len(head) and len(set(head)) > 8


def decoded(data: bytes, stream: Stream) -> Iterator[bytes]:
    """The stream's bytes with all filters undone."""
    return undone(data, stream.start, stream.stop, stream.filters, stream.head)
