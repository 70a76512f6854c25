"""Pages, SVG and XML: data: URIs and pages in attributes, also where entities hide them."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from scanner.detection.documents.coded import base64_decoded
from scanner.detection.sniff import MOST_WIDE, VEILED
from scanner.detection.unpack.part import Opening

_URI = re.compile(rb"data:([\w.+-]+/[\w.+-]+)?((?:;[ \t]*[\w.+=\"-]+)*)[ \t]*,([^\"'<>)\\]*)", re.I)
_SRCDOC = re.compile(rb"srcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_EXTENSIONS = {"svg+xml": "svg", "javascript": "js", "x-javascript": "js", "plain": "txt"}
FEWEST = 24  # bytes behind the comma; fewer hold nothing that the page's own view does not show


def read_markup(opening: Opening) -> None:
    """Hand on what data: URIs and srcdoc attributes hold."""
    seen: set[bytes] = set()
    data = opening.data
    for source, reader in ((data, "data-uri"), (_plainer(data), "data-uri-unescaped")):
        if source is None:
            continue
        low = source.lower()
        for match in _uris(source, low):
            _uri(opening, match, seen, reader)
        for match in _SRCDOC.finditer(source) if b"srcdoc" in low else ():
            page = html.unescape((match.group(1) or match.group(2) or b"").decode("utf-8", "replace")).encode()
            if page not in seen and len(page) >= FEWEST:
                seen.add(page)
                opening.budget.charge(len(page))
                opening.member(f"(srcdoc at {match.start()})", page, "srcdoc", declared="text/html")


def _uris(source: bytes, low: bytes) -> Iterator[re.Match[bytes]]:
    """Every data: URI, one behind the other. Searching the lower-case bytes first is many times as fast."""
    at = low.find(b"data:")
    while at >= 0:
        match = _URI.match(source, at)
        if match:
            yield match
        at = low.find(b"data:", match.end() if match else at + 5)


def _plainer(data: bytes) -> bytes | None:
    """The page with entities, wide characters and blanks inside URLs undone, if it veils URIs with them."""
    text = data[:MOST_WIDE].replace(b"\0", b"").lstrip(b"\xff\xfe") if b"\0" in data[:1024] else data
    if b"&" in text:
        if VEILED.search(text) is None and b"srcdoc" not in text:
            return text if text is not data else None
        text = html.unescape(text.decode("utf-8", "surrogateescape")).encode("utf-8", "replace")
    if VEILED.search(text) is not None:
        text = text.translate(None, b"\t\r\n")  # browsers drop these inside URLs
    return text if text != data else None


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
