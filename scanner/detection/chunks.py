"""Large texts are read in overlapping pieces, so that memory stays bounded and no word is lost at a border."""

from collections.abc import Iterator
from dataclasses import replace

from scanner.detection.unpack.views import View
from scanner.domain.findings import Layer

OVERLAP = 64 * 1024  # bytes; wider than any rule's window over any encoding
_ALIGNED = 4  # bytes of the widest code unit
_HEAD = 4_096
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def chunks(view: View, size: int) -> Iterator[tuple[View, int]]:
    """Pieces of at most `size` bytes and where each begins; the view itself where it is no larger."""
    if len(view.data) <= size or view.layer is not Layer.RAW:
        yield view, 0
        return
    bom = next((charset for mark, charset in _MARKS if view.data.startswith(mark)), "")
    wide = bool(bom) or b"\0" in view.data[:_HEAD]
    charset = bom or view.charset
    step = max(_ALIGNED, (size - OVERLAP) // _ALIGNED * _ALIGNED)
    for start in range(0, max(1, len(view.data) - OVERLAP), step):
        begin, end = start, min(start + size, len(view.data))
        if not wide:
            begin, end = _whole(view.data, begin), _whole(view.data, end)
        yield replace(view, data=view.data[begin:end], charset=charset), begin


def _whole(data: bytes, place: int) -> int:
    """The next place, at most three bytes on, where a character of UTF-8 begins."""
    for here in range(place, min(place + 4, len(data))):
        if data[here] & 0xC0 != 0x80:
            return here
    return place
