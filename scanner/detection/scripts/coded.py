"""Text whose letters are not ASCII bytes (UTF-16, UTF-32, ISO-2022, HZ), once more as UTF-8, for rules over bytes."""

from collections.abc import Iterator

from scanner.detection.scripts.reader import READER
from scanner.detection.unpack.views import View, join
from scanner.text.encodings import readings

HEAD = 1024  # bytes in which UTF-16 without a mark shows
_WRITTEN = frozenset({"text", "page", "script"})
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_SHIFTS = (b"\x1b(", b"\x1b$")
_OTHERWISE = ("utf-16", "utf-32", "iso2022", "hz")


def transcoded(view: View) -> Iterator[View]:
    """The view's text in UTF-8 where its bytes show nothing of it; browsers, shells and editors read it all the same.

    Rules find the bytes of what they look for in it, which no modifier of theirs can do for all of these.
    """
    data = view.data
    if view.family not in _WRITTEN or view.reader == READER or not _may_be_otherwise(view):
        return
    charset = view.charset
    if not charset and any(shift in data for shift in _SHIFTS):
        charset = "iso-2022-jp"  # browsers guess it from its escapes
    for reading in readings(data, charset)[0]:
        if reading.codec.startswith(_OTHERWISE):
            text = reading.text.encode("utf-8", "replace")
            yield View(join(view.path, f"(as {reading.codec})"), text, view.family, view.lanes, READER, offset=None)


def _may_be_otherwise(view: View) -> bool:
    data = view.data
    if data.startswith(_MARKS) or b"\0" in data[:HEAD]:
        return True
    if b"\x1b" in data and any(shift in data for shift in _SHIFTS):
        return True
    return view.charset.lower().startswith("hz") and b"~{" in data
