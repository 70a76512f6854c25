"""Text of OOXML, OpenDocument and EPUB parts: what a person reads, whole although markup divides it."""

import html
import re

from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer

MARKS = (
    b"<w:t",
    b"<a:t",
    b"<text:",
    b"<si>",
    b"<si ",
    b"<Relationship",
    b"<t>",
    b"<t ",
    b"<is>",
    b"encryption-data",
    b"EncryptedData",
)
_PARAGRAPH = re.compile(rb"</(?:w:p|a:p|text:p|text:h|si|is)>|<(?:w:br|w:cr|text:line-break)\b[^>]*>")
_WORD = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</(?:\w+:)?t>")
_TAG = re.compile(rb"<[^>]*>")
_OUTWARD = re.compile(rb"<Relationship\b[^>]*>", re.I)
_ALGORITHM = re.compile(rb"<(?:\w+:)?EncryptionMethod\b[^>]*Algorithm\s*=\s*[\"']([^\"']*)")
_MANGLED = frozenset({b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC"})
_TARGET = re.compile(rb"Target\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)


def read_office_xml(opening: Opening) -> None:
    """The text of one XML part, a line for each paragraph, and the outward targets of a relationships part."""
    data = opening.data
    _locks(opening, data)
    if b"<Relationship" in data:
        _targets(opening, data)
        return
    strip = _TAG.sub if b"<text:" in data else None
    lines = []
    for paragraph in _PARAGRAPH.split(data):
        opening.budget.tick()
        words = strip(b"", paragraph) if strip else b"".join(_WORD.findall(paragraph))
        if words.strip():
            lines.append(words)
    opening.text("(text)", html.unescape(b"\n".join(lines).decode("utf-8", "replace")), "document-text")


def _locks(opening: Opening, data: bytes) -> None:
    """The gap of a package whose list tells that members are encrypted; fonts that are only mangled are none."""
    leaf = opening.part.name.rsplit("/", 1)[-1].lower()
    if leaf == "manifest.xml" and b"encryption-data" in data:
        opening.gap(Reason.ENCRYPTED, "encrypted OpenDocument")
    elif leaf == "encryption.xml" and not _MANGLED.issuperset(_ALGORITHM.findall(data)):
        opening.gap(Reason.ENCRYPTED, "encrypted members of a book")


def _targets(opening: Opening, data: bytes) -> None:
    found = []
    for match in _OUTWARD.finditer(data):
        target = _TARGET.search(match.group())
        if target and b"external" in match.group().lower():
            found.append(html.unescape((target.group(1) or target.group(2) or b"").decode("utf-8", "replace")))
    opening.text("(links)", "\n".join(found), "document-links", Layer.URL)
