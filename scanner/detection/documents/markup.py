"""Pages, SVG, XML and scripts: data: URIs, pages in attributes and files in elements, also where escapes hide them."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from scanner.detection.documents.coded import base64_decoded
from scanner.detection.documents.entities import expanded
from scanner.detection.documents.escapes import unescaped
from scanner.detection.sniff import MOST_WIDE, WIDE_URI, is_wide
from scanner.detection.unpack.part import Opening
from scanner.detection.veils import ESCAPED, VEILED
from scanner.domain.coverage import Reason

_URI = re.compile(rb"data:[ \t]*([\w.+-]+/[\w.+-]+)?[ \t]*((?:;[ \t]*[\w.+=\"-]+)*)[ \t]*,([^\"'<>)\\]*)", re.I)
# Whatever else stands for a type: a browser takes it for text/plain, and reads on.
_LOOSE = re.compile(rb"data:()([^,<>\r\n]{0,512}?;[ ]*base64)[ \t]*,([^\"'<>)\\]*)", re.I)
_SRCDOC = re.compile(rb"srcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>][^\s>]*))", re.I)
_ELEMENT = re.compile(
    rb"<(?:\w{1,20}:)?(binData|binaryData|binary-data|binary|data|chunk)\b[^>]{0,400}>([A-Za-z0-9+/=\s]{32,})</"
)
_INLINE = re.compile(rb";ENCODING=B(?:ASE64)?(?![a-z0-9])[^:\r\n]{0,200}:([A-Za-z0-9+/=\s]{32,})", re.I)
_ELEMENTS = (b"bindata", b"binarydata", b"binary-data", b"<binary", b"<data>", b"<chunk")
_EXTENSIONS = {"svg+xml": "svg", "javascript": "js", "x-javascript": "js", "plain": "txt"}
FEWEST = 24  # bytes behind the comma; fewer hold nothing that the page's own view does not show


def read_markup(opening: Opening) -> None:
    """Hand on what data: URIs, srcdoc attributes and elements of base64 hold."""
    seen: set[bytes] = set()
    data = opening.data
    for source, reader in ((data, "data-uri"), *((one, "data-uri-unescaped") for one in _plainer(opening))):
        low = source.lower()
        for match in _uris(source, low):
            _uri(opening, match, seen, reader)
        for match in _SRCDOC.finditer(source) if b"srcdoc" in low else ():
            raw = next((group for group in match.groups() if group), b"")
            page = html.unescape(raw.decode("utf-8", "replace")).encode("utf-8", "replace")
            if page not in seen and len(page) >= FEWEST:
                seen.add(page)
                opening.budget.charge(len(page))
                opening.member(f"(srcdoc at {match.start()})", page, "srcdoc", declared="text/html")
        if any(word in low for word in _ELEMENTS):
            _elements(opening, source, seen)
        for match in _INLINE.finditer(source) if b"encoding=b" in low else ():  # of calendars and cards
            _file(opening, match.group(1), f"(attached at {match.start()})", seen)
    if b"<!ENTITY" in data and (whole := expanded(data)) is not None:
        opening.budget.charge(len(whole))
        opening.member("(entities)", whole, "xml-entities", declared=opening.part.declared)


def _elements(opening: Opening, source: bytes, seen: set[bytes]) -> None:
    """Files that Office, property lists and forms keep in an element of their own."""
    for match in _ELEMENT.finditer(source):
        _file(opening, match.group(2), f"({match.group(1).decode()} at {match.start()})", seen)


def _file(opening: Opening, coded: bytes, name: str, seen: set[bytes]) -> None:
    raw = b"".join(base64_decoded(coded))
    if raw and raw not in seen:
        seen.add(raw)
        opening.budget.charge(len(raw))
        opening.member(name, raw, "base64")


def _uris(source: bytes, low: bytes) -> Iterator[re.Match[bytes]]:
    """Every data: URI, one behind the other. Searching the lower-case bytes first is many times as fast."""
    at = low.find(b"data:")
    while at >= 0:
        match = _URI.match(source, at) or _LOOSE.match(source, at)
        if match:
            yield match
        at = low.find(b"data:", match.end() if match else at + 5)


def _plainer(opening: Opening) -> Iterator[bytes]:
    """The page with entities, wide characters and blanks inside URLs undone, and with backslashes undone."""
    data = text = opening.data
    if is_wide(data):
        text = data[:MOST_WIDE].replace(b"\0", b"").lstrip(b"\xff\xfe")
        if len(data) > MOST_WIDE and data.lower().find(WIDE_URI, MOST_WIDE) >= 0:
            opening.gap(Reason.OVER_SIZE, f"a page in UTF-16 was searched for {MOST_WIDE} bytes")
    plain = _without_entities(text)
    if plain != data:
        yield plain
    if b"\\" in text:
        low = text.lower()
        if ESCAPED.search(low) is not None or (b"data:" in low and b"base64" in low):
            yield unescaped(text)


def _without_entities(text: bytes) -> bytes:
    if b"&" in text:
        if VEILED.search(text) is None and b"srcdoc" not in text:
            return text
        text = html.unescape(text.decode("utf-8", "surrogateescape")).encode("utf-8", "replace")
    if VEILED.search(text) is not None:
        text = text.translate(None, b"\t\r\n")  # browsers drop these inside URLs
    return text


def _uri(opening: Opening, match: re.Match[bytes], seen: set[bytes], reader: str) -> None:
    body = match.group(3)
    if len(body) < FEWEST:
        return
    raw = unquote_to_bytes(body) if b"%" in body else body
    if b"base64" in match.group(2).lower():
        raw = b"".join(base64_decoded(raw))
    if not raw or raw in seen:
        return
    seen.add(raw)
    opening.budget.charge(len(raw))
    declared = (match.group(1) or b"text/plain").decode("ascii", "replace").lower()
    kind = declared.rsplit("/", 1)[-1]
    name = f"(data at {match.start()}).{_EXTENSIONS.get(kind, kind)}"
    opening.member(name, raw, reader, declared=declared)
