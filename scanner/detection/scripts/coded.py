"""Text whose letters are not ASCII bytes (UTF-16, ISO-2022, EBCDIC), once more as UTF-8, for rules over bytes."""

import codecs
import re
from collections.abc import Iterator

from scanner.detection.scripts.reader import READER
from scanner.detection.unpack.views import View, join
from scanner.text.encodings import readings

MOST_NAMED = 3  # encodings that a page names for itself and is read in
HEAD = 1024  # bytes in which UTF-16 without a mark shows
_WRITTEN = frozenset({"text", "page", "script"})
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_SHIFTS = (b"\x1b(", b"\x1b$")
_LABEL = re.compile(rb"(?:pageE|\be)ncoding\s*=\s*[\"']\s*([\w:.-]{2,30})")
_EBCDIC = b"\x4c\x6f\xa7\x94\x93"  # how a declaration of XML begins there
_EBCDIC_LABEL = re.compile(r"encoding\s*=\s*[\"']\s*([A-Za-z0-9_:.-]{2,30})")
_OTHERWISE = ("utf-16", "utf-32", "iso2022", "hz")


def transcoded(view: View) -> Iterator[View]:
    """The view's text in UTF-8 where its bytes show nothing of it; browsers, shells and editors read it all the same.

    Rules find the bytes of what they look for in it, which no modifier of theirs can do for all of these.
    """
    if view.reader == READER:
        return
    if view.family in _WRITTEN and _may_be_otherwise(view):
        charset = view.charset
        if not charset and any(shift in view.data for shift in _SHIFTS):
            charset = "iso-2022-jp"  # browsers guess it from its escapes
        for reading in readings(view.data, charset)[0]:
            if reading.codec.startswith(_OTHERWISE):
                yield _view(view, reading.codec, reading.text)
    if not view.lanes.isdisjoint(("script", "page")):
        for codec in _named(view.data[:HEAD]):
            yield _view(view, codec, view.data.decode(codec, "replace"))


def _view(view: View, codec: str, text: str) -> View:
    data = text.encode("utf-8", "replace")
    return View(join(view.path, f"(as {codec})"), data, view.family, view.lanes, READER, offset=None)


def _named(head: bytes) -> list[str]:
    """Encodings without ASCII's letters that a page of JSP or XML names for itself, or begins in."""
    labels = _LABEL.findall(head) if b"ncoding" in head else []
    if head.startswith(_EBCDIC):
        labels += [label.encode() for label in _EBCDIC_LABEL.findall(head.decode("cp037"))] or [b"cp037"]
    found: dict[str, None] = {}
    for label in labels:
        try:
            codec = codecs.lookup(label.decode("ascii")).name
            if b"<%".decode(codec, "replace") != "<%":
                found.setdefault(codec)
        except (LookupError, ValueError):
            continue  # no encoding of text: nobody reads it so
    return list(found)[:MOST_NAMED]


def _may_be_otherwise(view: View) -> bool:
    data = view.data
    if data.startswith(_MARKS) or b"\0" in data[:HEAD]:
        return True
    if b"\x1b" in data and any(shift in data for shift in _SHIFTS):
        return True
    return view.charset.lower().startswith("hz") and b"~{" in data
